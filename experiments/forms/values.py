"""The values of choice and fixed parameters as people type them: split, and given their type."""

import csv
import re
from collections.abc import Callable, Sequence

from django.core.exceptions import ValidationError

from experiments.domain import ParameterValue, ValueType
from experiments.forms.numbers import parse_integer, parse_number, quote
from experiments.search_space import LONGEST_TEXT, MOST_VALUES

_LONGEST = MOST_VALUES * (LONGEST_TEXT + 10)
_LONGEST_PLAIN = 1e15
_WHOLE = re.compile(r"[+−-]?(0|[1-9]\d*)")
_NUMBER_LIKE = re.compile(r"[+−-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_WORDS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_DETECTED_WORDS = frozenset(["yes", "no", "true", "false"])


def split_values(text: str) -> list[str]:
    """Split a list: by lines if there are several, else by commas; quotes keep commas inside."""
    if len(text) > _LONGEST:
        raise ValidationError(f"This is too long for {MOST_VALUES} values.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    try:
        if len(lines) > 1 and not any(line.endswith(",") for line in lines):
            return [_unquoted(line) for line in lines]
        rows = csv.reader(lines, skipinitialspace=True, strict=True)
        return [value.strip() for row in rows for value in row if value.strip()]
    except csv.Error as error:
        raise ValidationError("These values cannot be told apart: check the quotes.") from error


def _unquoted(line: str) -> str:
    values = next(csv.reader([line], strict=True))
    return values[0].strip() if len(values) == 1 else line


def join_values(values: Sequence[ParameterValue], separator: str) -> str:
    """Write a list so that ``split_values`` finds the same values in it."""
    texts = [value_text(value) for value in values]
    joined = separator.join(texts)
    # More than anybody could type is left as it is: reading it says so.
    if len(joined) > _LONGEST or _is_understood(joined, texts):
        return joined
    return separator.join('"' + text.replace('"', '""') + '"' for text in texts)


def _is_understood(joined: str, texts: list[str]) -> bool:
    try:
        return split_values(joined) == texts
    except ValidationError:
        return False


def value_text(value: ParameterValue) -> str:
    """Write a value as people type it; reading it gives exactly the same one."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else number_text(value)


def number_text(number: float | int) -> str:
    """Write a number shortly, without losing any digit: ``10``, ``0.1``, ``1e-5``."""
    if isinstance(number, float) and number.is_integer() and abs(number) < _LONGEST_PLAIN:
        return str(int(number))
    return re.sub(r"e([+-])0*(?=\d)", lambda e: "e" + e[1].strip("+"), str(number))


def detect_type(values: list[str]) -> ValueType:
    """Return the narrowest type that fits all values: yes/no, integer, float, else text."""
    if all(value.casefold() in _DETECTED_WORDS for value in values):
        return ValueType.BOOL
    # A number such as 007 is a label: as an integer it would not come back as it was typed.
    if all(_WHOLE.fullmatch(value) for value in values):
        return ValueType.INT
    if all(_NUMBER_LIKE.fullmatch(value) for value in values) and not any(
        re.match(r"[+−-]?0\d", value) for value in values
    ):
        return ValueType.FLOAT
    return ValueType.TEXT


def parse_values(values: list[str], value_type: ValueType) -> tuple[ParameterValue, ...]:
    """Return each value as its type; ``ValidationError`` names the one that is not."""
    parse = _PARSERS[value_type]
    return tuple(parse(value) for value in values)


def _parse_bool(text: str) -> bool:
    value = _WORDS.get(text.strip().casefold())
    if value is None:
        raise ValidationError(f"{quote(text)} is neither yes nor no.")
    return value


_PARSERS: dict[ValueType, Callable[[str], ParameterValue]] = {
    ValueType.FLOAT: parse_number,
    ValueType.INT: parse_integer,
    ValueType.TEXT: str.strip,
    ValueType.BOOL: _parse_bool,
}
