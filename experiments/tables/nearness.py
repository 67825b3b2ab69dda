"""Finding trials by parameters that are written with fewer digits than they have."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from experiments.domain import ParameterValue, Result, TrialStatus, ValueType
from experiments.formatting import DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A trial that there is."""

    number: int
    status: TrialStatus
    parameters: Mapping[str, ParameterValue]
    results: Mapping[str, Result] = field(default_factory=dict)
    tags: Sequence[str] = ()
    notes: str = ""
    reason: str = ""
    due_on: date | None = None


class Index:
    """Trials by the numeric parameter that has the most values, so that bisection leaves few."""

    def __init__(self, known: Sequence[Known], specs: Sequence[Any]) -> None:
        numeric = [
            spec.key for spec in specs if spec.value_type in (ValueType.FLOAT, ValueType.INT)
        ]
        values = {key: {t.parameters.get(key) for t in known} for key in numeric}
        self._key: str = max(numeric, key=lambda key: len(values[key]), default="")
        self._rows = sorted(
            ((_place(t.parameters.get(self._key)), t.number, t) for t in known),
            key=lambda entry: entry[:2],
        )
        self._places = [place for place, _, _ in self._rows]

    def near(
        self, point: Mapping[str, ParameterValue], tolerances: Mapping[str, float]
    ) -> list[Known]:
        """Return the trials whose parameters are those of a point, as far as it shows them."""
        return [trial for trial in self._candidates(point, tolerances)
                if _matches(trial.parameters, point, tolerances)]  # fmt: skip

    def _candidates(
        self, point: Mapping[str, ParameterValue], tolerances: Mapping[str, float]
    ) -> Iterator[Known]:
        place = _place(point.get(self._key)) if self._key else -math.inf
        reach = 0.0 if math.isinf(place) else tolerances.get(self._key, 0.0) * (1 + 1e-9)
        first = bisect_left(self._places, place - reach)
        last = bisect_right(self._places, place + reach)
        return (trial for _, _, trial in self._rows[first:last])


def _place(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else -math.inf


def _matches(
    stored: Mapping[str, ParameterValue],
    point: Mapping[str, ParameterValue],
    tolerances: Mapping[str, float],
) -> bool:
    return all(
        is_close(stored.get(key), value, tolerances.get(key, 0.0)) for key, value in point.items()
    )


def is_close(before: Any, value: Any, tolerance: float) -> bool:
    """Tell whether two values are the same, numbers within a tolerance."""
    if isinstance(before, bool) or isinstance(value, bool):
        return before is value
    if isinstance(before, int | float) and isinstance(value, int | float):
        return abs(before - value) <= tolerance * (1 + 1e-9) + 1e-12 * abs(value)
    return bool(before == value)


def half_digit(cell: str) -> float:
    """Return half a unit of the last digit that a cell shows; 0 for what is no plain number."""
    text = cell.strip().rstrip("%").strip().lower().replace(",", ".")
    mantissa, _, exponent = text.partition("e")
    digits = mantissa.rpartition(".")[2] if "." in mantissa else ""
    try:
        power = int(exponent or 0) - len(digits)
    except ValueError:
        return 0.0
    if not digits and not exponent:
        return 0.0  # A whole number is meant as it stands.
    return 0.5 * 10.0**power if -300 < power < 300 else 0.0


def rounding(cell: str) -> float:
    """Return how far a result may be from what a cell shows and still be the same.

    Pages and spreadsheets show four digits and more; fewer were typed, and are meant.
    """
    mantissa = cell.lower().partition("e")[0]
    digits = "".join(c for c in mantissa if c.isdigit()).lstrip("0")
    return half_digit(cell) if len(digits) >= DIGITS else 0.0
