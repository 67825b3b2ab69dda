"""How good the model is: each result beside what the model expects without knowing it."""

import numpy as np

from experiments.cards import CardBody, Table
from experiments.drafts import MetricDraft
from experiments.figures import Figure, literal, scatter, titled
from experiments.goal_words import with_unit
from experiments.optimizer.analysis.drawing import drawn_trials, error_bars, line, metric_axis
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Z95
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.validation import Validation
from experiments.optimizer.analysis.words import percent, score


def _make(study: Study) -> CardBody:
    figures, notes = [], dict[str, None]()
    for key, validation in study.validation.items():
        places, note = drawn_trials(study, validation.trials)
        figures.append(_figure(study.metric(key), validation, places))
        notes[note] = None
    if any(not each.is_one_by_one for each in study.validation.values()):
        notes["A tenth of the results was left out at a time."] = None
    rows = [_row(study.metric(key), each) for key, each in study.validation.items()]
    return CardBody(
        sentences=[note for note in notes if note],
        figures=figures,
        table=Table(
            head=["Metric", "R²", "Rank correlation", "Typical error", "Inside"], rows=rows
        ),
        facts={"validation": {key: _facts(each) for key, each in study.validation.items()}},
    )


def _needs(study: Study) -> str:
    return needs_model(study) or ("" if study.validation else "It needs 1 more result.")


def inside(validation: Validation) -> float:
    """Return the share of the results that lie within the 95 % interval of what is expected.

    The noise of a result counts where its standard error is known.
    """
    noise = np.nan_to_num(validation.sems, nan=0.0)
    half = Z95 * np.hypot(validation.sds, noise)
    return float(np.mean(np.abs(validation.observed - validation.means) <= half))


def _figure(metric: MetricDraft, validation: Validation, places: list[int]) -> Figure:
    title = titled(metric.name, metric.unit)
    observed, means = validation.observed[places], validation.means[places]
    ends = [float(min(observed.min(), means.min())), float(max(observed.max(), means.max()))]
    dots = scatter(
        "result", "result", x=observed.tolist(), y=means.tolist(), mode="markers",
        marker={"size": 7}, ids=[str(validation.trials[place]) for place in places],
        error_y=error_bars(validation.sds[places]), error_x=error_bars(validation.sems[places]),
        hovertemplate="trial %{id}<br>"
        f"<b>{literal(title)} %{{x:.4~g}}</b><br>expected %{{y:.4~g}}<extra></extra>",
    )  # fmt: skip
    dots["meta"]["is_faint"] = True
    return {
        "name": metric.name,
        "help": "Dots: results; bars: 95 % intervals. On the dashed line, the model is right.",
        "data": [line("as expected", ends, ends), dots],
        "layout": {
            "xaxis": metric_axis(metric, "observed "),
            "yaxis": metric_axis(metric, "expected "),
            "meta": {"metric": metric.name},
        },
    }


def _row(metric: MetricDraft, validation: Validation) -> list[str]:
    r2, rank = validation.r2, validation.rank_correlation
    return [
        metric.name,
        "–" if r2 is None else score(r2),
        "–" if rank is None else score(rank),
        with_unit(float(f"{validation.error:.2g}"), metric.unit),
        percent(inside(validation)),
    ]


def _facts(validation: Validation) -> dict[str, object]:
    return {
        "trials": list(validation.trials),
        "observed": validation.observed.tolist(),
        "means": validation.means.tolist(),
        "sds": validation.sds.tolist(),
        "r2": validation.r2,
        "rank_correlation": validation.rank_correlation,
    }


CARD = CardKind(
    name="fit",
    title="How good the model is",
    reading="Each result is compared with what the model expects of it from all the others. R² is "
    "1 for a perfect model, and 0 for one that is no better than the average. “Inside”: how many "
    "results lie within the interval; without a SEM, their own noise is not counted in.",
    needs=_needs,
    make=_make,
)
