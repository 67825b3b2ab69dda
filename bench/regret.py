"""Regret of ``suggest`` with everything rebuilt before each suggestion, beside a living Ax client.

Run as ``python -m bench.regret [seeds]``. Prints, for each problem, the median and the range over
the seeds of best value − minimum (of the hypervolume that is missing, with two objectives), and the
median time of a suggestion.
"""

import statistics
import sys
import time
import warnings

from ax.api.client import Client

from bench.clients import float_client
from bench.problems import PROBLEMS, Problem, measured
from bench.rich_problems import RICH_PROBLEMS, RichProblem
from experiments.domain import TrialRecord
from experiments.optimizer import suggest, warm_up

AnyProblem = Problem | RichProblem


def rebuilt(problem: AnyProblem, seed: int) -> tuple[float, list[float]]:
    """Return the regret and each suggestion's seconds, one call of ``suggest`` a trial."""
    spec = problem.spec(seed)
    trials: list[TrialRecord] = []
    results, seconds = [], []
    for number in range(problem.trials):
        start = time.perf_counter()
        suggestion = next(suggest(spec, trials, count=1))
        seconds.append(time.perf_counter() - start)
        results.append(problem.measure(suggestion.parameters))
        trials.append(measured(number, suggestion.parameters, results[-1]))
    return problem.regret(results), seconds


def living(problem: AnyProblem) -> tuple[float, list[float]]:
    """Return the regret and each suggestion's seconds of one Ax client with default settings."""
    client = _client(problem)
    results, seconds = [], []
    for _ in range(problem.trials):
        start = time.perf_counter()
        ((index, parameters),) = client.get_next_trials(max_trials=1).items()
        seconds.append(time.perf_counter() - start)
        results.append(problem.measure(parameters))
        client.complete_trial(index, raw_data=results[-1])
    return problem.regret(results), seconds


def _client(problem: AnyProblem) -> Client:
    return problem.client() if isinstance(problem, RichProblem) else float_client(problem.bounds)


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    warm_up()
    print(f"{'problem':14} {'who':8} {'median':>9} {'best':>9} {'worst':>9} {'s each':>7}")
    for problem in (*PROBLEMS, *RICH_PROBLEMS):
        ours = [rebuilt(problem, seed) for seed in range(seeds)]
        theirs = [living(problem) for _ in range(seeds)]
        for who, runs in (("rebuilt", ours), ("living", theirs)):
            regrets = [regret for regret, _ in runs]
            each = statistics.median(second for _, seconds in runs for second in seconds)
            print(
                f"{problem.name:14} {who:8} {statistics.median(regrets):9.4f} "
                f"{min(regrets):9.4f} {max(regrets):9.4f} {each:7.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
