"""What a definition means in plain words and numbers, before it is saved. No Ax, no database."""

from collections.abc import Iterator
from dataclasses import dataclass

from experiments.advice import advice_on, count_in_words
from experiments.bandit_rules import why_no_bandit
from experiments.counting import combinations, dimensions
from experiments.direction_check import DirectionCheck, check_direction
from experiments.domain import GenerationMethod, MetricRole, ParameterKind
from experiments.drafts import ExperimentDraft
from experiments.goal_words import Goal, goals_in_words, target_in_words

FEW_COMBINATIONS = 50
"""So many can all be tried, if nobody has said how many they can afford."""

_METHODS = {
    GenerationMethod.FAST: (
        "Fast: a suggestion takes about a second; several, with a thousand trials or in a large "
        "space."
    ),
    GenerationMethod.QUALITY: (
        "Quality: a suggestion takes 10 to 20 seconds and 400 MB more memory. It often needs fewer "
        "trials, which pays where a trial is expensive."
    ),
    GenerationMethod.BANDIT: (
        "Bandit: each combination is tried once, then those are repeated that may be the best. A "
        "suggestion takes under a second."
    ),
    GenerationMethod.RANDOM_SEARCH: (
        "Random search: suggestions come at once and spread evenly. Results do not steer them."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What is said beside the form.

    ``combinations`` is ``None`` if there are infinitely many, or not known while something is
    wrong; constraints may leave fewer. ``directions`` are those of all objectives, and of other
    metrics whose name sounds otherwise.
    ``goals`` is empty where the directions say all.
    """

    dimensions: int
    choices: int
    dependents: int
    combinations: int | None
    constraints: int
    directions: tuple[DirectionCheck, ...]
    goals: tuple[Goal, ...]
    goal_notes: tuple[str, ...]
    method: str
    budget: str
    advice: tuple[str, ...]

    @property
    def combinations_text(self) -> str:
        """The number of combinations, as far as anybody would read it."""
        return "" if self.combinations is None else count_in_words(self.combinations)


def meaning_of(draft: ExperimentDraft, *, is_whole: bool) -> Meaning:
    """Put a definition into words.

    It may be unfinished: its parameters have no problems of their own, but only if it ``is_whole``
    (nothing is wrong with it) does all that they refer to exist.
    """
    specs = [parameter.spec for parameter in draft.parameters]
    varying = dimensions(specs)
    count = combinations(specs) if varying and is_whole else None
    return Meaning(
        dimensions=len(varying),
        choices=sum(spec.kind is ParameterKind.CHOICE for spec in varying),
        dependents=sum(spec.condition is not None for spec in varying),
        combinations=count,
        constraints=len(draft.constraints),
        directions=tuple(
            check for check in map(check_direction, draft.metrics) if check.sentence or check.doubt
        ),
        goals=_goals(draft),
        goal_notes=tuple(_goal_notes(draft)),
        method=_METHODS[draft.generation_method] if varying else "",
        budget=_budget(draft, count),
        advice=tuple(_advice(draft, len(varying), count, is_whole=is_whole)),
    )


def _advice(
    draft: ExperimentDraft, dimensions: int, count: int | None, *, is_whole: bool
) -> Iterator[str]:
    if count is not None and 1 < count <= (draft.trial_budget or FEW_COMBINATIONS):
        yield f"Only {count_in_words(count)} combinations: every one can be tried."
    if count is not None and _has_room_to_repeat(draft, count):
        yield (
            f"Noisy results, and only {count_in_words(count)} combinations: under “More settings”, "
            "“Bandit” repeats the best of them to tell merit from luck."
        )
    yield from advice_on(draft, dimensions, is_whole=is_whole)


def _has_room_to_repeat(draft: ExperimentDraft, count: int) -> bool:
    """Tell whether trials are left when each combination has been tried, and repeats would help."""
    if draft.generation_method not in (GenerationMethod.FAST, GenerationMethod.QUALITY):
        return False
    if not 1 < count < (draft.trial_budget or 0):
        return False
    reason = why_no_bandit(
        [parameter.spec for parameter in draft.parameters],
        [metric.spec for metric in draft.metrics],
        is_weighted_sum=draft.is_weighted_sum,
        noise=draft.noise,
    )
    return reason is None


def _goals(draft: ExperimentDraft) -> tuple[Goal, ...]:
    """The goals, unless there is but one objective, whose direction is said anyway."""
    if len(draft.objectives) < 2 and not any(
        metric.spec.role is MetricRole.CONSTRAINT for metric in draft.metrics
    ):
        return ()
    found = goals_in_words(draft.metrics, is_weighted_sum=draft.is_weighted_sum, limits={})
    return tuple(found)


def _goal_notes(draft: ExperimentDraft) -> Iterator[str]:
    objectives = draft.objectives
    if len(objectives) > 1 and not draft.is_weighted_sum:
        yield (
            "The result is a set of best compromises (a Pareto front): in none of them can one "
            "objective get better without another getting worse."
        )
    if len(objectives) > 1 and draft.is_weighted_sum:
        yield "Only the sum counts: the weights say what a unit of each metric is worth."
    tracked = [m.name for m in draft.metrics if m.spec.role is MetricRole.TRACKED]
    if tracked:
        yield f"Recorded, without a say in what is tried: {', '.join(tracked)}."
    targets = [target_in_words(m, m.target) for m in objectives if m.target is not None]
    if targets:
        yield f"Good enough: {' and '.join(targets)}."


def _budget(draft: ExperimentDraft, count: int | None) -> str:
    budget, exploring = draft.trial_budget, draft.initialization_budget
    if draft.generation_method is GenerationMethod.BANDIT:
        return _bandit_budget(budget, count)
    if count is not None and count <= exploring:
        return "There are so few combinations that trying each of them is enough."
    if draft.generation_method is GenerationMethod.RANDOM_SEARCH:
        return "All trials explore." if budget is None else f"All {budget} trials explore."
    if budget is None:
        which = "trial explores" if exploring == 1 else f"{exploring} trials explore"
        return f"The first {which}; then the model decides."
    if budget <= exploring:
        return f"With a budget of {budget} all trials explore: the model never gets to decide."
    rest = budget - exploring
    first = "first explores" if exploring == 1 else f"first {exploring} explore"
    which = "the last one" if rest == 1 else f"the other {rest}"
    return f"Of {budget} trials the {first}; for {which} the model decides."


def _bandit_budget(budget: int | None, count: int | None) -> str:
    if count is None:
        return ""
    if budget is None:
        return f"The first {count} trials try each combination; then the most promising come again."
    if budget <= count:
        return (
            f"With a budget of {budget} nothing is repeated: there are {count} combinations, and "
            "each is tried first."
        )
    rest = budget - count
    which = "the last one repeats" if rest == 1 else f"the other {rest} repeat"
    return f"Of {budget} trials the first {count} try each combination; {which} what may be best."
