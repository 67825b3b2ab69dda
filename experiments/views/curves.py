"""Learning curves of trials: their part of a trial's page, entering points, ending with them."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from experiments.curves import Curve, Point, best_of, version_of
from experiments.domain import Direction
from experiments.forms.curves import CurveForm
from experiments.forms.many import ReasonForm
from experiments.models import Metric, Observation, StoppingAdvice, Trial
from experiments.permissions import check_can_run
from experiments.plots.curves import DrawnCurve, curves_figure
from experiments.services import curves
from experiments.services.errors import Conflict, Refused
from experiments.views.access import get_trial, signed_in
from experiments.views.answers import next_address, say

MOST_CURVES = 200
"""How many curves a figure has."""
MOST_DRAWN = 8_000
"""How many points a figure has, give or take one a curve."""
_BEHIND = 30
_UNPROCESSABLE = 422
_SHOWN = 12


@dataclass(frozen=True)
class MetricCurve:
    """The curve of one metric, as the page of a trial shows it."""

    trial: Trial
    metric: Metric
    points: Curve

    @property
    def last(self) -> Point:
        """The newest point."""
        return self.points[-1]

    @property
    def best(self) -> Point:
        """The best point."""
        return best_of(self.points, Direction(self.metric.direction))

    @property
    def newest(self) -> list[Point]:
        """The newest points, newest first."""
        return list(reversed(self.points[-_SHOWN:]))

    @cached_property
    def figure(self) -> str:
        """The curve before those of other trials, as JSON."""
        behind = drawn_curves(self.metric, without=self.trial, most=_BEHIND)[0]
        own = DrawnCurve(number=self.trial.number, status=self.trial.status, points=self.points)
        figure = curves_figure(
            self.metric, [*behind, own], on_top=self.trial.number, top_name="this trial", logs={}
        )
        return json.dumps(figure, separators=(",", ":"))


class CurvePanel:
    """The learning curves of one trial."""

    def __init__(self, trial: Trial, metrics: Sequence[Metric]) -> None:
        self.trial = trial
        self.metrics = metrics
        self.by_key = curves.curves_of(trial)

    @property
    def seen(self) -> str:
        """What is another text once a curve is another one."""
        return version_of(self.by_key)

    @property
    def shown(self) -> list[MetricCurve]:
        """The curves there are."""
        return [
            MetricCurve(self.trial, metric, self.by_key[metric.key])
            for metric in self.metrics
            if metric.key in self.by_key
        ]

    @cached_property
    def form(self) -> CurveForm:
        """Empty fields for the next point."""
        return CurveForm(metrics=self.metrics, curves=self.by_key)

    @cached_property
    def advice(self) -> StoppingAdvice | None:
        """What Ax's rule says of running trials."""
        return StoppingAdvice.objects.filter(experiment=self.trial.experiment_id).first()

    @property
    def advised(self) -> dict[str, Any]:
        """What it says of this one: whether to stop (``stops``), and why (``text``)."""
        if not self.advice or not self.trial.is_running:
            return {}
        message = self.advice.body.get("message", "")
        own = self.advice.body.get("trials", {}).get(str(self.trial.number), {})
        return own or ({"stops": False, "text": f"No advice: {message}"} if message else {})

    @property
    def can_end(self) -> bool:
        """Whether the trial runs and has an intermediate result of an objective."""
        has_any = any(m.is_objective and m.key in self.by_key for m in self.metrics)
        return self.trial.is_running and has_any

    @property
    def can_complete(self) -> bool:
        """Whether each objective has an intermediate result."""
        return self.can_end and all(m.key in self.by_key for m in self.metrics if m.is_objective)


def drawn_curves(
    metric: Metric, *, without: Trial | None = None, first: Sequence[int] = (), most: int
) -> tuple[list[DrawnCurve], int]:
    """Return curves of a metric, few enough to draw, and how many there are.

    The trials ``first``, by id, are always among them; of the others as many as fit, evenly spread.
    Of long curves every second point, or third, and so on, and the last one.
    """
    rows = Observation.objects.filter(metric=metric, step__isnull=False, trial__deleted_at=None)
    if without is not None:
        rows = rows.exclude(trial=without)
    counts = dict(rows.order_by().values_list("trial").annotate(Count("pk")))
    wanted = [pk for pk in first if pk in counts]
    rest = sorted(pk for pk in counts if pk not in wanted)
    room = max(0, min(len(rest), most - len(wanted)))
    wanted += [rest[place * len(rest) // room] for place in range(room)]
    points: dict[int, list[Point]] = defaultdict(list)
    chosen = rows.filter(trial__in=wanted).order_by("trial", "step")
    for pk, step, mean in chosen.values_list("trial", "step", "mean").iterator():
        points[pk].append(Point(step or 0.0, mean))
    stride = -(-sum(map(len, points.values())) // MOST_DRAWN) or 1
    trials = Trial.objects.filter(pk__in=wanted).values_list("pk", "number", "status")
    return [
        DrawnCurve(number=number, status=status, points=_thinned(points[pk], stride))
        for pk, number, status in trials
    ], len(counts)


def _thinned(points: Sequence[Point], stride: int) -> list[Point]:
    kept = list(points[::stride])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def _get(request: HttpRequest, pk: int, number: int) -> Trial:
    trial = get_trial(request, pk, number)
    check_can_run(request.user, trial.experiment.team)
    return trial


def _back(trial: Trial) -> str:
    return f"{reverse('experiments:trial', args=[trial.experiment_id, trial.number])}#curve-title"


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Enter points; a pasted block is shown as it was understood before it is saved."""
    trial = _get(request, pk, number)
    metrics = list(trial.experiment.metrics.all())
    panel = CurvePanel(trial, metrics)
    if request.method != "POST":
        return _show(request, panel, panel.form)
    form = CurveForm(request.POST, metrics=metrics, curves=panel.by_key)
    if not form.is_valid():
        return _show(request, panel, form, status=_UNPROCESSABLE)
    if form.cleaned_data["text"].strip() and "save" not in request.POST:
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
        again.add_error("text" if data.get("text", "").strip() else "value", str(error))
        return _show(request, panel, again, status=_UNPROCESSABLE)
    count = form.found.count
    points = "1 point was" if count == 1 else f"{count} points were"
    said = f"Trial {number}: {points} entered."
    say(request, said if change else "Nothing was changed: it was like that already.", change)
    return redirect(next_address(request) or _back(trial))


def _show(
    request: HttpRequest, panel: CurvePanel, form: CurveForm, status: int = 200
) -> HttpResponse:
    context = {
        "experiment": panel.trial.experiment, "trial": panel.trial, "panel": panel, "form": form,
        "back": _back(panel.trial), "is_previewed": form.is_bound and form.found.count,
    }  # fmt: skip
    return render(request, "experiments/curve.html", context, status=status)


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

    def act() -> Any:
        return curves.enter(
            trial, points={metric: []}, removed=[found[0].step], by=signed_in(request),
            seen=request.POST.get("seen", ""),
        )  # fmt: skip

    return _done(request, trial, act, f"Trial {number}: a point of its curve was removed.")


@require_POST
def end(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """End a running trial with what its curves say: stopped early, or completed."""
    trial = _get(request, pk, number)
    by, seen, how = signed_in(request), request.POST.get("seen", ""), request.POST.get("how", "")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        say(request, str(form.errors["reason"][0]))
        return redirect(_back(trial))
    reason = form.cleaned_data["reason"]
    if how == "stop":
        text = f"Trial {number} was stopped early: its last value is its result."
        return _done(
            request, trial, lambda: curves.stop_early(trial, seen=seen, by=by, reason=reason), text
        )
    which = "best" if how == "best" else "last"
    return _done(
        request,
        trial,
        lambda: curves.finish(trial, seen=seen, by=by, is_best=which == "best"),
        f"Trial {number} was completed with the {which} value of its curve.",
    )


def _done(request: HttpRequest, trial: Trial, act: Any, text: str) -> HttpResponse:
    try:
        change = act()
    except (Conflict, Refused) as error:
        messages.error(request, str(error))
    else:
        say(request, text, change)
    return redirect(next_address(request) or _back(trial))
