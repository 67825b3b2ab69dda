"""Bytes or pasted text become a header and rows of texts. Nothing here knows what they mean.

What is guessed (encoding, delimiter) is kept in ``Reading``, so that it can be said and changed.
"""

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from io import StringIO
from itertools import islice

from experiments.search_space import LONGEST_NAME, normal_name
from experiments.tables.cells import Decimal, decimal_of, is_number
from experiments.tables.marks import Unclear, marks_of
from experiments.tables.spreadsheets import Book, Unreadable, open_book

MOST_BYTES = 10 * 1024 * 1024
MOST_COLUMNS = 200
MOST_ROWS = 20_000

SPREADSHEET = "spreadsheet"
"""What stands for the encoding of a spreadsheet: its cells are texts already."""

_SAMPLE = 200
_MOST_MARKS = 20_000
_END = "\0"
"""Stands in a row of its own below the text, in which there is none: a quotation that was opened
and not closed would swallow it."""
_ZIP, _OLE, _PDF, _GZIP, _PARQUET = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x1f\x8b",
    b"PAR1",
)
ENCODINGS = {
    "UTF-8": "utf-8",
    "Windows-1252": "cp1252",
    "Latin-1": "latin-1",
    "Windows-1250": "cp1250",
    "Windows-1251": "cp1251",
    "Mac OS Roman": "mac_roman",
}
"""The encodings among which a person may choose; others say themselves what they are."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Delimiter(StrEnum):
    """What stands between two cells."""

    COMMA = ","
    SEMICOLON = ";"
    TAB = "\t"
    BAR = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a text is read; without ``decimal``, each column shows its decimal mark itself."""

    delimiter: Delimiter
    decimal: Decimal | None = None
    has_header: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A header and rows as long as it; blank rows are empty and keep their place.

    ``first_place`` is the place (from 1, as a spreadsheet counts) of the first of ``rows``;
    ``decimals`` are the columns' decimal marks; of those in ``unclear``, numbers can be read in two
    ways (``1,234``). ``notes`` say what was changed about the table.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    reading: Reading
    first_place: int
    decimals: tuple[Decimal, ...]
    unclear: tuple[Unclear, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_doubtful(self) -> bool:
        """Whether a column's numbers can be read in two ways, and one was guessed."""
        return any(each.is_asked for each in self.unclear)

    @property
    def doubts(self) -> list[str]:
        """How such numbers were read, in words."""
        return [
            f"“{each.example}” is read as {each.readings[self.decimals[each.column]]} (column "
            f"“{self.header[each.column]}”). If that is wrong, choose the other decimal mark."
            for each in self.unclear
            if each.is_asked
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The text of a file, without its byte-order mark, the encoding's name, and the spreadsheet."""

    text: str
    encoding: str
    book: Book | None = None


def decode(data: bytes, sheet: str = "") -> Decoded:
    """Return the text of a file; of a spreadsheet that of ``sheet``, if there is one.

    Raises ``Unreadable`` for files that are no text, or too large.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(too_large(len(data)))
    if data.startswith(_ZIP):
        book = open_book(data, sheet)
        return Decoded(text=book.text, encoding=SPREADSHEET, book=book)
    _refuse_known_formats(data)
    encoding, text = _decoded(data)
    if _looks_binary(text):
        raise Unreadable(
            "This file is not text. Save the table as CSV (comma-separated values) and choose "
            "that file."
        )
    return Decoded(text=text.removeprefix("\ufeff"), encoding=encoding)


def recoded(text: str, earlier: str, now: str) -> str:
    """Return what the bytes of a text say in another of ``ENCODINGS``; raises ``Unreadable``."""
    try:
        return text.encode(ENCODINGS[earlier]).decode(ENCODINGS[now])
    except UnicodeError as error:
        raise Unreadable(f"This table is not written in {now}.") from error


def read(text: str, reading: Reading | None = None, *, encoding: str = "") -> Table:
    """Read a table, in the way that ``reading`` says or in the likeliest one.

    With ``SPREADSHEET`` for ``encoding``, tabs separate the cells, and the points in numbers are
    decimal marks that a program wrote. Raises ``Unreadable`` if there is no table in it, or too
    much of one.
    """
    text = storable(text)
    if reading is not None:
        delimiter = reading.delimiter
    else:
        delimiter = Delimiter.TAB if encoding == SPREADSHEET else _delimiter_of(text)
    records = _records(text, delimiter)
    usual = decimal_of(
        islice((c for cells in records for c in cells if "," in c or "." in c), _MOST_MARKS),
        is_comma_taken=delimiter is Delimiter.COMMA,
    )
    if reading is None:
        reading = Reading(delimiter=delimiter, has_header=not _is_all_numbers(records, usual))
    table = _table(records, reading, usual)
    if reading.decimal:
        return table
    decimals, unclear = marks_of(
        table.rows, len(table.header), usual, is_comma_taken=delimiter is Delimiter.COMMA,
        has_points=encoding == SPREADSHEET,
    )  # fmt: skip
    return replace(table, decimals=decimals, unclear=unclear)


def too_large(size: int) -> str:
    """Say that so many bytes are too much."""
    return (
        f"This is {size / 1024 / 1024:.0f} MB; a table can have "
        f"{MOST_BYTES // 1024 // 1024} MB at most. Leave out columns or rows that are not needed."
    )


def _refuse_known_formats(data: bytes) -> None:
    if data.startswith(_OLE):
        raise Unreadable(
            "This is an old spreadsheet or another packed file. Save it as XLSX or CSV, or copy "
            "its cells and paste them."
        )
    if data.startswith((_PDF, _GZIP, _PARQUET)):
        raise Unreadable("This is not a text file. Save the table as CSV and choose that file.")


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            name = encoding.removesuffix("-sig").upper()
            try:
                return name, data.decode(encoding)
            except UnicodeDecodeError as error:
                raise Unreadable(
                    f"This file says that it is {name} but is not. Save it again as UTF-8."
                ) from error
    try:
        return "UTF-8", data.decode()
    except UnicodeDecodeError:
        pass  # Then it is one of the older encodings, which give a text for almost any bytes.
    try:
        return "Windows-1252", data.decode("cp1252")
    except UnicodeDecodeError:
        return "Latin-1", data.decode("latin-1")


def _looks_binary(text: str) -> bool:
    """Tell whether a text has too many control characters; a few NULs happen in real exports."""
    sample = text[:100_000]
    strange = sum((c < " " and c not in "\t\n\r\f\v") or "\x7f" <= c < "\xa0" for c in sample)
    return strange > 0.05 * len(sample)


def storable(text: str) -> str:
    """Return a text without what the database cannot hold: NULs, and halves of characters."""
    text = text.removeprefix("\ufeff").replace("\0", "")
    return text.encode(errors="replace").decode()


def _delimiter_of(text: str) -> Delimiter:
    """Return the delimiter that cuts most rows into the same number (above one) of cells."""

    def score(delimiter: Delimiter) -> tuple[float, int]:
        try:
            records = list(islice(filter(None, _parsed(text, delimiter)), _SAMPLE))
        except csv.Error:
            return 0.0, 0
        counts = Counter(len(cells) for cells in records)
        width, times = max(counts.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return (times / len(records), width) if width > 1 else (0.0, 0)

    # Of equals the one that is least likely to stand within a cell.
    scores = {
        delimiter: score(delimiter)
        for delimiter in (Delimiter.TAB, Delimiter.SEMICOLON, Delimiter.BAR, Delimiter.COMMA)
    }
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] else Delimiter.COMMA


def _records(text: str, delimiter: Delimiter) -> list[list[str]]:
    """Cut a text into cells; blank records are empty, and there is none at the end."""
    records: list[list[str]] = []
    try:
        for cells in _parsed(f"{text}\n{_END}", delimiter):
            records.append(cells)
    except csv.Error as error:
        most = csv.field_size_limit()
        raise Unreadable(_endless(len(records) + 1, f"has more than {most} characters")) from error
    if records.pop() != [_END]:
        raise Unreadable(_endless(len(records) + 1, "does not end"))
    while records and not records[-1]:
        records.pop()
    if len(records) > MOST_ROWS + 1:
        raise Unreadable(
            f"This table has {len(records)} rows; at most {MOST_ROWS} can be taken over."
        )
    return records


def _endless(place: int, what: str) -> str:
    return f'A cell of row {place} {what}: look for a quotation mark (") without its partner.'


def _parsed(text: str, delimiter: Delimiter) -> Iterator[list[str]]:
    # The reader understands line ends within quotation marks only if it gets them as they are.
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter.value)
    return ([] if _is_blank(cells) else cells for cells in reader)


def _is_blank(cells: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _is_all_numbers(records: Sequence[Sequence[str]], decimal: Decimal) -> bool:
    """Tell whether the first row looks like values: then the columns have no names."""
    first = next((record for record in records if record), [])
    filled = [cell for cell in first if cell.strip()]
    return bool(filled) and all(is_number(cell, decimal) for cell in filled)


def _table(records: list[list[str]], reading: Reading, usual: Decimal) -> Table:
    start = next((place for place, record in enumerate(records) if record), None)
    if start is None:
        raise Unreadable("There is nothing in this table. Its first row has the columns’ names.")
    first = start + reading.has_header
    rows = records[first:]
    if not any(rows):
        raise Unreadable(
            "This table has names of columns but no rows below them: there is no run in it yet."
        )
    width = max(_filled_width(record) for record in records)
    if width > MOST_COLUMNS:
        raise Unreadable(
            f"This table has {width} columns; at most {MOST_COLUMNS} can be taken over. "
            "Leave out those that are not needed."
        )
    names = records[start] if reading.has_header else []
    header, notes = _header([*names[:width], *[""] * (width - len(names))], reading.has_header)
    ragged = sum(bool(row) and _filled_width(row) < width != len(row) for row in rows)
    if ragged:
        notes.append(_ragged(ragged, width))
    return Table(
        header=tuple(header),
        rows=tuple(_fitted(row, width) for row in rows),
        reading=reading,
        first_place=first + 1,
        decimals=(reading.decimal or usual,) * width,
        notes=tuple(notes),
    )


def _filled_width(record: Sequence[str]) -> int:
    """Return how many cells a row has up to its last that is not blank."""
    return next((n for n in range(len(record), 0, -1) if record[n - 1].strip()), 0)


def _ragged(count: int, width: int) -> str:
    rows = "1 row is" if count == 1 else f"{count} rows are"
    return f"{rows} shorter than {width} columns: the cells at the end count as blank."


def _fitted(row: list[str], width: int) -> tuple[str, ...]:
    return (*row[:width], *[""] * (width - len(row))) if row else ()


def _header(names: list[str], has_header: bool) -> tuple[list[str], list[str]]:
    """Give each column a name of its own, and say which were made up."""
    header: list[str] = []
    blank, doubled = [], []
    for place, written in enumerate(names, start=1):
        name = wanted = _name(written)
        if not name:
            name = wanted = f"Column {place}"
            blank.append(name)
        number = 1
        while name in header:
            number += 1
            name = f"{wanted[: LONGEST_NAME - 8].rstrip()} ({number})"
        if number > 1:
            doubled.append(f"“{name}”")
        header.append(name)
    notes = []
    if not has_header:
        notes.append("The first row has values, so the columns were given names.")
    elif blank:
        notes.append(f"Columns without a name were given one: {_listed(blank)}.")
    if doubled:
        notes.append(f"Names that stand there more than once were numbered: {_listed(doubled)}.")
    return header, notes


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _name(written: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in written)
    return normal_name(" ".join(text.split()))[:LONGEST_NAME].rstrip()
