"""Repeated results of the same combination: how they scatter, and what they say together. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean, stdev

from experiments.domain import Result, ResultNoise
from experiments.noise import consistent_sems

_LEAST = 1e-9
"""The noise is at least this share of the largest result: nothing that is repeated is exact."""

Groups = list[list[Result]]
"""The results of one metric, by combination."""


def with_errors(groups: Sequence[Sequence[Result]], noise: ResultNoise) -> Groups:
    """Give each result a standard error above 0: its own, or else the pooled noise of all.

    As in all of AxDash, those that were entered count once all results have one.
    """
    sems, _ = consistent_sems([result.sem for group in groups for result in group], noise)
    if not all(sems):
        pooled = pooled_noise([[result.mean for result in group] for group in groups])
        sems = [pooled] * len(sems)
    given = iter(sems)
    return [[Result(result.mean, next(given)) for result in group] for group in groups]


def pooled_noise(groups: Sequence[Sequence[float]]) -> float:
    """Return the standard deviation of a single result, from results by combination.

    It is the pooled variance within combinations. As long as there are few repeats, chance may let
    them agree: so the variance of all results, which the noise cannot exceed by much, counts as
    one more repeat, and alone where there is none. The average of both is one of their orders of
    magnitude, since one combination far off would else hide the noise of all others. Never 0;
    there has to be a result.
    """
    results = list(chain.from_iterable(groups))
    least = max(_LEAST * max(map(abs, results)), _LEAST**2)
    spread = max(_deviation([results]) or 0.0, least)
    within = _deviation(groups)
    if within is None:
        return spread
    repeats = sum(len(group) - 1 for group in groups if group)
    share = 1 / (repeats + 1)
    return spread**share * max(within, least) ** (1 - share)


def typical_error(groups: Groups) -> float:
    """Return how far a single result scatters: the root mean square of the standard errors."""
    return math.sqrt(fmean((result.sem or 0.0) ** 2 for group in groups for result in group))


def merged(results: Sequence[Result]) -> Result:
    """Return what results of one combination say together, each weighed by its certainty.

    That is inverse-variance weighting, as in Ax. All have a standard error above 0.
    """
    smallest = min(result.sem or 0.0 for result in results)
    weights = [(smallest / (result.sem or 0.0)) ** 2 for result in results]
    mean = math.fsum(w * result.mean for w, result in zip(weights, results, strict=True))
    return Result(mean / math.fsum(weights), smallest / math.sqrt(math.fsum(weights)))


@dataclass(frozen=True)
class Spread:
    """What several results come to: how many, their mean, and their standard deviation."""

    count: int
    mean: float
    deviation: float


def spread_of(means: Sequence[float]) -> Spread:
    """Return what two or more results come to.

    They are scaled to 1 on the way, so that sums of the largest numbers do not overflow.
    """
    unit = max(map(abs, means)) or 1.0
    scaled = [mean / unit for mean in means]
    return Spread(len(means), fmean(scaled) * unit, stdev(scaled) * unit)


def _deviation(groups: Sequence[Sequence[float]]) -> float | None:
    """Return the pooled standard deviation within groups; ``None`` where nothing is repeated."""
    freedom = sum(len(group) - 1 for group in groups if group)
    if not freedom:
        return None
    means = [fmean(group) if group else 0.0 for group in groups]
    distances = [value - mean for group, mean in zip(groups, means, strict=True) for value in group]
    return math.hypot(*distances) / math.sqrt(freedom)
