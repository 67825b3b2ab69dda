"""Acts on one trial: its result, a correction, and the other ways in which it can end."""

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from experiments.forms.results import CorrectionForm, ReasonForm, ResultForm, seen_fields
from experiments.models import Change, Trial
from experiments.permissions import check_can_run
from experiments.services import trials
from experiments.services.errors import Conflict, Refused
from experiments.views.access import get_trial, signed_in
from experiments.views.answers import done, refused
from experiments.views.panels import ExperimentPanels
from experiments.views.rows import TrialRow, results_in_words

_UNPROCESSABLE = 422
_RUNNING = "experiments/_running_row.html"
_FINISHED = "experiments/_correct_row.html"


def _get(request: HttpRequest, pk: int, number: int) -> Trial:
    trial = get_trial(request, pk, number)
    check_can_run(request.user, trial.experiment.team)
    return trial


def _with_errors(
    request: HttpRequest, panels: ExperimentPanels, form: ResultForm, template: str
) -> HttpResponse:
    """Show the form again with its errors: in place with htmx, on a page of its own without."""
    return _show_form(request, panels, form, template, status=_UNPROCESSABLE)


def _show_form(
    request: HttpRequest,
    panels: ExperimentPanels,
    form: ResultForm,
    template: str,
    status: int = 200,
) -> HttpResponse:
    row = TrialRow(panels, form.trial)
    row.__dict__["form"] = form
    context = {"panels": panels, "experiment": panels.experiment, "row": row, "form": form}
    if template == _RUNNING and isinstance(form, CorrectionForm):
        names = [field.html_name for field in form.hidden_fields()]
        context["overtaken"] = {name: form.data.get(name, "") for name in names}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, template, context, status=status)
    context["template"] = template
    return render(request, "experiments/trial_form.html", context, status=status)


@require_POST
def complete(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Enter the results of a running trial."""
    trial = _get(request, pk, number)
    panels = ExperimentPanels(trial.experiment, request)
    form = panels.result_form(trial, request.POST)
    if form.is_valid():
        results = form.results()
        try:
            change = trials.complete(trial, values=results, by=signed_in(request))
        except Conflict as conflict:
            return _overtaken(request, trial, str(conflict))
        except Refused as error:
            form.add_error(form.metrics[0].key, str(error))
        else:
            text = f"Trial {number}: {results_in_words(results, digits=12)}."
            notice = {"text": text, "change": change}
            return done(request, trial.experiment, notice, may_be_brief=True)
    return _with_errors(request, panels, form, _RUNNING)


def _overtaken(request: HttpRequest, trial: Trial, text: str) -> HttpResponse:
    """Say how the trial ended meanwhile, keep what was typed, and let a second save replace it."""
    found = Trial.objects.select_related("experiment__team").filter(pk=trial.pk).first()
    if found is None:
        return refused(request, trial.experiment, text)
    panels = ExperimentPanels(found.experiment, request)
    data = request.POST.dict() | seen_fields(panels.metrics, panels.results.get(found.pk, {}))
    form = panels.correction_form(found, data)
    form.add_error(panels.metrics[0].key, f"{text} Save again to enter yours instead.")
    return _with_errors(request, panels, form, _RUNNING)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Replace, add or remove results of a trial that has ended; a failed one is completed."""
    trial = _get(request, pk, number)
    panels = ExperimentPanels(trial.experiment, request)
    template = _RUNNING if "overtaken" in request.POST else _FINISHED
    if request.method != "POST":
        if trial.is_running:
            return refused(request, trial.experiment, f"Trial {number} has no result to correct.")
        return _show_form(request, panels, panels.correction_form(trial), template)
    form = panels.correction_form(trial, request.POST)
    if form.is_valid():
        results = form.results()
        try:
            change = trials.correct(
                trial,
                values=results,
                seen=form.seen(),
                by=signed_in(request),
                reason=form.cleaned_data["reason"],
            )
        except Conflict as conflict:
            panels = ExperimentPanels(trial.experiment, request)  # With what they see by now.
            form = _after_conflict(request, panels, trial, str(conflict))
        except Refused as error:
            form.add_error(form.metrics[0].key, str(error))
        else:
            now = f"corrected to {results_in_words(results)}" if change else "stays as it was"
            notice = {"text": f"Trial {number} {now}.", "change": change}
            return done(request, trial.experiment, notice)
    return _with_errors(request, panels, form, template)


def _after_conflict(
    request: HttpRequest, panels: ExperimentPanels, trial: Trial, text: str
) -> CorrectionForm:
    """Keep what was typed, show what the other person entered, and let a second save decide."""
    data = request.POST.dict() | seen_fields(panels.metrics, panels.results.get(trial.pk, {}))
    again = panels.correction_form(trial, data)
    again.add_error(panels.metrics[0].key, f"{text} Save again to replace it with yours.")
    return again


@require_POST
def fail(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Mark a running trial as failed."""
    form = ReasonForm(request.POST)
    is_avoided = form.is_valid() and form.cleaned_data["is_avoided"]
    act = partial(trials.fail, is_avoided=is_avoided)
    outcome = "never suggested again" if is_avoided else "it may be suggested again"
    return _end(request, pk, number, act, f"failed: {outcome}", can_avoid=not is_avoided)


@require_POST
def abandon(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Abandon a running trial."""
    return _end(request, pk, number, trials.abandon, "abandoned: it is never suggested again")


def _end(
    request: HttpRequest,
    pk: int,
    number: int,
    act: Callable[..., Change | None],
    outcome: str,
    *,
    can_avoid: bool = False,
) -> HttpResponse:
    trial = _get(request, pk, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, trial.experiment, str(form.errors["reason"][0]))
    try:
        change = act(trial, by=signed_in(request), reason=form.cleaned_data["reason"])
    except Conflict as conflict:
        return refused(request, trial.experiment, str(conflict))
    text = f"Trial {number} {outcome}."
    notice = {"text": text, "change": change, "trial": trial, "ask_reason": True,
              "can_avoid": can_avoid}  # fmt: skip
    return done(request, trial.experiment, notice, may_be_brief=True)


@require_POST
def explain(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say why a trial failed or was abandoned."""
    trial = _get(request, pk, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return refused(request, trial.experiment, str(form.errors["reason"][0]))
    try:
        change = trials.explain(
            trial,
            by=signed_in(request),
            reason=form.cleaned_data["reason"],
            is_avoided=form.cleaned_data["is_avoided"] or None,
        )
    except Conflict as conflict:
        return refused(request, trial.experiment, str(conflict))
    notice = {"text": f"The reason of trial {number} was noted.", "change": change}
    return done(request, trial.experiment, notice)


@require_POST
def reopen(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take the end of a trial back."""
    trial = _get(request, pk, number)
    try:
        change = trials.reopen(trial, by=signed_in(request))
    except Conflict as conflict:
        return refused(request, trial.experiment, str(conflict))
    notice = {"text": f"Trial {number} is running again.", "change": change}
    return done(request, trial.experiment, notice)
