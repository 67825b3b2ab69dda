"""The effect of each parameter: what the model expects along a line through the best trial."""

from collections.abc import Sequence
from typing import Any

from experiments.cards import CardBody
from experiments.domain import Parameterization, ParameterValue
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.figures import Figure, Trace, scatter, titled, value_axis
from experiments.optimizer.analysis.drawing import parameter_axis, shown, slice_traces
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Predicted
from experiments.optimizer.analysis.slices import Cut, Slice, cut
from experiments.optimizer.analysis.study import MOST_SLICED, Study


def _make(study: Study) -> CardBody:
    figures = _figures(study, study.cut, "the best trial")
    slices = {
        metric: {key: _facts(each) for key, each in by_key.items()}
        for metric, by_key in study.cut.slices.items()
    }
    said = []
    if len(study.varied) > MOST_SLICED:
        said.append(
            f"The {MOST_SLICED} most important of {len(study.varied)} parameters are shown."
        )
    return CardBody(
        sentences=said, figures=figures, facts={"slices": slices, "anchor": study.anchor}
    )


def slices(
    study: Study, at: Parameterization, *, points: int, here: str
) -> tuple[list[Figure], dict[str, dict[str, Any]]]:
    """Return a figure for each metric and varied parameter, and the numbers in it by their keys.

    ``at`` is a complete parameterization, ``here`` what people call it; along each parameter that
    applies there, at most ``points`` values of a range are predicted.
    """
    keys = [draft.spec.key for draft in study.varied if draft.spec.key in at][:MOST_SLICED]
    made = cut(study, at, keys, points)
    facts = {
        metric: {key: _facts(each) for key, each in by_key.items()}
        for metric, by_key in made.slices.items()
    }
    return _figures(study, made, here), facts


def _facts(each: Slice) -> dict[str, object]:
    return {"values": each.values, "means": each.means.tolist(), "sds": each.sds.tolist()}


def _figures(study: Study, made: Cut, here: str) -> list[Figure]:
    figures: list[Figure] = []
    for metric in study.modelled:
        mean = float(made.expected[metric.spec.key].means[0])
        for key, each in made.slices.get(metric.spec.key, {}).items():
            draft = study.parameter(key)
            mark = _marker(draft, made.at[key], mean, here)
            figures.append(_figure(metric, draft, each.values, each.predicted, mark))
    return figures


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
            "meta": {"metric": metric.name, "small": True},
        },
    }


def _marker(draft: ParameterDraft, value: ParameterValue, mean: float, here: str) -> Trace:
    """Mark where all other parameters are as they are said to be, at what the model expects."""
    return scatter(
        here, "best", x=[shown(draft, value)], y=[mean], mode="markers",
        marker={"size": 9, "symbol": "diamond"}, hoverinfo="skip",
    )  # fmt: skip


CARD = CardKind(
    name="effects",
    title="Effect of each parameter",
    reading="One parameter moves, all others stay as in the best trial. Where the band is wide, "
    "the model does not know.",
    needs=needs_model,
    make=_make,
)
