"""Checks of the values in an archive: each returns what it was given, as it is kept, or raises.

Nothing is guessed. What is wrong is told with its place, such as ``trials[3].results.loss.mean``.
"""

import math
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from experiments.domain import ParameterValue, ValueType
from experiments.fields import short

LARGEST_COUNT = 2**31 - 2
MOST_NOTES = 100_000

Check = Callable[[Any], Any]


class Wrong(Exception):
    """A value is not what it should be; the text says why, behind the inner part of its place."""


class Object:
    """One object whose fields are taken out; what is left in the end is unknown."""

    def __init__(self, source: Mapping[str, Any], where: str, problems: list[str]) -> None:
        self._left = dict(source)
        self._where = f"{where}." if where else ""
        self._problems = problems

    def take(self, name: str, check: Check, default: Any = None) -> Any:
        """Return a field as ``check`` converts it, or its default where it is missing."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        try:
            return check(value)
        except (Wrong, ValueError) as problem:
            said = str(problem) if isinstance(problem, Wrong) else f"{short(value)} is not known"
            self._problems.append(f"{after(f'{self._where}{name}', said)}.")
            return default

    def need(self, name: str, check: Check) -> Any:
        """Return a field that has to be there."""
        if self._left.get(name) is None:
            self._left.pop(name, None)
            self._problems.append(f"{self._where}{name}: it is missing.")
            return None
        return self.take(name, check)

    def end(self) -> None:
        """Complain of the fields that nobody asked for."""
        self._problems += [f"{self._where}{short(name)}: it is not known." for name in self._left]


def within(value: Any, needed: Mapping[str, Check], others: Mapping[str, Check]) -> dict[str, Any]:
    """Check an object by its fields: those that it needs, and others, ``None`` if missing."""
    found = dict(object_(value))
    checked = {name: at(name, check, _there(found, name)) for name, check in needed.items()}
    for name, check in others.items():
        each = found.pop(name, None)
        checked[name] = None if each is None else at(name, check, each)
    if found:
        raise Wrong(f".{short(min(found))}: it is not known")
    return checked


def _there(found: dict[str, Any], name: str) -> Any:
    if found.get(name) is None:
        raise Wrong(f".{name}: it is missing")
    return found.pop(name)


def at(name: str | int, check: Check, value: Any) -> Any:
    """Check a value; say with a problem where it is."""
    try:
        return check(value)
    except Wrong as problem:
        place = f"[{name}]" if isinstance(name, int) else f".{short(name)}"
        raise Wrong(after(place, str(problem))) from problem


def after(place: str, said: str) -> str:
    """Put what is wrong behind its place, or behind the outer part of it."""
    return f"{place}{said}" if said.startswith((".", "[", ":")) else f"{place}: {said}"


def text(value: Any) -> str:
    """Accept a text that can be kept."""
    if not isinstance(value, str):
        raise Wrong(f"{short(value)} is no text")
    if "\x00" in value:
        raise Wrong("the text has a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Wrong("the text has half characters (lone surrogates)") from None
    return value


def text_of(most: int) -> Check:
    """Accept texts up to a length."""

    def check(value: Any) -> str:
        if len(text(value)) > most:
            raise Wrong(f"the text is longer than {most} characters")
        return str(value)

    return check


reason = text_of(500)


def name(value: Any) -> str:
    """Accept the name of a user: nothing in it hides, or turns round what is written behind it."""
    found: str = text_of(150)(value)
    if any(unicodedata.category(character)[0] == "C" for character in found):
        raise Wrong("a user name has no characters that cannot be seen")
    return found


def one_of(names: tuple[str, ...]) -> Check:
    """Accept one of some words."""

    def check(value: Any) -> str:
        if text(value) not in names:
            shown = ", ".join(names[:8]) + (" …" if len(names) > 8 else "")
            raise Wrong(f"“{short(value)}” is none of {shown}")
        return str(value)

    return check


def boolean(value: Any) -> bool:
    """Accept yes or no, and nothing that only looks like it."""
    if not isinstance(value, bool):
        raise Wrong(f"{short(value)} is neither true nor false")
    return value


def number(value: Any) -> float:
    """Accept a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"{short(value)} is no number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Wrong(f"{short(value)} is too large")
    return found


def whole(value: Any) -> int:
    """Accept a whole number, written as an integer or not."""
    if number(value) != value or int(value) != value:
        raise Wrong(f"{short(value)} is no whole number")
    return int(value)


def count(value: Any) -> int:
    """Accept a number that a trial, or a revision, can have."""
    if not 0 <= whole(value) <= LARGEST_COUNT:
        raise Wrong(f"{short(value)} is no number that a trial can have")
    return int(value)


def counts(value: Any) -> list[int]:
    """Accept numbers of trials, none twice."""
    found = [*each(value, count)]
    if len(set(found)) < len(found):
        raise Wrong("a number is there twice")
    return found


def sem(value: Any) -> float | None:
    """Accept a standard error, or none."""
    if value is None:
        return None
    if number(value) < 0:
        raise Wrong(f"{short(value)} is negative")
    return float(value)


def object_(value: Any) -> dict[str, Any]:
    """Accept an object."""
    if not isinstance(value, dict):
        raise Wrong(f"{short(value)} is no object")
    return value


def list_(value: Any) -> list[Any]:
    """Accept a list."""
    if not isinstance(value, list):
        raise Wrong(f"{short(value)} is no list")
    return value


def each(value: Any, check: Check) -> tuple[Any, ...]:
    """Accept a list, each item of which a check accepts."""
    return tuple(at(place, check, item) for place, item in enumerate(list_(value)))


def each_of(check: Check) -> Check:
    """Accept lists of what a check accepts."""
    return lambda value: each(value, check)


def by_name(value: Any, check: Check) -> dict[str, Any]:
    """Accept an object, each value of which a check accepts."""
    return {key: at(key, check, item) for key, item in object_(value).items()}


numbers = each_of(number)
tags = each_of(text_of(50))
short_texts = each_of(text_of(20_000))


def links(value: Any) -> tuple[tuple[str, str], ...]:
    """Accept the links of a trial."""
    return each(value, _link)


def _link(value: Any) -> tuple[str, str]:
    if len(list_(value)) != 2:
        raise Wrong("a link is a list of an address and a label")
    address, label = each(value, text_of(2_000))
    if not address.lower().startswith(("http://", "https://")):
        raise Wrong("a link starts with http:// or https://")
    return address, label


def day(value: Any) -> date:
    """Accept a day."""
    try:
        return date.fromisoformat(text(value))
    except ValueError:
        raise Wrong(f"“{short(value)}” is no day, such as 2026-03-31") from None


def moment(value: Any) -> datetime:
    """Accept a moment with its time zone."""
    try:
        found = datetime.fromisoformat(text(value))
        if found.tzinfo is None or not 1900 <= found.year <= 9000:
            raise ValueError
    except ValueError:
        example = "2026-03-31T12:00:00+00:00"
        raise Wrong(
            f"“{short(value)}” is no moment with its time zone, such as {example}"
        ) from None
    return found


def identity(value: Any) -> str:
    """Accept what an experiment is known by on every server."""
    try:
        return str(uuid.UUID(text(value)))
    except ValueError:
        raise Wrong(f"“{short(value)}” is no identity of an experiment") from None


def result(value: Any) -> dict[str, Any]:
    """Accept a mean, with its standard error and single measurements where there are any."""
    found = object_(value)
    if unknown := found.keys() - {"mean", "sem", "raw"}:
        raise Wrong(f".{short(min(unknown))}: it is not known")
    checked = {
        "mean": at("mean", number, found.get("mean")),
        "sem": at("sem", sem, found.get("sem")),
    }
    raw = at("raw", numbers, found.get("raw") or [])
    return checked | ({"raw": list(raw)} if raw else {})


def curve(value: Any) -> list[list[Any]]:
    """Accept intermediate results: lists of step, mean and standard error."""
    points = [list(point) for point in each(value, _point)]
    if len({point[0] for point in points}) < len(points):
        raise Wrong("a step is there twice")
    return points


def points(value: Any) -> list[list[Any]]:
    """Accept points of a curve as a change keeps them; a step alone says that there is none."""
    found = [list(at(place, _point_or_step, each)) for place, each in enumerate(list_(value))]
    if not found or len({point[0] for point in found}) < len(found):
        raise Wrong("it is empty, or a step is there twice")
    return found


def _point_or_step(value: Any) -> tuple[Any, ...]:
    return (number(value[0]),) if len(list_(value)) == 1 else _point(value)


def _point(value: Any) -> tuple[float, float, float | None]:
    if len(list_(value)) != 3:
        raise Wrong("a point is a list of step, mean and standard error")
    return number(value[0]), number(value[1]), sem(value[2])


OF_TYPE: Mapping[ValueType, Callable[[Any], ParameterValue]] = {
    ValueType.FLOAT: number,
    ValueType.INT: whole,
    ValueType.TEXT: text,
    ValueType.BOOL: boolean,
}


def plain(value: Any) -> ParameterValue:
    """Accept what any parameter could have as its value."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value)
    number(value)
    return value


def texts_within(value: Any) -> None:
    """Refuse texts anywhere in a value, names of fields included, that cannot be kept."""
    if isinstance(value, str):
        try:
            text(value)
        except Wrong as problem:
            raise Wrong(f": {problem}") from problem
    elif isinstance(value, dict):
        for key, item in value.items():
            texts_within(key)
            at(key, texts_within, item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            at(place, texts_within, item)


def json_(value: Any, depth: int = 12) -> Any:
    """Accept any JSON that can be kept and is not too deep; numbers are finite."""
    if isinstance(value, dict | list):
        if not depth:
            raise Wrong("it nests too deep")
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inner:
            text(key) if isinstance(key, str) else None
            at(key, lambda v: json_(v, depth - 1), item)
        return value
    return None if value is None else plain(value)
