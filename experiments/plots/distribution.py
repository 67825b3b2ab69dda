"""How one column is distributed: a bar for each range or label."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from experiments.figures import Figure, Trace, escape, short, value_axis
from experiments.formatting import format_number
from experiments.plots.columns import Column, shown_position

_BINS = 20


def distribution(column: Column, ids: Collection[int]) -> Figure:
    """Count the trials of ``ids`` by the values of a column; even steps on its own scale."""
    places = [column.places[pk] for pk in ids if pk in column.places]
    missing = len(ids) - len(places)
    without = f" {missing:,} without a value are left out." if missing else ""
    bars, axis = _labelled(column, places) if column.labels else _binned(column, places)
    return {
        "name": f"distribution of {column.title}",
        "help": f"Bars: how many trials with results lie in each range.{without}",
        "data": [bars] if places else [],
        "layout": {
            "xaxis": value_axis(column.title) | axis,
            "yaxis": {"title": {"text": "trials"}, "rangemode": "tozero"},
            "bargap": 0.06,
            "meta": {},
        },
    }


def _bars(x: Sequence[Any], counts: Sequence[int], names: Sequence[str]) -> Trace:
    return {
        "type": "bar", "name": "trials", "meta": {"color": "result"}, "x": list(x),
        "y": list(counts), "hovertext": list(names),
        "hovertemplate": "%{hovertext}<br><b>%{y} trials</b><extra></extra>",
    }  # fmt: skip


def _labelled(column: Column, places: list[float]) -> tuple[Trace, dict[str, Any]]:
    counts = Counter(places)
    names = [escape(short(label, 20)) for label in column.labels]
    bars = _bars(names, [counts[float(place)] for place in range(len(names))], names)
    return bars, {"type": "category"}


def _binned(column: Column, places: list[float]) -> tuple[Trace, dict[str, Any]]:
    """Count in even steps; on a log scale, of logarithms, with ticks that say the numbers."""
    seen = [shown_position(column, place) for place in places]
    low, high = (min(seen), max(seen)) if seen else (0.0, 1.0)
    bins = 1 if low == high else min(_BINS, max(5, math.isqrt(len(seen)) * 2))
    width = (high - low) / bins or abs(low) / 10 or 1.0
    counts = Counter(min(bins - 1, int((value - low) / width)) for value in seen)
    ends = [(low + place * width, low + (place + 1) * width) for place in range(bins)]
    names = [" … ".join(format_number(_back(column, end), 3) for end in pair) for pair in ends]
    if bins == 1 and places:
        names = [format_number(places[0])]
    bars = _bars([(a + b) / 2 for a, b in ends], [counts[place] for place in range(bins)], names)
    return bars | {"width": [width * 0.94] * bins}, _ticks(column, low, high)


def _ticks(column: Column, low: float, high: float) -> dict[str, Any]:
    if not column.is_log:
        return {}
    ticks = [low + (high - low) * place / 4 for place in range(5)]
    return {"tickvals": ticks, "ticktext": [format_number(_back(column, t), 2) for t in ticks]}


def _back(column: Column, position: float) -> float:
    return 10.0**position if column.is_log else position
