"""``manage.py serve``: everything AxDash needs, in one command."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from axdash import embedded, preparation
from axdash.errors import StartError
from axdash.supervisor import (
    Child,
    Configuration,
    Supervisor,
    reserve_port,
    say,
    stop_signals,
    web_answers,
    web_command,
    worker_command,
)
from experiments.services import accounts, jobs


class Command(BaseCommand):
    """Starts the database, the web server and the workers; stops them all again."""

    help = "Run AxDash: database, web server and workers. Stop it with Ctrl-C."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C or SIGTERM."""
        for number in stop_signals():
            signal.signal(number, signal.default_int_handler)
        configuration = Configuration.from_environment(os.environ)
        with reserve_port(configuration), _database() as server:
            preparation.prepare(say)
            token = _setup_token()
            supervisor = Supervisor(
                _children(configuration, server),
                every_second=lambda: _keep_alive(server),
            )
            supervisor.run(
                answers=lambda: web_answers(configuration),
                on_ready=lambda: _welcome(configuration, token),
            )
        say("AxDash has stopped.")


@contextmanager
def _database() -> Iterator[embedded.Server | None]:
    """Run the embedded server, unless the environment names another."""
    if os.environ.get("DATABASE_URL"):
        yield None
    else:
        with embedded.running(settings.DATA_DIR) as server:
            yield server


def _children(configuration: Configuration, server: embedded.Server | None) -> list[Child]:
    environment = dict(os.environ)
    if server:
        environment["DATABASE_URL"] = server.url
    children = [Child("web server", web_command(configuration), environment)]
    suggesting = worker_command(jobs.SUGGESTIONS) if configuration.analysts else worker_command()
    children += _crew("worker", configuration.workers, suggesting, environment)
    analysing = worker_command(jobs.ANALYSES)
    return children + _crew("analyst", configuration.analysts, analysing, environment)


def _crew(role: str, count: int, command: list[str], environment: dict[str, str]) -> list[Child]:
    names = [role] if count == 1 else [f"{role} {number}" for number in range(1, count + 1)]
    return [Child(name, command, environment) for name in names]


def _keep_alive(server: embedded.Server | None) -> None:
    if server and not server.is_alive():
        say("The database has ended; starting it again.")
        try:
            server.restart()
        except StartError as error:
            say(str(error))


def _setup_token() -> str | None:
    try:
        return accounts.new_setup_token()
    except DatabaseError as error:
        raise StartError(f"The set-up link could not be stored: {error}") from error
    finally:
        preparation.release_database()


def _welcome(configuration: Configuration, token: str | None) -> None:
    say(f"AxDash is running at {configuration.url}/")
    if token:
        say(f"Set up AxDash: {configuration.url}/setup/{token}/")
    if configuration.refuses_browsers:
        say(
            "Browsers on other machines are refused until AXDASH_PUBLIC_URL or "
            "AXDASH_ALLOWED_HOSTS names this one."
        )
