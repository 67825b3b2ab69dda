"""XLSX files become text, as if one of their sheets had been copied and pasted.

Formulas are never computed: a cell has the value that the spreadsheet stored for it. Files come
from anybody, and a small one may unpack to more than fits: each is read by a process of its own
(``sheets.py``), with little memory and little time.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

MOST_UNPACKED = 200 * 1024 * 1024
MOST_TEXT = 30 * 1024 * 1024
_MOST_PARTS = 10_000
_PATIENCE = 120.0
_ROOT = Path(__file__).resolve().parents[2]


class Unreadable(Exception):
    """This cannot be read as a table; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The sheets that are not hidden, and the text of one of them, with tabs."""

    sheets: tuple[str, ...]
    sheet: str
    text: str
    notes: tuple[str, ...] = ()


def open_book(data: bytes, sheet: str = "") -> Book:
    """Read a sheet, by default the first neither hidden nor empty; raises ``Unreadable``."""
    _check_size(data)
    asked = json.dumps({"sheet": sheet}).encode() + b"\n" + data
    command = [sys.executable, "-m", "experiments.tables.sheets"]
    try:
        done = subprocess.run(  # noqa: S603  # Our own module; the file is only its input.
            command, cwd=_ROOT, input=asked, capture_output=True, timeout=_PATIENCE, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Unreadable(
            "This spreadsheet cannot be read: it is broken, or too large. Save the sheet with the "
            "runs as CSV, or copy its cells and paste them."
        ) from error
    found = json.loads(done.stdout)
    if len(found["text"]) > MOST_TEXT:
        raise Unreadable("This sheet is too large. Leave out columns or rows, or save it as CSV.")
    return Book(
        sheets=tuple(found["sheets"]),
        sheet=found["sheet"],
        text=found["text"],
        notes=tuple(_notes(found)),
    )


def _notes(found: dict[str, Any]) -> Sequence[str]:
    notes = []
    if found["hidden"]:
        names = ", ".join(f"“{name}”" for name in found["hidden"][:5])
        more = f" and {len(found['hidden']) - 5} more" if len(found["hidden"]) > 5 else ""
        notes.append(f"Hidden sheets are left out: {names}{more}.")
    if found["merged"]:
        notes.append("Of merged cells, the first has the value, and the others are blank.")
    if count := found["uncomputed"]:
        formulas = "1 formula counts" if count == 1 else f"{count} formulas count"
        notes.append(
            f"{formulas} as blank, because the file has no value: open it in a spreadsheet and "
            "save it."
        )
    return notes


def _check_size(data: bytes) -> None:
    """Refuse at once what says itself that it is large."""
    try:
        parts = ZipFile(BytesIO(data)).infolist()
    except (BadZipFile, ValueError, OSError) as error:
        raise Unreadable(
            "This packed file is broken. Save the table as XLSX or CSV again."
        ) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("This spreadsheet is too large. Save the sheet with the runs as CSV.")
