"""Learning curves of trials: entering points, correcting and removing them, ending with them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from experiments.curves import Curve
from experiments.domain import Result, TrialStatus
from experiments.formatting import format_number
from experiments.forms.curves import CurveForm
from experiments.forms.results import ReasonForm
from experiments.forms.steps import StepForm
from experiments.models import Change, Metric, Trial
from experiments.permissions import check_can_run
from experiments.services import curves
from experiments.services.errors import Conflict, Refused
from experiments.views import trial_page
from experiments.views.access import get_trial, signed_in
from experiments.views.answers import done, next_address, refused, say
from experiments.views.curve_panels import CurvePanel, row_curve
from experiments.views.rows import results_in_words

_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
_TRIAL = "trial"
"""What an address says when the fields of a step stand on the page of a trial."""


def _get(request: HttpRequest, pk: int, number: int) -> Trial:
    trial = get_trial(request, pk, number)
    check_can_run(request.user, trial.experiment.team)
    return trial


def _page(trial: Trial) -> str:
    return reverse("experiments:curve", args=[trial.experiment_id, trial.number])


def _back(trial: Trial) -> str:
    return f"{reverse('experiments:trial', args=[trial.experiment_id, trial.number])}#curve-title"


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Enter a block of points, which is shown as it was understood before it is saved."""
    trial = _get(request, pk, number)
    metrics = list(trial.experiment.metrics.all())
    panel = CurvePanel(trial, metrics)
    if request.method != "POST":
        return _show(request, panel, panel.form)
    form = CurveForm(request.POST, metrics=metrics, curves=panel.by_key)
    if not form.is_valid():
        return _show(request, panel, form, status=_UNPROCESSABLE)
    if "save" not in request.POST:
        return _show(request, panel, form)
    try:
        change = curves.enter(
            trial,
            points=form.found.points,
            seen=form.cleaned_data["seen"],
            by=signed_in(request),
            is_whole=form.cleaned_data["is_whole"],
        )
    except (Conflict, Refused) as error:
        data = request.POST.copy()
        data["seen"] = panel.seen
        again = CurveForm(data, metrics=metrics, curves=panel.by_key)
        again.is_valid()
        again.add_error("text", str(error))
        return _show(request, panel, again, status=_UNPROCESSABLE)
    count = form.found.count
    points = "1 point was" if count == 1 else f"{count} points were"
    said = f"Trial {number}: {points} entered."
    say(request, said if change else "Nothing was changed: it was like that already.", change)
    return redirect(next_address(request) or _back(trial))


def _show(
    request: HttpRequest,
    panel: CurvePanel,
    form: CurveForm,
    step_form: StepForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "experiment": panel.trial.experiment, "trial": panel.trial, "panel": panel, "form": form,
        "step_form": step_form or panel.step_form, "back": _back(panel.trial),
        "is_previewed": form.is_bound and form.found.count,
    }  # fmt: skip
    return render(request, "experiments/curve.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Enter the values of one step, in the row of a running trial or on the trial's page.

    Asked for, it is the fields alone, for a page to take in; without htmx it is the curve's page.
    """
    trial = _get(request, pk, number)
    metrics = list(trial.experiment.metrics.all())
    panel = CurvePanel(trial, metrics)
    if request.method != "POST":
        is_alone = request.htmx  # type: ignore[attr-defined]
        return _step_fields(request, panel, panel.step_form) if is_alone else redirect(_page(trial))
    form = StepForm(request.POST, metrics=metrics, trial=trial, curves=panel.by_key)
    if not form.is_valid():
        return _step_fields(request, panel, form, status=_UNPROCESSABLE)
    points = form.points()
    try:
        change = curves.enter(
            trial, points=points, seen=form.cleaned_data["seen"], by=signed_in(request)
        )
    except (Conflict, Refused) as error:
        now = CurvePanel(trial, metrics)
        again = form.again(now.by_key, str(error))
        return _step_fields(request, now, again, status=_UNPROCESSABLE)
    return _step_done(request, trial, metrics, _entered(trial, points, panel.by_key), change)


def _entered(trial: Trial, points: Mapping[Metric, Curve], before: Mapping[str, Curve]) -> str:
    """Say what was entered, what it replaced, and if the trial has ended meanwhile."""
    at = next(iter(points.values()))[0].step
    results = {metric: Result(own[0].mean, own[0].sem) for metric, own in points.items()}
    text = f"Trial {trial.number}, step {format_number(at, 12)}: {results_in_words(results, 12)}"
    old = {m: p for m in points for p in before.get(m.key, []) if p.step == at}
    replaced = {m: Result(p.mean, p.sem) for m, p in old.items() if p != points[m][0]}
    if replaced:
        text += f" (it was {results_in_words(replaced, 12)})"
    now = Trial.everything.filter(pk=trial.pk).exclude(status=TrialStatus.RUNNING).first()
    ended = f" The trial is {now.get_status_display()} by now: its result stays." if now else ""
    return f"{text}.{ended}"


def _step_done(
    request: HttpRequest,
    trial: Trial,
    metrics: Sequence[Metric],
    text: str,
    change: Change | None,
) -> HttpResponse:
    """Answer a step that was entered: with what changes on the page that the fields stand on."""
    text = text if change else "Nothing was changed: it was like that already."
    if not request.htmx:  # type: ignore[attr-defined]
        say(request, text, change)
        return redirect(next_address(request) or _back(trial))
    trial = get_trial(request, trial.experiment_id, trial.number)  # With the newest revision.
    notice = {"text": text, "change": change}
    if request.GET.get("on") == _TRIAL:
        # Undone, it leads back to this page: the answer to an undo is made for the experiment’s.
        return trial_page.live_parts(request, trial, notice | {"back": _back(trial)})
    panel = CurvePanel(trial, metrics)
    context = {
        "experiment": trial.experiment,
        "row": {"trial": trial, "curve": row_curve(trial, metrics)},
        "form": panel.step_form,
        "notice": notice,
        "can_run": True,
    }
    response = render(request, "experiments/_step_done.html", context)
    response["AxDash-Revision"] = str(trial.experiment.revision)
    return response


def _step_fields(
    request: HttpRequest, panel: CurvePanel, form: StepForm, status: int = HTTPStatus.OK
) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        return _show(request, panel, panel.form, form, status=status)
    context = {
        "experiment": panel.trial.experiment, "trial": panel.trial, "form": form,
        "place": _TRIAL if request.GET.get("on") == _TRIAL else "row",
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "experiments/_steps.html", context, status=status)


@require_POST
def remove(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take one point away from a curve."""
    trial = _get(request, pk, number)
    key, _, step = request.POST.get("point", "").partition("@")
    metric = next((m for m in trial.experiment.metrics.all() if m.key == key), None)
    found = [point for point in curves.curves_of(trial).get(key, []) if repr(point.step) == step]
    if metric is None or not found:
        say(request, "This point is gone already.")
        return redirect(_back(trial))

    act = partial(
        curves.enter, trial, points={metric: []}, removed=[found[0].step], by=signed_in(request),
        seen=request.POST.get("seen", ""),
    )  # fmt: skip
    return _done(request, trial, act, f"Trial {number}: a point of its curve was removed.")


@require_POST
def end(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """End a running trial with what its curves say: stopped early, or completed."""
    trial = _get(request, pk, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _refused(request, trial, str(form.errors["reason"][0]))
    by, how = signed_in(request), request.POST.get("how", "")
    seen = request.POST.get("best" if how == "best" else "last", "")
    if how == "stop":
        reason = form.cleaned_data["reason"]
        text = f"Trial {number} was stopped early: its last value is its result."
        act = partial(curves.stop_early, trial, seen=seen, by=by, reason=reason)
    else:
        which = "best" if how == "best" else "last"
        text = f"Trial {number} was completed with the {which} value of its curve."
        act = partial(curves.finish, trial, seen=seen, by=by, is_best=which == "best")
    return _done(request, trial, act, text)


def _done(
    request: HttpRequest, trial: Trial, act: Callable[[], Change | None], text: str
) -> HttpResponse:
    try:
        change = act()
    except (Conflict, Refused) as error:
        return _refused(request, trial, str(error))
    if request.htmx:  # type: ignore[attr-defined]
        notice = {"text": text, "change": change}
        return done(request, trial.experiment, notice, may_be_brief=True)
    say(request, text, change)
    return redirect(next_address(request) or _back(trial))


def _refused(request: HttpRequest, trial: Trial, text: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return refused(request, trial.experiment, text)
    messages.error(request, text)
    return redirect(next_address(request) or _back(trial))
