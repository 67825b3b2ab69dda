"""The effect of each parameter: what the model expects along a line through the best trial."""

from collections.abc import Sequence
from typing import Any

from experiments.cards import CardBody
from experiments.domain import Parameterization, ParameterValue
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.figures import Figure, Trace, escape, literal, scatter, titled, value_axis
from experiments.formatting import format_parameter
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.study import Z95, Predicted, Study

POINTS = 41
"""How many values of a range are predicted."""

_MOST_PARAMETERS = 30


def _make(study: Study) -> CardBody:
    figures, facts = slices(study, study.anchor, points=POINTS, here="the best trial")
    return CardBody(figures=figures, facts={"slices": facts, "anchor": study.anchor})


def slices(
    study: Study, at: Parameterization, *, points: int, here: str
) -> tuple[list[Figure], dict[str, dict[str, Any]]]:
    """Return a figure for each metric and varied parameter, and the numbers in it by their keys.

    ``at`` is a complete parameterization, ``here`` what people call it; along each parameter that
    applies there, at most ``points`` values of a range are predicted.
    """
    shown = [draft for draft in study.varied if draft.spec.key in at][:_MOST_PARAMETERS]
    grids = [study.grid(draft.spec.key, points) for draft in shown]
    asked = [
        study.varying(at, draft.spec.key, value)
        for draft, grid in zip(shown, grids, strict=True)
        for value in grid
    ]
    predicted = study.predict([*asked, at])
    figures: list[Figure] = []
    facts: dict[str, dict[str, Any]] = {}
    for metric in study.modelled:
        means, sds = predicted[metric.spec.key]
        start = 0
        for draft, grid in zip(shown, grids, strict=True):
            part = slice(start, start + len(grid))
            start += len(grid)
            along = Predicted(means[part], sds[part])
            mark = _marker(draft, at[draft.spec.key], float(means[-1]), here)
            figures.append(_figure(metric, draft, grid, along, mark))
            facts.setdefault(metric.spec.key, {})[draft.spec.key] = {
                "values": grid, "means": along.means.tolist(), "sds": along.sds.tolist(),
            }  # fmt: skip
    return figures, facts


def _figure(
    metric: MetricDraft,
    draft: ParameterDraft,
    grid: Sequence[ParameterValue],
    predicted: Predicted,
    mark: Trace,
) -> Figure:
    title = titled(metric.name, metric.unit)
    return {
        "name": f"{metric.name} by {draft.name}",
        "help": "Line: what the model expects. Band: where it lies with 95 % certainty. "
        f"Diamond: {mark['name']}; all other parameters are as in it.",
        "data": [*slice_traces(draft, grid, predicted, title), mark],
        "layout": {
            "xaxis": parameter_axis(draft),
            "yaxis": value_axis(title),
            "meta": {"group": metric.name, "small": True},
        },
    }


def _marker(draft: ParameterDraft, value: ParameterValue, mean: float, here: str) -> Trace:
    """Mark where all other parameters are as they are said to be, at what the model expects."""
    return scatter(
        here, "best", x=[_shown(draft, value)], y=[mean], mode="markers",
        marker={"size": 9, "symbol": "diamond"}, hoverinfo="skip",
    )  # fmt: skip


def slice_traces(
    draft: ParameterDraft, grid: Sequence[ParameterValue], predicted: Predicted, title: str
) -> list[Trace]:
    """Return the band and the line of what is expected along one parameter (dots for texts)."""
    x = [_shown(draft, value) for value in grid]
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
    return axis | ({"type": "log"} if draft.spec.log_scale else {})


def is_textual(draft: ParameterDraft) -> bool:
    """Tell whether a parameter's values are labels and no points of a line."""
    return (bool(draft.spec.values) and not draft.spec.is_ordered) or _is_label(draft)


def _is_label(draft: ParameterDraft) -> bool:
    return any(isinstance(value, str | bool) for value in draft.spec.values)


def _shown(draft: ParameterDraft, value: ParameterValue) -> object:
    """Return a value as an axis takes it: labels as escaped texts, numbers as they are."""
    return escape(format_parameter(value, draft)) if is_textual(draft) else value


CARD = CardKind(
    name="effects",
    title="Effect of each parameter",
    reading="One parameter moves, all others stay as in the best trial. Where the band is wide, "
    "the model does not know.",
    needs=needs_model,
    make=_make,
)
