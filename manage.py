#!/usr/bin/env python
"""AxDash's commands: ``python manage.py serve`` starts everything."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

from axdash import embedded
from axdash.errors import StartError

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "serve",  # Keeps the database itself.
    "version",
}


def main(arguments: list[str]) -> int:
    """Run a command; return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axdash.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        with _database(arguments):
            execute_from_command_line(arguments)
    except (StartError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _database(arguments: list[str]) -> AbstractContextManager[object]:
    """Keep the embedded database running around a command that needs one."""
    command = next((argument for argument in arguments[1:]), "help")
    asks_for_help = not {"-h", "--help", "--version"}.isdisjoint(arguments)
    if os.environ.get("DATABASE_URL") or command in WITHOUT_DATABASE or asks_for_help:
        return nullcontext()
    return embedded.running(embedded.default_data_dir())


if __name__ == "__main__":
    sys.exit(main(sys.argv))
