"""The hypervolume over trials: how much of the space of goals the Pareto front covers."""

from experiments import hypervolume
from experiments.domain import Direction
from experiments.figures import Figure, step_line, value_axis
from experiments.plots.progress import by_trial
from experiments.plots.rows import PlotRows
from experiments.ranking import Standing, costs_of


def coverage(rows: PlotRows) -> Figure:
    """Draw it for the trials that keep all bounds and have a result for each objective."""
    figure: Figure = {
        "name": "hypervolume",
        "help": "Line: how much of the space of goals the Pareto front covers. It grows with each "
        "new Pareto point; where it has been level for long, little more is to be had.",
        "data": [],
        "layout": {
            "xaxis": dict(by_trial(rows).axis),
            "yaxis": value_axis("hypervolume") | {"rangemode": "tozero"},
            "meta": {},
        },
    }
    points = _points(rows)
    if points:
        figure["data"] = [step_line("hypervolume", points)]
    return figure


def _points(rows: PlotRows) -> list[tuple[float, float]]:
    """Where the hypervolume changes, by trial number, up to the newest trial."""
    objectives = rows.goals.objectives
    costs = {
        pk: costs_of(means, rows.goals)
        for pk, means in rows.means.items()
        if rows.ranking.standings[pk] is Standing.FEASIBLE
        and all(metric.key in means for metric in objectives)
    }
    if not costs:
        return []
    limits = [
        None
        if metric.threshold is None
        else metric.threshold * (1 if metric.direction is Direction.MINIMIZE else -1)
        for metric in objectives
    ]
    reference = hypervolume.reference_of(list(costs.values()), limits)
    volumes = hypervolume.growth(list(costs.values()), reference)
    points: list[tuple[float, float]] = []
    for pk, volume in zip(costs, volumes, strict=True):
        if not points or points[-1][1] != volume:
            points.append((float(rows.numbers[pk]), volume))
    return [*points, (float(rows.last_number), points[-1][1])]
