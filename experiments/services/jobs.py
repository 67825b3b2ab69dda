"""Queues work for the worker processes, by name: their code imports Ax and stays out of here."""

from contextlib import suppress

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

SUGGEST = "experiments.suggest"
SAMPLE = "experiments.sample"
ANALYSE = "experiments.analyse"
ADVISE = "experiments.advise"
FORECAST = "experiments.forecast"
SNAPSHOT = "experiments.snapshot"

SUGGESTIONS = "suggestions"
ANALYSES = "analyses"
"""The queues: ``serve`` gives each a process of its own, so that neither waits for the other."""


def queue_suggest(experiment_id: int, *, attempt: int = 0, delay: int = 0) -> None:
    """Ask for the experiment's pool of suggestions to be filled, ``delay`` seconds from now.

    Jobs of one experiment run one after another (``lock``); at most one of them waits. ``attempt``
    counts the failures before this one. (Procrastinate's own retries would put the failed job back
    beside the one that waits, which the queueing lock forbids.)
    """
    name = f"experiment:{experiment_id}"
    _queue_one(SUGGEST, name, SUGGESTIONS, experiment_id, attempt, delay)


def queue_analyse(experiment_id: int, *, attempt: int = 0, delay: int = 0) -> None:
    """Ask for the cards of the experiment's analysis to be made, as ``queue_suggest`` does.

    Where one worker does everything, suggestions come first.
    """
    name = f"analysis:{experiment_id}"
    _queue_one(ANALYSE, name, ANALYSES, experiment_id, attempt, delay, priority=-1)


def queue_advise(experiment_id: int) -> None:
    """Ask for advice on which running trials to stop early."""
    _queue_one(ADVISE, f"stopping:{experiment_id}", ANALYSES, experiment_id, 0, 0, priority=1)


def _queue_one(
    task_name: str,
    lock: str,
    queue: str,
    experiment_id: int,
    attempt: int,
    delay: int,
    *,
    priority: int = 0,
) -> None:
    task = app.configure_task(
        task_name,
        queue=queue,
        lock=lock,
        queueing_lock=lock,
        priority=priority,
        schedule_in={"seconds": delay} if delay else None,
    )
    try:
        with transaction.atomic():  # A savepoint: the refusal must not end the caller's work.
            task.defer(experiment_id=experiment_id, attempt=attempt)
    except AlreadyEnqueued:
        if not delay:
            _start_waiting_job_now(lock)


def queue_forecast(experiment_id: int) -> None:
    """Ask for the questions about an experiment to be answered: before cards, as people wait."""
    name = f"forecast:{experiment_id}"
    task = app.configure_task(FORECAST, queue=ANALYSES, lock=name, queueing_lock=name, priority=2)
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(experiment_id=experiment_id)


def queue_snapshot(experiment_id: int) -> None:
    """Ask for Ax's own file of an experiment to be made, after all that people wait for."""
    name = f"snapshot:{experiment_id}"
    task = app.configure_task(SNAPSHOT, queue=ANALYSES, lock=name, queueing_lock=name, priority=-2)
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(experiment_id=experiment_id)


def queue_sample(digest: str) -> None:
    """Ask for the sample points of a space to be drawn: before all else, as somebody waits.

    They are quick. The default queue is every worker's, so that the first one that is free takes
    them.
    """
    task = app.configure_task(SAMPLE, queueing_lock=f"sample:{digest}", priority=3)
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(digest=digest)


def _start_waiting_job_now(name: str) -> None:
    """Let a job that waits for its next attempt start at once: there is something new to try."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = NULL"
            " WHERE queueing_lock = %s AND status = 'todo' AND scheduled_at > now()",
            [name],
        )


def others_wait(experiment_id: int) -> bool:
    """Tell whether another experiment's job for suggestions could start now."""
    return _waits("queue_name = %s", SUGGESTIONS, f"experiment:{experiment_id}")


def others_wait_for_analysis(experiment_id: int) -> bool:
    """Tell whether any job could start now that should not wait for this experiment's cards."""
    return _waits("queue_name = ANY(%s)", [SUGGESTIONS, ANALYSES], f"analysis:{experiment_id}")


def _waits(condition: str, value: str | list[str], own_lock: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'todo' AND {condition}"  # noqa: S608
            " AND queueing_lock IS DISTINCT FROM %s"
            " AND (scheduled_at IS NULL OR scheduled_at <= now()))",
            [value, own_lock],
        )
        return bool(cursor.fetchone()[0])


def worker_is_alive(within_seconds: float = 30) -> bool:
    """Tell whether any worker has reported itself lately."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - make_interval(secs => %s))",
            [within_seconds],
        )
        return bool(cursor.fetchone()[0])
