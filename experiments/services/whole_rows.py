"""Writing many rows of a table in one statement with one parameter: JSON.

Django’s ``bulk_create`` and ``bulk_update`` name each value in the statement. With thousands of
trials, that takes PostgreSQL and us most of the time of an import.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

_quoted = connection.ops.quote_name


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, and note down their ids in them."""
    if not rows:
        return
    meta = rows[0]._meta
    assert meta.pk is not None
    fields = _by_column(meta.local_concrete_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [meta.db_table, meta.pk.column, len(rows)],
        )
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
        table, columns = _quoted(meta.db_table), ", ".join(map(_quoted, fields))
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608  # Our own names.
            f" FROM json_populate_recordset(NULL::{table}, %s)",
            [_as_json([{c: f.pre_save(row, add=True) for c, f in fields.items()} for row in rows])],
        )
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def update(rows: Sequence[Model], names: Collection[str]) -> None:
    """Write some fields, by name, of rows of one model that there are."""
    if not rows:
        return
    meta = rows[0]._meta
    assert meta.pk is not None
    fields = _by_column(field for field in meta.local_concrete_fields if field.name in names)
    keys = _by_column([meta.pk])
    table, key = _quoted(meta.db_table), ", ".join(map(_quoted, keys))
    values = ", ".join(f"{_quoted(column)} = new.{_quoted(column)}" for column in fields)
    read = keys | fields
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET {values}"  # noqa: S608  # Our own names.
            f" FROM json_populate_recordset(NULL::{table}, %s) AS new WHERE old.{key} = new.{key}",
            [_as_json([{c: getattr(row, f.attname) for c, f in read.items()} for row in rows])],
        )


def _by_column(fields: Iterable["Field[Any, Any]"]) -> dict[str, "Field[Any, Any]"]:
    return {field.column: field for field in fields if field.column}


def _as_json(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows, default=str, allow_nan=False)
