"""Seconds to build an Ax experiment from rows. Run as ``python -m bench.rebuild``."""

import random
import statistics
import time

from bench.problems import completed, float_spec, keys
from experiments.optimizer.build import build_experiment

REPEATS = 7


def main() -> None:
    """Print the median and the range of some runs, by the number of trials."""
    print(f"{'trials':>7} {'median s':>9} {'best':>7} {'worst':>7}")
    spec = float_spec([(0.0, 1.0)] * 6)
    draw = random.Random(0)
    for count in (100, 1_000, 3_000):
        trials = [
            completed(number, {key: draw.random() for key in keys(6)}, draw.random())
            for number in range(count)
        ]
        seconds = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            build_experiment(spec, trials)
            seconds.append(time.perf_counter() - start)
        print(
            f"{count:7} {statistics.median(seconds):9.3f} {min(seconds):7.3f} {max(seconds):7.3f}"
        )


if __name__ == "__main__":
    main()
