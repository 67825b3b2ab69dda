"""One trial as the experiment page shows it."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from experiments.assignments import applies, assigned
from experiments.domain import GenerationNode, ParameterValue, Relation, Result, TrialStatus
from experiments.formatting import format_number
from experiments.forms.results import ResultForm
from experiments.goal_words import BEYOND, with_unit
from experiments.learning import reason_left_out
from experiments.models import Metric, Parameter, Trial
from experiments.models.trial import TrialOrigin
from experiments.ranking import violated

if TYPE_CHECKING:
    from experiments.views.panels import ExperimentPanels

NODES = {
    GenerationNode.CENTER: "center",
    GenerationNode.SOBOL: "exploring",
    GenerationNode.BOTORCH: "model",
    GenerationNode.FALLBACK_SOBOL: "random, as the model had nothing new",
}


@dataclass(frozen=True)
class ParameterCell:
    """A parameter's value in one trial; without one, ``why`` says so."""

    parameter: Parameter
    value: ParameterValue | None
    why: str = ""


@dataclass(frozen=True)
class MetricCell:
    """A metric's result in one trial, if there is one; ``beyond`` is the bound it violates."""

    metric: Metric
    result: Result | None
    beyond: str = ""


class TrialRow:
    """One trial as the page shows it."""

    def __init__(self, panels: "ExperimentPanels", trial: Trial) -> None:
        self.panels = panels
        self.trial = trial

    @property
    def results(self) -> dict[int, Result]:
        """The results by the metrics' ids."""
        return self.panels.results.get(self.trial.pk, {})

    @property
    def is_completed(self) -> bool:
        """Whether there are results, which can be corrected."""
        return self.trial.status == TrialStatus.COMPLETED

    @property
    def taken_by(self) -> User | None:
        """Who runs it."""
        return self.panels.people.get(self.trial.taken_by_id or 0)

    @property
    def finished_by(self) -> User | None:
        """Who finished it."""
        return self.panels.people.get(self.trial.finished_by_id or 0)

    @cached_property
    def assigned(self) -> dict[str, ParameterValue]:
        """The values by key of the parameters that apply."""
        return assigned(self.panels.specs, self.trial.parameters)

    @property
    def values(self) -> list[ParameterCell]:
        """The parameters that apply, in the search space's order."""
        return [cell for cell in self.cells if cell.value is not None]

    @cached_property
    def cells(self) -> list[ParameterCell]:
        """All parameters, in the search space's order."""
        return [self._cell(parameter) for parameter in self.panels.parameters]

    def _cell(self, parameter: Parameter) -> ParameterCell:
        value = self.assigned.get(parameter.key)
        if value is not None:
            return ParameterCell(parameter, value)
        specs = self.panels.specs_by_key
        if applies(specs[parameter.key], specs, self.assigned):
            return ParameterCell(parameter, None, "not known: the parameter was added later")
        return ParameterCell(parameter, None, "does not apply")

    @cached_property
    def metric_cells(self) -> list[MetricCell]:
        """All metrics, in order."""
        limits = self.panels.limits
        beyond = violated(self.panels.means.get(self.trial.pk, {}), limits)
        return [
            MetricCell(
                metric,
                self.results.get(metric.pk),
                _beyond(metric, *limits[metric.key]) if metric.key in beyond else "",
            )
            for metric in self.panels.metrics
        ]

    @property
    def objective_cells(self) -> list[MetricCell]:
        """The objectives."""
        return [cell for cell in self.metric_cells if cell.metric.is_objective]

    @property
    def weighted_sum(self) -> float | None:
        """The objectives' weighted sum."""
        return self.panels.weighted_sum_of(self.trial.pk)

    @property
    def as_json(self) -> str:
        """The parameters that apply by name, in full precision, for copying."""
        named = {
            p.name: self.assigned[p.key] for p in self.panels.parameters if p.key in self.assigned
        }
        return json.dumps(named, ensure_ascii=False)

    @property
    def origin(self) -> str:
        """What made the parameters, in a word or two."""
        if self.trial.origin != TrialOrigin.SUGGESTED:
            return self.trial.get_origin_display()
        node = self.panels.nodes.get(self.trial.pk)
        return NODES.get(node, node) if node else ""  # type: ignore[call-overload]

    @property
    def is_best(self) -> bool:
        """Whether this is the best trial so far, by the one objective or the weighted sum."""
        return self.panels.ranking.best == self.trial.pk

    @property
    def is_on_front(self) -> bool:
        """Whether no other trial is better in each objective."""
        return self.trial.pk in self.panels.front

    @property
    def is_baseline(self) -> bool:
        """Whether relative constraints compare with this trial."""
        return self.panels.experiment.baseline_id == self.trial.pk

    @cached_property
    def why_not_learnt(self) -> str:
        """Why the model cannot learn from the trial, "" if it can; failed ones are not asked."""
        if not self._counts:
            return ""
        panels = self.panels
        return reason_left_out(panels.specs_by_key, self.assigned, panels.names) or ""

    @property
    def _counts(self) -> bool:
        """Whether it has a result, or may get one."""
        return self.trial.status in (TrialStatus.COMPLETED, TrialStatus.RUNNING)

    @cached_property
    def why_outside(self) -> str:
        """Why it could not be suggested in the search space of today, "" if it could.

        Trials that have no result, now or to come, are not asked about.
        """
        if self.why_not_learnt or not self._counts:
            return ""
        return " ".join(self.panels.space.reasons(self.trial.parameters))

    @property
    def version(self) -> str:
        """Changes whenever the row has to be drawn again."""
        trial, panels = self.trial, self.panels
        beyond = "".join(cell.beyond for cell in self.metric_cells)
        marks = f"{self.is_best:d}{self.is_on_front:d}{self.is_baseline:d}"
        return (
            f"{panels.experiment.definition_revision}/{trial.status}/{self._results_in_words}/"
            f"{beyond}/{marks}/{trial.reason}/{trial.finished_at}"
        )

    @property
    def _results_in_words(self) -> str:
        return ",".join(f"{pk}:{r.mean!r}±{r.sem!r}" for pk, r in sorted(self.results.items()))

    @cached_property
    def form(self) -> ResultForm:
        """Empty fields for the results."""
        return self.panels.result_form(self.trial)


def results_in_words(results: dict[Metric, Result], digits: int = 4) -> str:
    """Write results in a line: ``error 0.1, latency 3 ms``."""
    return ", ".join(
        f"{metric.name} {format_number(result.mean, digits)}{' ' * bool(metric.unit)}{metric.unit}"
        for metric, result in results.items()
    )


def _beyond(metric: Metric, relation: Relation, limit: float) -> str:
    return f"{BEYOND[relation]} {with_unit(limit, metric.unit)}"
