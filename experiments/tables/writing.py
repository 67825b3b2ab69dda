"""Writes rows of a table again, in a way that a spreadsheet opens without running anything."""

import csv
from collections.abc import Sequence
from io import StringIO

from experiments.tables.cells import Decimal, is_number
from experiments.tables.reading import Table
from experiments.tables.trials import LeftOut

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: str, decimal: Decimal) -> str:
    """Return a cell that a spreadsheet takes for a text or a number, never for a formula."""
    if not cell.lstrip(" ").startswith(_STARTS_FORMULA) or is_number(cell, decimal):
        return cell
    return f"'{cell}"


def left_out_as_csv(table: Table, left_out: Sequence[LeftOut]) -> str:
    """Return the rows that were left out as they stood there, with the reason at the end."""
    reading = table.reading
    text = StringIO()
    writer = csv.writer(text, delimiter=reading.delimiter.value)
    header = [*table.header, "row", "reason"]
    writer.writerow(harmless(name, reading.decimal) for name in header)
    for row in left_out:
        cells = table.rows[row.place - table.first_place]
        written = [*cells, str(row.place), row.reason]
        writer.writerow(harmless(cell, reading.decimal) for cell in written)
    return text.getvalue()
