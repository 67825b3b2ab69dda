"""One trial as the experiment page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from django.utils import timezone

from experiments.assignments import asked_beside
from experiments.carrying import Carried, CarryForm
from experiments.domain import WITH_RESULTS, ParameterValue, Relation, Result, TrialStatus
from experiments.formatting import format_number
from experiments.forms.results import ResultForm
from experiments.goal_words import BEYOND, with_unit
from experiments.learning import reason_left_out
from experiments.models import Metric, Trial
from experiments.models.trial import TrialOrigin
from experiments.ranking import violated
from experiments.reason_words import NODES
from experiments.replicates import Spread
from experiments.views.assigned import AssignedValues
from experiments.views.carried import Choice, choice_of
from experiments.views.curve_panels import RowCurve
from experiments.views.reasons import Reasons
from experiments.views.repeats import repeats_of
from experiments.views.results import ExperimentResults

if TYPE_CHECKING:
    from experiments.views.panels import ExperimentPanels


@dataclass(frozen=True)
class MetricCell:
    """A metric's result in one trial, if there is one; ``beyond`` is the bound it violates."""

    metric: Metric
    result: Result | None
    beyond: str = ""


class TrialRow(AssignedValues):
    """One trial as the page shows it."""

    def __init__(self, panels: "ExperimentPanels", trial: Trial) -> None:
        super().__init__(panels, trial.parameters)
        self.panels = panels
        self.trial = trial

    @property
    def curve(self) -> RowCurve | None:
        """Its newest intermediate results, if it runs and has some."""
        return self.panels.row_curves.get(self.trial.pk) if self.trial.is_running else None

    @property
    def results(self) -> Mapping[int, Result]:
        """The results by the metrics' ids."""
        return self.panels.results.get(self.trial.pk, {})

    @property
    def is_completed(self) -> bool:
        """Whether there are results, which can be corrected."""
        return self.trial.status in WITH_RESULTS

    @cached_property
    def metric_cells(self) -> list[MetricCell]:
        """All metrics, in order."""
        return metric_cells(self.panels, self.trial.pk)

    @property
    def is_overdue(self) -> bool:
        """Whether it runs although its day has passed."""
        return self.trial.is_running and is_overdue(self.trial.due_on)

    @cached_property
    def asked_for(self) -> dict[str, ParameterValue]:
        """The values that were asked for where others were used, by key."""
        return asked_beside(self.trial.requested, self.trial.parameters)

    def repeats_of(self, cell: MetricCell) -> Spread | None:
        """What all trials with these parameters come to in a metric, if there are several."""
        return repeats_of(self.panels, self.trial.pk, cell.metric)

    @property
    def objective_cells(self) -> list[MetricCell]:
        """The objectives."""
        return [cell for cell in self.metric_cells if cell.metric.is_objective]

    @property
    def weighted_sum(self) -> float | None:
        """The objectives' weighted sum."""
        return self.panels.weighted_sum_of(self.trial.pk)

    @property
    def reasons(self) -> Reasons | None:
        """Why it was suggested; ``None`` where it was not, or is not running."""
        suggestion = self.panels.suggested.get(self.trial.pk)
        return None if suggestion is None else Reasons(self.panels, suggestion)

    @property
    def origin(self) -> str:
        """What made the parameters, in a word or two."""
        if self.trial.origin != TrialOrigin.SUGGESTED:
            return self.trial.get_origin_display()
        node = self.panels.nodes.get(self.trial.pk)
        return NODES.get(node, node) if node else ""  # type: ignore[call-overload]

    @property
    def copied_from(self) -> Trial | None:
        """The trial of another experiment that it is a copy of, if the person may see that."""
        return self.panels.copied_from.get(self.trial.source_id or 0)

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
        return self.trial.status in (*WITH_RESULTS, TrialStatus.RUNNING)

    @cached_property
    def why_outside(self) -> str:
        """Why it could not be suggested in the search space of today, "" if it could.

        Trials that have no result, now or to come, are not asked about.
        """
        if self.why_not_learnt or not self._counts:
            return ""
        return " ".join(self.panels.space.reasons(self.trial.parameters))

    @cached_property
    def copied(self) -> Choice:
        """What “Copy” copies: the form that was copied last, or JSON where it cannot be had."""
        trial = Carried(self.trial.number, self.named)
        choice = choice_of(self.panels.carrying, self.panels.copied_form, trial)
        return Choice(CarryForm.JSON, self.as_json) if choice.problem else choice

    @property
    def version(self) -> str:
        """Changes whenever the row has to be drawn again."""
        trial, panels = self.trial, self.panels
        beyond = "".join(cell.beyond for cell in self.metric_cells)
        # One that runs has no rank: nothing is compared for it.
        ranks = "" if trial.is_running else f"{self.is_best:d}{self.is_on_front:d}"
        marks = f"{ranks}{self.is_baseline:d}"
        holder = trial.taken_by_id or trial.told_taken_by
        curve = self.curve.version if self.curve else ""
        return (
            f"{panels.experiment.definition_revision}/{trial.status}/{self._results_in_words}/"
            f"{beyond}/{marks}/{trial.reason}/{trial.finished_at}/{self._copied_version}/"
            f"{holder}/{trial.due_on}/{self.is_overdue:d}/{trial.parameters}/"
            f"{trial.requested}/{curve}"
        )

    @property
    def _copied_version(self) -> str:
        """Changes with what “Copy” copies, which only the rows of running trials have."""
        text = f"{self.copied.form}{self.copied.text}" if self.trial.is_running else ""
        return sha256(text.encode()).hexdigest()[:8]

    @property
    def _results_in_words(self) -> str:
        return ",".join(f"{pk}:{r.mean!r}±{r.sem!r}" for pk, r in sorted(self.results.items()))

    @cached_property
    def form(self) -> ResultForm:
        """Empty fields for the results."""
        return self.panels.result_form(self.trial)


def metric_cells(results: ExperimentResults, pk: int) -> list[MetricCell]:
    """Return the results of the trial ``pk`` for all metrics, in order."""
    limits, found = results.limits, results.results.get(pk, {})
    beyond = violated(results.means.get(pk, {}), limits)
    return [
        MetricCell(
            metric,
            found.get(metric.pk),
            _beyond(metric, *limits[metric.key]) if metric.key in beyond else "",
        )
        for metric in results.metrics
    ]


def results_in_words(results: dict[Metric, Result], digits: int = 4) -> str:
    """Write results in a line: ``error 0.1, latency 3 ms``."""
    return ", ".join(
        f"{metric.name} {format_number(result.mean, digits)}{' ' * bool(metric.unit)}{metric.unit}"
        for metric, result in results.items()
    )


def is_overdue(due_on: date | None) -> bool:
    """Tell whether a day has passed by the clock of whoever reads the page."""
    return due_on is not None and due_on < timezone.localdate()


def _beyond(metric: Metric, relation: Relation, limit: float) -> str:
    return f"{BEYOND[relation]} {with_unit(limit, metric.unit)}"
