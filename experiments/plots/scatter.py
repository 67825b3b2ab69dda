"""One column against another: a metric by a parameter, or two metrics with their front."""

from collections.abc import Collection

from experiments.figures import Figure, Trace, literal
from experiments.plots.columns import Column, positions
from experiments.plots.marks import drawn_of, help_of, repeated, results
from experiments.plots.rows import PlotRows
from experiments.plots.thinning import thin


def scatter_of(
    rows: PlotRows, x: Column, y: Column, most: int, front: Collection[Trace] = ()
) -> Figure:
    """Draw at most about ``most`` of the trials with results for both; ``front`` goes below."""
    ids = [pk for pk in rows.means if pk in x.places and pk in y.places]
    columns = [positions(column, ids) for column in (x, y)]
    keep = [place for place, pk in enumerate(ids) if pk in rows.best]
    drawn = [ids[place] for place in thin(columns, most, keep=keep)]
    heads = [f"{literal(x.title)} {_value(x, 'x')}", f"{literal(y.title)} {_value(y, 'y')}"]
    at = {pk: y.places[pk] for pk in drawn}
    bars = repeated(rows, x.places, y.places) if y.is_metric else []
    figure: Figure = {
        "name": f"{y.title} by {x.title}",
        "data": [*front, *bars, *results(rows, x.places, at, f"<b>{heads[1]}</b><br>{heads[0]}")],
        "layout": {"xaxis": x.axis, "yaxis": y.axis, "meta": {}},
    }
    lacking = len(rows.means) - len(ids)
    missing = f" {lacking:,} without a value for both are left out." if lacking else ""
    figure["help"] = f"{help_of(figure)} {drawn_of(len(drawn), len(ids))}{missing}".strip()
    return figure


def _value(column: Column, letter: str) -> str:
    return "" if column.labels else f"%{{{letter}:.4~g}}"
