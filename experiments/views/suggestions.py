"""Asking for suggestions, looking at them, and taking them one by one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from experiments.forms.results import CountForm
from experiments.permissions import check_can_run
from experiments.services import suggestions
from experiments.services.errors import Refused
from experiments.views.access import get_experiment, get_suggestion, signed_in
from experiments.views.answers import done, refused
from experiments.views.experiments import live_parts
from experiments.views.panels import ExperimentPanels
from experiments.views.ready import ReadySuggestion


@require_POST
def request(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out ready suggestions, and note down what is still missing."""
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)
    form = CountForm(request.POST, most=suggestions.MOST_AT_ONCE)
    if not form.is_valid():
        errors = " ".join(str(text) for texts in form.errors.values() for text in texts)
        if request.htmx:  # type: ignore[attr-defined]
            return live_parts(request, pk, has_new_results=False, count_error=errors)
        return refused(request, experiment, errors)
    try:
        suggestions.request(
            experiment,
            wanted=form.cleaned_data["count"],
            key=form.cleaned_data["key"],
            by=signed_in(request),
        )
    except Refused as refusal:
        return refused(request, experiment, str(refusal))
    return done(request, experiment, has_new_results=False)


@require_POST
def take_older(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out suggestions that do not know the newest results, to somebody who won't wait."""
    experiment = get_experiment(request.user, pk)
    taken = suggestions.take_older(experiment, by=signed_in(request))
    if not taken:
        return refused(request, experiment, "There is no older suggestion left to take.")
    return done(request, experiment, has_new_results=False)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop waiting."""
    experiment = get_experiment(request.user, pk)
    suggestions.cancel(experiment, by=signed_in(request))
    return done(request, experiment, has_new_results=False)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the optimizer try again after an error."""
    experiment = get_experiment(request.user, pk)
    suggestions.retry(experiment, by=signed_in(request))
    return done(request, experiment, has_new_results=False)


@require_safe
def suggestion(request: HttpRequest, pk: int, suggestion: int) -> HttpResponse:
    """Show a suggestion and why it was made; one that was taken is a trial by now."""
    found = get_suggestion(request, pk, suggestion)
    is_part: bool = request.htmx  # type: ignore[attr-defined]
    if found.trial and not is_part:
        return redirect("experiments:trial", pk=pk, number=found.trial.number)
    panels = ExperimentPanels(found.experiment, request)
    row = ReadySuggestion(panels, found)
    context = {
        "experiment": found.experiment,
        "panels": panels,
        "row": row,
        "reasons": row.reasons,
        "nearby": row.nearby,
    }
    template = "_reasons" if is_part else "suggestion"
    response = render(request, f"experiments/{template}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def take(request: HttpRequest, pk: int, suggestion: int) -> HttpResponse:
    """Make one suggestion a trial of the person who asks."""
    found = get_suggestion(request, pk, suggestion)
    try:
        trial = suggestions.take(found, by=signed_in(request))
    except Refused as refusal:
        return refused(request, found.experiment, str(refusal))
    notice = {"text": f"Trial {trial.number} is yours: it stands under “Running trials”."}
    return done(request, found.experiment, notice, has_new_results=False)
