"""Learning curves: a metric by step, of one trial before the others, or of all trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.curves import Curve
from experiments.domain import TrialStatus
from experiments.figures import Figure, Trace, literal, scatter, value_axis
from experiments.models import Metric
from experiments.plots.rows import title_of
from experiments.plots.thinning import rounded

_ROLES = {
    TrialStatus.COMPLETED: ("completed", "result"),
    TrialStatus.EARLY_STOPPED: ("early stopped", "warn"),
    TrialStatus.FAILED: ("failed", "failed"),
    TrialStatus.ABANDONED: ("abandoned", "abandoned"),
    TrialStatus.RUNNING: ("running", "running"),
}


@dataclass(frozen=True, kw_only=True)
class DrawnCurve:
    """One trial's curve of a metric."""

    number: int
    status: str
    points: Curve


def curves_figure(
    metric: Metric,
    curves: Sequence[DrawnCurve],
    *,
    on_top: int | None,
    top_name: str,
    logs: Mapping[str, bool],
    of: int = 0,
) -> Figure:
    """Draw curves by status, and that of the trial ``on_top`` before all others.

    ``logs`` says which axes (``x``, ``y``) are logarithmic where that is possible. ``of`` is how
    many curves there are in all, if some were left out or thinned.
    """
    is_shown = {
        axis: logs.get(axis, False)
        and any((p.step if axis == "x" else p.mean) > 0 for c in curves for p in c.points)
        for axis in ("x", "y")
    }
    title = literal(title_of(metric))
    data: list[Trace] = []
    for status, (name, role) in _ROLES.items():
        own = [c for c in curves if c.status == status and c.number != on_top]
        if own:
            data.append(_lines(name, role, own, title, is_shown, is_faint=True))
    top = [curve for curve in curves if curve.number == on_top]
    if top:
        data.append(_lines(top_name, "best" if of else "running", top, title, is_shown))
    others = len(curves) - len(top)
    words = [f"Bold: {top_name}."] if top else []
    words += ["Thin: other trials." if top else "Each line is a trial."] if others else []
    if any(c.status == TrialStatus.EARLY_STOPPED for c in curves):
        words.append("Lines that end early were stopped.")
    if of > len(curves):
        words.append(f"{len(curves):,} of {of:,} curves are drawn.")
    axes = {
        axis: value_axis(text) | ({"type": "log"} if is_shown[axis] else {})
        for axis, text in (("x", "step"), ("y", title_of(metric)))
    }
    return {
        "name": f"curves of {metric.name}",
        "help": " ".join(words),
        "data": data,
        "layout": {"xaxis": axes["x"], "yaxis": axes["y"], "meta": {}},
    }


def _lines(
    name: str,
    role: str,
    curves: Sequence[DrawnCurve],
    title: str,
    logs: Mapping[str, bool],
    *,
    is_faint: bool = False,
) -> Trace:
    """Make one trace of several curves, with gaps between them: one a curve would be slow."""
    x: list[float | None] = []
    y: list[float | None] = []
    trials: list[str] = []
    for curve in curves:
        shown = [
            p for p in curve.points
            if not (logs["x"] and p.step <= 0) and not (logs["y"] and p.mean <= 0)
        ]  # fmt: skip
        x += [*(p.step for p in shown), None]
        y += [*(p.mean for p in shown), None]
        trials += [str(curve.number)] * (len(shown) + 1)
    trace = scatter(
        name,
        role,
        x=rounded(x),
        y=rounded(y),
        mode="lines" if is_faint else "lines+markers",
        line={"width": 1 if is_faint else 2.5},
        marker={"size": 3 if is_faint else 6},
        opacity=0.4 if is_faint else 1,
        connectgaps=False,
        text=trials,
        hovertemplate=f"<b>{title} %{{y:.4~g}}</b><br>"
        "step %{x}<br>trial %{text}<extra></extra>",
    )
    # Not as ``ids``: Plotly draws one mark for points that have the same.
    return trace | {"meta": trace["meta"] | {"trials": trials}}
