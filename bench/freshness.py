"""Seconds from a result entered to a fresh suggestion ready, beside the bare Ax call.

Run as ``python -m bench.freshness``. A real worker process makes the suggestions; results are
entered through the services, as the pages do. The bare call is ``Client.get_next_trials(1)`` in a
warm process on the same rows. They take turns, so that the machine's noise meets both alike.
"""

import os
import random
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django

from axdash import embedded

ROUNDS = 9
PATIENCE = 120.0


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    with TemporaryDirectory(prefix="axdash-bench-") as name:
        data_dir = Path(name) / "data"
        with embedded.running(data_dir) as server:
            os.environ |= {
                "AXDASH_DATA_DIR": str(data_dir),
                "DATABASE_URL": server.url,
                "DJANGO_SETTINGS_MODULE": "axdash.settings",
            }
            django.setup()
            _measure()


def _measure() -> None:
    from django.core.management import call_command
    from django.db import connection

    from experiments.optimizer import warm_up

    call_command("migrate", verbosity=0)
    warm_up()
    with _worker():
        print(f"{'':28} {'bare':>7} {'AxDash':>7} {'difference':>11} {'worst':>7}")
        for dimension in (2, 6):
            for count in (30, 100):
                _compare(dimension, count)
    connection.close_pool()  # type: ignore[attr-defined]


@contextmanager
def _worker() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "worker"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def _compare(dimension: int, count: int) -> None:
    """Print one row: medians, and the median and the largest difference of the pairs."""
    from tests.factories import finish, float_range, make_experiment, make_user, take

    user = make_user(f"bench-{dimension}-{count}")
    names = [f"x{index}" for index in range(dimension)]
    space = {name: float_range(0.0, 1.0) for name in names}
    experiment = make_experiment(user, parameters=space)
    draw = random.Random(0)
    points = [tuple(draw.random() for _ in names) for _ in range(count)]
    for trial in take(experiment, user, *points):
        finish(trial, user, _loss(trial.parameters.values()))
    _wait_for_full_pool(experiment)
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours.append(_enter_one(experiment, user))
        _wait_for_full_pool(experiment)
        bare.append(_ask_ax(experiment))
    differences = [mine - theirs for mine, theirs in zip(ours, bare, strict=True)]
    print(
        f"{f'{dimension} floats, {count} trials':28} {statistics.median(bare):7.2f}"
        f" {statistics.median(ours):7.2f} {statistics.median(differences):+11.2f}"
        f" {max(differences):+7.2f}",
        flush=True,
    )


def _loss(values: Any) -> float:
    """Return a bowl with noise: without it, points crowd at the minimum and no fit is stable."""
    values = list(values)
    noise = random.Random(repr(values)).gauss(0, 0.05)
    return sum((value - 0.3) ** 2 for value in values) + noise


def _enter_one(experiment: Any, user: Any) -> float:
    """Take a suggestion, enter its result, and return the seconds until a fresh one is ready."""
    from tests.factories import ask, finish

    ask(experiment, user, 1)
    _wait_for_full_pool(experiment)  # Running a trial takes longer than filling the gap.
    trial = experiment.trials.running().get()
    start = time.perf_counter()
    finish(trial, user, _loss(trial.parameters.values()))
    _wait(lambda: experiment.suggestions.ready().fresh().exists())
    return time.perf_counter() - start


def _wait_for_full_pool(experiment: Any) -> None:
    wanted = experiment.wanted_parallelism
    _wait(lambda: experiment.suggestions.ready().fresh().count() >= wanted)
    time.sleep(0.2)  # The worker's job ends.


def _wait(happened: Any) -> None:
    deadline = time.perf_counter() + PATIENCE
    while not happened():
        assert time.perf_counter() < deadline, "No suggestion came."
        time.sleep(0.01)


def _ask_ax(experiment: Any) -> float:
    from bench.clients import float_client, load

    parameters = experiment.spec.parameters
    trials = [t.record(parameters) for t in experiment.trials.prefetch_related("observations")]
    client = float_client([(0.0, 1.0)] * len(parameters), [p.key for p in parameters])
    load(client, trials)
    start = time.perf_counter()
    client.get_next_trials(max_trials=1)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
