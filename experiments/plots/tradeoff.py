"""Two metrics against each other, with the Pareto front."""

from experiments.figures import Figure, Trace, literal, step_line, value_axis
from experiments.models import Metric
from experiments.plots.marks import drawn_of, results, room, scale
from experiments.plots.rows import PlotRows, title_of
from experiments.plots.thinning import thin
from experiments.ranking import Standing


def against(rows: PlotRows, one: Metric, other: Metric, most: int) -> Figure:
    """Draw two objectives against each other, with the Pareto front as steps."""
    keys = one.key, other.key
    both = {
        pk: (means[keys[0]], means[keys[1]])
        for pk, means in rows.means.items()
        if keys[0] in means and keys[1] in means
    }
    x, y = ({pk: pair[place] for pk, pair in both.items()} for place in (0, 1))
    ids = list(both)
    keep = [place for place, pk in enumerate(ids) if pk in rows.best]
    places = thin([list(x.values()), list(y.values())], most, keep=keep)
    data: list[Trace] = []
    if rows.ranking.front and rows.ranking.standing is Standing.FEASIBLE:
        data.append(step_line("Pareto front", [both[pk] for pk in rows.ranking.front]))
    titles = title_of(one), title_of(other)
    head = "<b>{} %{{x:.4~g}}<br>{} %{{y:.4~g}}</b>".format(*map(literal, titles))
    return {
        "data": data + results(rows, x, {ids[place]: y[ids[place]] for place in places}, head),
        "drawn": drawn_of(len(places), len(ids)),
        "layout": {
            "xaxis": value_axis(titles[0]) | room(x.values()),
            "yaxis": value_axis(titles[1]) | room(y.values()),
            "meta": scale([]),
        },
    }
