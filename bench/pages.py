"""Milliseconds that the server takes to answer, on an experiment with 300 trials.

Run as ``python -m bench.pages``: the page, a click with fresh suggestions ready, a result, and what
an open page asks for when there is news. Django's own client asks, so that neither network nor
browser counts.
"""

import statistics
import time
from collections.abc import Callable

from bench.apart import run_inside

ROUNDS = 20


def main() -> None:
    """Print the table; the work is done in a process that has the database."""
    run_inside("pages")


def inside() -> None:
    """Measure where Django is set up."""
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    _measure()


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _print(what: str, seconds: list[float], unit: float = 1000) -> None:
    print(
        f"{what:48} {statistics.median(seconds) * unit:8.1f}"
        f" {min(seconds) * unit:8.1f} {max(seconds) * unit:8.1f}",
        flush=True,
    )


def _measure() -> None:
    import uuid

    from django.test import Client

    from tests.factories import finish, make_experiment, make_user, store_ready, take

    user = make_user("bench")
    experiment = make_experiment(user)
    points = [(i % 20 - 10 + i / 1000, i % 19 - 9) for i in range(300)]
    for number, trial in enumerate(take(experiment, user, *points)):
        if number < 295:
            finish(trial, user, (number * 7919) % 1000 / 10)
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    address = experiment.get_absolute_url()
    seven = {experiment.objective.key: "7"}
    ask: list[float] = []
    result: list[float] = []
    for round_ in range(ROUNDS):
        store_ready(experiment, *[(round_ / 7, i) for i in range(3)])
        data = {"count": "1", "key": str(uuid.uuid4())}
        ask.append(_timed(lambda data=data: client.post(f"{address}suggestions/", data)))  # type: ignore[misc]
        number = experiment.trials.running().last().number
        result.append(
            _timed(lambda n=number: client.post(f"{address}trials/{n}/complete/", seven))  # type: ignore[misc]
        )
    print(f"{'300 trials, ms':48} {'median':>8} {'best':>8} {'worst':>8}")
    _print("the experiment page", [_timed(lambda: client.get(address)) for _ in range(ROUNDS)])
    _print("a click with fresh suggestions ready", ask)
    _print("a result", result)
    _print(
        "what an open page asks for",
        [_timed(lambda: client.get(f"{address}live/")) for _ in range(ROUNDS)],
    )


if __name__ == "__main__":
    main()
