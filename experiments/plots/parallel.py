"""Parallel coordinates: each trial is a line across all parameters and metrics."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from experiments.figures import Figure, escape, short
from experiments.formatting import format_number
from experiments.plots.columns import Column, positions
from experiments.plots.keeping import Brush
from experiments.plots.marks import drawn_of
from experiments.plots.rows import PlotRows
from experiments.plots.thinning import rounded, thin

_NONE = 0.12
"""How far below the axis, in parts of it, trials without a value run."""


def parallel(
    rows: PlotRows,
    columns: Sequence[Column],
    brushes: Mapping[str, Brush],
    kept: Collection[int],
    most: int,
) -> Figure:
    """Draw at most about ``most`` of the trials with results, coloured by the first column.

    Of the ids ``kept`` as many are drawn as if they were alone; of the others fewer, as a ground.
    """
    passing, others = [pk for pk in rows.means if pk in kept], []
    if len(passing) < len(rows.means):
        others = [pk for pk in rows.means if pk not in kept]
    drawn = _thinned(rows, columns, passing, most)
    ids = [*drawn, *_thinned(rows, columns, others, most // 2)]
    seen = [positions(column, ids) for column in columns]
    dimensions = [
        _dimension(column, places, brushes.get(column.key))
        for column, places in zip(columns, seen, strict=True)
    ]
    trace = {
        "type": "parcoords",
        "name": "trials",
        "meta": {"color": "result", "is_reversed": _is_minimized(rows), "passing": len(drawn)},
        "ids": [str(rows.numbers[pk]) for pk in ids],
        "dimensions": dimensions,
        "line": {"color": dimensions[0]["values"] if dimensions else []},
    }
    first = columns[0].title if columns else "result"
    keys = [column.key for column in columns]
    return {
        "name": "all columns",
        "help": f"Each line is a trial with a result, the greener the better its {first}. Drag "
        "along an axis to keep only what passes there, in all plots and the table; click the axis "
        "to let go. " + drawn_of(len(drawn), len(passing)),
        "data": [trace] if ids else [],
        "layout": {"meta": {"keys": keys, "logs": [column.is_log for column in columns]}},
    }


def _thinned(rows: PlotRows, columns: Sequence[Column], ids: Sequence[int], most: int) -> list[int]:
    """The ids that are drawn of some."""
    seen = [positions(column, ids) for column in columns]
    pairs = [(place, place + 1) for place in range(len(columns) - 1)] or [(0, 0)]
    keep = [place for place, pk in enumerate(ids) if pk in rows.best]
    return [ids[place] for place in thin(seen, most, pairs=pairs, keep=keep)]


def _is_minimized(rows: PlotRows) -> bool:
    return bool(rows.metrics) and rows.metrics[0].is_minimized


def _dimension(
    column: Column, values: Sequence[float | None], brush: Brush | None
) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if column.labels:
        low, high = 0.0, max(1.0, len(column.labels) - 1.0)
    width = (high - low) or abs(high) or 1.0
    below = low - _NONE * width
    has_gaps = len(known) < len(values)
    dimension: dict[str, Any] = {
        "label": escape(short(column.title, 18)),
        "values": rounded([below if value is None else value for value in values]),
        "range": [below if has_gaps else low, high if high > low else low + width],
    }
    if has_gaps:
        dimension["none"] = below
    if brush:
        dimension["constraintrange"] = _kept(column, brush, low, high, below)
    return dimension | _ticks(column, low, high, below if has_gaps else None)


def _kept(column: Column, brush: Brush, low: float, high: float, below: float) -> list[list[float]]:
    """What a brush keeps, as positions within the axis."""
    kept = [[below, below]] if brush.keeps_none else []
    for ends in brush.ranges:
        start, end = (_position(column, end) for end in ends)
        if start <= high and end >= low:
            kept.append([max(start, low), min(end, high)])
    return kept


def _position(column: Column, end: float) -> float:
    if not column.is_log or math.isinf(end):
        return end
    return math.log10(end) if end > 0 else -math.inf


def _ticks(column: Column, low: float, high: float, below: float | None) -> dict[str, Any]:
    """Name positions: labels, numbers with few digits, powers of ten, and “none”."""
    if column.labels:
        ticks = [(float(place), short(label, 14)) for place, label in enumerate(column.labels)]
    elif column.is_log:
        ticks = [(p, format_number(10.0**p, 2)) for p in _between(low, high)]
    else:
        ticks = [(p, format_number(p, 3)) for p in _between(low, high)]
    if below is not None:
        ticks = [(below, "none"), *ticks]
    return {"tickvals": [p for p, _ in ticks], "ticktext": [escape(text) for _, text in ticks]}


def _between(low: float, high: float) -> list[float]:
    return [low + (high - low) * share / 4 for share in range(5)]
