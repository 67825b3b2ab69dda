"""Trials of one experiment side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.asked import numbers
from experiments.domain import Direction, MetricRole
from experiments.formatting import format_number
from experiments.models import Experiment, Metric
from experiments.references import same
from experiments.views.access import get_experiment
from experiments.views.assigned import ParameterCell
from experiments.views.panels import ExperimentPanels
from experiments.views.rows import MetricCell, TrialRow

MOST_TRIALS = 6


@dataclass(frozen=True)
class ParameterLine:
    """A parameter in all trials; ``differs`` tells whether they have different values."""

    cells: Sequence[ParameterCell]

    @property
    def parameter(self) -> object:
        """The parameter."""
        return self.cells[0].parameter

    @property
    def differs(self) -> bool:
        """Whether the trials differ in it."""
        first = self.cells[0].value
        return any(not same(cell.value, first) for cell in self.cells[1:])


@dataclass(frozen=True)
class ComparedResult:
    """A result beside that of the first trial that has one."""

    cell: MetricCell
    difference: str
    is_best: bool


@dataclass(frozen=True)
class MetricLine:
    """A metric in all trials."""

    metric: Metric
    results: Sequence[ComparedResult]

    @property
    def differs(self) -> bool:
        """Whether the trials differ in it, or one lacks it."""
        means = {r.cell.result.mean if r.cell.result else None for r in self.results}
        return len(means) > 1


@dataclass
class ComparedPanels(ExperimentPanels):
    """What is known of the experiment, of the trials that are asked for above all."""

    wanted: Sequence[int]

    @cached_property
    def _finished_ids(self) -> list[int]:
        return [trial.pk for trial in self.trials if trial.number in self.wanted]


class TrialComparison:
    """What the page shows: a column a trial, a line a parameter or metric."""

    def __init__(self, experiment: Experiment, request: HttpRequest) -> None:
        wanted = numbers(request.GET.getlist("trials"))
        self._panels = ComparedPanels(experiment, request, wanted[:MOST_TRIALS])
        self.wanted = wanted[:MOST_TRIALS]
        self.most = MOST_TRIALS
        self.too_many = wanted[MOST_TRIALS:]

    @cached_property
    def rows(self) -> list[TrialRow]:
        """The trials in the order in which they were asked for."""
        found = {row.trial.number: row for row in self._panels.finished}
        return [found[number] for number in self.wanted if number in found]

    @property
    def missing(self) -> list[int]:
        """The numbers that no trial has."""
        found = {row.trial.number for row in self.rows}
        return [number for number in self.wanted if number not in found]

    @cached_property
    def parameters(self) -> list[ParameterLine]:
        """The parameters; those that differ come first."""
        lines = [ParameterLine(cells) for cells in zip(*(r.cells for r in self.rows), strict=True)]
        return sorted(lines, key=lambda line: not line.differs)

    @cached_property
    def metrics(self) -> list[MetricLine]:
        """The metrics, in order."""
        columns = zip(*(row.metric_cells for row in self.rows), strict=True)
        return [MetricLine(cells[0].metric, _compared(cells)) for cells in columns]

    @property
    def has_sums(self) -> bool:
        """Whether objectives are added up."""
        return self._panels.has_sum

    @property
    def offered(self) -> list[int]:
        """Trials that one may want to compare: the best, and the newest with results."""
        ranking = self._panels.ranking
        best = [pk for pk in (ranking.best, *ranking.front) if pk is not None]
        newest = [t.pk for t in reversed(self._panels.trials) if t.pk in self._panels.means]
        chosen = list(dict.fromkeys([*best[:3], *newest]))[:3]
        by_id = {trial.pk: trial.number for trial in self._panels.trials}
        return [by_id[pk] for pk in chosen]


@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Show trials side by side; ``trials`` are their numbers, in one field or in several."""
    experiment = get_experiment(request.user, pk)
    context = {"experiment": experiment, "comparison": TrialComparison(experiment, request)}
    return render(request, "experiments/compare.html", context)


def _compared(cells: Sequence[MetricCell]) -> list[ComparedResult]:
    means = [cell.result.mean for cell in cells if cell.result]
    best = _best(cells[0].metric, means)
    compared, first = [], None
    for cell in cells:
        difference = ""
        if cell.result and first is not None and cell.result.mean != first:
            gap = cell.result.mean - first
            difference = f"{'+' if gap > 0 else '−'}{format_number(abs(gap), 3)}"
        is_best = cell.result is not None and cell.result.mean == best
        compared.append(ComparedResult(cell, difference, is_best))
        if first is None and cell.result:
            first = cell.result.mean
    return compared


def _best(metric: Metric, means: Sequence[float]) -> float | None:
    """Return the best of an objective's results, if they differ."""
    if metric.role != MetricRole.OBJECTIVE or len(set(means)) < 2:
        return None
    return min(means) if metric.direction == Direction.MINIMIZE else max(means)
