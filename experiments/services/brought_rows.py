"""What rows need that come from elsewhere: keys that nobody has, and the moments of then."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, models


def fresh_keys(prefix: str, keys: Sequence[str], model: type[models.Model]) -> dict[str, str]:
    """Return keys that no row here has or ever gets, for those that the definition once had."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, len(keys)],
        )
        numbers = sorted(number for (number,) in cursor.fetchall())
    return {key: f"{prefix}{number}" for key, number in zip(keys, numbers, strict=True)}


def set_moments(rows: Sequence[models.Model], column: str, moments: Sequence[datetime]) -> None:
    """Set when rows were made: Django gives new ones the time of now, whatever they say."""
    if not rows:
        return
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS made SET {column} = known.moment "  # noqa: S608  # Both are ours.
            "FROM unnest(%s::bigint[], %s::timestamptz[]) AS known(pk, moment) "
            "WHERE made.id = known.pk",
            [[row.pk for row in rows], list(moments)],
        )
