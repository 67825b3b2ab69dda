"""How likely outcome constraints are to hold: over the space, and in each trial."""

from itertools import islice

import numpy as np

from experiments.cards import CardBody, Table
from experiments.domain import MetricSpec, TrialStatus
from experiments.drafts import MetricDraft
from experiments.figures import Figure, literal, scatter, titled
from experiments.optimizer.analysis.drawing import drawn_trials, line, metric_axis
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.predicted import Predicted
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import chance, feasibility
from experiments.optimizer.analysis.words import bound, joined, percent
from experiments.optimizer.exploration import POINTS, sequence
from experiments.optimizer.seeds import derived_seed
from experiments.ranking import violated

LIKELY = 0.5
"""From which chance on a point counts as likely feasible; Ax's health check has it so."""


def _make(study: Study) -> CardBody:
    seed = derived_seed(study.spec.seed, 0)
    points = list(islice(sequence(study.space, seed, 0), POINTS)) or [study.anchor]
    over_space = study.predict(points)
    numbers, at_trials = study.at_trials
    chances = feasibility(study, at_trials)
    whole = float(np.mean(feasibility(study, over_space) >= LIKELY))
    places, note = drawn_trials(study, numbers)
    return CardBody(
        sentences=[
            f"About {percent(whole)} of the search space is likely to satisfy "
            f"{'all constraints' if len(study.aims.constraints) > 1 else 'the constraint'}.",
            *_waiting(study),
            *([note] if note else []),
        ],
        figures=[
            _figure(study, metric, numbers, at_trials[metric.spec.key], chances, places)
            for metric in study.objectives
        ],
        table=Table(
            head=["Constraint", "Space likely to keep it", "Results that keep it"],
            rows=[_row(study, each, over_space) for each in study.aims.constraints],
        ),
        facts={"trials": list(numbers), "chances": chances.tolist(), "share": whole},
    )


def _waiting(study: Study) -> list[str]:
    """Name the constraints about which too little is known."""
    known = {constraint.key for constraint in study.aims.constraints}
    names = [
        study.metric(each.key).name
        for each in study.spec.outcome_constraints
        if each.key not in known
    ]
    return [f"Too little is known of {joined(names)} yet."] if names else []


def _row(study: Study, constraint: MetricSpec, over_space: dict[str, Predicted]) -> list[str]:
    key, limit = constraint.key, constraint.bound or 0.0
    limits = {key: (constraint.relation, limit)}
    having = [means for means in study.means.values() if key in means]
    kept = sum(not violated(means, limits) for means in having)
    share = float(np.mean(chance(constraint, over_space) >= LIKELY))
    said = bound(constraint.relation, limit, study.metric(key))
    return [said, percent(share), f"{kept} of {len(having)}"]


def _figure(
    study: Study,
    metric: MetricDraft,
    numbers: tuple[int, ...],
    predicted: Predicted,
    chances: np.ndarray,
    places: list[int],
) -> Figure:
    title = literal(titled(metric.name, metric.unit))
    marks = []
    for name, color, symbol, is_running in (
        ("trials with results", "result", "circle", False),
        ("running trials", "running", "square-open", True),
    ):
        own = [
            place
            for place in places
            if (study.by_number[numbers[place]].status is TrialStatus.RUNNING) is is_running
        ]
        if own:
            trace = scatter(
                name, color, x=predicted.means[own].tolist(), y=chances[own].tolist(),
                mode="markers", marker={"size": 7, "symbol": symbol},
                ids=[str(numbers[place]) for place in own],
                hovertemplate=f"trial %{{id}}<br>expected {title} %{{x:.4~g}}<br>"
                "<b>chance %{y:.0%}</b><extra></extra>",
            )  # fmt: skip
            marks.append(trace)
    ends = [float(predicted.means.min()), float(predicted.means.max())]
    return {
        "name": metric.name,
        "help": "Dots: trials; hollow squares: running ones. Above the dashed line, the "
        "constraints are likely to hold.",
        "data": [line("as likely as not", ends, [LIKELY, LIKELY]), *marks],
        "layout": {
            "xaxis": metric_axis(metric, "expected "),
            "yaxis": {
                "title": {"text": "chance"}, "tickformat": ".0%", "range": [-0.05, 1.05],
            },
            "meta": {"metric": metric.name},
        },
    }  # fmt: skip


def _needs(study: Study) -> str:
    if lacking := needs_model(study):
        return lacking
    if not study.aims.constraints:
        return "It needs more results of the metrics that have constraints."
    return ""


CARD = CardKind(
    name="feasibility",
    title="Within the constraints?",
    reading="The chance is the model's: that the metrics themselves, without the noise of a "
    "measurement, lie within all bounds.",
    applies=lambda study: bool(study.spec.outcome_constraints),
    needs=_needs,
    make=_make,
)
