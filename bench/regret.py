"""Regret of ``suggest`` with everything rebuilt before each suggestion, beside a living Ax client.

Run as ``python -m bench.regret [seeds]``. Prints, for each problem, the median and the range of
best value − minimum over the seeds, and the median time of a suggestion.
"""

import statistics
import sys
import time
import warnings

from bench.clients import float_client
from bench.problems import METRIC, PROBLEMS, Problem, completed
from experiments.domain import TrialRecord
from experiments.optimizer import suggest, warm_up


def rebuilt(problem: Problem, seed: int) -> tuple[float, list[float]]:
    """Return the regret and each suggestion's seconds, one call of ``suggest`` a trial."""
    spec = problem.spec(seed)
    trials: list[TrialRecord] = []
    seconds = []
    for number in range(problem.trials):
        start = time.perf_counter()
        suggestion = next(suggest(spec, trials, count=1))
        seconds.append(time.perf_counter() - start)
        mean = problem.evaluate(suggestion.parameters)
        trials.append(completed(number, suggestion.parameters, mean))
    return min(trial.observations[0].mean for trial in trials) - problem.minimum, seconds


def living(problem: Problem) -> tuple[float, list[float]]:
    """Return the regret and each suggestion's seconds of one Ax client with default settings."""
    client = float_client(problem.bounds)
    means, seconds = [], []
    for _ in range(problem.trials):
        start = time.perf_counter()
        ((index, parameters),) = client.get_next_trials(max_trials=1).items()
        seconds.append(time.perf_counter() - start)
        means.append(problem.evaluate(parameters))
        client.complete_trial(index, raw_data={METRIC: means[-1]})
    return min(means) - problem.minimum, seconds


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    warm_up()
    print(f"{'problem':12} {'who':8} {'median':>9} {'best':>9} {'worst':>9} {'s each':>7}")
    for problem in PROBLEMS:
        ours = [rebuilt(problem, seed) for seed in range(seeds)]
        theirs = [living(problem) for _ in range(seeds)]
        for who, runs in (("rebuilt", ours), ("living", theirs)):
            regrets = [regret for regret, _ in runs]
            each = statistics.median(second for _, seconds in runs for second in seconds)
            print(
                f"{problem.name:12} {who:8} {statistics.median(regrets):9.4f} "
                f"{min(regrets):9.4f} {max(regrets):9.4f} {each:7.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
