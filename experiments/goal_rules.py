"""What makes the goals of an experiment usable: rules over metrics, one by one and together."""

from collections.abc import Iterator

from experiments.domain import MetricRole, MetricSpec
from experiments.drafts import ExperimentDraft, MetricDraft
from experiments.problems import (
    METRIC,
    DefinitionProblem,
    description_problem,
    number_problem,
    unit_problem,
)
from experiments.search_space import LARGEST_BOUND, name_problem, normal_name

MOST_METRICS = 20
MOST_OBJECTIVES = 5
"""Of a trade-off (Pareto): the time to compute what improves it grows exponentially."""


def goal_problems(draft: ExperimentDraft) -> list[DefinitionProblem]:
    """Return all that is wrong with the metrics of a definition."""
    problems = [
        DefinitionProblem(METRIC, place, field, message)
        for place, metric in enumerate(draft.metrics)
        for field, message in _metric_problems(metric)
    ]
    problems += _name_problems(draft)
    problems += _baseline_problems(draft)
    problems += [DefinitionProblem(METRIC, None, "", m) for m in _whole_problems(draft)]
    return problems


def _metric_problems(metric: MetricDraft) -> Iterator[tuple[str, str]]:
    spec = metric.spec
    if problem := name_problem(metric.name, "metric"):
        yield "name", problem
    if problem := unit_problem(metric.unit):
        yield "unit", problem
    if problem := description_problem(metric.description):
        yield "description", problem
    if metric.target is not None and (problem := number_problem(metric.target)):
        yield "target", problem
    if spec.role is MetricRole.OBJECTIVE:
        yield from _objective_problems(spec)
    if spec.role is MetricRole.CONSTRAINT:
        yield from _bound_problems(spec)


def _objective_problems(spec: MetricSpec) -> Iterator[tuple[str, str]]:
    if problem := number_problem(spec.weight):
        yield "weight", problem
    elif spec.weight <= 0:
        message = "A weight must be greater than 0; the direction says which way is better."
        yield "weight", message
    elif not 1 / LARGEST_BOUND <= spec.weight <= LARGEST_BOUND:
        yield "weight", "Weights can go from 1e-30 to 1e30: only their ratios count."
    if spec.threshold is not None and (problem := number_problem(spec.threshold)):
        yield "threshold", problem


def _bound_problems(spec: MetricSpec) -> Iterator[tuple[str, str]]:
    if spec.bound is None:
        yield "bound", "A constraint needs a bound: enter a number."
    elif problem := number_problem(spec.bound):
        yield "bound", problem


def _name_problems(draft: ExperimentDraft) -> Iterator[DefinitionProblem]:
    seen: dict[str, int] = {}
    for place, metric in enumerate(draft.metrics):
        name = normal_name(metric.name)
        first = seen.setdefault(name, place)
        if name and first != place:
            message = f"Metric {first + 1} has this name already."
            yield DefinitionProblem(METRIC, place, "name", message)


def _baseline_problems(draft: ExperimentDraft) -> Iterator[DefinitionProblem]:
    if draft.baseline_trial is not None or draft.baseline_values is not None:
        return
    for place, metric in enumerate(draft.metrics):
        if metric.spec.role is MetricRole.CONSTRAINT and metric.spec.is_relative:
            message = (
                "A relative bound needs a baseline: choose a trial or enter its parameters "
                "under “Baseline”."
            )
            yield DefinitionProblem(METRIC, place, "is_relative", message)


def _whole_problems(draft: ExperimentDraft) -> Iterator[str]:
    objectives = len(draft.objectives)
    if not objectives:
        yield "Add at least one objective: a metric to minimize or maximize."
    if len(draft.metrics) > MOST_METRICS:
        yield f"At most {MOST_METRICS} metrics; these are {len(draft.metrics)}."
    if objectives > MOST_OBJECTIVES and not draft.is_weighted_sum:
        yield (
            f"At most {MOST_OBJECTIVES} objectives can be traded off; these are {objectives}. "
            "Track some of them only, give some a bound, or use a weighted sum."
        )
