"""What the model expected of its suggestions before they were run, beside what came out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.cards import CardBody, Table
from experiments.chances import Z50, Z95, at_most, noise_of
from experiments.domain import WITH_RESULTS, GenerationMethod, ObservationRecord, Prediction
from experiments.drafts import MetricDraft
from experiments.figures import Figure, Trace, literal, scatter, titled
from experiments.formatting import format_number
from experiments.optimizer.analysis.drawing import drawn_trials, error_bars, line, metric_axis
from experiments.optimizer.analysis.kinds import CardKind
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.words import counted, percent

FEWEST = 3
"""So many results are needed before there is something to see."""

_FEW = 10
_UNLIKELY = 0.05


@dataclass(frozen=True)
class Calibration:
    """Results of one metric in suggested trials, and what was expected of them before.

    ``sds`` are those of a single result, its noise included. ``left_out`` counts results for which
    that was not kept.
    """

    trials: tuple[int, ...]
    observed: np.ndarray
    means: np.ndarray
    sds: np.ndarray
    left_out: int

    @property
    def z(self) -> np.ndarray:
        """By how many standard deviations each result lies above what was expected."""
        away = self.observed - self.means
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(away == 0, 0.0, away / self.sds)

    def inside(self, width: float) -> np.ndarray:
        """Tell which results lie within so many standard deviations."""
        return np.abs(self.observed - self.means) <= width * self.sds


def calibrations(study: Study) -> dict[str, Calibration]:
    """Return the calibration of each metric that has a result to be judged, by its key."""
    found = {metric.key: _calibration(study, metric.key) for metric in study.spec.metrics}
    return {key: each for key, each in found.items() if each.trials or each.left_out}


def _calibration(study: Study, key: str) -> Calibration:
    trials: list[int] = []
    rows: list[tuple[float, float, float]] = []
    left_out = 0
    for number, expected, result in _pairs(study, key):
        noise = noise_of(expected, result.sem)
        if noise is None:
            left_out += 1
            continue
        trials.append(number)
        rows.append((result.mean, expected.mean, math.hypot(expected.sd, noise)))
    observed, means, sds = np.array(rows, dtype=float).reshape(-1, 3).T
    return Calibration(tuple(trials), observed, means, sds, left_out)


def _pairs(study: Study, key: str) -> Iterator[tuple[int, Prediction, ObservationRecord]]:
    """Yield what was expected and what came out, by trial, for trials that a model suggested."""
    for trial in study.trials:
        expected = {each.metric: each for each in study.expected.get(trial.number, ())}
        if trial.status in WITH_RESULTS and key in expected:
            for result in trial.observations:
                if result.metric == key:
                    yield trial.number, expected[key], result


def _needs(study: Study) -> str:
    most = max((len(each.trials) for each in calibrations(study).values()), default=0)
    if most >= FEWEST:
        return ""
    return f"It needs {counted(FEWEST - most, 'more result')} of trials that the model suggested."


def _make(study: Study) -> CardBody:
    figures, sentences = [], dict[str, None]()
    found = {key: each for key, each in calibrations(study).items() if each.trials}
    for key, calibration in found.items():
        metric = study.metric(key)
        places, note = drawn_trials(study, calibration.trials)
        figures.append(_figure(metric, calibration, places))
        name = f"{metric.name}: " if len(found) > 1 else ""
        sentences[name + " ".join([_share(calibration), *judgement(calibration)])] = None
        sentences[note] = None
    return CardBody(
        sentences=[*filter(None, sentences), *_left_out(study)],
        figures=figures,
        table=Table(
            head=["Metric", "Results", "In 95 %", "In 50 %"],
            rows=[_row(study.metric(key), each) for key, each in found.items()],
        ),
        facts={"calibration": {key: _facts(each) for key, each in found.items()}},
    )


def _share(calibration: Calibration) -> str:
    inside, of = int(calibration.inside(Z95).sum()), len(calibration.trials)
    return f"{inside} of {counted(of, 'result')} ({percent(inside / of)}) came out inside."


def judgement(calibration: Calibration) -> list[str]:
    """Say whether the intervals were too narrow or too wide, and whether results lean to one side.

    Only what would be unlikely (below 5 %) if the intervals were right is said.
    """
    of = len(calibration.trials)
    inside, in_half = int(calibration.inside(Z95).sum()), int(calibration.inside(Z50).sum())
    said = []
    if at_most(inside, of, 0.95) < _UNLIKELY:
        said.append("The model is surer than it should be: take its intervals for wider.")
    elif 1 - at_most(in_half - 1, of, 0.5) < _UNLIKELY:
        said.append("The model is more careful than it needs to be: its intervals are wide.")
    lean = float(np.mean(calibration.z))
    if math.isfinite(lean) and abs(lean) * math.sqrt(of) > Z95:
        side = "above" if lean > 0 else "below"
        away = f"{format_number(abs(lean), 2)} standard deviations {side}"
        said.append(f"On average, results lie {away} what it expects.")
    if not said:
        said.append("Too few to tell yet." if of < _FEW else "That is about as it should be.")
    return said


def _left_out(study: Study) -> list[str]:
    """Say what is not shown, because the noise was not kept with older suggestions."""
    count = max((each.left_out for each in calibrations(study).values()), default=0)
    if not count:
        return []
    verb = "is" if count == 1 else "are"
    return [
        f"{counted(count, 'older trial')} {verb} left out: how results scatter was not kept with "
        "what the model expected of them."
    ]


def _figure(metric: MetricDraft, calibration: Calibration, places: list[int]) -> Figure:
    observed, means = calibration.observed[places], calibration.means[places]
    ends = [float(min(observed.min(), means.min())), float(max(observed.max(), means.max()))]
    inside = calibration.inside(Z95)
    data = [line("as expected", ends, ends)]
    for name, symbol, is_inside in (("inside", "circle", True), ("outside", "diamond-open", False)):
        shown = [place for place in places if inside[place] == is_inside]
        if shown:
            data.append(_marks(metric, calibration, shown, name, symbol))
    return {
        "name": metric.name,
        "help": "Dots: results; bars: where they were expected, with 95 % certainty. On the dashed "
        "line, the model was right. Hollow diamonds came out outside.",
        "data": data,
        "layout": {
            "xaxis": metric_axis(metric, "observed "),
            "yaxis": metric_axis(metric, "expected before "),
            "meta": {"metric": metric.name},
        },
    }


def _marks(
    metric: MetricDraft, calibration: Calibration, places: list[int], name: str, symbol: str
) -> Trace:
    title = literal(titled(metric.name, metric.unit))
    marks = scatter(
        name, "result", x=calibration.observed[places].tolist(),
        y=calibration.means[places].tolist(), mode="markers",
        marker={"size": 7 if symbol == "circle" else 10, "symbol": symbol},
        ids=[str(calibration.trials[place]) for place in places],
        error_y=error_bars(calibration.sds[places]),
        hovertemplate="trial %{id}<br>"
        f"<b>{title} %{{x:.4~g}}</b><br>expected %{{y:.4~g}}<extra></extra>",
    )  # fmt: skip
    marks["meta"]["is_faint"] = True
    return marks


def _row(metric: MetricDraft, calibration: Calibration) -> list[str]:
    return [
        metric.name,
        str(len(calibration.trials)),
        percent(float(np.mean(calibration.inside(Z95)))),
        percent(float(np.mean(calibration.inside(Z50)))),
    ]


def _facts(calibration: Calibration) -> dict[str, object]:
    return {
        "trials": list(calibration.trials),
        "observed": calibration.observed.tolist(),
        "means": calibration.means.tolist(),
        "sds": calibration.sds.tolist(),
        "inside": float(np.mean(calibration.inside(Z95))),
    }


CARD = CardKind(
    name="calibration",
    title="Did the model keep its word",
    reading="What the model expected of its suggestions before they were run, beside what came "
    "out. Of many results, 95 % should lie inside their intervals, and half of them inside the "
    "inner half.",
    applies=lambda study: study.spec.generation_method is not GenerationMethod.RANDOM_SEARCH,
    needs=_needs,
    make=_make,
)
