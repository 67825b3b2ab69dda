"""The history of an experiment: everything that ever happened to it, with undo."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from experiments.forms.history import TOLD, HistoryForm
from experiments.models import Change, Experiment
from experiments.permissions import can_run
from experiments.services.history import read
from experiments.services.undoing import Undoing
from experiments.services.versions import EDITS
from experiments.views.access import get_experiment, signed_in
from experiments.views.told import Teller, Told

PER_PAGE = 50

_UNPROCESSABLE = 422


@dataclass(frozen=True)
class Entry:
    """One change as the history shows it: in words, and whether the person can take it back.

    ``undone_by`` is the revision that took it back, ``why_not`` says why they cannot.
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
    wanted = _wanted(experiment, form)
    page = Paginator(wanted, PER_PAGE).get_page(_page_asked(request, wanted))
    changes = read(cast("QuerySet[Change]", page.object_list))
    return {
        "experiment": experiment,
        "form": form,
        "page": page,
        "entries": _entries(experiment, changes, signed_in(request)),
        "shown": {change.revision for change in changes},
        "can_run": can_run(request.user, experiment.team),
        "query": form.query(page=page.number if page.number > 1 else ""),
        "previous_query": form.query(page=page.number - 1),
        "next_query": form.query(page=page.number + 1),
    }


def _page_asked(request: HttpRequest, wanted: "QuerySet[Change]") -> int | str:
    """Return the page that is asked for, by its number or by a ``change`` that it shows."""
    change = request.GET.get("change", "")
    if re.fullmatch(r"[0-9]{1,9}", change):
        return wanted.filter(revision__gt=int(change)).count() // PER_PAGE + 1
    return request.GET.get("page", "")


def _people(experiment: Experiment) -> list[tuple[str, str]]:
    changes = experiment.changes.order_by()
    users = User.objects.filter(pk__in=changes.values("user").distinct()).order_by("username")
    told = changes.exclude(told_by="").values_list("told_by", flat=True).distinct()
    return [
        *((str(user.pk), str(user)) for user in users),
        *((f"{TOLD} {name}", f"{name} (file)") for name in sorted(told)),
    ]


def _wanted(experiment: Experiment, form: HistoryForm) -> "QuerySet[Change]":
    changes = experiment.changes.order_by("-revision")
    if person := form.wanted_person:
        told = person.removeprefix(f"{TOLD} ")
        is_told = told != person
        changes = changes.filter(told_by=told) if is_told else changes.filter(user=int(person))
    if form.numbers:
        changes = changes.filter(trial_numbers__overlap=form.numbers)
    if form.kinds:
        changes = changes.of_kinds(form.kinds, experiment.changes.all())
    elif form.is_of_undos:
        changes = changes.exclude(undoes=None)
    if form.first_day:
        changes = changes.filter(created_at__date__gte=form.first_day)
    if form.last_day:
        changes = changes.filter(created_at__date__lte=form.last_day)
    if form.words:
        changes = changes.saying(form.words)
    return changes


def _entries(experiment: Experiment, changes: Sequence[Change], by: User) -> list[Entry]:
    undoing = Undoing(experiment, changes, by)
    teller = Teller(experiment, changes, by)

    def entry(change: Change) -> Entry:
        undone_by = undoing.undone_by(change)
        why_not = "" if undone_by else undoing.why_not(change)
        return Entry(teller.tell(change), undone_by, why_not)

    return [entry(change) for change in changes]
