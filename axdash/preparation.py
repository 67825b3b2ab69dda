"""What ``serve`` does before it serves: reach the database, migrate it, collect static files."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import django
import psycopg
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from axdash.errors import StartError

_LOCK = 7_306_411  # Any number that nothing else in this database locks.


def pending_migrations() -> int:
    """Count the migrations that the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def prepare(say: Callable[[str], object]) -> None:
    """Bring the database and the static files up to date, one process at a time."""
    with _locked():
        try:
            count = pending_migrations()
            if count:
                say(f"Preparing the database ({count} migration{'s' if count > 1 else ''}).")
                call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            raise StartError(f"The database could not be prepared: {_line(error)}") from error
        finally:
            release_database()
        _collect_static(say)


def release_database() -> None:
    """Close this process's connections and the threads that keep them."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


@contextmanager
def _locked() -> Iterator[None]:
    """Hold a lock in the database, over a connection of its own."""
    parameters = connection.get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k not in ("cursor_factory", "context")}
    try:
        locking = psycopg.connect(**parameters, autocommit=True)
    except psycopg.Error as error:
        raise StartError(_unreachable(parameters, error)) from error
    with locking:
        locking.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield


def _unreachable(parameters: dict[str, Any], error: psycopg.Error) -> str:
    """Say that the database cannot be reached, without its password."""
    name = f"{parameters.get('host', 'localhost')}:{parameters.get('port', 5432)}"
    reason = _line(error)
    if parameters.get("password"):
        reason = reason.replace(parameters["password"], "…")
    return f"The database at {name} cannot be reached: {reason} Check DATABASE_URL."


def _line(error: Exception) -> str:
    """Return an error's message as one line that ends like a sentence."""
    text = re.sub(r"\s+", " ", str(error)).strip()
    text = re.sub(r"^connection failed: ", "", text)
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _collect_static(say: Callable[[str], object]) -> None:
    stamp_file = settings.STATIC_ROOT.with_name("static.stamp")
    stamp = _static_stamp()
    try:
        if (
            stamp_file.exists()
            and stamp_file.read_text() == stamp
            and settings.STATIC_ROOT.exists()
        ):
            return
        say("Collecting static files.")
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp_file.write_text(stamp)
    except OSError as error:
        raise StartError(
            f"Static files cannot be stored in {settings.STATIC_ROOT}: {error.strerror}."
        ) from error


def _static_stamp() -> str:
    """Describe the sources of all static files, without reading them."""
    found = [f"axdash {version('axdash')} django {django.__version__}"]
    for finder in get_finders():
        for name, storage in finder.list([]):
            about = (storage.path(name), storage.size(name), storage.get_modified_time(name))
            found.append(repr(about))
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
