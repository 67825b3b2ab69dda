"""Asks once about a result that looks like a slip: a comma misplaced, a sign forgotten. Pure.

Rare on purpose: who is asked too often stops reading. A result is asked about if it lies far beyond
all that was seen, or is far below it in size, or has the other sign, and what the model expected
does not explain it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from experiments.domain import Prediction
from experiments.formatting import format_number

LEAST_KNOWN = 4
"""As long as there are fewer results, nothing is known of what is usual."""
FAR = 5.0
"""A result is far beyond the others if it is further away than as many times their whole range."""
FAR_IN_SIZE = 10.0
"""… and as many times as large as the largest of them."""
TINY = 100.0
"""A result is suspiciously small if the smallest of all, in size, is as many times as large."""
_EXPECTED = 8.0
"""So many standard deviations around what the model expected need no question."""
_SHIFTS = (10, 100, 1000, 0.1, 0.01, 0.001)


@dataclass(frozen=True)
class Question:
    """What to ask: in words, and what the result could be instead (``None``: no idea)."""

    text: str
    instead: float | None = None


def doubt(value: float, known: Collection[float], expected: Prediction | None) -> Question | None:
    """Return what to ask about a result, given all others of the metric; ``None``: nothing."""
    if len(known) < LEAST_KNOWN or _is_expected(value, expected):
        return None
    low, high = min(known), max(known)
    if low <= value <= high:
        return None
    sizes = [abs(each) for each in known if each]
    if not sizes:
        return None
    if _has_other_sign(value, low, high):
        return _about_sign(value, low, high)
    size = abs(value)
    if size > FAR_IN_SIZE * max(sizes) and _is_far(value, low, high):
        times = format_number(size / max(sizes), 2)
        return _question(value, f"is {times} times the largest so far", low, high)
    if value and size * TINY < min(sizes):
        times = format_number(min(sizes) / size, 2)
        return _question(value, f"is {times} times smaller than the smallest so far", low, high)
    return None


def _is_expected(value: float, expected: Prediction | None) -> bool:
    if expected is None:
        return False
    sd = (expected.sd**2 + (expected.noise or 0.0) ** 2) ** 0.5
    return abs(value - expected.mean) <= _EXPECTED * sd


def _is_far(value: float, low: float, high: float) -> bool:
    reach = FAR * (high - low)
    return value > high + reach or value < low - reach


def _has_other_sign(value: float, low: float, high: float) -> bool:
    """Whether all others lie on the other side of zero, and the opposite would be like them."""
    return (low > 0 > value or high < 0 < value) and low <= -value <= high


def _about_sign(value: float, low: float, high: float) -> Question:
    side = "above" if low > 0 else "below"
    shown = format_number(value)
    return Question(
        f"{shown}: all results so far are {side} 0. Is it {format_number(-value)}?", -value
    )


def _question(value: float, what: str, low: float, high: float) -> Question:
    shown = format_number(value)
    instead = next((value / s for s in _SHIFTS if low <= value / s <= high), None)
    if instead is None:
        return Question(f"{shown} {what}. Is that right?")
    return Question(f"{shown} {what}; is it {format_number(instead)}?", instead)
