"""Tables of runs that somebody uploads: kept for a day, to become an experiment's trials."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from experiments.drafts import ExperimentDraft
from experiments.models import TableUpload, TrialOrigin
from experiments.services.errors import Refused
from experiments.services.sources import Brought, Rejected, register
from experiments.tables.cells import Decimal
from experiments.tables.columns import Column, Facts, facts_of, propose
from experiments.tables.definition import Proposal, definition
from experiments.tables.marks import Unclear
from experiments.tables.reading import SPREADSHEET, Delimiter, Reading, Table, read, storable
from experiments.tables.spreadsheets import Book, Unreadable, open_book
from experiments.tables.trials import LeftOut, Runs, count_outside, runs_of

KIND = "table"
KEPT = timedelta(days=1)
_MOST_KEPT = 10
_OF_BOOK = ("sheets", "sheet", "sheet_notes")


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored table, what stands in its columns, and what each is used for."""

    upload: TableUpload
    table: Table
    facts: Sequence[Facts]
    columns: Sequence[Column]

    @property
    def proposal(self) -> Proposal:
        """The definition that the columns make."""
        return definition(self.upload.name, self.table, self.columns, self.facts)

    def runs(self, draft: ExperimentDraft) -> Runs:
        """Return what the rows are for a definition with the proposal's keys."""
        return runs_of(self.table, self.columns, self.facts, draft)


def source_of(upload: TableUpload) -> str:
    """Return what a definition's form carries so that the rows come along."""
    return f"{KIND}:{upload.key}"


def find(key: uuid.UUID | str, *, by: User) -> TableUpload | None:
    """Return a table that the person has uploaded in the last day."""
    try:
        key = uuid.UUID(str(key))
    except ValueError:
        return None
    since = timezone.now() - KEPT
    kept = TableUpload.objects.filter(key=key, user=by, created_at__gte=since)
    return kept.defer("file").first()


def store(
    *,
    text: str,
    table: Table,
    encoding: str,
    name: str,
    by: User,
    book: Book | None = None,
    file: bytes | None = None,
) -> TableUpload:
    """Keep a table that was read from a text; ``encoding`` is blank for pasted ones.

    Of a spreadsheet with several sheets, the ``file`` is kept, too.
    """
    TableUpload.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    kept = TableUpload.objects.filter(user=by).order_by("-pk")[: _MOST_KEPT - 1]
    TableUpload.objects.filter(user=by).exclude(
        pk__in=[*kept.values_list("pk", flat=True)]
    ).delete()
    upload = TableUpload(user=by, name=name)
    _fill(upload, text, table, encoding)
    if book:
        _note_sheets(upload, book)
        upload.file = file if len(book.sheets) > 1 else None
    upload.save()
    return upload


def read_again(upload: TableUpload, *, text: str, table: Table, encoding: str) -> None:
    """Keep another reading of the same table; its columns are proposed afresh."""
    of_book = {name: upload.reading[name] for name in _OF_BOOK if name in upload.reading}
    _fill(upload, text, table, encoding)
    upload.reading |= of_book
    upload.save(update_fields=["header", "rows", "reading"])


def read_sheet(upload: TableUpload, sheet: str) -> None:
    """Read another sheet of a spreadsheet; raises ``Unreadable`` if it has no table."""
    if upload.file is None or sheet not in upload.reading["sheets"]:
        raise Unreadable("This sheet is not there.")
    book = open_book(bytes(upload.file), sheet)
    text = storable(book.text)
    _fill(upload, text, read(text, encoding=SPREADSHEET), SPREADSHEET)
    _note_sheets(upload, book)
    upload.save(update_fields=["header", "rows", "reading"])


def _note_sheets(upload: TableUpload, book: Book) -> None:
    found = (list(book.sheets), book.sheet, list(book.notes))
    upload.reading |= dict(zip(_OF_BOOK, found, strict=True))


def opened(upload: TableUpload) -> Opened:
    """Return the table with the columns as they were chosen or, before that, as proposed."""
    stored = upload.reading
    table = Table(
        header=tuple(upload.header),
        rows=tuple(tuple(row) for row in upload.rows),
        reading=Reading(
            delimiter=Delimiter(stored["delimiter"]),
            decimal=Decimal(stored["decimal"]) if stored["decimal"] else None,
            has_header=stored["has_header"],
        ),
        decimals=_decimals(upload),
        unclear=tuple(
            Unclear(column=column, example=example, is_asked=is_asked)
            for column, example, is_asked in stored.get("unclear", ())
        ),
        first_place=stored["first_place"],
        notes=(*stored.get("sheet_notes", ()), *stored["notes"]),
    )
    rows = [row for row in table.rows if row]
    facts = [
        facts_of([row[index] for row in rows], decimal)
        for index, decimal in enumerate(table.decimals)
    ]
    if "columns" in stored:
        columns = [Column.from_json(column) for column in stored["columns"]]
    else:
        columns = propose(table.header, facts)
    return Opened(upload, table, facts, columns)


def _decimals(upload: TableUpload) -> tuple[Decimal, ...]:
    stored = upload.reading
    if "decimals" in stored:
        return tuple(map(Decimal, stored["decimals"]))
    return (Decimal(stored["decimal"]),) * len(upload.header)  # A table from before there were any.


def choose(upload: TableUpload, columns: Sequence[Column]) -> None:
    """Keep what each column is used for."""
    upload.reading["columns"] = [column.to_json() for column in columns]
    upload.reading.pop("left_out", None)
    upload.save(update_fields=["reading"])


def left_out(stored: Opened) -> Sequence[LeftOut]:
    """Return the rows that did not become trials, or will not with the columns as they are."""
    if "left_out" in stored.upload.reading:
        return [LeftOut(place, reason) for place, reason in stored.upload.reading["left_out"]]
    return stored.runs(stored.proposal.draft).left_out


@register(KIND)
def bring(reference: str, draft: ExperimentDraft, by: User) -> Brought:
    """Bring the rows of an uploaded table along; those that are left out stay with the table."""
    upload = find(reference, by=by)
    if upload is None:
        raise Refused("The table is not kept any more: tables are kept for a day. Upload it again.")
    runs = opened(upload).runs(draft)
    upload.reading["left_out"] = [[row.place, row.reason] for row in runs.left_out]
    upload.save(update_fields=["reading"])
    return Brought(
        trials=runs.trials,
        origin=TrialOrigin.IMPORTED,
        rejected=[Rejected(row.place, row.reason) for row in runs.left_out],
        outside=count_outside(runs.trials, draft),
    )


def in_words(runs: Runs) -> str:
    """Say how many rows become what."""
    by_status = Counter(trial.status for trial in runs.trials).most_common()
    parts = [f"{count} {status.value}" for status, count in by_status]
    count = len(runs.trials)
    rows = "1 row becomes a trial" if count == 1 else f"{count} rows become trials"
    return f"{rows} ({', '.join(parts)})" if len(parts) > 1 else rows


def _fill(upload: TableUpload, text: str, table: Table, encoding: str) -> None:
    upload.header = list(table.header)
    upload.rows = [list(row) for row in table.rows]
    upload.reading = {
        "text": text,
        "encoding": encoding,
        "delimiter": table.reading.delimiter.value,
        "decimal": table.reading.decimal.value if table.reading.decimal else "",
        "decimals": [decimal.value for decimal in table.decimals],
        "unclear": [[each.column, each.example, each.is_asked] for each in table.unclear],
        "has_header": table.reading.has_header,
        "first_place": table.first_place,
        "notes": list(table.notes),
    }
