"""Which parameters work together: second-order Sobol indices of the model, as Ax computes them."""

from collections.abc import Mapping

from experiments.cards import CardBody
from experiments.drafts import MetricDraft
from experiments.figures import Figure, escape, literal, short
from experiments.optimizer.acquisition import key_of
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.sensitivity import indices
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.words import joined, percent

MOST_COLUMNS = 12
"""With more columns of the model, the estimate would take too long."""

_MOST_SHOWN = 8
_ERROR = 0.03
"""How far off estimates may be from so few samples: below, there may be no interaction."""

Pairs = Mapping[tuple[str, str], float]
"""Shares of the variance by two parameters."""


def _make(study: Study) -> CardBody:
    found = indices(study.model.adapter, study.modelled_keys, "second", signed=False)
    varied = {draft.spec.key for draft in study.varied}
    by_metric = {metric: _pairs(each, varied) for metric, each in found.items()}
    none = [
        study.metric(key).name
        for key, pairs in by_metric.items()
        if max(pairs.values(), default=0.0) < _ERROR
    ]
    said = (
        f"The model sees no two parameters work together on {joined(none)}: each has an effect of "
        "its own."
    )
    return CardBody(
        sentences=[said] if none else [],
        figures=[
            _figure(study, metric, pairs)
            for key, pairs in by_metric.items()
            if (metric := study.metric(key)).name not in none
        ],
        facts={
            "interactions": {
                metric: {" ".join(pair): value for pair, value in pairs.items()}
                for metric, pairs in by_metric.items()
            }
        },
    )


def _pairs(by_feature: Mapping[str, float], varied: set[str]) -> Pairs:
    """Add up what belongs to two different parameters; estimates below 0 are none."""
    pairs: dict[tuple[str, str], float] = {}
    for feature, value in by_feature.items():
        one, _, other = feature.partition(" & ")
        pair = key_of(one), key_of(other)
        if other and pair[0] != pair[1] and set(pair) <= varied:
            pairs[pair] = pairs.get(pair, 0.0) + max(float(value), 0.0)
    return {pair: value if value == value else 0.0 for pair, value in pairs.items()}  # NaN: flat


def _figure(study: Study, metric: MetricDraft, pairs: Pairs) -> Figure:
    ordered = sorted(pairs, key=lambda pair: pairs[pair])[-_MOST_SHOWN:]
    names = [" and ".join(study.parameter(key).name for key in pair) for pair in ordered]
    sizes, places = [pairs[pair] for pair in ordered], list(range(len(ordered)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "share",
        "meta": {"color": "model"},
        "x": sizes,
        "y": places,
        "text": [f" {percent(size)}" for size in sizes],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [literal(name) for name in names],
        "hovertemplate": "<b>%{hovertext}</b><br>%{x:.1%} of the variation<extra></extra>",
    }
    widest = max([*sizes, _ERROR])
    return {
        "name": metric.name,
        "help": f"Bars: how much of the variation of {metric.name} only both together explain.",
        "data": [bars],
        "layout": {
            "xaxis": {
                "title": {"text": "share"},
                "range": [0, 1.3 * widest],
                "tickformat": ".0%",
                "nticks": 5,
            },
            "yaxis": {
                "tickmode": "array",
                "tickvals": places,
                "ticktext": [escape(short(name, 28)) for name in names],
                "showgrid": False,
                "zeroline": False,
            },
            "meta": {"metric": metric.name, "height": 90 + 28 * len(ordered)},
        },
    }


def _applies(study: Study) -> bool:
    columns = [
        len(draft.spec.values) if draft.spec.values and not draft.spec.is_ordered else 1
        for draft in study.varied
    ]
    return len(columns) > 1 and sum(columns) <= MOST_COLUMNS


CARD = CardKind(
    name="interactions",
    title="Parameters that work together",
    reading="Where a bar is long, the best value of one parameter depends on the other: look at "
    "the two at once. Estimated from few points: below 3 %, there may be nothing.",
    applies=_applies,
    needs=needs_model,
    make=_make,
)
