"""Which of very many points are drawn: those that lie where nothing else is drawn yet."""

import math
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

_CELLS = (8, 16, 32, 64, 128, 256)
"""Cells along each axis, from coarse to fine; the finest are about as large as a pixel or two."""
_STRIDE = (math.sqrt(5) - 1) / 2

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def choose(
    columns: Sequence[Sequence[float | None]],
    most: int,
    pairs: Sequence[tuple[int, int]],
    keep: Collection[int],
) -> list[int]:
    """Choose places as ``thinning.thin`` says, of more than ``most``."""
    values = [np.array(column, dtype=np.float64) for column in columns]  # ``None`` becomes NaN.
    count = len(values[0])
    kept = np.zeros(count, dtype=bool)
    kept[[*keep, *(place for column in values for place in _extremes(column))]] = True
    scaled = [_scaled(column) for column in values]
    order = np.argsort(np.arange(count) * _STRIDE % 1)  # Even over all, wherever it is cut.
    for size in _CELLS:
        room = max(0, most - int(kept.sum()))
        is_first = _first_in_cells(scaled, pairs, size, np.concatenate([kept.nonzero()[0], order]))
        added = order[(is_first & ~kept)[order]]
        kept[added[:room]] = True
        if len(added) >= room:
            break
    return [int(place) for place in kept.nonzero()[0]]


def _first_in_cells(
    scaled: Sequence[Floats], pairs: Sequence[tuple[int, int]], size: int, ranked: Integers
) -> NDArray[np.bool_]:
    """Tell which places are the first of their cell in some picture, in the order of ``ranked``."""
    is_first = np.zeros(len(scaled[0]), dtype=bool)
    for x, y in pairs:
        cells = _cells(scaled[x], size) * (size + 1) + _cells(scaled[y], size)
        is_first[ranked[np.unique(cells[ranked], return_index=True)[1]]] = True
    return is_first


def _extremes(values: Floats) -> list[int]:
    """The places of the smallest and of the largest value, if there is any."""
    if np.isnan(values).all():
        return []
    return [int(np.nanargmin(values)), int(np.nanargmax(values))]


def _scaled(values: Floats) -> Floats:
    """Bring values to 0..1 (1 excluded)."""
    if np.isnan(values).all():
        return values
    low, high = np.nanmin(values), np.nanmax(values)
    return (values - low) / ((high - low) * (1 + 1e-9) or 1.0)


def _cells(scaled: Floats, size: int) -> Integers:
    """Where values are along one axis, at a resolution; those without one are beyond its end."""
    return np.where(np.isnan(scaled), size, scaled * size).astype(np.int64)
