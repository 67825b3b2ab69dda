"""Cells that are neither parameters nor results: numbers of trials, statuses, tags, notes, days."""

import re
from datetime import date, datetime

from experiments.domain import TrialStatus
from experiments.tables.cells import status_of, text_of
from experiments.tables.uses import DUE, NOTES, NUMBER, REASON, STATUS, TAGS
from experiments.tables.values import Unusable, quoted

_LONGEST_REASON = 500
_NUMBER = re.compile(r"(?:trial\s*)?#?\s*([0-9]{1,9})(?:[.,]0{1,2})?", re.IGNORECASE)
"""Three zeros after the mark would be a thousand to some."""


def is_no_value(cell: str) -> bool:
    """Tell whether a cell has an infinite number, or the error of a spreadsheet’s formula."""
    word = cell.strip().lower()
    return word.startswith("#") or word.lstrip("+-−") in ("inf", "infinity", "∞")


def unprotected(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from computing a text."""
    text = cell.lstrip(" ")
    return text[1:] if text[:1] == "'" and text[1:].lstrip(" ")[:1] in tuple("=+-@\t\r\n") else cell


def _number(cell: str) -> int:
    """Read 7, as people and programs write it: ``7.0``, ``#7``, ``trial 7``."""
    match = _NUMBER.fullmatch(cell.strip())
    if match is None:
        raise Unusable(f"{quoted(cell)} is no number of a trial")
    return int(match[1])


def _status(cell: str) -> TrialStatus:
    found = status_of(cell)
    if found is None:
        raise Unusable(f"the status {quoted(cell)} is not known")
    return found


def _tags(cell: str) -> list[str]:
    found = [text_of(tag) for tag in cell.split(",")]
    tags = list(dict.fromkeys(tag for tag in found if tag))
    if any(len(tag) > 50 for tag in tags) or len(tags) > 20:
        raise Unusable(f"{quoted(cell)} are too many or too long tags")
    return tags


def _reason(cell: str) -> str:
    text = text_of(cell)
    if len(text) > _LONGEST_REASON:
        raise Unusable(f"it has more than {_LONGEST_REASON} characters")
    return text


def _notes(cell: str) -> str:
    if len(cell) > 20_000:
        raise Unusable("they have more than 20,000 characters")
    return cell.strip()


def _due(cell: str) -> date:
    try:
        return datetime.fromisoformat(cell.strip()).date()
    except ValueError:
        raise Unusable(f"{quoted(cell)} is no day such as 2031-05-04") from None


FREE_READERS = {NUMBER: _number, STATUS: _status, TAGS: _tags, NOTES: _notes,
                REASON: _reason, DUE: _due}  # fmt: skip
"""What reads such a cell, by use; each raises ``Unusable`` for what it cannot take."""
