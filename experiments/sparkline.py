"""A small line without axes: the best so far, as the points of an SVG polyline. No Django."""

import math
from collections.abc import Sequence

WIDTH = 96
HEIGHT = 24
_MARGIN = 2
_MOST_POINTS = WIDTH
_DECADES_FOR_LOG = 2.5


def points(values: Sequence[float]) -> str:
    """Return an SVG polyline's points for values from left to right, larger ones higher up.

    The line fills ``WIDTH`` × ``HEIGHT``, less a margin. Positive values that span decades are
    drawn on a logarithmic scale. Returns "" for fewer than two values.
    """
    if len(values) < 2:
        return ""
    drawn = _scaled(values)
    low, high = min(drawn), max(drawn)
    places = _thinned(len(drawn))
    return " ".join(
        f"{_place(place / (len(drawn) - 1), WIDTH):g},"
        f"{_place(1 - _share(drawn[place], low, high), HEIGHT):g}"
        for place in places
    )


def _scaled(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    if low > 0 and math.log10(high) - math.log10(low) >= _DECADES_FOR_LOG:
        return [math.log10(value) for value in values]
    # Halved, so that the distance between the largest numbers there are is still a number.
    return [value / 2 for value in values]


def _share(value: float, low: float, high: float) -> float:
    """Where a value lies between the extremes; in the middle where all are equal."""
    return (value - low) / (high - low) if high > low else 0.5


def _place(share: float, length: int) -> float:
    return round(_MARGIN + share * (length - 2 * _MARGIN), 1)


def _thinned(count: int) -> list[int]:
    """Choose the values that are drawn: no more than there are pixels, both ends included."""
    drawn = min(count, _MOST_POINTS)
    return [round(i * (count - 1) / (drawn - 1)) for i in range(drawn)]
