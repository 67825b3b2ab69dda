"""Results beside what the model makes of them, trial by trial."""

from collections.abc import Sequence

import numpy as np

from experiments.cards import CardBody
from experiments.domain import TrialStatus
from experiments.drafts import MetricDraft
from experiments.figures import Figure, Trace, literal, scatter, titled
from experiments.optimizer.analysis.drawing import drawn_trials, error_bars, metric_axis
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Z95, Predicted
from experiments.optimizer.analysis.study import Study

_APART = 0.15
"""How far, in trials, the two marks of a trial stand from its number, where few are drawn."""

_FEW = 40


def _make(study: Study) -> CardBody:
    numbers, predicted = study.at_trials
    places, note = drawn_trials(study, numbers)
    drawn = [numbers[place] for place in places]
    return CardBody(
        sentences=[note] if note else [],
        figures=[
            _figure(
                study,
                metric,
                drawn,
                Predicted(*(part[places] for part in predicted[metric.spec.key])),
            )
            for metric in study.modelled
        ],
        facts={
            "trials": list(numbers),
            "expected": {
                key: {"means": each.means.tolist(), "sds": each.sds.tolist()}
                for key, each in predicted.items()
            },
        },
    )


def _figure(
    study: Study, metric: MetricDraft, numbers: Sequence[int], predicted: Predicted
) -> Figure:
    running = [study.by_number[number].status is TrialStatus.RUNNING for number in numbers]
    data = [
        _expected("expected", "model", metric, numbers, predicted, [not each for each in running]),
        _observed(study, metric, numbers),
        _expected("expected of a running trial", "running", metric, numbers, predicted, running),
    ]
    return {
        "name": metric.name,
        "help": "Dots: results. Squares: what the model makes of all results there. Diamonds: "
        "what it expects of running trials. Bars: 95 % intervals, of a result by its SEM.",
        "data": [trace for trace in data if trace["x"]],
        "layout": {
            "xaxis": {"title": {"text": "trial"}},
            "yaxis": metric_axis(metric),
            "meta": {"metric": metric.name},
        },
    }


def _observed(study: Study, metric: MetricDraft, numbers: Sequence[int]) -> Trace:
    found = {
        number: observation
        for number in numbers
        for observation in study.by_number[number].observations
        if observation.metric == metric.spec.key and number in study.means
    }
    sems = [np.nan if each.sem is None else each.sem for each in found.values()]
    return _marks(
        "result", "result", metric, list(found), [each.mean for each in found.values()], sems,
        shift=-_apart(numbers), marker={"size": 6},
    )  # fmt: skip


def _expected(
    name: str,
    color: str,
    metric: MetricDraft,
    numbers: Sequence[int],
    predicted: Predicted,
    counts: Sequence[bool],
) -> Trace:
    places = [place for place, each in enumerate(counts) if each]
    is_running = color == "running"
    return _marks(
        name, color, metric, [numbers[place] for place in places],
        predicted.means[places].tolist(), predicted.sds[places].tolist(),
        shift=0.0 if is_running else _apart(numbers),
        marker={"size": 8, "symbol": "diamond-open" if is_running else "square-open"},
    )  # fmt: skip


def _apart(numbers: Sequence[int]) -> float:
    return _APART if len(numbers) <= _FEW else 0.0


def _marks(
    name: str,
    color: str,
    metric: MetricDraft,
    numbers: Sequence[int],
    means: Sequence[float],
    sds: Sequence[float],
    *,
    shift: float,
    marker: dict[str, object],
) -> Trace:
    title = literal(titled(metric.name, metric.unit))
    halves = ["" if np.isnan(sd) else f" ± {Z95 * sd:.2g}" for sd in sds]
    trace = scatter(
        name, color, x=[number + shift for number in numbers], y=list(means), mode="markers",
        marker=marker, ids=[str(number) for number in numbers], error_y=error_bars(sds),
        customdata=halves,
        hovertemplate=f"trial %{{id}}, {name}<br><b>{title} %{{y:.4~g}}</b>%{{customdata}}"
        "<extra></extra>",
    )  # fmt: skip
    trace["meta"]["is_faint"] = True
    return trace


CARD = CardKind(
    name="arms",
    title="Results, and what the model makes of them",
    reading="Where noise is large, the model is the better guess: it knows what happened at "
    "similar settings. A result far from its square may be an outlier.",
    needs=needs_model,
    make=_make,
)
