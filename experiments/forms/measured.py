"""What people type into the field of a result: one number, or the measurements it is made of.

Each number may have the metric’s unit, or a percent sign. Measurements stand apart by blanks,
semicolons, line breaks, or commas with a blank: ``0.91 0.93 0.90``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, sqrt
from statistics import fmean, stdev
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from experiments.forms.numbers import parse_number, quote

MOST_MEASUREMENTS = 100
_APART = re.compile(r"\s*[;\n\r\t]\s*|,\s+|\s+")
_OTHER_UNIT = re.compile(r"[-+−–]?[\d.,\s]*\d\s*([^\W\d_][^\d]*|°.*|µ.*)")
_ALIKE = 3.0
"""Measurements of one thing are not further apart than by this factor, as a rule."""


@dataclass(frozen=True)
class Measured:
    """A mean; if it was made of single measurements, they, and the standard error they give."""

    mean: float
    sem: float | None = None
    raw: tuple[float, ...] = ()


class Ambiguous(ValidationError):
    """What was typed could mean several things: ``choices`` are ways to write each of them."""

    def __init__(self, message: str, choices: Sequence[str]) -> None:
        super().__init__(message)
        self.choices = list(choices)


def read_measured(text: str, unit: str = "") -> Measured:
    """Return what a field says; ``ValidationError`` says in words what is wrong with it.

    ``Ambiguous`` asks where it could mean several things; nothing is guessed.
    """
    text = text.strip()
    several = _several(text, unit)
    try:
        one = _number(text, unit)
    except ValidationError:
        if several is None or len(several) < 2:
            raise
        return together(several)
    if several and len(several) > 1 and _are_alike(several):
        raise Ambiguous(
            f"{quote(text)} could be one number or {len(several)} measurements: which is it?",
            [_exactly(one), "; ".join(_exactly(value) for value in several)],
        )
    return Measured(one)


def together(values: Sequence[float]) -> Measured:
    """Return what measurements of the same come to: mean, and standard error s/√n.

    Values alike give an error of 0, and a single one gives none.
    """
    if len(values) > MOST_MEASUREMENTS:
        raise ValidationError(f"Enter {MOST_MEASUREMENTS} measurements at most.")
    if len(values) == 1:
        return Measured(values[0])
    mean = fmean(values)
    sem = stdev(values) / sqrt(len(values))
    if not (isfinite(mean) and isfinite(sem)):
        raise ValidationError("These measurements are too far apart to be put together.")
    return Measured(mean, sem, tuple(values))


def _several(text: str, unit: str) -> list[float] | None:
    """Read the text as several numbers; ``None`` if one of them is none."""
    parts = [part for part in _APART.split(text) if part]
    if len(parts) == 1 and "," in text and "." in text:
        parts = text.split(",")
    parts = _with_units(parts, unit)
    try:
        return [_number(part, unit) for part in parts]
    except Ambiguous as question:
        if len(parts) == 1:
            raise
        raise _about_all(question, parts, unit) from None
    except ValidationError:
        return None


def _about_all(question: Ambiguous, parts: list[str], unit: str) -> ValidationError:
    """Ask once for all measurements what is unclear in some: no choice leaves one out."""
    readings: list[list[str]] = [[] for _ in question.choices]
    for part in parts:
        try:
            choices = [_exactly(_number(part, unit))] * len(readings)
        except Ambiguous as unclear:
            choices = unclear.choices
        except ValidationError as error:
            return error
        for reading, choice in zip(readings, choices, strict=True):
            reading.append(choice)
    return Ambiguous(" ".join(question.messages), ["; ".join(reading) for reading in readings])


def _with_units(parts: list[str], unit: str) -> list[str]:
    """Join units that stand apart with the numbers before them: ``12 ms 13 ms``."""
    joined: list[str] = []
    for part in parts:
        if joined and part in (unit, "%"):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _are_alike(values: Sequence[float]) -> bool:
    sizes = [abs(value) for value in values]
    return min(sizes) > 0 and max(sizes) <= _ALIKE * min(sizes)


def _number(text: str, unit: str) -> float:
    bare = text.strip()
    if unit and bare.casefold().endswith(unit.casefold()) and bare.casefold() != unit.casefold():
        return _point(bare[: -len(unit)])
    if bare.endswith("%"):
        return _percent(bare[:-1], text, unit)
    found = _OTHER_UNIT.fullmatch(bare)
    if found and not re.fullmatch(r"[eE][-+]?", found[1]):
        kind = f"this metric is in {unit}" if unit else "this metric has no unit"
        raise ValidationError(f"{quote(text)} has the unit {quote(found[1])}, but {kind}.")
    return _point(bare)


def _percent(number: str, text: str, unit: str) -> float:
    value = _point(number)
    if unit:
        raise ValidationError(f"{quote(text)} is in percent, but this metric is in {unit}.")
    share = _exactly(float(Decimal(repr(value)) / 100))
    whole = _exactly(value)
    raise Ambiguous(
        f"This metric has no unit. Does {quote(text)} mean {share} or {whole}?",
        [share, whole],
    )


def _exactly(value: float) -> str:
    """Write a number so that reading it again gives the same: a choice must not round."""
    return repr(value).removesuffix(".0")


def _point(text: str) -> float:
    try:
        return parse_number(text)
    except ValidationError as error:
        bare = text.strip()
        if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", bare):
            choices = [bare.replace(",", "."), bare.replace(",", "")]
            raise Ambiguous(" ".join(error.messages), choices) from None
        raise


class MeasuredField(forms.Field):
    """One number or several measurements, in any of the ways in which people write them."""

    widget = forms.TextInput

    def __init__(self, *, unit: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit
        self.choices: list[str] = []

    def to_python(self, value: Any) -> Measured | None:
        """Return what was measured, or ``None`` for a blank field."""
        self.choices = []
        if value is None or not value.strip():
            return None
        try:
            return read_measured(value, self.unit)
        except Ambiguous as question:
            self.choices = question.choices
            raise
