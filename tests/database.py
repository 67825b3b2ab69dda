"""Other processes and connections that use the tests’ database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from django.db import connection


def url() -> str:
    """Return the address of the tests’ database."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def held(table: str, database: str = "") -> Iterator[None]:
    """Let nobody write to a table meanwhile: what comes to it waits there."""
    with psycopg.connect(database or url()) as other:
        other.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
        other.rollback()
