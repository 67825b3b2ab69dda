"""Choices on average: each value's results over all trials that had it, as the model has them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from ax.utils.stats.statstools import inverse_variance_weight

from experiments.cards import CardBody
from experiments.domain import ParameterValue
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.figures import Figure, literal, scatter, titled
from experiments.optimizer.analysis.drawing import (
    is_textual,
    line,
    metric_axis,
    parameter_axis,
    shown,
)
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Z95, Predicted
from experiments.optimizer.analysis.study import Study

_MOST_PARAMETERS = 12


class _Level(NamedTuple):
    """One value: the weighted mean over its trials, its standard deviation, and how many."""

    mean: float
    sd: float
    trials: int


def _make(study: Study) -> CardBody:
    numbers, predicted = study.at_trials
    places = [place for place, number in enumerate(numbers) if number in study.means]
    values = dict(zip((t.number for t in study.trials), study.rows.parameters, strict=True))
    figures: list[Figure] = []
    facts: dict[str, dict[str, list[list[object]]]] = {}
    for metric in study.modelled:
        own = Predicted(*(part[places] for part in predicted[metric.spec.key]))
        whole = _weighted(own)
        for draft in _choices(study):
            key = draft.spec.key
            at = [values[numbers[place]].get(key) for place in places]
            levels = {
                value: _weighted(own, [each == value for each in at])
                for value in draft.spec.values
                if value in at
            }
            figures.append(_figure(metric, draft, levels, whole))
            facts.setdefault(metric.spec.key, {})[key] = [
                [value, *level] for value, level in levels.items()
            ]
    return CardBody(figures=[each for each in figures if each["data"]], facts={"levels": facts})


def _weighted(predicted: Predicted, counts: list[bool] | None = None) -> _Level:
    """Average what is expected, weighted by how sure the model is, by Ax's function."""
    chosen = np.ones(len(predicted.means), dtype=bool) if counts is None else np.array(counts)
    variances = predicted.sds[chosen] ** 2
    mean, variance = inverse_variance_weight(
        predicted.means[chosen], variances, conflicting_noiseless="ignore"
    )
    return _Level(float(mean), float(np.sqrt(variance)), int(chosen.sum()))


def _choices(study: Study) -> list[ParameterDraft]:
    return [draft for draft in study.leading if _is_choice(draft)][:_MOST_PARAMETERS]


def _is_choice(draft: ParameterDraft) -> bool:
    return len(draft.spec.values) > 1 and is_textual(draft)


def _figure(
    metric: MetricDraft,
    draft: ParameterDraft,
    levels: Mapping[ParameterValue, _Level],
    whole: _Level,
) -> Figure:
    title = titled(metric.name, metric.unit)
    x = [shown(draft, value) for value in levels]
    half = [Z95 * level.sd for level in levels.values()]
    dots = scatter(
        "average", "model", x=x, y=[level.mean for level in levels.values()], mode="markers",
        marker={"size": 8}, error_y={"type": "data", "array": half, "thickness": 1.5, "width": 5},
        customdata=[
            f"± {each:.2g}, {level.trials} trials"
            for each, level in zip(half, levels.values(), strict=True)
        ],
        hovertemplate=f"<b>{literal(title)} %{{y:.4~g}}</b> %{{customdata}}<extra></extra>",
    )  # fmt: skip
    everywhere = line("average of all", x, [whole.mean] * len(x))
    return {
        "name": f"{metric.name} by {draft.name}",
        "help": "Dots: the average over the trials with that value, as the model has them. Dashed: "
        "over all trials.",
        "data": [everywhere, dots] if x else [],
        "layout": {
            "xaxis": parameter_axis(draft),
            "yaxis": metric_axis(metric),
            "meta": {"metric": metric.name, "small": True},
        },
    }


CARD = CardKind(
    name="choices",
    title="Choices on average",
    reading="Other parameters differ between the trials: a value looks good here also because it "
    "was tried where others were good. “Effect of each parameter” shows it by itself.",
    applies=lambda study: any(map(_is_choice, study.varied)),
    needs=needs_model,
    make=_make,
)
