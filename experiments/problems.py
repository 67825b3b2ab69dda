"""How rules say what is wrong with a definition, and the few that everything shares. Pure."""

import math
import unicodedata
from typing import NamedTuple

from experiments.search_space import LARGEST, has_control_characters

LONGEST_UNIT = 30
LONGEST_DESCRIPTION = 10_000

PARAMETER = "parameter"
CONSTRAINT = "constraint"
METRIC = "metric"
EXPERIMENT = "experiment"


class DefinitionProblem(NamedTuple):
    """What is wrong with one field of a definition, and how to mend it.

    ``part`` is ``parameter``, ``constraint``, ``metric`` or ``experiment``; ``place`` (from 0)
    tells which one, ``None`` the whole. ``field`` is a field of that part's draft or spec; it is
    empty where the part as a whole is meant.
    """

    part: str
    place: int | None
    field: str
    message: str


def number_problem(value: object) -> str | None:
    """Return what is wrong with a number that may be anything finite."""
    if isinstance(value, bool) or not isinstance(value, float | int):
        return "Enter a number."
    # Python's integers have no largest one; as floats they overflow.
    if isinstance(value, float) and not math.isfinite(value):
        return "Enter a finite number."
    if abs(value) > LARGEST:
        return "Numbers can go from −1e100 to 1e100."
    return None


def whole_problem(value: object, what: str, least: int, most: int) -> str | None:
    """Return what is wrong with a whole number between two limits."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:  # type: ignore[operator]  # an int by then
        return f"{what} is a whole number from {least} to {most}."
    return None


def unit_problem(unit: str) -> str | None:
    """Return what is wrong with a unit."""
    if len(unit) > LONGEST_UNIT:
        return f"A unit has {LONGEST_UNIT} characters at most."
    if has_control_characters(unit):
        return "A unit cannot contain line breaks, tabs or other control characters."
    return None


def description_problem(description: str) -> str | None:
    """Return what is wrong with a description; it may have several lines."""
    if len(description) > LONGEST_DESCRIPTION:
        return f"A description has {LONGEST_DESCRIPTION} characters at most."
    if any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\r\t"
        for character in description
    ):
        return "A description cannot contain control characters."
    return None
