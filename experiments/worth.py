"""What more trials cost against what they are expected to bring. No Django, no Ax."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.goal_words import with_unit


@dataclass(frozen=True, slots=True)
class Offer:
    """So many more ``trials``, in words: what they cost, bring, and what each unit of it costs."""

    trials: int
    cost: str
    gain: str
    rate: str


def offers(facts: Mapping[str, Any], cost: float, unit: str) -> list[Offer]:
    """Return what trials cost and bring, from the facts of the card “Is it enough?”.

    ``cost`` is that of one trial, in any ``unit``. Empty where no gain is known.
    """
    ahead: Sequence[Mapping[str, Any]] = facts.get("ahead", ())
    return list(_offers(ahead, str(facts.get("unit", "")), cost, unit))


def _offers(ahead: Sequence[Mapping[str, Any]], of: str, cost: float, unit: str) -> Iterator[Offer]:
    for each in ahead:
        gain, trials = each.get("gain"), each["trials"]
        if gain is None:
            continue
        spent = cost * trials
        rate = f"{with_unit(_rounded(spent / gain, 2), unit)} a {of or 'unit'}" if gain > 0 else "–"
        yield Offer(trials, with_unit(spent, unit), with_unit(_rounded(gain, 3), of), rate)


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
