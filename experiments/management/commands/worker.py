"""``manage.py worker``: a process that makes suggestions."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from procrastinate.contrib.django import app, utils
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DEFAULT_QUEUE
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg_pool import PoolTimeout

from axdash import preparation
from axdash.errors import StartError
from experiments.services import jobs

GRACE = 6.0  # Seconds that a job gets to end after a SIGTERM.
PATIENCE = 30.0  # Seconds to wait for a database that is being prepared.


class Command(BaseCommand):
    """Works on what the web side has queued, until SIGTERM or Ctrl-C."""

    help = "Run a worker: it makes suggestions and analyses. Several may run, also elsewhere."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the queues that the worker is for."""
        parser.add_argument(
            "--queues",
            nargs="+",
            choices=[jobs.SUGGESTIONS, jobs.ANALYSES],
            help="Work on these queues alone (default: on all).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal; end with an error if the database is lost."""
        _wait_for_migrations(self.stderr.write)
        logging.captureWarnings(True)  # Numerical ones are for whoever looks into the log.
        from experiments import optimizer, tasks  # noqa: F401 (heavy; registers the tasks)

        optimizer.warm_up()
        try:
            asyncio.run(_work(options["queues"]))
        except (ConnectorException, DatabaseError, PoolTimeout) as error:
            raise StartError(f"The worker lost its database: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Return what happened; PostgreSQL adds lines of its own context after the first."""
    return (str(error.__cause__ or error).splitlines() or ["no reason given"])[0]


def _wait_for_migrations(say: Callable[[str], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    said = False
    while True:
        try:
            missing = preparation.pending_migrations()
        except DatabaseError as error:
            raise StartError(f"The worker cannot reach the database: {_reason(error)}") from error
        finally:
            preparation.release_database()
        if not missing:
            return
        if time.monotonic() > deadline:
            raise StartError(
                f"The database lacks {missing} migrations. Run “python manage.py migrate” first."
            )
        if not said:
            say(f"Waiting for the database to be prepared ({missing} migrations).")
            said = True
        time.sleep(0.5)


def _connector() -> PsycopgConnector:
    """Return a connector that gives up on a lost database sooner than by default."""
    noticed = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    parameters = noticed | {"tcp_user_timeout": 20_000} | utils.connector_params()
    return PsycopgConnector(kwargs=parameters, min_size=1, max_size=4, timeout=5)


async def _work(queues: list[str] | None) -> None:
    """Run the worker until a signal; raise if it ends by itself."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with app.replace_connector(_connector()):
        async with app.open_async():
            worker = asyncio.create_task(_run_worker(queues))
            asked = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, asked}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            if not stop.is_set():
                await worker
                raise StartError("The worker stopped because it lost its database.")
            await _end(worker)


async def _run_worker(queues: list[str] | None) -> None:
    named = [*queues, DEFAULT_QUEUE] if queues else None
    await app.run_worker_async(
        queues=named,  # type: ignore[arg-type] # None, its default, stands for all queues.
        concurrency=1,
        fetch_job_polling_interval=5,
        update_heartbeat_interval=5,
        stalled_worker_timeout=20,
        shutdown_graceful_timeout=GRACE,
        delete_jobs="successful",
        listen_notify=True,
        install_signal_handlers=False,
    )


async def _end(worker: asyncio.Task[None]) -> None:
    """Let the running job end; leave it to another worker if it does not."""
    worker.cancel()
    await asyncio.wait({worker}, timeout=GRACE)
    if not worker.done():
        # A thread cannot be stopped, and Python would wait for it. The job's missing heartbeat
        # tells the others to take it up.
        print("The worker leaves its job unfinished.", file=sys.stderr, flush=True)
        logging.shutdown()
        os._exit(1)
    if not worker.cancelled():
        await worker
