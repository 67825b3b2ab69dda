"""What matters: the share of each parameter in how much a metric varies."""

from collections.abc import Mapping

from experiments.cards import CardBody
from experiments.drafts import MetricDraft
from experiments.figures import Figure, escape, literal, short
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.sensitivity import SAMPLES, columns_of, samples_for
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.words import joined, percent

_MOST_SHOWN = 12


def _make(study: Study) -> CardBody:
    flat = [
        study.metric(key).name for key, found in study.shares.items() if not any(found.values())
    ]
    sentences = []
    if flat:
        sentences.append(f"The model sees no parameter make a difference to {joined(flat)}.")
    if samples_for(columns_of(study.model.adapter)) < SAMPLES:
        sentences.append("With so many parameters, shares are estimated roughly.")
    if len(study.varied) > _MOST_SHOWN:
        sentences.append(f"The {_MOST_SHOWN} most important of {len(study.varied)} are shown.")
    return CardBody(
        sentences=sentences,
        figures=[_figure(study, study.metric(key), found) for key, found in study.shares.items()],
        facts={"shares": study.shares},
    )


def _figure(study: Study, metric: MetricDraft, found: Mapping[str, float]) -> Figure:
    ordered = sorted(found, key=lambda key: abs(found[key]))[-_MOST_SHOWN:]
    names = [study.parameter(key).name for key in ordered]
    sizes = [abs(found[key]) for key in ordered]
    places = list(range(len(ordered)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "share",
        "meta": {"color": "model"},
        "x": sizes,
        "y": places,
        "text": [_said(study, metric, key, abs(found[key])) for key in ordered],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [literal(name) for name in names],
        "hovertemplate": "<b>%{hovertext}</b><br>%{x:.1%} of the variation<extra></extra>",
    }
    return {
        "name": metric.name,
        "help": f"Bars: the share in how much {metric.name} varies over the search space.",
        "data": [bars],
        "layout": {
            # Room for the words beside the longest bar.
            "xaxis": {
                "title": {"text": "share"},
                "range": [0, 2.0 * max(sizes, default=1.0) or 1.0],
                "tickformat": ".0%",
                "nticks": 5,
            },
            "yaxis": {
                "tickmode": "array",
                "tickvals": places,
                "ticktext": [escape(short(name, 24)) for name in names],
                "showgrid": False,
                "zeroline": False,
            },
            "meta": {"metric": metric.name, "height": 90 + 28 * len(ordered)},
        },
    }


def _said(study: Study, metric: MetricDraft, key: str, share: float) -> str:
    """Write a share, and how the metric goes along the parameter through the best trial."""
    along = study.cut.slices.get(metric.spec.key, {}).get(key)
    draft = study.parameter(key)
    is_unordered = bool(draft.spec.values) and not draft.spec.is_ordered
    shape = "" if along is None or is_unordered else along.shape.value
    return f" {percent(share)}{f', {shape}' if shape else ''}"


CARD = CardKind(
    name="importance",
    title="What matters",
    reading="The longer the bar, the more the result depends on the parameter, by itself and "
    "together with others. The words say how it goes along the parameter through the best trial.",
    needs=needs_model,
    make=_make,
)
