"""What “Best so far” says: one trial, or the Pareto points."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from experiments.domain import Direction, GenerationMethod
from experiments.formatting import format_number
from experiments.goal_words import target_in_words
from experiments.models import Metric
from experiments.ranking import Standing, reaches, sum_direction, weight_in_sum
from experiments.views.repeats import best_combination, better_combination
from experiments.views.rows import MetricCell, TrialRow

if TYPE_CHECKING:
    from experiments.views.panels import ExperimentPanels

SHOWN_FRONT = 10
"""How many Pareto points the panel shows."""


@dataclass(frozen=True)
class SumPart:
    """One term of a weighted sum: its sign and factor, the metric's cell, and what it adds."""

    factor: str
    cell: MetricCell
    amount: float


class BestPanel:
    """The best so far of one experiment."""

    def __init__(self, panels: "ExperimentPanels") -> None:
        self.panels = panels
        self.ranking = panels.ranking

    @property
    def ids(self) -> list[int]:
        """The ids of the trials that are shown."""
        return self._best_ids[:SHOWN_FRONT]

    @cached_property
    def row(self) -> TrialRow | None:
        """The best trial by the one objective or the weighted sum."""
        return self.panels.row(self.ranking.best) if self.ranking.best is not None else None

    @cached_property
    def front(self) -> list[TrialRow]:
        """The first of the Pareto points, the best in the first objective first."""
        return [self.panels.row(pk) for pk in self.ranking.front[:SHOWN_FRONT]]

    @property
    def front_count(self) -> int:
        """How many Pareto points there are."""
        return len(self.ranking.front)

    @property
    def others(self) -> list[MetricCell]:
        """What else was measured in the best trial: all but the one objective."""
        if self.row is None:
            return []
        return [
            cell for cell in self.row.metric_cells if cell.result and not (cell.metric.is_objective)
        ]

    @property
    def objective_cell(self) -> MetricCell | None:
        """The one objective's result in the best trial; ``None`` for a weighted sum."""
        if self.row is None or self.panels.has_sum:
            return None
        return self.row.objective_cells[0]

    @property
    def sum_parts(self) -> list[SumPart]:
        """The terms of the best trial's weighted sum."""
        if self.row is None or not self.panels.has_sum:
            return []
        objectives = self.panels.goals.objectives
        weights = {spec.key: weight_in_sum(spec, objectives) for spec in objectives}
        return [
            SumPart(_factor(weights[cell.metric.key]), cell, weights[cell.metric.key] * r.mean)
            for cell in self.row.objective_cells
            if (r := cell.result)
        ]

    @property
    def is_smallest(self) -> bool:
        """Whether the smallest value is the best one."""
        return sum_direction(self.panels.goals.objectives) is Direction.MINIMIZE

    @property
    def asks_direction(self) -> bool:
        """Whether to ask if this is the best indeed: once, after the first results that differ."""
        experiment = self.panels.experiment
        if experiment.is_direction_confirmed or self.objective_cell is None:
            return False
        key = self.objective_cell.metric.key
        return len({means[key] for means in self.panels.means.values() if key in means}) > 1

    @property
    def caveat(self) -> str:
        """What stands against the trials that are shown, in words."""
        if self.ranking.standing is Standing.INFEASIBLE:
            many = len(self.front) > 1
            return "No trial meets the constraints yet. " + (
                "These come closest." if many else "This one comes closest."
            )
        if self.ranking.standing is Standing.UNKNOWN:
            names = [m.name for m in self._unmeasured]
            return (
                "No trial is known to meet the constraints yet: "
                f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not measured."
            )
        if self.ranking.is_beyond_thresholds:
            return "No trial is within all thresholds yet. These are the best without them."
        return ""

    @cached_property
    def repeats(self) -> str:
        """Which combination is best by all its results; blank where there is nothing to add.

        With the bandit method, that is the best. With others, it matters where the best trial was
        repeated and another combination does better than the mean.
        """
        experiment, best = self.panels.experiment, self.ranking.best
        if experiment.generation_method == GenerationMethod.BANDIT:
            return best_combination(self.panels)
        if best is None or best not in self.panels.repeats:
            return ""
        return better_combination(experiment.pk, experiment.revision, best)

    @property
    def reached(self) -> list[str]:
        """The targets that the best trials reach, in words."""
        if self.ranking.standing is not Standing.FEASIBLE:
            return []
        found = []
        for metric in self.panels.metrics:
            means = [self.panels.means[pk].get(metric.key) for pk in self._best_ids]
            known = [mean for mean in means if mean is not None]
            if metric.target is not None and _any_reaches(known, metric, metric.target):
                found.append(target_in_words(metric, metric.target))
        return found

    @property
    def _best_ids(self) -> list[int]:
        best = self.ranking.best
        return [best] if best is not None else list(self.ranking.front)

    @property
    def _unmeasured(self) -> list[Metric]:
        """The constrained metrics that some of the best trials lack."""
        means = self.panels.means
        return [
            metric
            for metric in self.panels.metrics
            if metric.key in self.panels.limits
            and any(metric.key not in means[pk] for pk in self._best_ids)
        ]


def _any_reaches(means: list[float], metric: Metric, target: float) -> bool:
    return any(reaches(mean, target, Direction(metric.direction)) for mean in means)


def _factor(weight: float) -> str:
    """Write a weight as it stands in the sum: ``−0.5 ×``."""
    return f"{'−' if weight < 0 else ''}{format_number(abs(weight))} ×"
