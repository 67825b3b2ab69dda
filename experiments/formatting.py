"""How numbers look: few significant digits on the page; the full value on hover and in copies."""

import math


def format_number(value: float | int, digits: int = 4) -> str:
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


def format_value(value: object, digits: int = 4) -> str:
    """Write a parameter's value: numbers as ``format_number`` does, yes/no, or the text itself."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return format_number(value, digits)
    return str(value)
