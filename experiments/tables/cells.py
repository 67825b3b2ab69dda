"""Numbers, yes or no, blanks and statuses, as they are written in tables.

What is meant by a mark (``1,5``) is settled once for a column: see ``marks.py``. Nothing here is
guessed cell by cell: a text that is no number under the column's reading is a text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from experiments.domain import TrialStatus
from experiments.search_space import LARGEST, LARGEST_INTEGER


class Decimal(StrEnum):
    """The decimal mark of a column's numbers; the other one then groups thousands."""

    POINT = "point"
    COMMA = "comma"


_SIGNS = str.maketrans("−–‐‑﹣－＋", "------+")
_GROUP_SPACES = " \u00a0\u2009\u202f'’"
_PATTERNS: dict[Decimal, re.Pattern[str]] = {
    decimal: re.compile(
        rf"""(?P<sign>[+-]?)
        (?P<whole>0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(?:(?P<group>[{group}{_GROUP_SPACES}])[0-9]{{3}})
            (?:(?P=group)[0-9]{{3}})*)?
        (?:{point}(?P<part>[0-9]*))?
        (?:[eE](?P<exponent>[+-]?[0-9]{{1,6}}))?""",
        re.VERBOSE,
    )
    for decimal, point, group in (
        (Decimal.POINT, r"\.", ","),
        (Decimal.COMMA, ",", r"\."),
    )
}
_EVIDENCE = {
    Decimal.POINT: re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?\.\d+([eE][+-]?\d+)?"),
    Decimal.COMMA: re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?"),
}
_COULD_BE_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")

_BLANK = frozenset({"", "-", "–", "—", "−", "--", "n/a", "#n/a", "na", "nan", "?", "null", "<na>"})
_NO_NUMBER = _BLANK | {
    "none", "nil", "missing", "inf", "+inf", "-inf", "infinity", "-infinity", "∞", "-∞",
    "#value!", "#div/0!", "#num!", "#ref!", "#name?",
}  # fmt: skip
_YES = frozenset({"yes", "true", "y", "t", "on", "1"})
_NO = frozenset({"no", "false", "n", "f", "off", "0"})
_STATUSES = {
    TrialStatus.COMPLETED: "completed complete done finished finish ok success succeeded",
    TrialStatus.FAILED: "failed fail failure error crashed crash killed broken diverged timeout",
    TrialStatus.ABANDONED: "abandoned cancelled canceled pruned skipped stopped aborted",
    TrialStatus.EARLY_STOPPED: "early_stopped stopped_early early-stopped",
    TrialStatus.RUNNING: "running pending queued waiting started planned open",
}
_STATUS_OF = {word: status for status, words in _STATUSES.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What numbers say about their decimal mark.

    ``mark`` is sure; ``guess`` is the likelier one where each number may as well have groups of
    thousands (``1,234``), of which ``example`` is one.
    """

    mark: Decimal | None
    guess: Decimal | None = None
    example: str = ""


def evidence_of(cells: Iterable[str], *, has_points: bool = False) -> Evidence:
    """Look through cells for numbers that show which decimal mark they have.

    ``has_points``: a point is always a decimal mark, as where a program wrote the numbers.
    """
    sure = dict.fromkeys(Decimal, 0)
    unsure: dict[Decimal, list[str]] = {decimal: [] for decimal in Decimal}
    for cell in cells:
        text = cell.strip().rstrip("% ").translate(_SIGNS)
        for decimal, pattern in _EVIDENCE.items():
            if not pattern.fullmatch(text):
                continue
            is_written = has_points and decimal is Decimal.POINT
            if _COULD_BE_GROUPS.fullmatch(text) and not is_written:
                unsure[decimal].append(text)
            else:
                sure[decimal] += 1
    if any(sure.values()):
        return Evidence(max(Decimal, key=lambda decimal: sure[decimal]))
    best = max(Decimal, key=lambda decimal: len(unsure[decimal]))
    return Evidence(None, best, unsure[best][0]) if unsure[best] else Evidence(None)


def decimal_of(cells: Iterable[str], *, is_comma_taken: bool = False) -> Decimal:
    """Return the decimal mark of a whole table’s numbers.

    Numbers that may as well have groups of thousands (``1,234``) decide only where nothing else
    does. ``is_comma_taken`` says that commas separate the cells: who does that writes points.
    """
    found = evidence_of(cells)
    if found.mark or is_comma_taken:
        return found.mark or Decimal.POINT
    return found.guess or Decimal.POINT


def number_of(cell: str, decimal: Decimal, *, is_percent: bool = False) -> float | int | None:
    """Return the number that a cell says, ``None`` if it says none that can be used.

    ``is_percent`` cells have to end in a percent sign, others must not: 5 % stays 5. Whole numbers
    without a point or exponent are integers. Leading zeros (``007``) make a text.
    """
    text = cell.strip()
    if text.endswith("%") != is_percent:
        return None
    text = text.rstrip("%").strip().translate(_SIGNS)
    match = _PATTERNS[decimal].fullmatch(text)
    if match is None or not (match["whole"] or match["part"]):
        return None
    whole = re.sub(r"\D", "", match["whole"] or "")
    if match["part"] is None and match["exponent"] is None and len(whole) <= 16:
        integer = int(match["sign"] + whole)
        return integer if abs(integer) <= LARGEST_INTEGER else float(integer)
    value = float(f"{match['sign']}{whole or 0}.{match['part'] or 0}e{match['exponent'] or 0}")
    is_lost = not value and re.search("[1-9]", whole + (match["part"] or ""))
    return None if abs(value) > LARGEST or is_lost else value


def is_plain(cell: str, number: float) -> bool:
    """Tell whether any program would read a cell as this number."""
    try:
        return float(cell) == number
    except ValueError:
        return False


def is_number(cell: str, decimal: Decimal) -> bool:
    """Tell whether a cell is a number, with or without a percent sign."""
    return number_of(cell, decimal, is_percent=cell.rstrip().endswith("%")) is not None


def is_blank(cell: str) -> bool:
    """Tell whether a cell says that there is nothing: blank, “-”, “n/a”, “NaN”."""
    return cell.strip().lower() in _BLANK


def is_no_number(cell: str) -> bool:
    """Tell whether a cell in a column of numbers says that there is none, or none that counts."""
    return cell.strip().lower() in _NO_NUMBER


def bool_of(cell: str) -> bool | None:
    """Return what a cell answers, yes or no, in one of the usual spellings; ``None``: neither."""
    word = cell.strip().lower()
    return True if word in _YES else False if word in _NO else None


def text_of(cell: str) -> str:
    """Return a cell's text on one line."""
    if not cell.isprintable():
        cell = "".join(c if c.isprintable() else " " for c in cell)
    return " ".join(cell.split())


def status_of(cell: str) -> TrialStatus | None:
    """Return the status that a cell names, ``None`` for other words.

    The names that other tools write are understood too (``TrialState.COMPLETE``).
    """
    return _STATUS_OF.get("_".join(cell.lower().split()).rpartition(".")[2])
