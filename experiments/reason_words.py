"""Why a suggestion was made, and whether its result was a surprise, in plain words. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from experiments.chances import Z95
from experiments.domain import GenerationNode, Outlook
from experiments.formatting import format_number

NODES = {
    GenerationNode.CENTER: "center",
    GenerationNode.SOBOL: "exploring",
    GenerationNode.BOTORCH: "model",
    GenerationNode.FALLBACK_SOBOL: "random, as the model had nothing new",
    GenerationNode.FACTORIAL: "each combination in turn",
    GenerationNode.THOMPSON: "repeat of what may be best",
}
"""What a generation node is to people, in a word or so."""

MADE_BY = {
    GenerationNode.CENTER: (
        "The center",
        "The middle of the search space, where each experiment starts. No model was asked.",
    ),
    GenerationNode.SOBOL: (
        "Exploring evenly",
        "The next point of a Sobol sequence, which spreads trials evenly over the search space. "
        "No model was asked.",
    ),
    GenerationNode.BOTORCH: (
        "The model",
        "Of all that could be tried, the model found this the most worth trying.",
    ),
    GenerationNode.FALLBACK_SOBOL: (
        "Random, as the model had nothing new",
        "The model proposed only what had been tried already. This is the next point of a Sobol "
        "sequence instead, which spreads trials evenly over the search space.",
    ),
    GenerationNode.FACTORIAL: (
        "Each combination in turn",
        "All combinations are tried before any is repeated for its results, in an order drawn at "
        "random. No model was asked.",
    ),
    GenerationNode.THOMPSON: (
        "A repeat of what may be best",
        "Combinations come again by lot, each with its chance to be the best by the results so far "
        "(Thompson sampling): repeats tell merit from luck. The model takes outstanding results "
        "for partly luck, and expects less extreme ones (empirical Bayes).",
    ),
}
"""The same as a title, and in a sentence or two."""

_LITTLE = 0.05
_GREAT = 3.0


class Mode(NamedTuple):
    """Whether a suggestion exploits what is known or explores what is not, and why."""

    word: str
    text: str


class Surprise(NamedTuple):
    """How a result compares with what was expected; ``is_one`` where it was a surprise."""

    word: str
    text: str
    is_one: bool


def percent(chance: float) -> str:
    """Write a chance in whole percent, without ever calling it sure."""
    if chance < 0.01:
        return "under 1 %"
    if chance > 0.99:
        return "over 99 %"
    return f"{100 * chance:.0f} %"


def beside_others(count: int) -> str:
    """Say, after the name of a node, how many other experiments a model had learnt from."""
    return f", with {count} other experiment{'' if count == 1 else 's'}" if count else ""


def learnt_elsewhere(counts: Sequence[int]) -> str:
    """Say from how many trials of each other experiment a model had learnt; blank without any."""
    if not counts:
        return ""
    total, places = sum(counts), len(counts)
    results = "1 result" if total == 1 else f"{total} results"
    where = "another experiment" if places == 1 else f"{places} other experiments"
    alike = "it is" if places == 1 else "they are"
    return f" It had also learnt from {results} of {where}, and how alike {alike} to this one."


def to_be_better(outlook: Outlook) -> str:
    """Say what the chance to be better is a chance of; the bounds that count are part of it."""
    return "to be a new Pareto point" if outlook.front else "to beat the best"


def mode_of(outlook: Outlook, what: str, unit: str) -> Mode | None:
    """Tell exploiting from exploring; ``None`` where no model was asked, or no best was known.

    ``what`` is the one objective's name and ``unit`` its unit, or the weighted sum without one.
    """
    if outlook.best is None or outlook.is_expected_better is None or outlook.better is None:
        return None
    if not outlook.is_feasible:
        text = (
            "No trial had kept all bounds by then. Whatever keeps them would be the best: the "
            f"chance was {percent(outlook.better)}."
        )
        return Mode("looking for what keeps the bounds", text)
    found = _of_front(outlook) if outlook.front else _of_gain(outlook, what, unit)
    if found and outlook.better < _LITTLE:
        return Mode(found.word, f"{found.text} It saw little left to gain.")
    return found


def _of_gain(outlook: Outlook, what: str, unit: str) -> Mode | None:
    if outlook.gain is None or outlook.spread is None:
        return None
    size = _roughly(abs(outlook.gain), unit)
    unsure = _roughly(Z95 * outlook.spread, unit)
    if outlook.gain <= 0:
        text = (
            f"The model expected {what} to miss the best by {size}, but was unsure by ± {unsure} "
            "(95 %): it looks where it knows too little to rule out something better."
        )
        return Mode("exploring", text)
    ahead = f"The model expected {what} to beat the best by {size}"
    if outlook.gain >= outlook.spread:
        text = f"{ahead}, give or take {unsure} (95 %): it goes where it expects the most."
        return Mode("exploiting", text)
    text = f"{ahead}, and was unsure by more than that: ± {unsure} (95 %)."
    return Mode("exploiting and exploring", text)


def _roughly(value: float, unit: str) -> str:
    return f"{format_number(value, 2)} {unit}".rstrip()


def _of_front(outlook: Outlook) -> Mode:
    points = "the Pareto point" if outlook.front == 1 else f"the {outlook.front} Pareto points"
    if outlook.is_expected_better:
        text = f"What the model expected would itself be a new Pareto point beside {points}."
        return Mode("exploiting", text)
    text = (
        f"What the model expected would add nothing to {points}, but it was unsure: it looks where "
        "it knows too little to rule out something better."
    )
    return Mode("exploring", text)


def surprise_of(z: float | None, *, is_minimized: bool) -> Surprise:
    """Say what a result was, ``z`` standard deviations above what was expected.

    ``None``: nothing had been unsure, and something else came out.
    """
    if z is None:
        return Surprise(
            "a surprise", "The model had been certain, and something else came out.", True
        )
    side = "above" if z > 0 else "below"
    away = f"{abs(z):.1f} standard deviations {side} what was expected."
    if abs(z) <= 1:
        return Surprise("as expected", f"As expected: {away}", False)
    if abs(z) <= Z95:
        return Surprise("within reach", f"Within what was to be expected: {away}", False)
    way = "for the better" if (z < 0) == is_minimized else "for the worse"
    size = "A great surprise" if abs(z) > _GREAT else "A surprise"
    return Surprise(f"{size.lower()}, {way}", f"{size}, {way}: {away}", True)
