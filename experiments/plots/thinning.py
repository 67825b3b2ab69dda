"""Fewer points where the eye could not tell, and fewer digits than nobody could see.

A plot is a few hundred pixels wide: of ten thousand trials most lie on top of each other.
"""

import math
from collections.abc import Collection, Iterator, Sequence

Values = Sequence[float | None]
"""One number a trial; ``None`` where there is none."""

_CELLS = (8, 16, 32, 64, 128, 256)
"""Cells along each axis, from coarse to fine; the finest are about as large as a pixel or two."""
_STRIDE = (math.sqrt(5) - 1) / 2
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
    kept = set(keep)
    for column in columns:
        kept.update(_extremes(column))
    scaled = [_scaled(column) for column in columns]
    rest = [place for place in _spread(count) if place not in kept]
    for size in _CELLS:
        taken = {cell for place in kept for cell in _cells(place, scaled, pairs, size)}
        left = []
        for place in rest:
            if len(kept) >= most:
                return sorted(kept)
            cells = _cells(place, scaled, pairs, size)
            if all(cell in taken for cell in cells):
                left.append(place)
            else:
                kept.add(place)
                taken.update(cells)
        rest = left
    return sorted(kept)


def rounded(values: Values) -> list[float | None]:
    """Return values with five digits more than their range needs; whole numbers stay whole."""
    known = [value for value in values if value is not None]
    if not known:
        return list(values)
    largest, span = max(map(abs, known)), max(known) - min(known)
    more = math.floor(math.log10(largest / span)) if 0 < span < largest else 0
    digits = min(17, _DIGITS + more)
    return [None if value is None else _shortened(value, digits) for value in values]


def _shortened(value: float, digits: int) -> float:
    if isinstance(value, int):
        return value
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _extremes(column: Values) -> Iterator[int]:
    known = [place for place, value in enumerate(column) if value is not None]
    if known:
        yield min(known, key=lambda place: column[place] or 0)
        yield max(known, key=lambda place: column[place] or 0)


def _scaled(column: Values) -> list[float | None]:
    """Bring a column to 0..1 (1 excluded)."""
    known = [value for value in column if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    width = (high - low) * (1 + 1e-9) or 1.0
    return [None if value is None else (value - low) / width for value in column]


def _spread(count: int) -> list[int]:
    """All places in an order that is spread evenly over them wherever it is cut."""
    return sorted(range(count), key=lambda place: (place * _STRIDE) % 1)


def _cells(
    place: int, scaled: Sequence[Values], pairs: Sequence[tuple[int, int]], size: int
) -> list[int]:
    """Where a place is drawn, in each picture, at a resolution."""
    cells = []
    for picture, (x, y) in enumerate(pairs):
        across, up = scaled[x][place], scaled[y][place]
        column = size if across is None else int(across * size)
        row = size if up is None else int(up * size)
        cells.append((picture * (size + 1) + column) * (size + 1) + row)
    return cells
