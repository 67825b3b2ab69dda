"""Seconds to the first suggestion: ``suggest`` from rows beside a bare, warm Ax client.

Run as ``python -m bench.optimizer_latency``. Both know the same rows; the client's loading is not
counted, since it lives on. They take turns, so that the machine's noise meets both alike; its size
is what the same arithmetic takes between its best and its worst run.
"""

import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from bench.clients import loaded_client
from bench.problems import completed, float_spec, hartmann6, keys
from experiments.optimizer import suggest, warm_up

REPEATS = 7


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def show(label: str, seconds: Sequence[float]) -> None:
    """Print one row of the table."""
    print(
        f"{label:32} {statistics.median(seconds):9.3f} {min(seconds):7.3f} {max(seconds):7.3f}",
        flush=True,
    )


def compare(dimension: int, count: int) -> None:
    """Print both for one space and one number of completed trials."""
    bounds = [(0.0, 1.0)] * dimension
    spec = float_spec(bounds)
    draw = random.Random(0)
    points = [[draw.random() for _ in range(dimension)] for _ in range(count)]
    trials = [
        completed(
            number,
            dict(zip(keys(dimension), point, strict=True)),
            hartmann6(point + [0.5] * (6 - dimension)),
        )
        for number, point in enumerate(points)
    ]
    ours, bare = [], []
    for _ in range(REPEATS):
        client = loaded_client(bounds, trials)
        bare.append(timed(lambda client=client: client.get_next_trials(max_trials=1)))
        ours.append(timed(lambda: next(suggest(spec, trials, count=1))))
    show(f"{dimension} floats, {count} trials: client", bare)
    show(f"{dimension} floats, {count} trials: suggest", ours)


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    warm_up()
    print(f"{'':32} {'median s':>9} {'best':>7} {'worst':>7}")
    matrix = np.random.default_rng(0).random((900, 900))
    show("noise: same arithmetic", [timed(lambda: np.linalg.svd(matrix)) for _ in range(REPEATS)])
    for dimension in (2, 6):
        for count in (30, 100):
            compare(dimension, count)


if __name__ == "__main__":
    main()
