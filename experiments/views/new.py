"""Defining an experiment."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from experiments.domain import Direction
from experiments.drafts import ExperimentDraft
from experiments.forms.experiment import DefinitionForm
from experiments.forms.parameters import Row, read_rows
from experiments.meaning import meaning_of
from experiments.models import Team
from experiments.permissions import can_define, check_can_define
from experiments.search_space import MOST_PARAMETERS
from experiments.services import experiments
from experiments.views.access import signed_in

_UNPROCESSABLE = 422

_BLANK_ROW: Row = {"kind": "float"}
_BOOTH_ROWS: list[Row] = [
    {"name": name, "kind": "float", "lower": "-10", "upper": "10"} for name in ("x1", "x2")
]
_BOOTH = {
    "name": "Booth",
    "description": (
        "The Booth function of two numbers, a classic test of optimizers. To run a trial, compute "
        "(x1 + 2·x2 − 7)² + (2·x1 + x2 − 5)², on a calculator for instance, and enter the result. "
        "Its least value is 0; let AxDash find where."
    ),
    "objective": "booth",
    "direction": Direction.MINIMIZE.value,
    "trial_budget": "20",
}


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def new(request: HttpRequest) -> HttpResponse:
    """Show the form, change its rows, or create the experiment that it defines."""
    teams = _teams(request)
    choices = [(team.pk, team.name) for team in teams]
    if request.method != "POST":
        is_example = request.GET.get("example") == "booth"
        data, rows = (_BOOTH, _BOOTH_ROWS) if is_example else ({}, [_BLANK_ROW])
        return _page(request, DefinitionForm(data, rows, teams=choices))
    action = request.POST.get("action", "create")
    if action != "create":
        typed = {name: str(value) for name, value in request.POST.items()}
        rows, focus = _changed_rows(read_rows(typed), action)
        form = DefinitionForm(typed, rows, teams=choices)
        form.focus_on(focus)
        return _rows(request, form) if request.htmx else _page(request, form)  # type: ignore[attr-defined]
    form = DefinitionForm.read(request.POST, teams=choices)
    draft = form.draft()
    if draft is None:
        form.focus_on_first_error()
        return _page(request, form, status=_UNPROCESSABLE)
    return _create(request, form, draft, teams)


@require_POST
def example(request: HttpRequest) -> HttpResponse:
    """Create the example experiment, ready to run; the same person gets the same one again."""
    team = _teams(request)[0]
    form = DefinitionForm(_BOOTH, _BOOTH_ROWS, teams=[(team.pk, team.name)], is_checked=True)
    draft = form.draft()
    assert draft is not None
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"example/{signed_in(request).pk}/{team.pk}")
    return redirect(experiments.create(draft=draft, team=team, by=signed_in(request), key=key))


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Say what the form means as far as it is filled in; its fields stay as they are."""
    form = DefinitionForm.read(request.POST)
    return render(request, "experiments/_new_preview.html", _preview_context(form))


def _teams(request: HttpRequest) -> list[Team]:
    """Return the teams in which the person may define experiments; refuse where there is none."""
    assert request.user.is_authenticated  # No page is open to others.
    teams = list(Team.objects.filter(members=request.user).order_by("name", "pk"))
    allowed = [team for team in teams if can_define(request.user, team)]
    if allowed:
        return allowed
    if teams:
        check_can_define(request.user, teams[0])
    raise PermissionDenied("You are in no team yet: ask somebody to add you to theirs.")


def _create(
    request: HttpRequest, form: DefinitionForm, draft: ExperimentDraft, teams: list[Team]
) -> HttpResponse:
    chosen = form.experiment.cleaned_data["team"]
    team = next(team for team in teams if team.pk == chosen)
    # Going back and defining something else on the same page is another act.
    key = uuid.uuid5(form.key, repr((team.pk, draft)))
    experiment = experiments.create(
        draft=draft,
        team=team,
        by=signed_in(request),
        key=key,
    )
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(experiment.get_absolute_url())
    return redirect(experiment)


def _page(request: HttpRequest, form: DefinitionForm, status: int = 200) -> HttpResponse:
    """Show the whole page; for htmx, which only sends the form, the form."""
    context = {"form": form} | _preview_context(form)
    is_form = bool(request.htmx)  # type: ignore[attr-defined]
    template = "experiments/_new_form.html" if is_form else "experiments/new.html"
    return render(request, template, context, status=status)


def _rows(request: HttpRequest, form: DefinitionForm) -> HttpResponse:
    """Show what a row button changed: only the new row after “Add”, so that nothing else moves."""
    rows = form.parameters
    if request.POST["action"] == "add":
        rows = rows[-1:] if form.focus else []
    context = {"form": form, "rows": rows} | _preview_context(form)
    return render(request, "experiments/_parameter_rows.html", context)


def _preview_context(form: DefinitionForm) -> dict[str, Any]:
    """What the rows mean that are right; sample points only once all of them are."""
    checked = form.checked()
    fields = checked.experiment.cleaned_data
    drafts = [row.draft for row in checked.parameters]
    meaning = meaning_of(
        [draft for draft in drafts if draft],
        objective=fields.get("objective", ""),
        direction=Direction(fields.get("direction", Direction.MINIMIZE)),
        trial_budget=fields.get("trial_budget"),
    )
    return {
        "meaning": meaning,
        "is_full": form.is_full,
        "is_complete": all(row.draft or row.is_blank for row in checked.parameters),
        "unclear": [(row.title, row.touched_problems) for row in checked.parameters],
    }


def _changed_rows(rows: list[Row], action: str) -> tuple[list[Row], str]:
    """Return the rows after a row button, and the name of what then has the focus."""
    verb, _, digits = action.partition("-")
    if verb == "add" and len(rows) < MOST_PARAMETERS:
        # Most spaces have several parameters of one type.
        rows.append({"kind": rows[-1].get("kind", "float")} if rows else dict(_BLANK_ROW))
        return rows, f"name-{len(rows)}"
    number = next((n for n in range(1, len(rows) + 1) if str(n) == digits), None)
    if number is None or verb not in _CHANGES:
        return rows, ""
    return rows, _CHANGES[verb](rows, number)


def _remove(rows: list[Row], number: int) -> str:
    del rows[number - 1]
    return f"name-{min(number, len(rows))}" if rows else "add"


def _move_up(rows: list[Row], number: int) -> str:
    target = max(number - 1, 1)
    rows.insert(target - 1, rows.pop(number - 1))
    # At an end the button cannot be used any more: its neighbour takes the focus.
    return f"up-{target}" if target > 1 else "down-1"


def _move_down(rows: list[Row], number: int) -> str:
    target = min(number + 1, len(rows))
    rows.insert(target - 1, rows.pop(number - 1))
    return f"down-{target}" if target < len(rows) else f"up-{target}"


_CHANGES: dict[str, Callable[[list[Row], int], str]] = {
    "remove": _remove,
    "up": _move_up,
    "down": _move_down,
}
