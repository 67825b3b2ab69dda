"""Values of the declared type, whatever JSON or a spreadsheet made of them."""

import math
from collections.abc import Callable
from fractions import Fraction

from experiments.domain import ParameterValue, ValueType


def coerce(value: object, value_type: ValueType) -> ParameterValue:
    """Return ``value`` as the type that a parameter declares.

    Only changes that lose nothing are made: 1 for a float's 1.0 and 1e22 for an int's 10**22.
    Raises ``ValueError`` for any other type and for what is not finite.
    """
    return _COERCIONS[value_type](value)


def exact(number: float | int) -> Fraction:
    """Return the decimal number that people see (0.1 is 1/10), to calculate without drift."""
    return Fraction(str(number))


def _to_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number.")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError("The number is too large.") from None
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not finite.")
    return number


def _to_int(value: object) -> int:
    number = _to_float(value)
    if not number.is_integer():
        raise ValueError(f"{value!r} is not a whole number.")
    return value if isinstance(value, int) else int(number)


def _to_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text.")
    return value


def _to_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false.")
    return value


_COERCIONS: dict[ValueType, Callable[[object], ParameterValue]] = {
    ValueType.FLOAT: _to_float,
    ValueType.INT: _to_int,
    ValueType.TEXT: _to_text,
    ValueType.BOOL: _to_bool,
}
