"""Goals in a few words, as the page of an experiment says them. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from experiments.domain import Direction, MetricRole, MetricSpec, Relation
from experiments.formatting import format_number
from experiments.ranking import weight_in_sum

SIGNS = {Relation.AT_MOST: "≤", Relation.AT_LEAST: "≥"}
BEYOND = {Relation.AT_MOST: ">", Relation.AT_LEAST: "<"}
"""How a result compares with the bound that it violates."""


SIGNS_OF_BETTER = {Direction.MINIMIZE: "≤", Direction.MAXIMIZE: "≥"}
"""How what is good enough compares with the number that says so."""


class Named(Protocol):
    """A metric, saved or not."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def unit(self) -> str:
        """What it is measured in; may be blank."""

    @property
    def spec(self) -> MetricSpec:
        """What it is measured for."""


@dataclass(frozen=True, slots=True)
class Goal:
    """``minimize`` **error** ``≥ 0.9``: what is done with a metric, its name, and the rest."""

    verb: str
    name: str
    rest: str = ""


def with_unit(value: float | int, unit: str) -> str:
    """Write a number with its unit."""
    return f"{format_number(value)} {unit}" if unit else format_number(value)


def goals_in_words(
    metrics: Sequence[Named], *, is_weighted_sum: bool, limits: Mapping[str, float]
) -> list[Goal]:
    """Say what is wanted of each objective and constraint.

    ``limits`` are the constraints' bounds in the metrics' units, by key, as far as they are known.
    """
    objectives = [metric for metric in metrics if metric.spec.role is MetricRole.OBJECTIVE]
    has_sum = is_weighted_sum and len(objectives) > 1
    goals = [_objective(metric, objectives, has_sum) for metric in objectives]
    if has_sum:
        verb = "minimize" if _is_minimized(objectives) else "maximize"
        goals = [Goal(verb, " ".join(_terms(objectives)), "(weighted sum)")]
    for metric in metrics:
        if metric.spec.role is MetricRole.CONSTRAINT:
            goals.append(Goal("keep", metric.name, bound_in_words(metric, limits)))
    return goals


def bound_in_words(metric: Named, limits: Mapping[str, float]) -> str:
    """Say where a constrained metric has to stay: ``≤ 0.5 s``, ``≤ the baseline + 10 %``."""
    spec = metric.spec
    if spec.bound is None:
        return "within a bound that is not set"
    sign = SIGNS[spec.relation]
    if not spec.is_relative:
        return f"{sign} {with_unit(spec.bound, metric.unit)}"
    limit = f" ({with_unit(limits[spec.key], metric.unit)})" if spec.key in limits else ""
    if spec.bound == 0:
        return f"{sign} the baseline{limit}"
    change = f"{'+' if spec.bound > 0 else '−'} {format_number(abs(spec.bound))}"
    return f"{sign} the baseline {change} %{limit}"


def target_in_words(metric: Named, target: float) -> str:
    """Say what would be good enough: ``error ≤ 0.1``."""
    sign = SIGNS_OF_BETTER[metric.spec.direction]
    return f"{metric.name} {sign} {with_unit(target, metric.unit)}"


def _objective(metric: Named, objectives: Sequence[Named], has_sum: bool) -> Goal:
    threshold = metric.spec.threshold
    if has_sum or len(objectives) == 1 or threshold is None:
        return Goal(metric.spec.direction.value, metric.name)
    sign = SIGNS_OF_BETTER[metric.spec.direction]
    return Goal(
        metric.spec.direction.value,
        metric.name,
        f"(of interest: {sign} {with_unit(threshold, metric.unit)})",
    )


def _is_minimized(objectives: Sequence[Named]) -> bool:
    return all(metric.spec.direction is Direction.MINIMIZE for metric in objectives)


def _terms(objectives: Sequence[Named]) -> list[str]:
    """The terms of the weighted sum, each but the first with its sign."""
    specs = [metric.spec for metric in objectives]
    terms = []
    for place, metric in enumerate(objectives):
        weight = weight_in_sum(metric.spec, specs)
        factor = "" if abs(weight) == 1 else f"{format_number(abs(weight))} × "
        sign = ("− " if weight < 0 else "+ ") if place else ("−" if weight < 0 else "")
        terms.append(f"{sign}{factor}{metric.name}")
    return terms
