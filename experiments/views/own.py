"""Trials that people add themselves, repeat, or have suggested around values that they fix."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from experiments.forms.fixing import FixingForm
from experiments.forms.point import PointForm
from experiments.models import Experiment, Trial
from experiments.permissions import check_can_run
from experiments.services import own_trials, suggestions
from experiments.services.errors import Refused
from experiments.services.history import added_by
from experiments.views.access import get_experiment, get_trial, signed_in
from experiments.views.answers import next_address, say
from experiments.views.repeats import same_as
from experiments.views.starting import (
    filled_again,
    label_of,
    point_named,
    start_named,
    starts_of,
    texts_of,
    why_look_again,
)
from experiments.views.what_if import usable_key

_UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the parameters of an own trial, filled in from another one, and add it."""
    experiment = _get(request, pk)
    if request.method != "POST":
        start = start_named(request.GET, experiment)
        texts = texts_of(experiment, start)
        shown = _Shown(point_named(request, experiment), start, json.dumps(texts))
        return _page(request, experiment, shown)
    if not request.POST.keys().isdisjoint(("start", "start_all")):
        return _page(request, experiment, _started(request, experiment))
    is_outside = "is_outside" in request.POST
    form = PointForm(request.POST, definition=experiment.definition, may_be_outside=is_outside)
    shown = _Shown(form, request.POST.get("from", ""), request.POST.get("filled", ""))
    key = usable_key(request, "key")
    if made := own_trials.added_with(experiment, key):
        return _added(request, experiment, made)
    is_valid = form.is_valid()
    if moved := why_look_again(request, experiment):
        form.add_error(None, moved)
    elif is_valid:
        same = same_as(experiment, form.point)
        if same is not None and "is_repeat" not in request.POST:
            return _page(request, experiment, shown, status=_UNPROCESSABLE, same=same)
        try:
            trial = own_trials.add(
                experiment, parameters=form.point, key=key, by=signed_in(request),
                is_outside=is_outside, is_repeat=same is not None,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _added(request, experiment, trial)
    return _page(request, experiment, shown, status=_UNPROCESSABLE)


@dataclass(frozen=True)
class _Shown:
    """The fields, what they were filled in from and with, and what stays although that differs."""

    form: PointForm
    start: str
    filled: str
    kept: Mapping[str, str] = field(default_factory=dict)


def _started(request: HttpRequest, experiment: Experiment) -> _Shown:
    """Fill the fields in anew; what was changed by hand stays, unless all of it is meant."""
    sent = request.POST
    start = sent.get("start") or sent.get("start_all", "")
    texts = texts_of(experiment, start)
    before = sent.get("filled", "") if "start" in sent else json.dumps(sent.dict())
    again = filled_again(sent, before, texts)
    form = PointForm(again.data, definition=experiment.definition, may_be_outside=True)
    return _Shown(form, start, json.dumps(texts), again.kept)


def _added(request: HttpRequest, experiment: Experiment, trial: Trial) -> HttpResponse:
    same = same_as(experiment, trial.parameters, but=trial)
    text = f"Trial {trial.number} is yours: it is running."
    if same is not None:
        text += f" It has the parameters of trial {same}: it is a repeat."
    say(request, text, added_by(trial))
    if "enter" in request.POST:
        return redirect("experiments:enter", experiment.pk, trial.number)
    return redirect(experiment)


def _page(
    request: HttpRequest,
    experiment: Experiment,
    shown: _Shown,
    status: int = 200,
    same: int | None = None,
) -> HttpResponse:
    form = shown.form
    names = {draft.spec.key: draft.name for draft in experiment.definition.parameters}
    context = {
        "same": same,
        "experiment": experiment,
        "form": form,
        "is_sent": status != 200,
        "asks_outside": form.is_outside_only,
        "key": request.POST.get("key") or uuid.uuid4(),
        "starts": starts_of(experiment),
        "start": shown.start,
        "start_label": label_of(shown.start),
        "filled": shown.filled,
        "kept": shown.kept,
        "kept_names": [names[key] for key in shown.kept],
        "stopped": own_trials.why_not(experiment),
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
    say(request, f"{what} trial {number}.", added_by(made[0]))
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
    is_valid = form.is_valid()
    if is_sent and (moved := why_look_again(request, experiment)):
        form.add_error(None, moved)
    elif is_valid:
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
