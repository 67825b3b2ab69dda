"""The hypervolume over trials: how much of the space of goals the Pareto front covers."""

from itertools import accumulate

from experiments import hypervolume
from experiments.figures import Figure, scatter, step_line, value_axis
from experiments.goal_words import with_unit
from experiments.plots.progress import by_trial
from experiments.plots.rows import PlotRows


def coverage(rows: PlotRows, of_all: PlotRows) -> Figure:
    """Draw it for the trials that keep all bounds and have a result for each objective.

    It is counted from where the hypervolume of all trials is.
    """
    figure: Figure = {
        "name": "hypervolume",
        "help": "Line: how much of the space of goals the Pareto front covers. Level for long: "
        "little more is to be had. Diamonds: the trials that added to it.",
        "data": [],
        "layout": {
            "xaxis": dict(by_trial(rows).axis),
            "yaxis": value_axis("hypervolume") | {"rangemode": "tozero"},
            "meta": {},
        },
    }
    steps, reference = _volumes(rows, of_all)
    if reference:
        figure["help"] += f" {_counted_from(of_all, reference)}"
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
    steps, _ = _volumes(rows, of_all)
    return dict(
        zip(rows.means, accumulate((steps.get(pk, 0.0) for pk in rows.means), max), strict=True)
    )


def _volumes(rows: PlotRows, of_all: PlotRows) -> tuple[dict[int, float], hypervolume.Point]:
    """The hypervolume after each trial that enlarged it, by the trials' ids; counted from where."""
    goals = of_all.goals
    all_costs = hypervolume.counted(of_all.means, of_all.ranking.standings, goals)
    if not all_costs:
        return {}, ()
    reference = hypervolume.reference_of(all_costs, goals)
    costs = {pk: cost for pk, cost in all_costs.items() if pk in rows.means}
    ids = list(costs)
    grown = hypervolume.growth(list(costs.values()), reference)
    return {ids[place]: volume for place, volume in grown}, reference


def _counted_from(rows: PlotRows, reference: hypervolume.Point) -> str:
    """Say where the hypervolume is counted from, in the metrics' units, and why there."""
    objectives = [metric for metric in rows.metrics if metric.is_objective]
    values = [
        with_unit(limit if metric.is_minimized else -limit, metric.unit)
        for metric, limit in zip(objectives, reference, strict=True)
    ]
    names = ", ".join(f"{m.name} {value}" for m, value in zip(objectives, values, strict=True))
    return f"Counted from {names}: {hypervolume.REFERENCE}."
