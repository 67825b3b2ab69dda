"""Reads one sheet of a spreadsheet; runs as a process of its own (see ``spreadsheets.py``).

The first line of what comes in is JSON with the ``sheet`` that is wanted; the file follows. What
goes out is JSON, too. A file that fills the memory, or never ends, ends this process alone.
"""

import csv
import json
import re
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

from python_calamine import CalamineSheet, CalamineWorkbook, SheetVisibleEnum

MOST_MEMORY = 1024**3
MOST_SECONDS = 30

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FORMULA = re.compile(
    rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)


def main() -> None:
    """Answer what came in."""
    for limit, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        with suppress(ValueError, OSError):  # Not every system knows each of them.
            resource.setrlimit(limit, (most, most))
    wanted = json.loads(sys.stdin.buffer.readline())["sheet"]
    json.dump(read_sheet(sys.stdin.buffer.read(), wanted), sys.stdout)


def read_sheet(data: bytes, wanted: str) -> dict[str, Any]:
    """Return a sheet as text with tabs, and what there is beside it.

    Without ``wanted``, or where there is no such sheet to be seen, it is the first visible one that
    is not empty.
    """
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    names: dict[bool, list[str]] = {True: [], False: []}
    for each in book.sheets_metadata:
        names[each.visible == SheetVisibleEnum.Visible].append(each.name)
    visible = names[True]
    sheet = _chosen(book, [wanted] if wanted in visible else visible)
    return {
        "sheets": visible,
        "hidden": names[False],
        "sheet": sheet.name if sheet else "",
        "text": _as_text(sheet.to_python()) if sheet else "",
        "merged": len(sheet.merged_cell_ranges or ()) if sheet else 0,
        "uncomputed": _uncomputed(data, sheet.name) if sheet else 0,
    }


def _chosen(book: CalamineWorkbook, names: Sequence[str]) -> CalamineSheet | None:
    sheet = None
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            break
    return sheet


def _as_text(rows: Sequence[Sequence[object]]) -> str:
    text = StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


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


def _uncomputed(data: bytes, name: str) -> int:
    """Count the formulas of a sheet of which no value is stored: nobody has computed them yet."""
    with ZipFile(BytesIO(data)) as archive:
        parts = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
            return 0  # Another kind of spreadsheet.
        relations = _parsed(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {each.get("Id"): each.get("Target", "") for each in relations}
        book = _parsed(archive.read("xl/workbook.xml"))
        found = next((s for s in book.iter(f"{_MAIN}sheet") if s.get("name") == name), None)
        target = targets.get(found.get(f"{_OFFICE}id"), "") if found is not None else ""
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part not in parts:
            return 0
        # What is stored as a text may well be an empty one.
        return sum(b't="str"' not in m[1] for m in _FORMULA.finditer(archive.read(part)))


def _parsed(xml: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(xml)  # noqa: S314  # Memory and time are limited here.


if __name__ == "__main__":
    main()
