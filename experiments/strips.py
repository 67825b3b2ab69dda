"""What is expected of one metric as a small drawing: intervals and marks on one line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 240
_MARGIN = 8
_FARTHEST = 2.0


@dataclass(frozen=True, slots=True)
class Strip:
    """Where things lie on a line that is ``WIDTH`` wide; ``None`` where they are not known.

    ``inner`` and ``outer`` are the ends of two intervals, the others are marks.
    """

    inner: tuple[float, float]
    outer: tuple[float, float] | None
    mean: float
    best: float | None
    result: float | None
    limit: float | None


def strip(
    *,
    inner: tuple[float, float],
    outer: tuple[float, float] | None,
    mean: float,
    best: float | None,
    result: float | None,
    limit: float | None,
) -> Strip:
    """Place values on one line. A limit far from all else would squeeze it, and is left out."""
    needed = [*inner, *(outer or ()), mean, *(v for v in (best, result) if v is not None)]
    low, high = min(needed), max(needed)
    reach = _FARTHEST * (high - low)
    if limit is not None and not low - reach <= limit <= high + reach:
        limit = None
    if limit is not None:
        low, high = min(low, limit), max(high, limit)

    def at(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 1)

    def both(ends: Sequence[float]) -> tuple[float, float]:
        return at(ends[0]), at(ends[1])

    return Strip(
        inner=both(inner),
        outer=None if outer is None else both(outer),
        mean=at(mean),
        best=None if best is None else at(best),
        result=None if result is None else at(result),
        limit=None if limit is None else at(limit),
    )
