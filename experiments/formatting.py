"""How numbers look: few significant digits on the page; the full value on hover and in copies."""

import math
from decimal import Decimal
from typing import Protocol

from experiments.drafts import Notation

DIGITS = 4
"""How many significant digits numbers are shown with, where nobody says otherwise."""


class Shown(Protocol):
    """What says how its values are shown: a parameter, saved or not."""

    @property
    def digits(self) -> int | None:
        """The number of significant digits; ``None``: four."""

    @property
    def notation(self) -> str:
        """How numbers are written: one of ``drafts.Notation``."""


def format_number(value: float | int, digits: int = DIGITS) -> str:
    """Write a number with at most ``digits`` significant digits; integers stay whole.

    Uses scientific notation from 1e6 on and below 1e-4: ``0.06561``, ``1.94``, ``3.2e-7``.
    """
    if isinstance(value, int) and abs(value) < 10**9:
        return str(value)
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    if 0 <= int(exponent) < 6:
        return f"{value:.0f}"
    return f"{mantissa}e{int(exponent)}"


def format_value(value: object, digits: int = DIGITS) -> str:
    """Write a parameter's value: numbers as ``format_number`` does, yes/no, or the text itself."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return format_number(value, digits)
    return str(value)


def format_parameter(value: object, parameter: Shown) -> str:
    """Write a parameter's value with as many digits, and in the notation, that it is shown in."""
    digits = parameter.digits or DIGITS
    if isinstance(value, bool) or not isinstance(value, float | int) or not math.isfinite(value):
        return format_value(value)
    if parameter.notation == Notation.SCIENTIFIC and value:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        shown = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{shown}e{int(exponent)}"
    if parameter.notation == Notation.PLAIN and 1e-15 < abs(value) < 1e15:
        return _plain(value, digits)
    return format_number(value, digits)


def _plain(value: float | int, digits: int) -> str:
    """Write a number without an exponent; whole digits are never rounded away."""
    if isinstance(value, int) or abs(value) >= 10 ** (digits - 1):
        return f"{value:.0f}"
    return f"{Decimal(f'{value:.{digits}g}'):f}"
