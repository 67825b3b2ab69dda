"""Reading plain objects that somebody sent: each field is taken out and judged; no Django, no Ax.

The checks return a value of the type in their name, or raise ``TypeError``, ``ValueError`` or
``LookupError``.
"""

import math
import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from experiments.domain import ParameterValue

Problems = list[str]

_LONGEST_QUOTE = 60
_QUOTE = reprlib.Repr()  # What it writes has a limit, even where lists hold each other many times.
_QUOTE.maxother = _QUOTE.maxlong = 2 * _LONGEST_QUOTE


class Fields:
    """One object: each field is taken out, judged, and what is left in the end is unknown."""

    def __init__(self, source: Mapping[Any, Any], where: str, problems: Problems) -> None:
        self._left = dict(source)
        self._where = where
        self._problems = problems

    def __contains__(self, name: str) -> bool:
        return self._left.get(name) is not None

    def problem(self, text: str) -> None:
        """Note down what is wrong, with its place."""
        self._problems.append(f"{self._where}: {text}" if self._where else text)

    def take(self, name: str, check: Callable[[Any], Any], default: Any = None) -> Any:
        """Return a field as ``check`` converts it; its default where it is missing or wrong."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        try:
            return check(value)
        except (TypeError, ValueError, OverflowError, LookupError):
            self.problem(f"“{name}” is not usable as it stands: {short(value)}.")
            return default

    def leave_out(self, name: str, why: str) -> None:
        """Say why a known field does not count, if it is there."""
        if self._left.pop(name, None) is not None:
            self.problem(f"“{name}” was left out: {why}")

    def skip(self, *names: str) -> None:
        """Drop fields that say nothing of interest."""
        for name in names:
            self._left.pop(name, None)

    def end(self) -> None:
        """Complain of the fields that nobody asked for."""
        for name in self._left:
            self.problem(f"“{short(name)}” is not known and was left out.")


def readable(text: str) -> str:
    """Return a text that can be written as UTF-8: half characters become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def short(value: object) -> str:
    """Quote a value of any size in at most a line."""
    try:
        written = value if isinstance(value, str) else _QUOTE.repr(value)
    except ValueError:
        # Python does not write out integers of thousands of digits.
        return "a value that is too large to show"
    line = " ".join(written[: 4 * _LONGEST_QUOTE].split())
    return readable(line if len(line) <= _LONGEST_QUOTE else f"{line[: _LONGEST_QUOTE - 1]}…")


def mapping(value: Any) -> Mapping[str, Any]:
    """Accept an object."""
    if not isinstance(value, dict):
        raise TypeError
    return value


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Accept a list of objects."""
    return [mapping(item) for item in sequence(value)]


def sequence(value: Any) -> list[Any]:
    """Accept a list."""
    if not isinstance(value, list | tuple):
        raise TypeError
    return list(value)


def text(value: Any) -> str:
    """Accept a text."""
    if not isinstance(value, str):
        raise TypeError
    return readable(value)


def texts(value: Any) -> tuple[str, ...]:
    """Accept a list of texts."""
    return tuple(text(item) for item in sequence(value))


def boolean(value: Any) -> bool:
    """Accept yes or no, and nothing that only looks like it."""
    if not isinstance(value, bool):
        raise TypeError
    return value


def number(value: Any) -> float | int:
    """Accept a finite number of a size that a float can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not math.isfinite(float(value)):
        raise ValueError
    return value


def whole(value: Any) -> int:
    """Accept a whole number, written as an integer or not."""
    found = number(value)
    if found != int(found):
        raise ValueError
    return int(found)


def pair(value: Any) -> tuple[float | int, float | int]:
    """Accept a list of two numbers."""
    lower, upper = sequence(value)
    return number(lower), number(upper)


def plain_value(value: Any) -> ParameterValue:
    """Accept what a parameter can have as its value."""
    if isinstance(value, bool):
        return value
    return readable(value) if isinstance(value, str) else number(value)


def plain_values(value: Any) -> tuple[ParameterValue, ...]:
    """Accept a list of what a parameter can have as its value."""
    return tuple(plain_value(item) for item in sequence(value))
