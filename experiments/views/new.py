"""Defining an experiment."""

import uuid
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from experiments.domain import Direction
from experiments.drafts import ExperimentDraft
from experiments.forms.arranging import Step
from experiments.forms.experiment import DefinitionForm, EditContext, typed_in
from experiments.forms.row_buttons import press
from experiments.forms.settings import Teams
from experiments.models import Experiment, ExperimentStatus, Team
from experiments.permissions import can_define, check_can_define
from experiments.services import experiments, sources
from experiments.services.errors import Refused
from experiments.starters import BOOTH
from experiments.views.access import signed_in
from experiments.views.brought import tell
from experiments.views.preview import preview_context

_UNPROCESSABLE = 422
_ENDINGS = {"create": ExperimentStatus.RUNNING, "draft": ExperimentStatus.DRAFT}
"""The buttons that create the experiment, and what it is then."""

_ROWS = {
    "parameters": "experiments/_parameter_rows.html",
    "metrics": "experiments/_metric_rows.html",
    "constraints": "experiments/_constraint_rows.html",
}
_BLANK = {"p1-kind": "float", "m1-goal": Direction.MINIMIZE.value}


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def new(request: HttpRequest) -> HttpResponse:
    """Show the form, change its rows, or create the experiment that it defines."""
    teams = teams_of(request)
    if request.method != "POST":
        return show(request, _first_form(request, teams))
    action = request.POST.get("action", "create")
    if action not in _ENDINGS:
        return changed(request, action, teams=choices(teams))
    form = DefinitionForm.read(request.POST, teams=choices(teams))
    draft = form.draft()
    if draft is None:
        form.focus_on_first_error()
        return show(request, form, status=_UNPROCESSABLE)
    return _create(request, form, draft, teams, _ENDINGS[action])


@require_POST
def example(request: HttpRequest) -> HttpResponse:
    """Create the example experiment, ready to run; the same person gets the same one again."""
    team = teams_of(request)[0]
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"example/{signed_in(request).pk}/{team.pk}")
    return redirect(experiments.create(draft=BOOTH, team=team, by=signed_in(request), key=key))


def show(request: HttpRequest, form: DefinitionForm, status: int = 200) -> HttpResponse:
    """Show the page of a new experiment, filled in with any form; for htmx only the form."""
    context = {"form": form} | preview_context(form)
    is_form = bool(request.htmx)  # type: ignore[attr-defined]
    template = "experiments/_new_form.html" if is_form else "experiments/new.html"
    return render(request, template, context, status=status)


def changed(
    request: HttpRequest,
    action: str,
    *,
    teams: Teams = (),
    context: EditContext | None = None,
) -> HttpResponse:
    """Answer a button between the rows: for htmx with the rows that it changed, else the page."""
    typed = typed_in(request.POST)
    count = len(typed.rows["p"])
    part, focus = press(typed, action)
    form = DefinitionForm(typed, teams=teams, context=context)
    form.focus = focus
    if not request.htmx or not part:  # type: ignore[attr-defined]
        return show(request, form)
    # After “Add” only the new row is sent, so that nothing else on the page moves.
    steps: Sequence[Step] = [Step(row=row) for row in form.parameters[count:]]
    if action == "add" and not steps:
        return HttpResponse()
    return render(request, _ROWS[part], {"form": form, "steps": steps})


def teams_of(request: HttpRequest) -> list[Team]:
    """Return the teams in which the person may define experiments; refuse where there is none."""
    assert request.user.is_authenticated  # No page is open to others.
    teams = list(Team.objects.filter(members=request.user).order_by("name", "pk"))
    allowed = [team for team in teams if can_define(request.user, team)]
    if allowed:
        return allowed
    if teams:
        check_can_define(request.user, teams[0])
    raise PermissionDenied("You are in no team yet: ask somebody to add you to theirs.")


def choices(teams: Sequence[Team]) -> Teams:
    """Return the teams as the form offers them."""
    return [(team.pk, team.name) for team in teams]


def filled(
    request: HttpRequest,
    draft: ExperimentDraft,
    *,
    of: Experiment | None = None,
    source: str = "",
    notices: Sequence[str] = (),
) -> HttpResponse:
    """Show the page, filled in with a definition, ``of`` an experiment where it is a copy."""
    teams = teams_of(request)
    form = DefinitionForm.from_draft(
        draft,
        teams=choices(teams),
        team=_likely_team(request, teams, of),
        source=source,
        notices=notices,
    )
    return show(request, form)


def _likely_team(
    request: HttpRequest, teams: Sequence[Team], of: Experiment | None = None
) -> int | None:
    """Return the id of the team that a new experiment is most likely to belong to.

    That of the experiment it is a copy of, or of the one that the person has defined last.
    """
    allowed = [team.pk for team in teams]
    if of is not None and of.team_id in allowed:
        return of.team_id
    own = Experiment.objects.filter(team__in=allowed, created_by_id=signed_in(request).pk)
    return own.order_by("-created_at", "-pk").values_list("team", flat=True).first()


def _first_form(request: HttpRequest, teams: Sequence[Team]) -> DefinitionForm:
    likely = _likely_team(request, teams)
    if request.GET.get("example") == "booth":
        return DefinitionForm.from_draft(BOOTH, teams=choices(teams), team=likely)
    blank = QueryDict(mutable=True)
    blank.update(_BLANK)
    if likely is not None:
        blank["team"] = str(likely)
    return DefinitionForm(typed_in(blank), teams=choices(teams))


def _create(
    request: HttpRequest,
    form: DefinitionForm,
    draft: ExperimentDraft,
    teams: list[Team],
    status: ExperimentStatus,
) -> HttpResponse:
    team = next(team for team in teams if team.pk == form.chosen_team)
    by = signed_in(request)
    try:
        brought = sources.load(form.source, draft, by)
        experiment = experiments.create(
            draft=draft,
            team=team,
            by=by,
            # Going back and defining something else, or bringing others, is another act.
            key=uuid.uuid5(form.key, repr((team.pk, draft, form.source))),
            status=status,
            trials=brought.trials,
            origin=brought.origin,
            learns_from=brought.learns_from,
            command=brought.command,
        )
    except Refused as refusal:
        form.problems.append(str(refusal))
        return show(request, form, status=_UNPROCESSABLE)
    tell(request, form.source, brought)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(experiment.get_absolute_url())
    return redirect(experiment)
