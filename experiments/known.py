"""Which earlier experiments are taken along, and what of them is not: as text, and back. Pure.

The text travels in a form's source: ``12-3-7,15,in`` takes experiment 12 without its trials 3 and
7, experiment 15 whole, and of both only what lies inside the search space. Trials become trials of
the new experiment unless the text ends in ``learn``: then its model learns how alike they are.
"""

import re
from dataclasses import dataclass

from experiments.asked import LARGEST

MOST_EXPERIMENTS = 20
"""How many experiments can be taken along at once."""

_INSIDE = "in"
_LEARN = "learn"
_PART = re.compile(r"[0-9]{1,10}(?:-[0-9]{1,10})*")


@dataclass(frozen=True, slots=True)
class Taken:
    """An experiment that is taken along, by its id, without the trials of some numbers."""

    experiment: int
    without: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken along; ``only_inside`` leaves out what lies outside the search space.

    ``learns``: trials stay where they are, and the model learns how alike the experiments are.
    """

    taken: tuple[Taken, ...] = ()
    only_inside: bool = False
    learns: bool = False

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the experiments."""
        return tuple(each.experiment for each in self.taken)

    def as_text(self) -> str:
        """Return the text that ``parse`` reads."""
        parts = ["-".join(map(str, (each.experiment, *sorted(each.without))))
                 for each in self.taken]  # fmt: skip
        if self.only_inside:
            parts.append(_INSIDE)
        if self.learns:
            parts.append(_LEARN)
        return ",".join(parts)


NOTHING = Choice()


def parse(text: str) -> Choice:
    """Read a choice; raises ``ValueError`` for what is none."""
    parts = text.split(",") if text else []
    learns = parts[-1:] == [_LEARN]
    parts = parts[:-1] if learns else parts
    only_inside = parts[-1:] == [_INSIDE]
    taken = tuple(_taken(part) for part in (parts[:-1] if only_inside else parts))
    ids = {each.experiment for each in taken}
    if len(ids) < len(taken) or len(taken) > MOST_EXPERIMENTS:
        raise ValueError(text)
    return Choice(taken, only_inside, learns)


def _taken(part: str) -> Taken:
    if not _PART.fullmatch(part):
        raise ValueError(part)
    first, *others = (int(number) for number in part.split("-"))
    if max(first, *others, 0) > LARGEST:
        raise ValueError(part)
    return Taken(first, frozenset(others))
