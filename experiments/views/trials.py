"""Acts on one trial: its result, a correction, and the other ways in which it can end."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from experiments.formatting import format_number
from experiments.forms.results import CorrectionForm, ReasonForm, ResultForm
from experiments.models import Metric, Trial
from experiments.permissions import check_can_run
from experiments.services import trials
from experiments.services.errors import Conflict
from experiments.views.access import get_trial, signed_in
from experiments.views.answers import done, refused
from experiments.views.panels import ExperimentPanels, TrialRow

_UNPROCESSABLE = 422


def _get(request: HttpRequest, pk: int, number: int) -> Trial:
    trial = get_trial(request, pk, number)
    check_can_run(request.user, trial.experiment.team)
    return trial


def _with_errors(
    request: HttpRequest, trial: Trial, form: ResultForm, template: str
) -> HttpResponse:
    """Show the form again with its errors: in place with htmx, on a page of its own without."""
    panels = ExperimentPanels(trial.experiment, request)
    row = TrialRow(panels, trial)
    row.__dict__["form"] = form
    context = {"panels": panels, "experiment": trial.experiment, "row": row, "form": form}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, template, context, status=_UNPROCESSABLE)
    context["template"] = template
    return render(request, "experiments/trial_form.html", context, status=_UNPROCESSABLE)


@require_POST
def complete(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Enter the result of a running trial."""
    trial = _get(request, pk, number)
    form = ResultForm(request.POST, metric=trial.experiment.objective, trial=trial)
    if form.is_valid():
        try:
            trials.complete(trial, values=form.results(), by=signed_in(request))
        except Conflict as conflict:
            form.add_error("value", str(conflict))
        else:
            value = format_number(form.cleaned_data["value"], digits=12)
            return done(
                request,
                trial.experiment,
                {"text": f"Trial {number}: {form.metric.name} {value}.", "trial": trial},
            )
    return _with_errors(request, trial, form, "experiments/_running_row.html")


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Replace the result of a completed trial."""
    trial = _get(request, pk, number)
    metric = trial.experiment.objective
    template = "experiments/_correct_row.html"
    if request.method != "POST":
        row = TrialRow(ExperimentPanels(trial.experiment, request), trial)
        if row.result is None:
            return refused(request, trial.experiment, f"Trial {number} has no result to correct.")
        form: Any = _correction_of(row, metric, trial)
        context = {"panels": row.panels, "experiment": trial.experiment, "row": row, "form": form}
        if request.htmx:  # type: ignore[attr-defined]
            return render(request, template, context)
        return render(request, "experiments/trial_form.html", {**context, "template": template})
    form = CorrectionForm(request.POST, metric=metric, trial=trial)
    if form.is_valid():
        try:
            trials.correct(
                trial,
                values=form.results(),
                seen=form.seen(),
                by=signed_in(request),
                reason=form.cleaned_data["reason"],
            )
        except Conflict as conflict:
            form = _after_conflict(request, form, trial, str(conflict))
        else:
            value = format_number(form.cleaned_data["value"])
            return done(
                request, trial.experiment, {"text": f"Trial {number} corrected to {value}."}
            )
    return _with_errors(request, trial, form, template)


def _correction_of(row: TrialRow, metric: Metric, trial: Trial) -> CorrectionForm:
    seen = _seen(row)
    initial = {"value": seen["seen_value"], "sem": seen["seen_sem"], **seen}
    return CorrectionForm(metric=metric, trial=trial, initial=initial)


def _seen(row: TrialRow) -> dict[str, str]:
    """The result that the form shows, as its hidden fields carry it."""
    if row.result is None:
        return {}
    mean, sem = row.result.mean, row.result.sem
    return {"seen_value": repr(mean), "seen_sem": "" if sem is None else repr(sem)}


def _after_conflict(
    request: HttpRequest, form: CorrectionForm, trial: Trial, text: str
) -> CorrectionForm:
    """Keep what was typed, show what the other person entered, and let a second save decide."""
    row = TrialRow(ExperimentPanels(trial.experiment, request), trial)
    data = request.POST.dict() | _seen(row)
    again = CorrectionForm(data, metric=form.metric, trial=trial)
    again.add_error("value", f"{text} Save again to replace it with yours.")
    return again


@require_POST
def fail(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Mark a running trial as failed."""
    return _end(request, pk, number, trials.fail, "failed: it may be suggested again")


@require_POST
def abandon(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Abandon a running trial."""
    return _end(request, pk, number, trials.abandon, "abandoned: it is never suggested again")


def _end(
    request: HttpRequest, pk: int, number: int, act: Callable[..., Trial], outcome: str
) -> HttpResponse:
    trial = _get(request, pk, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, trial.experiment, "The reason may have 500 characters at most.")
    try:
        act(trial, by=signed_in(request), reason=form.cleaned_data["reason"])
    except Conflict as conflict:
        return refused(request, trial.experiment, str(conflict))
    notice = {"text": f"Trial {number} {outcome}.", "trial": trial, "ask_reason": True}
    return done(request, trial.experiment, notice)


@require_POST
def explain(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say why a trial failed or was abandoned."""
    trial = _get(request, pk, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, trial.experiment, "The reason may have 500 characters at most.")
    try:
        trials.explain(trial, by=signed_in(request), reason=form.cleaned_data["reason"])
    except Conflict as conflict:
        return refused(request, trial.experiment, str(conflict))
    return done(request, trial.experiment, {"text": f"The reason of trial {number} was noted."})


@require_POST
def reopen(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take the end of a trial back."""
    trial = _get(request, pk, number)
    trials.reopen(trial, by=signed_in(request))
    return done(request, trial.experiment, {"text": f"Trial {number} is running again."})
