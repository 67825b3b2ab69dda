"""For which definitions bandit optimization is: why it is for no others, in words. Pure."""

from collections.abc import Sequence

from experiments.counting import combinations
from experiments.domain import MetricRole, MetricSpec, ParameterSpec, ResultNoise
from experiments.references import by_key, can_apply
from experiments.search_space import cardinality, varies

MOST_ARMS = 100
"""So many combinations are repeated, at most: Ax's limit for a factorial design."""


def why_no_bandit(
    parameters: Sequence[ParameterSpec],
    metrics: Sequence[MetricSpec],
    *,
    is_weighted_sum: bool,
    noise: ResultNoise,
) -> str | None:
    """Say why bandit optimization is not for a definition without other problems, if it is not.

    Constraints between parameters may leave fewer combinations than are counted.
    """
    objectives = sum(metric.role is MetricRole.OBJECTIVE for metric in metrics)
    if objectives > 1 and not is_weighted_sum:
        return (
            "Bandit optimization repeats the best, and among compromises there is none: keep one "
            "objective, use a weighted sum, or choose another method."
        )
    if noise is ResultNoise.EXACT:
        return (
            "Bandit optimization repeats trials, which teaches nothing where results are exact: "
            "choose “Fast”, or say that results are noisy."
        )
    return _why_not_in_space(parameters)


def arms_of(parameters: Sequence[ParameterSpec]) -> int:
    """Return how many combinations there are to try first, constraints aside."""
    return combinations(parameters) or 0


def _why_not_in_space(parameters: Sequence[ParameterSpec]) -> str | None:
    found = by_key(parameters)
    if any(
        varies(spec) and can_apply(spec, found) and cardinality(spec) is None for spec in parameters
    ):
        return (
            "Bandit optimization repeats combinations, and a range without a step has no end of "
            "them: make each range a choice, give it a step, or choose another method."
        )
    count = arms_of(parameters)
    if count > MOST_ARMS:
        return (
            f"Bandit optimization tries each combination before it repeats any, {MOST_ARMS} at "
            f"most; these are {count}. Remove values, or choose “Fast”, which learns from "
            "combinations that are alike."
        )
    return None
