"""What the figures of several cards share."""

from collections.abc import Sequence

import numpy as np

from experiments import ranking
from experiments.domain import ParameterValue
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.figures import Trace, escape, literal, scatter, titled, value_axis
from experiments.formatting import format_parameter
from experiments.optimizer.analysis.predicted import Z95, Predicted
from experiments.optimizer.analysis.study import Study

MOST_TRIALS = 300
"""Where there are more, so many trials are drawn."""


def slice_traces(
    draft: ParameterDraft, grid: Sequence[ParameterValue], predicted: Predicted, title: str
) -> list[Trace]:
    """Return the band and the line of what is expected along one parameter (dots for texts)."""
    x = [shown(draft, value) for value in grid]
    means, half = predicted.means, Z95 * predicted.sds
    hover = f"<b>{literal(title)} %{{y:.4~g}}</b> ± %{{customdata:.2~g}}<extra></extra>"
    if is_textual(draft):
        dots = scatter(
            "expected", "model", x=x, y=means.tolist(), mode="markers", marker={"size": 8},
            error_y={"type": "data", "array": half.tolist(), "thickness": 1.5, "width": 5},
            customdata=half.tolist(), hovertemplate=hover,
        )  # fmt: skip
        return [dots]
    band = scatter(
        "interval", "model", x=[*x, *reversed(x)],
        y=[*(means + half).tolist(), *reversed((means - half).tolist())],
        mode="lines", line={"width": 0}, fill="toself", hoverinfo="skip",
    )  # fmt: skip
    band["meta"] = {"color": "model", "is_band": True}
    line = scatter(
        "expected", "model", x=x, y=means.tolist(), mode="lines", line={"width": 2},
        customdata=half.tolist(), hovertemplate=hover,
    )  # fmt: skip
    return [band, line]


def parameter_axis(draft: ParameterDraft) -> dict[str, object]:
    """Return the axis of a parameter, on its own scale, with its unit."""
    axis = value_axis(titled(draft.name, draft.unit))
    if is_textual(draft):
        return axis | {"type": "category"}
    if not draft.spec.log_scale:
        return axis
    lower, upper = draft.spec.lower, draft.spec.upper
    is_long = bool(lower and upper and upper / lower >= 100)
    return axis | {"type": "log"} | ({"dtick": 1} if is_long else {})


def is_textual(draft: ParameterDraft) -> bool:
    """Tell whether a parameter's values are labels and no points of a line."""
    return (bool(draft.spec.values) and not draft.spec.is_ordered) or _is_label(draft)


def _is_label(draft: ParameterDraft) -> bool:
    return any(isinstance(value, str | bool) for value in draft.spec.values)


def shown(draft: ParameterDraft, value: ParameterValue) -> object:
    """Return a value as an axis takes it: labels as escaped texts, numbers as they are."""
    return escape(format_parameter(value, draft)) if is_textual(draft) else value


def drawn_trials(
    study: Study, numbers: Sequence[int], most: int = MOST_TRIALS
) -> tuple[list[int], str]:
    """Return which places of ``numbers`` (trials) are drawn, and a sentence if not all are.

    The newest ones and the best ones count, and others spread over the rest.
    """
    if len(numbers) <= most:
        return list(range(len(numbers))), ""
    third = most // 3
    kept = set(range(len(numbers) - third, len(numbers)))
    place_of = {number: place for place, number in enumerate(numbers)}
    for best in zip(*ranking.preferred(study.means, study.goals), strict=True):
        if len(kept) >= 2 * third:
            break
        kept |= {place_of[number] for number in best if number in place_of}
    rest = [place for place in range(len(numbers)) if place not in kept]
    count = most - len(kept)
    kept |= {rest[step * len(rest) // count] for step in range(count)}
    said = f"{most} of {len(numbers):,} trials are drawn: the best, the newest, and others."
    return sorted(kept), said


def error_bars(sds: np.ndarray | Sequence[float]) -> dict[str, object]:
    """Return bars of the 95 % interval, thin enough for hundreds; NaN has none."""
    half = [Z95 * float(sd) if np.isfinite(sd) else None for sd in sds]
    return {"type": "data", "array": half, "thickness": 1, "width": 0}


def line(name: str, x: Sequence[object], y: Sequence[float]) -> Trace:
    """Make a dashed line that one reads other marks by."""
    return scatter(
        name, "muted", x=list(x), y=list(y), mode="lines",
        line={"dash": "dash", "width": 1}, hoverinfo="skip",
    )  # fmt: skip


def metric_axis(metric: MetricDraft, prefix: str = "") -> dict[str, object]:
    """Return the axis of a metric, with its unit; ``prefix`` says what of it is shown."""
    return value_axis(f"{prefix}{titled(metric.name, metric.unit)}")
