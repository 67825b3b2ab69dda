"""Trials that people add themselves, repeat, or have suggested around values that they fix."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from experiments.forms.fixing import FixingForm
from experiments.forms.point import PointForm
from experiments.models import Change, Experiment, Trial
from experiments.permissions import check_can_run
from experiments.services import own_trials, suggestions
from experiments.services.errors import Refused
from experiments.views.access import get_experiment, get_trial, signed_in
from experiments.views.answers import next_address, say
from experiments.views.what_if import best_trial_of, point_named, usable_key

_UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the parameters of an own trial, filled in from another one, and add it."""
    experiment = _get(request, pk)
    if request.method != "POST":
        return _page(request, experiment, point_named(request, experiment))
    is_outside = "is_outside" in request.POST
    form = PointForm(request.POST, definition=experiment.definition, may_be_outside=is_outside)
    key = usable_key(request, "key")
    if form.is_valid():
        same = experiment.trials.filter(parameters=form.point).exclude(creation_key=key).last()
        if same and "is_repeat" not in request.POST:
            return _page(request, experiment, form, status=_UNPROCESSABLE, same=same)
        try:
            trial = own_trials.add(
                experiment, parameters=form.point, key=key, by=signed_in(request),
                is_outside=is_outside, is_repeat=same is not None,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _added(request, experiment, trial)
    return _page(request, experiment, form, status=_UNPROCESSABLE)


def _added(request: HttpRequest, experiment: Experiment, trial: Trial) -> HttpResponse:
    same = experiment.trials.filter(parameters=trial.parameters).exclude(pk=trial.pk).first()
    text = f"Trial {trial.number} is yours: it is running."
    if same:
        text += f" It has the parameters of trial {same.number}: it is a repeat."
    say(request, text, _adding(trial))
    if "enter" in request.POST:
        return redirect("experiments:enter", experiment.pk, trial.number)
    return redirect(experiment)


def _adding(trial: Trial) -> Change | None:
    """The change that added a trial."""
    changes = trial.experiment.changes.filter(trial_numbers__contains=[trial.number])
    return changes.order_by("revision").first()


def _page(
    request: HttpRequest,
    experiment: Experiment,
    form: PointForm,
    status: int = 200,
    same: Trial | None = None,
) -> HttpResponse:
    context = {
        "same": same,
        "experiment": experiment,
        "form": form,
        "is_sent": status != 200,
        "asks_outside": form.is_outside_only,
        "key": request.POST.get("key") or uuid.uuid4(),
        "best": best_trial_of(experiment),
        "last": experiment.trials.order_by("-number").values_list("number", flat=True).first(),
        "ready": list(experiment.suggestions.ready()[:5]),
    }
    return render(request, "experiments/own_trial.html", context, status=status)


@require_POST
def repeat(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Run a trial again, once or several times."""
    trial = get_trial(request, pk, number)
    check_can_run(request.user, trial.experiment.team)
    back = next_address(request) or reverse("experiments:trial", args=[pk, number])
    typed = request.POST.get("count", "1").strip()
    count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
    try:
        made = own_trials.repeat(
            trial, count=count, key=usable_key(request, "key"), by=signed_in(request)
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    what = f"Trial {made[0].number} repeats" if len(made) == 1 else f"{len(made)} trials repeat"
    say(request, f"{what} trial {number}.", _adding(made[0]))
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask which parameters are fixed, and have the others suggested."""
    experiment = _get(request, pk)
    is_sent = request.method == "POST"
    form = FixingForm(
        request.POST if is_sent else None, definition=experiment.definition,
        most=suggestions.MOST_AT_ONCE,
    )  # fmt: skip
    if is_sent and form.is_valid():
        try:
            suggestions.request(
                experiment, wanted=form.cleaned_data["count"], key=form.cleaned_data["key"],
                by=signed_in(request), fixed=form.fixed,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(experiment)
    context: dict[str, Any] = {
        "experiment": experiment,
        "form": form,
        "key": request.POST.get("key") or uuid.uuid4(),
        "stopped": suggestions.why_stopped(experiment),
    }
    return render(
        request, "experiments/fixing.html", context, status=_UNPROCESSABLE if is_sent else 200
    )


def _get(request: HttpRequest, pk: int) -> Experiment:
    experiment = get_experiment(request.user, pk)
    check_can_run(request.user, experiment.team)
    return experiment
