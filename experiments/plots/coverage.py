"""The hypervolume over trials: how much of the space of goals the Pareto front covers."""

from itertools import accumulate

from experiments import hypervolume
from experiments.figures import Figure, scatter, step_line, value_axis
from experiments.plots.progress import by_trial
from experiments.plots.rows import PlotRows


def coverage(rows: PlotRows, of_all: PlotRows) -> Figure:
    """Draw it for the trials that keep all bounds and have a result for each objective.

    It is counted from where the hypervolume of all trials is.
    """
    figure: Figure = {
        "name": "hypervolume",
        "help": "Line: how much of the space of goals the Pareto front covers; diamonds: the "
        "trials that added to it. Where it has been level for long, little more is to be had. "
        + hypervolume.REFERENCE,
        "data": [],
        "layout": {
            "xaxis": dict(by_trial(rows).axis),
            "yaxis": value_axis("hypervolume") | {"rangemode": "tozero"},
            "meta": {},
        },
    }
    steps = _volumes(rows, of_all)
    if steps:
        numbers = {rows.numbers[pk]: volume for pk, volume in steps.items()}
        last = (float(rows.last_number), next(reversed(numbers.values())))
        marks = scatter(
            "growth", "best", x=list(numbers), y=list(numbers.values()), mode="markers",
            marker={"symbol": "diamond", "size": 7}, ids=[str(number) for number in numbers],
            hovertemplate=f"<b>hypervolume %{{y:.4~g}}</b><br>{rows.template}",
        )  # fmt: skip
        line = [(float(number), volume) for number, volume in numbers.items()]
        figure["data"] = [step_line("hypervolume", [*line, last]), marks]
    return figure


def volume_so_far(rows: PlotRows, of_all: PlotRows) -> dict[int, float]:
    """Return the hypervolume after each trial, by the trials' ids."""
    steps = _volumes(rows, of_all)
    return dict(
        zip(rows.means, accumulate((steps.get(pk, 0.0) for pk in rows.means), max), strict=True)
    )


def _volumes(rows: PlotRows, of_all: PlotRows) -> dict[int, float]:
    """The hypervolume after each trial that enlarged it, by the trials' ids."""
    goals = of_all.goals
    all_costs = hypervolume.counted(of_all.means, of_all.ranking.standings, goals)
    costs = {pk: cost for pk, cost in all_costs.items() if pk in rows.means}
    if not costs:
        return {}
    ids = list(costs)
    reference = hypervolume.reference_of(all_costs, goals)
    grown = hypervolume.growth(list(costs.values()), reference)
    return {ids[place]: volume for place, volume in grown}
