"""How many trials to run at once for now, in words. No Django, no Ax.

Ax's rule: while the initialization explores, as many as it lacks, as these trials need not know of
each other's results; then about three, as each suggestion of a model learns from those before it.
"""

from dataclasses import dataclass

from experiments.domain import GenerationMethod
from experiments.learning import needed_results

WITH_MODEL = 3
"""How many trials a model's suggestions are well run in at once (Ax's number)."""


@dataclass(frozen=True, slots=True)
class Advice:
    """How many more trials are well started now (``None``: any number), and why, in words."""

    more: int | None
    text: str


def advise(
    *, method: GenerationMethod, initialization_budget: int, running: int, finished: int, known: int
) -> Advice:
    """Say how many suggestions to take now.

    ``running`` trials have no result yet, ``finished`` ones have ended with one, ``known`` of them
    with a result of each objective. Failed and abandoned trials do not count. With the bandit
    method, the combinations are the initialization.
    """
    if method is GenerationMethod.RANDOM_SEARCH:
        return Advice(None, "Any number at once: random search learns nothing from results.")
    lacking = initialization_budget - running - finished
    if lacking > 0:
        return Advice(lacking, _while_exploring(lacking, running + finished))
    missing = needed_results(initialization_budget) - known
    if missing > 0:
        if running:
            return Advice(0, _before_the_model(missing))
        return Advice(missing, _without_results(missing))
    more = max(0, WITH_MODEL - running)
    return Advice(more, _with_model(more, running))


def _while_exploring(lacking: int, taken: int) -> str:
    first = "the first trial explores" if lacking + taken == 1 else (
        f"the first {lacking + taken} trials explore"
    )  # fmt: skip
    if lacking == 1:
        return f"1 more at once: {first} without waiting for results."
    more = "more " if taken else ""
    return f"Up to {lacking} {more}at once: {first}, and need not wait for each other."


def _without_results(missing: int) -> str:
    return f"{missing} at once: the trials so far lack results of each objective to learn from."


def _before_the_model(missing: int) -> str:
    results = "1 more result" if missing == 1 else f"{missing} more results"
    return f"Better none now: with {results}, the model decides what comes next."


def _with_model(more: int, running: int) -> str:
    if not more:
        are = f"{running} are running"
        return f"Better none now: {are}, and the next suggestion is better for their results."
    if not running:
        return (
            f"Up to {more} at once: each suggestion of the model is better for the results before."
        )
    are = "1 is running" if running == 1 else f"{running} are running"
    return f"{more} more at once: {are}, and about {WITH_MODEL} are what the model steers well."
