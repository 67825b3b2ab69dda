"""Learning curves as pages show them: those of one trial, and the newest of one that runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict

from experiments.curves import Curve, Point, best_of, lasts_of, version_of, version_of_ends
from experiments.domain import Direction
from experiments.forms.curves import CurveForm
from experiments.forms.steps import StepForm
from experiments.models import Metric, StoppingAdvice, Trial
from experiments.plots.curves import curves_figure, drawn_curve
from experiments.services import curves
from experiments.views.curve_figures import drawn_curves

_BEHIND = 30
_ROOM = 3_000
_MOST_OWN = 2_000
_SHOWN = 12

Logs = Mapping[str, bool]
"""Which axes (``x``, ``y``) are logarithmic."""


def logs_of(query: QueryDict) -> Logs:
    """Return which axes an address asks to be logarithmic."""
    return {axis: f"curve-log-{axis}" in query for axis in ("x", "y")}


@dataclass(frozen=True)
class MetricCurve:
    """The curve of one metric, as the page of a trial shows it."""

    trial: Trial
    metric: Metric
    points: Curve
    logs: Logs

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
        behind, _ = drawn_curves(
            self.metric, without=self.trial.pk, most=_BEHIND, room=_ROOM, is_log=self.logs["x"]
        )
        number, status = self.trial.number, self.trial.status
        steps, means, _ = zip(*self.points, strict=True)
        own = drawn_curve(number, status, steps, means, most=_MOST_OWN, is_log=self.logs["x"])
        figure = curves_figure(
            self.metric, [*behind, own], on_top=number, top_name="this trial", logs=self.logs
        )
        return json.dumps(figure, separators=(",", ":"))


class CurvePanel:
    """The learning curves of one trial."""

    def __init__(self, trial: Trial, metrics: Sequence[Metric], logs: Logs | None = None) -> None:
        self.trial = trial
        self.metrics = metrics
        self.logs = logs or {"x": False, "y": False}
        self.by_key = curves.curves_of(trial)

    @property
    def query(self) -> str:
        """The address's question that asks for the same axes."""
        return "&".join(f"curve-log-{axis}=on" for axis, is_log in self.logs.items() if is_log)

    @property
    def step_query(self) -> str:
        """The question of the address that takes a step entered on the page of the trial."""
        return "&".join(filter(None, ["on=trial", self.query]))

    @property
    def seen(self) -> str:
        """What is another text once a curve is another one."""
        return version_of(self.by_key)

    @property
    def last(self) -> str:
        """What is another text once a last point is another one."""
        return version_of_ends(lasts_of(self.by_key))

    @property
    def best(self) -> str:
        """What is another text once the best point of a curve is another one."""
        return version_of_ends(curves.bests_of(self.by_key, self.metrics))

    @property
    def shown(self) -> list[MetricCurve]:
        """The curves there are."""
        return [
            MetricCurve(self.trial, metric, self.by_key[metric.key], self.logs)
            for metric in self.metrics
            if metric.key in self.by_key
        ]

    @cached_property
    def form(self) -> CurveForm:
        """Empty fields for a block of points."""
        return CurveForm(metrics=self.metrics, curves=self.by_key)

    @cached_property
    def step_form(self) -> StepForm:
        """Empty fields for the next step."""
        return StepForm(metrics=self.metrics, trial=self.trial, curves=self.by_key)

    @cached_property
    def advice(self) -> StoppingAdvice | None:
        """What Ax's rule says of running trials."""
        return StoppingAdvice.objects.filter(experiment=self.trial.experiment_id).first()

    @property
    def advised(self) -> Mapping[str, Any]:
        """What it says of this one: whether to stop (``stops``), and why (``text``)."""
        if not self.advice or not self.trial.is_running:
            return {}
        message = self.advice.body.get("message", "")
        own = self.advice.of(self.trial.number)
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


@dataclass(frozen=True)
class RowCurve:
    """The newest intermediate results of a running trial, and whether Ax would stop it early."""

    number: int
    metrics: Sequence[Metric]
    points: Mapping[str, Point]
    advice: StoppingAdvice | None

    @property
    def newest(self) -> list[tuple[Metric, Point]]:
        """The last points, metric by metric."""
        return [(m, self.points[m.key]) for m in self.metrics if m.key in self.points]

    @property
    def last(self) -> str:
        """What is another text once one of these points is another one."""
        return version_of_ends(self.points)

    @property
    def can_stop(self) -> bool:
        """Whether an objective has an intermediate result."""
        return any(metric.is_objective for metric, _ in self.newest)

    @property
    def advised(self) -> Mapping[str, Any]:
        """What Ax's rule says of it: whether to stop (``stops``), and why (``text``)."""
        return self.advice.of(self.number) if self.advice else {}

    @property
    def version(self) -> str:
        """Changes whenever it has to be drawn again."""
        is_fresh = bool(self.advice and self.advice.is_fresh)
        return f"{self.last}/{self.advised.get('text', '')}/{is_fresh:d}"


def row_curve(trial: Trial, metrics: Sequence[Metric]) -> RowCurve | None:
    """Return the newest intermediate results of one trial, if it has some."""
    found = curves.last_points([trial.pk], metrics).get(trial.pk)
    advice = StoppingAdvice.objects.filter(experiment=trial.experiment_id).first()
    return RowCurve(trial.number, metrics, found, advice) if found else None
