"""Fewer points where the eye could not tell, and fewer digits than nobody could see.

A plot is a few hundred pixels wide: of ten thousand trials most lie on top of each other.
"""

import math
from collections.abc import Collection, Sequence

Values = Sequence[float | None]
"""One number a trial; ``None`` where there is none."""

_DIGITS = 5


def thin(
    columns: Sequence[Values],
    most: int,
    *,
    pairs: Sequence[tuple[int, int]] = ((0, 1),),
    keep: Collection[int] = (),
) -> list[int]:
    """Choose the places (from 0, in order) that are drawn: all, if there are no more than ``most``.

    ``pairs`` tells which columns are seen together, as the axes of one picture. What is in ``keep``
    and the extremes of each column always stay, even if they are more. Of the others those stay
    that lie where nothing else is drawn yet, at a coarse resolution first, so that outlines and
    outliers survive.
    """
    count = len(columns[0]) if columns else 0
    if count <= most:
        return list(range(count))
    # Few experiments are so large that numpy is needed, which takes a tenth of a second to import.
    from experiments.plots.dense import choose

    return choose(columns, most, pairs, keep)


def rounded(values: Values) -> list[float | None]:
    """Return values with five digits more than their range needs; whole numbers stay whole."""
    known = [value for value in values if value is not None]
    if not known:
        return list(values)
    largest, span = max(map(abs, known)), max(known) - min(known)
    if not span:
        return list(values)
    more = math.floor(math.log10(largest / span)) if span < largest else 0
    digits = min(17, _DIGITS + more)
    return [None if value is None else _shortened(value, digits) for value in values]


def _shortened(value: float, digits: int) -> float:
    if isinstance(value, int):
        return value
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
