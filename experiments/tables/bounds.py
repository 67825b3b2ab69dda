"""Bounds from observed numbers: a little wider, so that they are round."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from experiments.search_space import LARGEST_BOUND, LARGEST_INTEGER, SMALLEST_ON_LOG_SCALE

_WIDE_DECADES = 3


class Bounds(NamedTuple):
    """A range around all that was observed."""

    lower: float | int
    upper: float | int
    log_scale: bool


def bounds_of(numbers: Iterable[float | int], *, is_whole: bool) -> Bounds:
    """Return round bounds around numbers, two of which at least differ.

    A log scale is proposed for positive numbers that span three decades or more, unless most of
    them lie in the last one.
    """
    known = sorted(map(_exact, numbers))
    low, high = known[0], known[-1]
    log_scale = _suggests_log_scale(known)
    # About a tenth of the width, as people draw an axis.
    unit = _nice_below((high - low) / 10)
    lower = _rounded(low, _nice_below(low) if log_scale else unit, ROUND_FLOOR)
    upper = _rounded(high, _nice_below(high) if log_scale else unit, ROUND_CEILING)
    # Zero is often something else (no regularization, no time), not just a little less.
    if low > 0 >= lower:
        lower = _nice_below(low)
    if high < 0 <= upper:
        upper = -_nice_below(-high)
    if is_whole:
        lower, upper = lower.to_integral(ROUND_FLOOR), upper.to_integral(ROUND_CEILING)
        most = LARGEST_INTEGER
        return Bounds(max(int(lower), -most), min(int(upper), most), log_scale)
    return Bounds(max(float(lower), -LARGEST_BOUND), min(float(upper), LARGEST_BOUND), log_scale)


def _suggests_log_scale(known: Sequence[Decimal]) -> bool:
    """Tell whether sorted numbers span decades and lie rather evenly over these."""
    low, middle, high = known[0], known[len(known) // 2], known[-1]
    if low < Decimal(SMALLEST_ON_LOG_SCALE) or high / low < 10**_WIDE_DECADES:
        return False
    share = float((middle - low) / (high - low))
    log_share = float((middle / low).ln() / (high / low).ln())
    return abs(log_share - 0.5) <= abs(share - 0.5)


def _exact(number: float | int) -> Decimal:
    return Decimal(repr(number))


def _nice_below(number: Decimal) -> Decimal:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above a positive number."""
    power = Decimal(1).scaleb(number.adjusted())  # A logarithm would be rounded.
    return max(factor * power for factor in (1, 2, 5) if factor * power <= number)


def _rounded(number: Decimal, unit: Decimal, rounding: str) -> Decimal:
    return (number / unit).to_integral(rounding) * unit
