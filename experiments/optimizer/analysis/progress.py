"""What has been reached by when, in the one number that Ax measures progress by."""

import math

from ax.service.utils.best_point import get_trace

from experiments.cards import CardBody
from experiments.domain import Direction
from experiments.figures import Figure, Trace, scatter, step_line, value_axis
from experiments.hypervolume import REFERENCE
from experiments.optimizer.analysis.kinds import CardKind, needs_model
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import utility_of
from experiments.ranking import sum_direction


def _make(study: Study) -> CardBody:
    trace = {
        study.learnt[index]: value for index, value in get_trace(study.model.experiment).items()
    }
    sign = _sign(study)
    reached = {n: sign * value for n, value in trace.items() if math.isfinite(value)}
    if not reached:
        return CardBody(sentences=["No trial satisfies all outcome constraints yet."])
    return CardBody(figures=[_figure(study, reached)], facts={"reached": reached})


def _sign(study: Study) -> float:
    """Ax maximizes a weighted sum; people may see it the other way round."""
    if not (study.spec.is_weighted_sum and len(study.objectives) > 1):
        return 1.0
    return -1.0 if sum_direction(study.spec.objectives) is Direction.MINIMIZE else 1.0


def _figure(study: Study, reached: dict[int, float]) -> Figure:
    utility = utility_of(study)
    title = "hypervolume" if utility is None else f"best {utility.name}"
    if utility is not None and utility.unit:
        title += f" ({utility.unit})"
    steps = {}
    best: float | None = None
    for number, value in reached.items():
        if value != best:
            steps[number] = best = value
    marks: Trace = scatter(
        "improvement", "best", x=list(steps), y=list(steps.values()), mode="markers",
        marker={"size": 7, "symbol": "diamond"}, ids=[str(number) for number in steps],
        hovertemplate="trial %{id}<br><b>%{y:.4~g}</b><extra></extra>",
    )  # fmt: skip
    return {
        "name": title,
        "help": "Line: what has been reached. Diamonds: the trials that improved it."
        + (f" Counted from {REFERENCE}." if utility is None else ""),
        "data": [step_line("reached", list(reached.items())), marks],
        "layout": {"xaxis": {"title": {"text": "trial"}}, "yaxis": value_axis(title)},
    }


CARD = CardKind(
    name="progress",
    title="What has been reached",
    reading="Only trials with all results count, and only those within the constraints. Of several "
    "objectives, it is the hypervolume: how much of what is possible the Pareto points beat.",
    needs=needs_model,
    make=_make,
)
