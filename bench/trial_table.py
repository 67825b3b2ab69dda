"""Seconds of what the table of 10,000 trials does to all of them: the file, acts, and their undo.

Run as ``python -m bench.trial_table``. The pages of the table are in ``bench.many_trials``.
"""

import time
from typing import Any

from bench.apart import run_inside
from bench.filling import MANY, make_many

RUNNING = 5_000


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("trial_table")


def inside() -> None:
    """Measure where Django is set up."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from tests.factories import make_user

    settings.ALLOWED_HOSTS = ["testserver"]
    user = make_user("bench")
    experiment = make_many(user, MANY, running=RUNNING)
    client = Client()
    client.force_login(user)
    pk = experiment.pk
    print(f"{f'{MANY:,} trials, {RUNNING:,} of them running':40} {'s':>8}")
    start = time.perf_counter()
    size = _received(client.get(reverse("experiments:trials_csv", args=[pk])))
    _say(f"all rows as CSV, {size:,} bytes", start)
    address = reverse("experiments:trials_act", args=[pk])
    for name, answers in {
        "tag": {"add": "kept"},
        "due": {"due_on": "2031-05-04"},
        "fail": {"reason": "power cut"},
        "delete": {},
    }.items():
        start = time.perf_counter()
        answer = client.post(address, {"act": name, "all": "1", "query": ""})
        assert answer.status_code == 200, answer.status_code
        _say(f"{name}: the question", start)
        start = time.perf_counter()
        answer = client.post(address, {"act": name, "do": "1", "all": "1", "query": ""} | answers)
        assert answer.status_code == 302, answer.status_code
        _say(f"{name}: the act", start)
        experiment.refresh_from_db()
        start = time.perf_counter()
        answer = client.post(reverse("experiments:undo", args=[pk, experiment.revision]))
        assert answer.status_code == 302, answer.status_code
        _say(f"{name}: its undo", start)


def _received(answer: Any) -> int:
    """Receive all of a streamed answer; return how many bytes that were."""
    from asgiref.sync import async_to_sync

    async def size() -> int:
        return sum([len(part) async for part in answer.streaming_content])

    return async_to_sync(size)()


def _say(what: str, start: float) -> None:
    print(f"{what:40} {time.perf_counter() - start:8.2f}", flush=True)


if __name__ == "__main__":
    main()
