"""What an experiment is after, as Ax's objective and outcome constraints."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ax.core.map_metric import MapMetric
from ax.core.objective import Objective
from ax.core.optimization_config import MultiObjectiveOptimizationConfig, OptimizationConfig
from ax.core.outcome_constraint import OutcomeConstraint

from experiments.domain import (
    WITH_RESULTS,
    Direction,
    ExperimentSpec,
    MetricSpec,
    Relation,
    TrialRecord,
)
from experiments.learning import needed_results

_METRIC_KEY = re.compile(r"m\d+")


@dataclass(frozen=True)
class Goals:
    """The objectives, and those outcome constraints that enough is known about.

    ``observed`` counts the completed trials that have results for all of these. ``tracked`` are
    further metrics that are modelled only to be looked at.
    """

    objectives: tuple[MetricSpec, ...]
    constraints: tuple[MetricSpec, ...]
    is_weighted_sum: bool
    observed: int
    tracked: tuple[MetricSpec, ...] = ()

    @property
    def metrics(self) -> tuple[MetricSpec, ...]:
        """All metrics that are modelled."""
        return self.objectives + self.constraints + self.tracked

    def to_ax(self) -> OptimizationConfig:
        """Make Ax's optimization config. Ax reads texts: keys are all that may be part of them."""
        objective = Objective(
            expression=self._expression(),
            metric_name_to_signature={metric.key: metric.key for metric in self.objectives},
        )
        constraints = [
            _bound(metric, metric.relation, metric.bound)
            for metric in self.constraints
            if metric.bound is not None
        ]
        if len(self.objectives) == 1 or self.is_weighted_sum:
            return OptimizationConfig(objective=objective, outcome_constraints=constraints)
        return MultiObjectiveOptimizationConfig(
            objective=objective,
            outcome_constraints=constraints,
            objective_thresholds=[
                _bound(metric, _worse_side(metric), metric.threshold)
                for metric in self.objectives
                if metric.threshold is not None
            ],
        )

    def ax_metrics(self) -> list[MapMetric]:
        """Make Ax's metrics."""
        return [
            MapMetric(name=metric.key, lower_is_better=_is_minimized(metric))
            for metric in self.metrics
        ]

    def _expression(self) -> str:
        signs = ["-" if _is_minimized(metric) else "" for metric in self.objectives]
        pairs = list(zip(signs, self.objectives, strict=True))
        if self.is_weighted_sum and len(pairs) > 1:
            return " + ".join(
                f"{sign}{float(metric.weight)!r}*{metric.key}" for sign, metric in pairs
            )
        return ", ".join(f"{sign}{metric.key}" for sign, metric in pairs)


def goals(
    spec: ExperimentSpec,
    trials: Sequence[TrialRecord],
    left_out: Collection[int] = (),
    *,
    is_for_analysis: bool = False,
) -> Goals:
    """Return what the model is to reach, given the trials and which numbers it cannot learn from.

    A constraint counts from when as many trials have its result, beside those of the objectives
    and of the constraints before it, as the model needs at all; a relative one also needs its
    baseline's result, and becomes absolute. For an analysis, all other metrics with as many
    results are modelled too. Raises ``ValueError`` for a key that is not one of AxDash's own, or
    no objective.
    """
    if unsafe := [each.key for each in spec.metrics if not _METRIC_KEY.fullmatch(each.key)]:
        raise ValueError(f"Not a metric key: {unsafe[0]!r}.")
    if not spec.objectives:
        raise ValueError("An experiment needs an objective.")
    results = [
        {observation.metric for observation in trial.observations}
        for trial in trials
        if trial.status in WITH_RESULTS and trial.number not in left_out
    ]
    objectives = {metric.key for metric in spec.objectives}
    all_results = results
    results = [metrics for metrics in results if objectives <= metrics]
    constraints = []
    for metric in spec.outcome_constraints:
        absolute = _absolute(spec, metric, trials)
        having = [metrics for metrics in results if metric.key in metrics]
        if absolute is not None and len(having) >= needed_results(spec.initialization_budget):
            constraints.append(absolute)
            results = having
    aimed = objectives | {metric.key for metric in constraints}
    tracked = [
        metric
        for metric in spec.metrics
        if is_for_analysis
        and metric.key not in aimed
        and sum(metric.key in metrics for metrics in all_results)
        >= needed_results(spec.initialization_budget)
    ]
    return Goals(
        spec.objectives, tuple(constraints), spec.is_weighted_sum, len(results), tuple(tracked)
    )


def _absolute(
    spec: ExperimentSpec, metric: MetricSpec, trials: Sequence[TrialRecord]
) -> MetricSpec | None:
    """Return a constraint with a bound in the metric's unit, if that is known yet."""
    if metric.bound is None or not metric.is_relative:
        return metric if metric.bound is not None else None
    means = [
        observation.mean
        for trial in trials
        if trial.number == spec.baseline and trial.status in WITH_RESULTS
        for observation in trial.observations
        if observation.metric == metric.key
    ]
    if not means:
        return None
    # As Ax has it: 10 % more lies above the baseline, whatever its sign.
    return replace(metric, bound=means[0] + abs(means[0]) * metric.bound / 100, is_relative=False)


def _bound(metric: MetricSpec, relation: Relation, bound: float) -> OutcomeConstraint:
    sign = "<=" if relation is Relation.AT_MOST else ">="
    return OutcomeConstraint(
        expression=f"{metric.key} {sign} {float(bound)!r}",
        metric_name_to_signature={metric.key: metric.key},
    )


def _worse_side(metric: MetricSpec) -> Relation:
    return Relation.AT_MOST if _is_minimized(metric) else Relation.AT_LEAST


def _is_minimized(metric: MetricSpec) -> bool:
    return metric.direction is Direction.MINIMIZE
