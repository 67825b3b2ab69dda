"""How the cells of one column become values, results or a refusal, each text looked at once."""

from collections.abc import Callable
from functools import cache

from experiments.domain import ParameterValue, ValueType
from experiments.search_space import value_problem
from experiments.tables.cells import (
    Decimal,
    bool_of,
    is_blank,
    is_no_number,
    number_of,
    text_of,
)


class Unusable(ValueError):
    """A cell says something, but nothing that its column can have; the message says why."""


_LONGEST_QUOTE = 40


def quoted(cell: str) -> str:
    """Return what stands in a cell, in quotation marks, shortened."""
    text = text_of(cell)
    return f"“{text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}”"


def value_reader(
    value_type: ValueType, decimal: Decimal, *, is_percent: bool
) -> Callable[[str], ParameterValue | None]:
    """Return what reads a parameter's cells: a value of the type, ``None`` for a blank cell.

    Raises ``Unusable`` for other cells.
    """
    if value_type is ValueType.TEXT:
        read: Callable[[str], ParameterValue | None] = _text
    elif value_type is ValueType.BOOL:
        read = _bool
    else:
        number = number_reader(decimal, is_percent=is_percent)

        def read(cell: str) -> ParameterValue | None:
            value = number(cell)
            if value is None or value_type is ValueType.FLOAT:
                return None if value is None else float(value)
            if isinstance(value, float) and not value.is_integer():
                raise Unusable(f"{quoted(cell)} is not a whole number")
            return int(value)

    @cache
    def checked(cell: str) -> ParameterValue | None:
        value = read(cell)
        problem = None if value is None else value_problem(value, value_type)
        if problem:
            raise Unusable(f"{quoted(cell)} cannot be used. {problem}".rstrip("."))
        return value

    return checked


def number_reader(decimal: Decimal, *, is_percent: bool) -> Callable[[str], float | int | None]:
    """Return what reads a column of numbers; as ``value_reader``."""

    @cache
    def read(cell: str) -> float | int | None:
        value = number_of(cell, decimal, is_percent=is_percent)
        if value is not None or is_no_number(cell):
            return value
        if number_of(cell, decimal, is_percent=not is_percent) is not None:
            others = "are percentages" if is_percent else "have no percent sign"
            raise Unusable(
                f"{quoted(cell)} differs from the column’s other numbers, which {others}"
            )
        raise Unusable(f"{quoted(cell)} is not a number that can be used")

    return read


def _text(cell: str) -> str | None:
    return None if is_blank(cell) else text_of(cell)


def _bool(cell: str) -> bool | None:
    value = bool_of(cell)
    if value is None and not is_blank(cell):
        raise Unusable(f"{quoted(cell)} is neither yes nor no")
    return value
