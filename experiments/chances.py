"""The arithmetic of what a model expects: intervals, chances, surprises. Pure.

What a model expects of a metric is a normal distribution; those of several metrics are taken as
independent of each other.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from experiments.domain import Prediction, Relation
from experiments.ranking import Goals, Means, costs_of, dominates, is_within, non_dominated

Z95 = 1.959963984540054
"""Half the width of a 95 % interval, in standard deviations."""

Z50 = 0.6744897501960817
"""Half the width of a 50 % interval, in standard deviations."""

SAMPLES = 2048
"""How often chances without a formula are tried out: they are off by a hundredth or so."""

Predictions = Mapping[str, Prediction]
"""What is expected in one trial, by metric key."""


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much the best is expected to be beaten (negative: missed), and how unsure that is."""

    mean: float
    sd: float

    @property
    def chance(self) -> float:
        """The chance that the best is beaten."""
        return 1.0 - below(0.0, self.mean, self.sd)


def below(limit: float, mean: float, sd: float) -> float:
    """Return the chance that a normal variable is at most ``limit``; ``sd`` may be 0."""
    if sd <= 0:
        return 1.0 if mean <= limit else 0.0
    return 0.5 * math.erfc((mean - limit) / sd / math.sqrt(2))


def interval(mean: float, *sds: float) -> tuple[float, float]:
    """Return the ends of the 95 % interval; several independent deviations add up."""
    half = Z95 * math.hypot(*sds)
    return mean - half, mean + half


def chance_to_keep(expected: Prediction, relation: Relation, limit: float) -> float:
    """Return the chance that a metric stays on the right side of its bound."""
    if relation is Relation.AT_MOST:
        return below(limit, expected.mean, expected.sd)
    return below(-limit, -expected.mean, expected.sd)


def feasible(expected: Predictions, limits: Mapping[str, tuple[Relation, float]]) -> float | None:
    """Return the chance to keep all bounds; those of metrics without prediction do not count.

    ``None`` where none counts.
    """
    chances = [
        chance_to_keep(expected[key], relation, limit)
        for key, (relation, limit) in limits.items()
        if key in expected
    ]
    return math.prod(chances) if chances else None


def gain_over(best: Means, expected: Predictions, goals: Goals) -> Gain | None:
    """Return the gain over the best results in the one objective or the weighted sum.

    In its unit, positive where it is better. ``None`` for objectives that are traded off, or that
    lack a prediction.
    """
    objectives = goals.objectives
    if goals.has_front or any(metric.key not in expected for metric in objectives):
        return None
    (now,) = costs_of(best, goals)
    (then,) = costs_of({key: each.mean for key, each in expected.items()}, goals)
    weights = [metric.weight if len(objectives) > 1 else 1.0 for metric in objectives]
    sds = [expected[metric.key].sd for metric in objectives]
    gain = Gain(now - then, math.hypot(*(w * sd for w, sd in zip(weights, sds, strict=True))))
    return gain if math.isfinite(gain.mean) and math.isfinite(gain.sd) else None


@dataclass(frozen=True, slots=True)
class Front:
    """The Pareto points so far, which a new one must not be dominated by.

    ``is_beyond_thresholds`` says that none of them is within all thresholds.
    """

    points: Sequence[Means]
    goals: Goals
    is_beyond_thresholds: bool = False

    def would_grow(self, means: Means) -> bool:
        """Tell whether results would be a new Pareto point."""
        return self._grows(means, self._costs)

    def chance(self, expected: Predictions, *, seed: int = 0) -> float | None:
        """Return the chance of a new Pareto point; sampled, the same for the same seed.

        ``None`` where an objective lacks a prediction.
        """
        objectives = self.goals.objectives
        if any(metric.key not in expected for metric in objectives):
            return None
        drawn = [
            NormalDist(each.mean, each.sd).samples(SAMPLES, seed=seed + place)
            for place, each in enumerate(expected[metric.key] for metric in objectives)
        ]
        keys, front = [metric.key for metric in objectives], self._costs
        draws = (dict(zip(keys, values, strict=True)) for values in zip(*drawn, strict=True))
        return sum(self._grows(means, front) for means in draws) / SAMPLES

    @property
    def _costs(self) -> list[tuple[float, ...]]:
        costs = dict(enumerate(costs_of(means, self.goals) for means in self.points))
        return [costs[place] for place in non_dominated(costs)]

    def _grows(self, means: Means, front: Iterable[tuple[float, ...]]) -> bool:
        is_inside = is_within(means, self.goals.objectives)
        if self.is_beyond_thresholds and is_inside:
            return True
        if not (self.is_beyond_thresholds or is_inside):
            return False
        mine = costs_of(means, self.goals)
        return not any(dominates(theirs, mine) for theirs in front)


def surprise(expected: Prediction, mean: float, sem: float | None = None) -> float | None:
    """Return by how many standard deviations a result lies above what was expected.

    The noise of a single result counts: its own standard error, or else what the model knew of it.
    ``None`` where nothing would have been a surprise, or anything.
    """
    sd = math.hypot(expected.sd, noise_of(expected, sem) or 0.0)
    if sd <= 0:
        return 0.0 if mean == expected.mean else None
    z = (mean - expected.mean) / sd
    return z if math.isfinite(z) else None


def noise_of(expected: Prediction, sem: float | None) -> float | None:
    """Return the standard deviation of one result around the metric itself; ``None``: unknown."""
    return expected.noise if sem is None else sem


def at_most(count: int, of: int, share: float) -> float:
    """Return the chance of at most ``count`` hits in ``of`` tries; each is one by 0 < share < 1."""

    def exactly(hits: int) -> float:
        ways = math.lgamma(of + 1) - math.lgamma(hits + 1) - math.lgamma(of - hits + 1)
        return math.exp(ways + hits * math.log(share) + (of - hits) * math.log1p(-share))

    return min(1.0, sum(exactly(hits) for hits in range(count + 1)))
