"""Writes rows of a table again, in a way that a spreadsheet opens without running anything."""

import csv
from collections.abc import Iterable
from io import StringIO

from experiments.tables.cells import Decimal, is_number
from experiments.tables.reading import Delimiter, Table
from experiments.tables.trials import LeftOut

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: str, decimal: Decimal) -> str:
    """Return a cell that a spreadsheet takes for a text or a number, never for a formula."""
    if not cell.lstrip(" ").startswith(_STARTS_FORMULA) or is_number(cell, decimal):
        return cell
    return f"'{cell}"


def left_out_as_csv(
    table: Table, left_out: Iterable[LeftOut], delimiter: Delimiter | None = None
) -> str:
    """Return the rows that were left out as they stood there, with the reason at the end.

    Cells are separated as in the table, unless ``delimiter`` says otherwise.
    """
    delimiter = delimiter or table.reading.delimiter
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter.value)
    decimals = (*table.decimals, Decimal.POINT, Decimal.POINT)
    header = [*table.header, "row", "reason"]
    writer.writerow(map(harmless, header, decimals))
    for row in left_out:
        cells = table.rows[row.place - table.first_place]
        writer.writerow(map(harmless, [*cells, str(row.place), row.reason], decimals))
    return text.getvalue()
