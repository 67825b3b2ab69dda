"""What the experiment page shows, gathered from rows: for the whole page and for its live parts."""

import json
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from experiments.bandit_rules import arms_of
from experiments.carrying import CarryForm, Carrying
from experiments.domain import GenerationMethod, TrialStatus
from experiments.entry_guard import Question, doubt
from experiments.forms.results import CorrectionForm, ResultForm, seen_fields, value_fields
from experiments.goal_words import Goal, goals_in_words
from experiments.models import Metric, StoppingAdvice, Suggestion, TeamChoice, Trial
from experiments.outline import Outline, outline_of
from experiments.parallelism import Advice, advise
from experiments.permissions import can_define, can_run
from experiments.plots import ProgressPlots
from experiments.services.curves import last_points
from experiments.services.decisions import current_choice
from experiments.views.access import visible_trials
from experiments.views.best import BestPanel
from experiments.views.carried import last_form
from experiments.views.curve_panels import RowCurve
from experiments.views.life import LifePanel
from experiments.views.pool import PoolState
from experiments.views.ready import ReadySuggestion
from experiments.views.results import ExperimentResults
from experiments.views.rows import TrialRow
from experiments.views.widening import WiderBound, wider_bounds

SHOWN_FINISHED = 25
"""How many finished trials the page shows; the table has all."""

RUN_MINE, RUN_OVERDUE = "mine", "overdue"
"""Which of the running trials an address can ask for."""


@dataclass
class ExperimentPanels(ExperimentResults):
    """The experiment page's content for one person; each property is read once, when shown."""

    request: HttpRequest

    @property
    def column_count(self) -> int:
        """How many columns the table of finished trials has."""
        return 5 + len(self.metrics) + len(self.parameters) + self.has_sum

    @cached_property
    def best(self) -> BestPanel:
        """The best so far."""
        return BestPanel(self)

    @property
    def has_sources(self) -> bool:
        """Whether other experiments were chosen for the model to learn from."""
        return self.experiment.auxiliary_sources.exists()

    @cached_property
    def choice(self) -> TeamChoice | None:
        """The team's choice."""
        return current_choice(self.experiment)

    @cached_property
    def goal_lines(self) -> list[Goal]:
        """What is wanted, in words."""
        return goals_in_words(self.metrics, is_weighted_sum=self.has_sum, limits=self._known_limits)

    @cached_property
    def outline(self) -> Outline:
        """The whole definition, in words."""
        return outline_of(self.experiment.definition, limits=self._known_limits)

    @cached_property
    def _known_limits(self) -> dict[str, float]:
        return {key: limit for key, (_, limit) in self.limits.items()}

    @cached_property
    def nodes(self) -> dict[int | None, str]:
        """What made the trials that are shown, by the trials' ids."""
        shown = [row.trial.pk for row in self.finished]
        made = self.experiment.suggestions.filter(trial__in=shown)
        return dict(made.values_list("trial", "node"))

    @cached_property
    def copied_from(self) -> dict[int, Trial]:
        """The trials elsewhere, by id, that shown ones are copies of and the person may see."""
        shown = (row.trial.source_id for row in (*self.finished, *self.running))
        return visible_trials(self.request.user, filter(None, shown))

    @cached_property
    def suggested(self) -> dict[int, Suggestion]:
        """The suggestions that became the running trials, by the trials' ids."""
        made = self.experiment.suggestions.filter(trial__in=self._running_ids)
        return {suggestion.trial_id: suggestion for suggestion in made if suggestion.trial_id}

    @cached_property
    def row_curves(self) -> dict[int, RowCurve]:
        """The newest intermediate results of the running trials that have some, by their ids."""
        advice = StoppingAdvice.objects.filter(experiment=self.experiment).first()
        if advice is None:
            return {}
        points = last_points(self._running_ids, self.metrics)
        return {
            trial.pk: RowCurve(trial.number, self.metrics, points[trial.pk], advice)
            for trial in self.trials
            if trial.pk in points
        }

    @cached_property
    def ready(self) -> list[ReadySuggestion]:
        """The suggestions that nobody has taken yet, the fresh ones first."""
        fresh_first = [*self.pool.fresh, *self.pool.older]
        return [ReadySuggestion(self, suggestion) for suggestion in fresh_first]

    @cached_property
    def running(self) -> list[TrialRow]:
        """The running trials, oldest first."""
        shown = self._read_trials(self._running_ids)
        rows = [TrialRow(self, shown[pk]) for pk in self._running_ids]
        return [row for row in rows if self._is_wanted(row)]

    def _is_wanted(self, row: TrialRow) -> bool:
        """Whether a running trial is among those that were asked for."""
        if self.run == RUN_MINE:
            return row.trial.taken_by_id == self.request.user.pk
        return row.is_overdue or self.run != RUN_OVERDUE

    @property
    def run(self) -> str:
        """Which of the running trials were asked for; "" for all."""
        wanted = self.request.GET.get("run", "")
        return wanted if wanted in (RUN_MINE, RUN_OVERDUE) else ""

    @property
    def query(self) -> str:
        """What the address says of what is shown, for the parts that are fetched later."""
        return f"?run={self.run}" if self.run else ""

    @cached_property
    def finished(self) -> list[TrialRow]:
        """The newest of the finished trials, the last one first."""
        return [self.row(pk) for pk in self._finished_ids]

    @cached_property
    def carrying(self) -> Carrying:
        """How trials are written to be copied."""
        return self.experiment.carrying

    @cached_property
    def copied_form(self) -> CarryForm:
        """The form that this browser copied last."""
        return last_form(self.request)

    def row(self, pk: int) -> TrialRow:
        """Return one of the finished trials that are shown, or of the best."""
        return TrialRow(self, self._ended[pk])

    @cached_property
    def _ended(self) -> dict[int, Trial]:
        return self._read_trials({*self._finished_ids, *self.best.ids})

    def _read_trials(self, pks: Collection[int]) -> dict[int, Trial]:
        return Trial.objects.select_related("taken_by", "finished_by").in_bulk(pks)

    @cached_property
    def _running_ids(self) -> list[int]:
        return [trial.pk for trial in self.trials if trial.status == TrialStatus.RUNNING]

    @cached_property
    def _finished_ids(self) -> list[int]:
        ended = [
            (trial.finished_at, trial.number, trial.pk)
            for trial in self.trials
            if trial.finished_at and trial.status != TrialStatus.RUNNING
        ]
        ended.sort(reverse=True)
        return [pk for _, _, pk in ended[:SHOWN_FINISHED]]

    @cached_property
    def finished_count(self) -> int:
        """How many trials are finished."""
        return len(self.trials) - self.counts[TrialStatus.RUNNING]

    @property
    def figure(self) -> str:
        """The progress plots as Plotly's JSON."""
        return json.dumps(self.plots, separators=(",", ":"))

    @cached_property
    def plots(self) -> dict[str, Any]:
        """The progress plots as ``ProgressPlots`` writes them."""
        plots = ProgressPlots(
            trials=self.trials,
            means=self.means,
            parameters=self.parameters,
            metrics=self.metrics,
            goals=self.goals,
            ranking=self.ranking,
            repeats=self.repeats,
        )
        return plots.as_json()

    @cached_property
    def can_run(self) -> bool:
        """Whether this person may take suggestions and enter results."""
        return can_run(self.request.user, self.experiment.team)

    @cached_property
    def life(self) -> LifePanel:
        """The experiment as a whole: status, name, tags, notes."""
        return LifePanel(self.experiment, self.request.user)

    @cached_property
    def can_define(self) -> bool:
        """Whether this person may change the definition."""
        return can_define(self.request.user, self.experiment.team)

    @cached_property
    def wider_bounds(self) -> list[WiderBound]:
        """The bounds that this person is offered to widen."""
        return wider_bounds(self.experiment, self.parameters) if self.can_define else []

    @cached_property
    def pool(self) -> PoolState:
        """Where the suggestions stand."""
        return PoolState(self.experiment, self.request.user)

    @cached_property
    def parallelism(self) -> Advice:
        """How many suggestions are well taken now."""
        objectives = {metric.key for metric in self.objectives}
        return advise(
            method=GenerationMethod(self.experiment.generation_method),
            initialization_budget=self._exploring,
            running=self.counts[TrialStatus.RUNNING],
            finished=self.counts[TrialStatus.COMPLETED] + self.counts[TrialStatus.EARLY_STOPPED],
            known=sum(objectives <= means.keys() for means in self.means.values()),
        )

    @property
    def _exploring(self) -> int:
        """How many trials come before results decide what is suggested."""
        if self.experiment.generation_method == GenerationMethod.BANDIT:
            return arms_of(self.specs)
        return self.experiment.initialization_budget

    @cached_property
    def budget_is_used(self) -> bool:
        """Whether as many trials were taken as were planned."""
        budget = self.experiment.trial_budget
        return bool(budget) and len(self.trials) >= (budget or 0)

    @property
    def form_key(self) -> uuid.UUID:
        """A new name for the next request for suggestions."""
        return uuid.uuid4()

    def result_form(self, trial: Trial, data: Any = None) -> ResultForm:
        """Return the form for the results of a running trial."""
        return ResultForm(
            data,
            metrics=self.metrics,
            trial=trial,
            noise=self.experiment.noise,
            doubt=self.doubt_about(trial) if data is not None else None,
        )

    def doubt_about(self, trial: Trial) -> Callable[[Metric, float], Question | None]:
        """Return what asks about results of a trial that look like slips."""
        suggestion = Suggestion.objects.filter(trial=trial).first()
        expected = {each.metric: each for each in suggestion.expected} if suggestion else {}

        def ask(metric: Metric, value: float) -> Question | None:
            key = metric.key
            known = [m[key] for pk, m in self.means.items() if key in m and pk != trial.pk]
            return doubt(value, known, expected.get(key))

        return ask

    def correction_form(self, trial: Trial, data: Any = None) -> CorrectionForm:
        """Return the form for other results of a completed trial, filled with those it has."""
        results = self.results.get(trial.pk, {})
        return CorrectionForm(
            data,
            metrics=self.metrics,
            trial=trial,
            noise=self.experiment.noise,
            doubt=self.doubt_about(trial) if data is not None else None,
            initial=seen_fields(self.metrics, results) | value_fields(self.metrics, results),
        )
