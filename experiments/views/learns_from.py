"""What the model of an experiment learns from beside its own trials, and leaving it out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from experiments.alikeness import compared
from experiments.domain import WITH_RESULTS, Parameterization
from experiments.learning import MOST_ELSEWHERE, MOST_TOGETHER, why_not_elsewhere
from experiments.models import AuxiliarySource, Change, ChangeKind, Experiment
from experiments.permissions import can_define, check_can_define
from experiments.services import auxiliary
from experiments.services.auxiliary import Auxiliary
from experiments.services.beside import Source
from experiments.services.errors import Refused
from experiments.services.undoing import Undoing
from experiments.views.access import get_experiment, signed_in
from experiments.views.answers import say

_MOST_CHANGES = 20


@dataclass(frozen=True)
class Shown:
    """One source as a person may see it, and how its results compare with those here."""

    of: Auxiliary
    is_visible: bool
    compared: list[str]

    @property
    def row(self) -> AuxiliarySource:
        """The relation."""
        return self.of.row

    @property
    def source(self) -> Source | None:
        """What it offers."""
        return self.of.source

    @property
    def told(self) -> Mapping[str, str | None] | None:
        """What a restored file says of one that is not here."""
        return self.row.experiment.elsewhere.get(str(self.row.elsewhere))

    @property
    def why_unread(self) -> str:
        """Why nothing of it is read."""
        return self.of.why_unread


@dataclass(frozen=True)
class Line:
    """One change of what the model learns from."""

    change: Change
    text: str
    undone_by: int | None
    why_not: str


class LearnsFromPage:
    """What the page shows to one person."""

    most_learnt = MOST_ELSEWHERE
    room_from = MOST_TOGETHER - MOST_ELSEWHERE

    def __init__(self, experiment: Experiment, by: User) -> None:
        self._experiment = experiment
        self._by = by
        self._specs = [parameter.spec for parameter in experiment.parameters.all()]

    @property
    def can_define(self) -> bool:
        """Whether the person may leave sources out."""
        return can_define(self._by, self._experiment.team)

    @property
    def why_not_learn(self) -> str:
        """Why the model cannot learn from other experiments at present; blank if it can."""
        return why_not_elsewhere(self._experiment.spec.generation_method, self._specs)

    @cached_property
    def sources(self) -> list[Shown]:
        """The experiments, in the order in which they were chosen."""
        found = auxiliary.all_of(self._experiment)
        visible = self._visible
        return [
            Shown(each, each.row.source_id in visible, self._compared(each.source))
            for each in found
        ]

    @cached_property
    def changes(self) -> list[Line]:
        """What was left out or taken in again, the newest first."""
        found = self._experiment.changes.filter(kind=ChangeKind.SOURCES_CHANGED)
        changes = list(found.select_related("user")[:_MOST_CHANGES])
        undoing = Undoing(self._experiment, changes, self._by)
        lines = []
        for change in changes:
            pk = change.after.get("experiment")
            source = self._visible.get(pk)
            told = self._experiment.elsewhere.get(str(pk), {}).get("name")
            called = source.name if source else told
            name = f"“{called}”" if called else "another experiment"
            is_active = change.after["is_active"]
            text = f"let the model learn from {name} again" if is_active else f"left {name} out"
            lines.append(Line(change, text, undoing.undone_by(change), undoing.why_not(change)))
        return lines

    @cached_property
    def _visible(self) -> dict[int, Experiment]:
        """The sources that the person may see, deleted ones included."""
        ids = self._experiment.auxiliary_sources.values("source")
        return {each.pk: each for each in Experiment.objects.of(self._by).filter(pk__in=ids)}

    def _compared(self, source: Source | None) -> list[str]:
        """Say how results there compare with those here, where trials are near each other."""
        if source is None or not source.coming:
            return []
        names = ("here", "there")
        found = compared(self._experiment.definition, self._measured, source.measured, names=names)
        return [text for _, text in found]

    @cached_property
    def _measured(self) -> dict[str, list[tuple[Parameterization, float]]]:
        """The experiment's own values and results, by metric key."""
        trials = self._experiment.trials.prefetch_related("observations")
        found: dict[str, list[tuple[Parameterization, float]]] = {}
        for trial in trials.filter(status__in=WITH_RESULTS):
            record = trial.record(self._specs)
            for each in record.observations:
                found.setdefault(each.metric, []).append((record.parameters, each.mean))
        return found


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the model learns from."""
    experiment = get_experiment(request.user, pk)
    shown = LearnsFromPage(experiment, signed_in(request))
    return render(
        request, "experiments/learns_from.html", {"experiment": experiment, "page": shown}
    )


@require_POST
def change(request: HttpRequest, pk: int, row: int) -> HttpResponse:
    """Leave one experiment out, or let the model learn from it again."""
    experiment = get_experiment(request.user, pk)
    check_can_define(request.user, experiment.team)
    is_active = request.POST.get("active") == "1"
    try:
        made = auxiliary.set_active(experiment, row=row, is_active=is_active, by=signed_in(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        what = "learns from it again" if is_active else "no longer learns from it"
        say(request, f"The model {what}: new suggestions are being made.", made)
    return redirect("experiments:learns_from", pk)
