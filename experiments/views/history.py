"""The history of an experiment: everything that ever happened to it, with undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.forms.history import HistoryForm
from experiments.models import Change, Experiment
from experiments.models.change import UNDOS
from experiments.permissions import can_define, can_run
from experiments.services import undoing
from experiments.services.history import FEW, read
from experiments.services.trial_states import states_of
from experiments.services.versions import EDITS
from experiments.views.access import get_experiment
from experiments.views.told import Teller, Told

PER_PAGE = 50

_UNPROCESSABLE = 422


@dataclass(frozen=True)
class Entry:
    """One change as the history shows it: in words, and whether it can be undone.

    ``undone_by`` is the revision that took it back, ``why_not`` says why nobody can.
    """

    told: Told
    undone_by: int | None
    why_not: str

    @property
    def change(self) -> Change:
        """The change."""
        return self.told.change

    @property
    def is_edit(self) -> bool:
        """Whether it is a version of the definition, which has a page that says more."""
        return self.change.kind in EDITS

    @property
    def undoes(self) -> int | None:
        """The revision that this one took back."""
        return self.change.after.get("undone") if self.change.kind in UNDOS else None

    @property
    def version(self) -> str:
        """Changes whenever the entry has to be drawn again."""
        return f"{self.undone_by}/{self.why_not}"


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what happened, newest first."""
    context = _context(request, pk)
    status = _UNPROCESSABLE if context["form"].errors else 200
    return render(request, "experiments/history.html", context, status=status)


@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the entries, for an open page to take in."""
    context = _context(request, pk)
    response = render(request, "experiments/_history_live.html", context)
    response["HX-Reswap"] = "none"
    response["Cache-Control"] = "no-store"
    response["AxDash-Revision"] = str(context["experiment"].revision)
    return response


def _context(request: HttpRequest, pk: int) -> dict[str, Any]:
    experiment = get_experiment(request.user, pk)
    form = HistoryForm(request.GET, people=_people(experiment))
    page = Paginator(_wanted(experiment, form), PER_PAGE).get_page(request.GET.get("page"))
    changes = read(cast("QuerySet[Change]", page.object_list))
    may_define = can_define(request.user, experiment.team)
    return {
        "experiment": experiment,
        "form": form,
        "page": page,
        "entries": _entries(experiment, changes, may_define=may_define),
        "can_run": can_run(request.user, experiment.team),
        "query": form.query(page=page.number if page.number > 1 else ""),
        "previous_query": form.query(page=page.number - 1),
        "next_query": form.query(page=page.number + 1),
    }


def _people(experiment: Experiment) -> list[tuple[int, str]]:
    ids = experiment.changes.order_by().values("user").distinct()
    return [(user.pk, str(user)) for user in User.objects.filter(pk__in=ids).order_by("username")]


def _wanted(experiment: Experiment, form: HistoryForm) -> "QuerySet[Change]":
    changes = experiment.changes.order_by("-revision")
    if form.person_id:
        changes = changes.filter(user=form.person_id)
    if form.numbers:
        changes = changes.filter(trial_numbers__overlap=form.numbers)
    if form.kinds:
        changes = changes.filter(kind__in=form.kinds)
    return changes


def _entries(experiment: Experiment, changes: Sequence[Change], *, may_define: bool) -> list[Entry]:
    undone = undoing.undone_by(experiment, [change.revision for change in changes])
    named = {n for c in changes if len(c.trial_numbers) <= FEW for n in c.trial_numbers}
    states = states_of(experiment, named) if named else {}
    teller = Teller(experiment, changes)

    def why_not(change: Change) -> str:
        change.experiment = experiment
        if change.kind in EDITS:
            if not may_define:
                return "Those who may change the definition can undo this."
            return undoing.definition_obstacle(experiment, change)
        if len(change.trial_numbers) > FEW:
            return ""  # Whether all are still as they were is looked at when somebody asks.
        return undoing.why_not(change, states)

    return [
        Entry(
            teller.tell(change),
            undone.get(change.revision),
            "" if change.revision in undone else why_not(change),
        )
        for change in changes
    ]
