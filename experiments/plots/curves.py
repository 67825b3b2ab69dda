"""Learning curves: a metric by step, of one trial before the others, or of all trials."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from experiments.domain import TrialStatus
from experiments.figures import Figure, Trace, literal, scatter, value_axis
from experiments.models import Metric
from experiments.plots.rows import title_of
from experiments.plots.thinning import rounded

_LOOKS = {
    TrialStatus.COMPLETED: ("completed", "result"),
    TrialStatus.EARLY_STOPPED: ("early stopped", "warn"),
    TrialStatus.FAILED: ("failed", "failed"),
    TrialStatus.ABANDONED: ("abandoned", "abandoned"),
    TrialStatus.RUNNING: ("running", "running"),
}
"""What lines are called, and the role of their colour; the later ones lie on the earlier ones."""


@dataclass(frozen=True, kw_only=True)
class DrawnCurve:
    """The points of one trial's curve that are drawn, ``of`` so many that there are."""

    number: int
    status: str
    steps: Sequence[float]
    means: Sequence[float]
    of: int


def drawn_curve(
    number: int,
    status: str,
    steps: Sequence[float],
    means: Sequence[float],
    *,
    most: int,
    is_log: bool = False,
) -> DrawnCurve:
    """Return the curve of a trial with at most ``most`` of its points, chosen by ``thinned``."""
    count = len(steps)
    if count > most:
        places = thinned(steps, means, most, is_log=is_log)
        steps, means = ([values[place] for place in places] for values in (steps, means))
    return DrawnCurve(number=number, status=status, steps=steps, means=means, of=count)


def thinned(
    steps: Sequence[float], means: Sequence[float], most: int, *, is_log: bool = False
) -> list[int]:
    """Choose at most ``most`` points of a curve, by place: its ends, and the extremes between them.

    The curve is cut into stretches of as many points each (``is_log``: as wide on a logarithmic
    axis), and the lowest and the highest point of each stays.
    """
    count = len(means)
    if count <= most:
        return list(range(count))
    edges = _edges(steps, max(1, (most - 2) // 2), is_log)
    places = {0, count - 1}
    for start, end in pairwise(edges):
        stretch = means[start:end]
        places.add(start + stretch.index(min(stretch)))
        places.add(start + stretch.index(max(stretch)))
    return sorted(places)


def _edges(steps: Sequence[float], stretches: int, is_log: bool) -> list[int]:
    """Where the stretches begin, and the last one ends; none is empty."""
    count = len(steps)
    first = bisect_right(steps, 0.0)
    if not is_log or first >= count - 1:
        return sorted({count * place // stretches for place in range(stretches + 1)})
    low, high = math.log(steps[first]), math.log(steps[-1])
    ends = (low + (high - low) * place / stretches for place in range(1, stretches))
    return sorted({0, *(bisect_left(steps, math.exp(end)) for end in ends), count})


def curves_figure(
    metric: Metric,
    curves: Sequence[DrawnCurve],
    *,
    on_top: int | None,
    top_name: str,
    logs: Mapping[str, bool] | None = None,
    of: int = 0,
) -> Figure:
    """Draw curves by status, and that of the trial ``on_top`` before all others.

    ``logs`` says which axes (``x``, ``y``) are logarithmic where that is possible. ``of`` is how
    many curves there are in all, where they are those of all trials.
    """
    wanted = logs or {}
    is_log = {
        "x": wanted.get("x", False) and any(step > 0 for c in curves for step in c.steps),
        "y": wanted.get("y", False) and any(mean > 0 for c in curves for mean in c.means),
    }
    title = literal(title_of(metric))
    top = [curve for curve in curves if curve.number == on_top]
    data: list[Trace] = []
    for status, (name, role) in _LOOKS.items():
        own = [c for c in curves if c.status == status and c.number != on_top]
        if own:
            width = 1.8 if status == TrialStatus.RUNNING and of else 1.0
            data.append(_lines(name, role, own, title, is_log, width=width))
    if top:
        role = "best" if of else "running"
        data.append(_lines(top_name, role, top, title, is_log, width=2.6, has_marks=True))
    axes = {
        axis: value_axis(text) | ({"type": "log"} if is_log[axis] else {})
        for axis, text in (("x", "step"), ("y", title_of(metric)))
    }
    words = [
        *_about_lines(curves, top_name if top else "", of),
        *_about_points(curves),
        *_about_logs(curves, wanted, is_log),
    ]
    return {
        "name": f"curves of {metric.name}",
        "help": " ".join(words),
        "data": data,
        "layout": {"xaxis": axes["x"], "yaxis": axes["y"], "meta": {}},
    }


def _about_lines(curves: Sequence[DrawnCurve], top_name: str, of: int) -> list[str]:
    """Say what the lines are, and how many of how many are drawn."""
    words = [f"Bold: {top_name}."] if top_name else []
    is_running = bool(of) and any(c.status == TrialStatus.RUNNING for c in curves)
    if is_running:
        words.append("Stronger: running ones.")
    if len(curves) > bool(top_name):
        is_marked = bool(top_name) or is_running
        words.append("Thin: other trials." if is_marked else "Each line is a trial.")
    if any(c.status == TrialStatus.EARLY_STOPPED for c in curves):
        words.append("Lines that end early were stopped.")
    if of > len(curves):
        chosen = "the best, those that run, and others spread evenly over the rest"
        words.append(f"{len(curves):,} of {of:,} curves are drawn: {chosen}.")
    return words


def _about_points(curves: Sequence[DrawnCurve]) -> list[str]:
    """Say that of long curves not all points are drawn."""
    cut = [curve for curve in curves if curve.of > len(curve.steps)]
    if not cut:
        return []
    most, longest = max(len(curve.steps) for curve in cut), max(curve.of for curve in cut)
    return [
        f"Of long curves up to {most:,} points are drawn (the longest has {longest:,}): the lowest "
        "and the highest of each stretch, and both ends."
    ]


def _about_logs(
    curves: Sequence[DrawnCurve], wanted: Mapping[str, bool], is_log: Mapping[str, bool]
) -> list[str]:
    """Say what a logarithmic axis cannot show."""
    words = []
    for axis, what in (("x", "step"), ("y", "value")):
        if not wanted.get(axis):
            continue
        if not is_log[axis]:
            words.append(f"No {what} is above 0: the axis stays linear.")
            continue
        values = (value for c in curves for value in (c.steps if axis == "x" else c.means))
        hidden = sum(value <= 0 for value in values)
        if hidden:
            points = "1 point" if hidden == 1 else f"{hidden:,} points"
            words.append(f"{points} with a {what} of 0 or less cannot be shown on a log axis.")
    return words


def _lines(
    name: str,
    role: str,
    curves: Sequence[DrawnCurve],
    title: str,
    is_log: Mapping[str, bool],
    *,
    width: float,
    has_marks: bool = False,
) -> Trace:
    """Make one trace of several curves, with gaps between them: one a curve would be slow."""
    x: list[float | None] = []
    y: list[float | None] = []
    trials: list[str] = []
    for curve in curves:
        shown = [
            (step, mean)
            for step, mean in zip(curve.steps, curve.means, strict=True)
            if not (is_log["x"] and step <= 0) and not (is_log["y"] and mean <= 0)
        ]
        x += [*(step for step, _ in shown), None]
        y += [*(mean for _, mean in shown), None]
        trials += [str(curve.number)] * (len(shown) + 1)
    trace = scatter(
        name,
        role,
        x=rounded(x),
        y=rounded(y),
        mode="lines+markers" if has_marks else "lines",
        line={"width": width},
        marker={"size": 6 if has_marks and len(x) < 100 else 3},
        opacity=1 if width > 1 else 0.4,
        connectgaps=False,
        text=trials,
        hovertemplate=f"<b>{title} %{{y:.4~g}}</b><br>"
        "step %{x}<br>trial %{text}<extra></extra>",
    )
    # Not as ``ids``: Plotly draws one mark for points that have the same.
    return trace | {"meta": trace["meta"] | {"names_trials": True}}
