"""What the experiment page shows, gathered from rows: for the whole page and for its live parts."""

import json
import uuid
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from experiments import plots
from experiments.domain import GenerationNode, Result, TrialStatus
from experiments.forms.results import ResultForm
from experiments.models import Change, ChangeKind, Experiment, Metric, Parameter, Suggestion, Trial
from experiments.noise import NoiseTreatment, consistent_sems
from experiments.permissions import can_run
from experiments.services.jobs import worker_is_alive

SHOWN_FINISHED = 25
"""How many finished trials the page shows unless all are asked for."""

NODES = {
    GenerationNode.CENTER: "center",
    GenerationNode.SOBOL: "exploring",
    GenerationNode.BOTORCH: "model",
    GenerationNode.FALLBACK_SOBOL: "random, as the model had nothing new",
}

NOISE = {
    NoiseTreatment.ESTIMATED_SOME_GIVEN: (
        "Some results have a standard error and some have none: until all have one, "
        "the model estimates the noise itself, from all results."
    ),
    NoiseTreatment.GIVEN: "The model takes the noise of each result from its standard error.",
    NoiseTreatment.GIVEN_ZEROS_RAISED: (
        "The model takes the noise of each result from its standard error; "
        "where that is 0, it uses the smallest of the others."
    ),
}


@dataclass
class ExperimentPanels:
    """The experiment page's content for one person; each property is read once, when shown."""

    experiment: Experiment
    request: HttpRequest

    @cached_property
    def parameters(self) -> list[Parameter]:
        """The search space."""
        return list(self.experiment.parameters.all())

    @cached_property
    def metric(self) -> Metric:
        """The objective."""
        return self.experiment.objective

    @cached_property
    def trials(self) -> list[Trial]:
        """All trials by number, without what belongs to them: there may be very many."""
        return list(self.experiment.trials.order_by("number"))

    @cached_property
    def results(self) -> dict[int, Result]:
        """The objective's results by the trials' ids."""
        rows = self.metric.observations.filter(step__isnull=True)
        return {
            trial: Result(mean, sem)
            for trial, mean, sem in rows.values_list("trial", "mean", "sem")
        }

    @cached_property
    def people(self) -> dict[int, User]:
        """Who took or finished the trials that are shown, by id."""
        ids = {
            person
            for row in (*self.running, *self.finished)
            for person in (row.trial.taken_by_id, row.trial.finished_by_id)
        }
        return User.objects.in_bulk(ids - {None})

    @cached_property
    def nodes(self) -> dict[int | None, str]:
        """What made the trials that are shown, by the trials' ids."""
        shown = [row.trial.pk for row in self.finished]
        made = self.experiment.suggestions.filter(trial__in=shown)
        return dict(made.values_list("trial", "node"))

    @cached_property
    def counts(self) -> Counter[str]:
        """How many trials there are by status."""
        return Counter(trial.status for trial in self.trials)

    @cached_property
    def running(self) -> list["TrialRow"]:
        """The running trials, oldest first."""
        return [TrialRow(self, trial) for trial in self.trials if trial.is_running]

    @cached_property
    def finished(self) -> list["TrialRow"]:
        """The finished trials, newest first, as many as are asked for."""
        ended = [trial for trial in self.trials if trial.finished_at and not trial.is_running]
        ended.sort(key=lambda trial: (trial.finished_at, trial.number), reverse=True)
        shown = ended if self.shows_all else ended[:SHOWN_FINISHED]
        return [TrialRow(self, trial) for trial in shown]

    @property
    def shows_all(self) -> bool:
        """Whether all finished trials were asked for."""
        return "all" in self.request.GET

    @cached_property
    def finished_count(self) -> int:
        """How many trials are finished."""
        return len(self.trials) - self.counts[TrialStatus.RUNNING]

    @cached_property
    def best(self) -> "TrialRow | None":
        """The completed trial with the best result; of equals the earliest."""
        completed = [
            trial
            for trial in self.trials
            if trial.status == TrialStatus.COMPLETED and trial.pk in self.results
        ]
        sign = 1 if self.metric.is_minimized else -1
        best = min(
            completed, key=lambda t: (sign * self.results[t.pk].mean, t.number), default=None
        )
        return TrialRow(self, best) if best else None

    @cached_property
    def noise(self) -> str:
        """How the model treats the standard errors, where there is something to say."""
        sems = [
            self.results[trial.pk].sem
            for trial in self.trials
            if trial.status == TrialStatus.COMPLETED and trial.pk in self.results
        ]
        return NOISE.get(consistent_sems(sems)[1], "")

    @cached_property
    def figure(self) -> str:
        """The progress plot as Plotly's JSON."""
        return json.dumps(plots.progress(self.trials, self.results, self.parameters, self.metric))

    @cached_property
    def can_run(self) -> bool:
        """Whether this person may take suggestions and enter results."""
        return can_run(self.request.user, self.experiment.team)

    @cached_property
    def pool(self) -> "PoolState":
        """Where the suggestions stand."""
        return PoolState(self)

    @cached_property
    def budget_is_used(self) -> bool:
        """Whether as many trials were taken as were planned."""
        budget = self.experiment.trial_budget
        return bool(budget) and len(self.trials) >= (budget or 0)

    @property
    def form_key(self) -> uuid.UUID:
        """A new name for the next request for suggestions."""
        return uuid.uuid4()


class PoolState:
    """Where the suggestions of one experiment stand, for one person."""

    def __init__(self, panels: ExperimentPanels) -> None:
        self.experiment = panels.experiment
        self.user = panels.request.user
        ready: list[Suggestion] = list(self.experiment.suggestions.ready())
        is_fresh = [s.revision >= self.experiment.model_revision for s in ready]
        self.fresh_count = sum(is_fresh)
        self.older = [s for s, fresh in zip(ready, is_fresh, strict=True) if not fresh]
        self.waiting = list(self.experiment.requests.waiting().select_related("user"))

    @property
    def mine(self) -> int:
        """How many suggestions this person waits for."""
        return sum(r.missing for r in self.waiting if r.user_id == self.user.pk)

    @property
    def since(self) -> Any:
        """Since when this person waits."""
        return min(r.created_at for r in self.waiting if r.user_id == self.user.pk)

    @property
    def others(self) -> int:
        """How many suggestions other people wait for."""
        return sum(r.missing for r in self.waiting if r.user_id != self.user.pk)

    @property
    def error(self) -> str:
        """The optimizer's error, while it stands between people and suggestions."""
        return "" if self.fresh_count else self.experiment.current_optimizer_error

    @property
    def has_worker(self) -> bool:
        """Whether any worker is at work."""
        return worker_is_alive()

    @cached_property
    def missed(self) -> str:
        """What the newest of the older suggestions did not know yet, in words."""
        newest = max(suggestion.revision for suggestion in self.older)
        changes = Change.objects.filter(
            experiment=self.experiment, revision__gt=newest, is_model_change=True
        )
        kinds = list(changes.values_list("kind", flat=True))
        what = "result" if set(kinds) == {ChangeKind.TRIAL_COMPLETED} else "change"
        return f"the last {what}" if len(kinds) == 1 else f"the last {len(kinds)} {what}s"


class TrialRow:
    """One trial as the page shows it."""

    def __init__(self, panels: ExperimentPanels, trial: Trial) -> None:
        self.panels = panels
        self.trial = trial

    @property
    def result(self) -> Result | None:
        """The objective's result, if there is one."""
        return self.panels.results.get(self.trial.pk)

    @property
    def taken_by(self) -> User | None:
        """Who runs it."""
        return self.panels.people.get(self.trial.taken_by_id or 0)

    @property
    def finished_by(self) -> User | None:
        """Who finished it."""
        return self.panels.people.get(self.trial.finished_by_id or 0)

    @cached_property
    def values(self) -> list[tuple[Parameter, Any]]:
        """The parameters that apply and their values, in the search space's order."""
        values = self.trial.values_of(self.panels.parameters)
        return [(p, values[p.key]) for p in self.panels.parameters if p.key in values]

    @property
    def as_json(self) -> str:
        """The parameters by name, in full precision, for copying."""
        named = self.trial.named_parameters(self.panels.parameters)
        return json.dumps(named, ensure_ascii=False)

    @property
    def origin(self) -> str:
        """What made the suggestion, in a word or two."""
        node = self.panels.nodes.get(self.trial.pk)
        return NODES[GenerationNode(node)] if node else ""

    @property
    def is_best(self) -> bool:
        """Whether this is the best trial so far."""
        best = self.panels.best
        return best is not None and best.trial.pk == self.trial.pk

    @property
    def version(self) -> str:
        """Changes whenever the row has to be drawn again."""
        trial = self.trial
        return f"{trial.status}/{self.result}/{trial.reason}/{self.is_best}/{trial.finished_at}"

    @cached_property
    def form(self) -> ResultForm:
        """An empty field for the result."""
        return ResultForm(metric=self.panels.metric, trial=self.trial)
