"""Spaces of choices alone: how soon the best combination is known, by method.

Run as ``python -m bench.discrete [seeds]``. The methods: Ax's own client with its default (“fast”),
AxDash's default there (Ax's mixed generator), the bandit, and random draws. After each trial one
would recommend the combination with the best mean result. The table has, for each problem, exact
and noisy: the trials after which that is the true best and stays it, and the simple regret of the
recommendation, medians over the seeds; of how many seeds the best was found; the trials used (most
methods stop once all has been tried); Ax's silent fallbacks to Sobol; and the seconds a suggestion
took.
"""

import itertools
import statistics
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig
from ax.exceptions.core import AxError
from ax.exceptions.generation_strategy import MaxParallelismReachedException

from bench.problems import METRIC, keys
from experiments.bandit_rules import MOST_ARMS
from experiments.domain import (
    Direction,
    ExperimentSpec,
    GenerationMethod,
    MetricSpec,
    ObservationRecord,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    ResultNoise,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.optimizer import SearchSpaceExhausted, suggest, warm_up

Point = tuple[str, ...]
Proposals = Generator[tuple[Point, bool], float, None]
"""Points, and whether Ax fell back to Sobol; ``send`` tells the result of the one before."""


@dataclass(frozen=True)
class Discrete:
    """A table of values to minimize, another one for each seed: choices of texts."""

    name: str
    sizes: tuple[int, ...]
    interactions: float
    noise: float
    trials: int

    def with_seed(self, seed: int) -> "Table":
        """Draw the values: main effects, and effects of pairs."""
        draw = np.random.default_rng(seed)
        values = np.zeros(self.sizes)
        for axis, size in enumerate(self.sizes):
            shape = [size if place == axis else 1 for place in range(len(self.sizes))]
            values = values + draw.normal(size=shape)
        for one, other in itertools.combinations(range(len(self.sizes)), 2):
            shape = [size if place in (one, other) else 1 for place, size in enumerate(self.sizes)]
            values = values + self.interactions * draw.normal(size=shape)
        return Table(self, values, seed)


@dataclass(frozen=True)
class Table:
    """One problem with its values."""

    problem: Discrete
    values: np.ndarray
    seed: int

    def value(self, point: Point) -> float:
        """Return the true value of a combination."""
        return float(self.values[tuple(ord(letter) - ord("a") for letter in point)])

    @cached_property
    def points(self) -> list[Point]:
        """All combinations."""
        letters = ["".join(chr(ord("a") + n) for n in range(size)) for size in self.problem.sizes]
        return list(itertools.product(*letters))

    @cached_property
    def best(self) -> Point:
        """The best combination."""
        return min(self.points, key=self.value)

    def spec(self, *, is_exact: bool) -> ExperimentSpec:
        """Return the experiment."""
        return ExperimentSpec(
            parameters=tuple(
                ParameterSpec(
                    key=key,
                    kind=ParameterKind.CHOICE,
                    value_type=ValueType.TEXT,
                    values=tuple(chr(ord("a") + n) for n in range(size)),
                )
                for key, size in zip(keys(len(self.problem.sizes)), self.problem.sizes, strict=True)
            ),
            metrics=(MetricSpec(key=METRIC, direction=Direction.MINIMIZE),),
            noise=ResultNoise.EXACT if is_exact else ResultNoise.NOISY,
            seed=self.seed,
        )


PROBLEMS = (
    Discrete("256: 4 choices of 4", (4, 4, 4, 4), 0.0, 0.5, 24),
    Discrete("64, interactions", (4, 4, 4), 1.0, 0.5, 24),
    Discrete("20: one choice", (20,), 0.0, 0.7, 60),
)


def fast(table: Table, *, is_exact: bool) -> Proposals:
    """Ax's client with default settings."""
    client = Client(random_seed=table.seed)
    names = keys(len(table.problem.sizes))
    client.configure_experiment(
        parameters=[
            ChoiceParameterConfig(
                name=name,
                values=[chr(ord("a") + n) for n in range(size)],
                parameter_type="str",
                is_ordered=False,
            )
            for name, size in zip(names, table.problem.sizes, strict=True)
        ]
    )
    client.configure_optimization(objective=f"-{METRIC}")
    while True:
        try:
            ((index, parameters),) = client.get_next_trials(max_trials=1).items()
        except (AxError, MaxParallelismReachedException):
            return
        run = client._experiment.trials[index].generator_runs[0]
        is_fallback = "Fallback" in str(run._generator_key)
        mean = yield tuple(str(parameters[name]) for name in names), is_fallback
        client.complete_trial(index, raw_data={METRIC: (mean, 0.0) if is_exact else mean})


def _ours(table: Table, spec: ExperimentSpec) -> Proposals:
    trials: list[TrialRecord] = []
    while True:
        try:
            suggestion = next(suggest(spec, trials, count=1))
        except SearchSpaceExhausted:
            return
        mean = yield _point(suggestion.parameters), suggestion.node.startswith("fallback")
        trials.append(
            TrialRecord(
                number=len(trials),
                status=TrialStatus.COMPLETED,
                parameters=suggestion.parameters,
                observations=(ObservationRecord(metric=METRIC, mean=mean),),
            )
        )


def mixed(table: Table, *, is_exact: bool) -> Proposals:
    """AxDash's default."""
    return _ours(table, table.spec(is_exact=is_exact))


def bandit(table: Table, *, is_exact: bool) -> Proposals | None:
    """AxDash's bandit; ``None`` where it is refused."""
    if is_exact or len(table.points) > MOST_ARMS:
        return None
    spec = replace(table.spec(is_exact=is_exact), generation_method=GenerationMethod.BANDIT)
    return _ours(table, spec)


def drawn(table: Table, *, is_exact: bool) -> Proposals:
    """Random draws, without repeats until all has been tried."""
    draw = np.random.default_rng(table.seed + 500)
    while True:
        for place in draw.permutation(len(table.points)):
            yield table.points[place], False
        if is_exact:
            return


METHODS: dict[str, Callable[..., Proposals | None]] = {
    "Ax fast": fast,
    "mixed": mixed,
    "bandit": bandit,
    "random": drawn,
}
DEFAULT = "mixed"


@dataclass(frozen=True)
class Run:
    """What came of one seed."""

    regret: float
    found_at: int | None
    trials: int
    fallbacks: int
    seconds: float


def run(table: Table, proposals: Proposals, *, is_exact: bool) -> Run:
    """Ask and answer until the budget is used, or there is nothing to try."""
    noise = np.random.default_rng(table.seed + 1000)
    results: dict[Point, list[float]] = defaultdict(list)
    recommended: list[Point] = []
    fallbacks, mean = 0, None
    start = time.perf_counter()
    while len(recommended) < table.problem.trials:
        try:
            point, is_fallback = next(proposals) if mean is None else proposals.send(mean)
        except StopIteration:
            break
        fallbacks += is_fallback
        mean = table.value(point) + (0 if is_exact else table.problem.noise * noise.normal())
        results[point].append(mean)
        recommended.append(min(results, key=lambda each: statistics.fmean(results[each])))
    return Run(
        regret=table.value(recommended[-1]) - table.value(table.best),
        found_at=_since(recommended, table.best),
        trials=len(recommended),
        fallbacks=fallbacks,
        seconds=(time.perf_counter() - start) / len(recommended),
    )


def _since(recommended: Sequence[Point], best: Point) -> int | None:
    """Return after how many trials the best is recommended for good; ``None``: never."""
    if recommended[-1] != best:
        return None
    others = [place for place, each in enumerate(recommended) if each != best]
    return others[-1] + 2 if others else 1


def _point(parameters: Parameterization) -> Point:
    return tuple(str(parameters[key]) for key in keys(len(parameters)))


def _row(runs: Sequence[Run], trials: int) -> str:
    found = [each.found_at for each in runs if each.found_at is not None]
    # Where the best was not found, it took longer than the budget.
    since = statistics.median([each.found_at or trials + 1 for each in runs])
    when = f"{since:.0f}" if since <= trials else f"> {trials}"
    return (
        f"{when:>7} {statistics.median(each.regret for each in runs):7.2f} "
        f"{statistics.fmean(each.regret for each in runs):7.2f} {len(found):4}/{len(runs):<3}"
        f"{statistics.median(each.trials for each in runs):7.0f} "
        f"{sum(each.fallbacks for each in runs):9} "
        f"{statistics.median(each.seconds for each in runs):7.2f}"
    )


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    warm_up()
    print(
        f"{'problem':20} {'results':7} {'method':9} {'best at':>7} {'median':>7} {'mean':>7} "
        f"{'found':>6} {'trials':>8} {'fallbacks':>9} {'s each':>7}"
    )
    for problem, is_exact in itertools.product(PROBLEMS, (True, False)):
        for name, method in METHODS.items():
            runs = []
            for seed in range(seeds):
                table = problem.with_seed(seed)
                proposals = method(table, is_exact=is_exact)
                if proposals is not None:
                    runs.append(run(table, proposals, is_exact=is_exact))
            head = f"{problem.name:20} {'exact' if is_exact else 'noisy':7} "
            row = _row(runs, problem.trials) if runs else f"{'refused':>7}"
            print(f"{head}{name + (' *' if name == DEFAULT else ''):9} {row}", flush=True)
    print(
        "* the default. The bandit is for those who have several trials for each combination: it "
        "is\n  refused where results are exact, and beyond its limit of combinations."
    )


if __name__ == "__main__":
    main()
