"""XLSX files become text, as if their first sheet had been copied and pasted.

Formulas are never computed: a cell has the value that the spreadsheet stored for it.
"""

import csv
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineWorkbook, SheetVisibleEnum

MOST_UNPACKED = 200 * 1024 * 1024
_MOST_PARTS = 10_000


class Unreadable(Exception):
    """This cannot be read as a table; the message says why and what to do."""


def as_text(data: bytes) -> str:
    """Return the first visible sheet as text with tabs; raises ``Unreadable``."""
    _check_size(data)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        names = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible
        ]
        rows = book.get_sheet_by_name(names[0]).to_python() if names else []
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # The reader, written in Rust, may panic: that is no Exception.
        raise Unreadable(
            "This is no spreadsheet that can be read. Save it as XLSX or CSV again, or copy its "
            "cells and paste them."
        ) from error
    text = StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


def _check_size(data: bytes) -> None:
    """Refuse what would fill the memory once it is unpacked."""
    try:
        parts = ZipFile(BytesIO(data)).infolist()
    except (BadZipFile, ValueError, OSError) as error:
        raise Unreadable(
            "This packed file is broken. Save the table as XLSX or CSV again."
        ) from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("This spreadsheet is too large. Save the sheet with the runs as CSV.")


def _written(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return str(cell)
