"""Where the model could go next: many places of the space, denser where it expects much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from experiments.domain import Parameterization, ParameterValue
from experiments.optimizer.analysis.study import Predicted, Study
from experiments.optimizer.analysis.utility import (
    Utility,
    expected_improvement,
    feasibility,
    utility_of,
)
from experiments.optimizer.axes import Axis
from experiments.optimizer.exploration import POINTS, sequence
from experiments.optimizer.seeds import derived_seed

_ROUNDS = (0.2, 0.1, 0.05, 0.02, 0.01)
"""How far, as shares of each axis, each round looks around the best places so far."""

_STARTS = 8
_AROUND = 12
_ALL_UP_TO = 512
"""A space of no more combinations than this is looked at whole."""


@dataclass(frozen=True)
class Places:
    """Parameterizations, their utility as the model has it, and their chance to be feasible."""

    points: Sequence[Parameterization]
    utility: Predicted
    feasible: np.ndarray

    def take(self, indices: Sequence[int]) -> "Places":
        """Return some of them."""
        chosen = list(indices)
        utility = Predicted(self.utility.means[chosen], self.utility.sds[chosen])
        return Places([self.points[i] for i in chosen], utility, self.feasible[chosen])

    def __add__(self, other: "Places") -> "Places":
        means = np.concatenate([self.utility.means, other.utility.means])
        sds = np.concatenate([self.utility.sds, other.utility.sds])
        feasible = np.concatenate([self.feasible, other.feasible])
        return Places([*self.points, *other.points], Predicted(means, sds), feasible)

    def each(self) -> Iterator[tuple[float, float, float]]:
        """Yield the mean and standard deviation of the utility, and the chance, of each place."""
        means, sds = self.utility
        for mean, sd, feasible in zip(means, sds, self.feasible, strict=True):
            yield float(mean), float(sd), float(feasible)

    def best(self) -> int:
        """Return the place with the most expected advantage, weighed by its chance as Ax does."""
        means = self.utility.means
        return int(np.argmax((means - means.min()) * self.feasible))


def places_at(study: Study, utility: Utility, points: Sequence[Parameterization]) -> Places:
    """Return what the model says of complete parameterizations."""
    predicted = study.predict(points)
    return Places(list(points), utility.of(predicted), feasibility(study, predicted))


@lru_cache(maxsize=1)
def explored(study: Study) -> Places:
    """Return some hundred places that can be suggested, the promising parts looked at closely.

    Kept for the newest study: several cards ask for it. Not for objectives that are traded off.
    """
    utility = utility_of(study)
    assert utility is not None
    return _explored(study, utility)


def _explored(study: Study, utility: Utility) -> Places:
    found = places_at(study, utility, _spread(study))
    if study.space.size is not None and study.space.size <= _ALL_UP_TO:
        return found
    random = np.random.default_rng(derived_seed(study.spec.seed, len(study.trials)))
    for reach in _ROUNDS:
        near = [
            moved
            for start in _promising(found, _STARTS)
            for _ in range(_AROUND)
            if (moved := _near(study, start, reach, random)) is not None
        ]
        if near:
            found += places_at(study, utility, near)
    return found


def explored_for(study: Study, utility: Utility) -> Places:
    """Return places as ``explored`` does, for one of several objectives by itself."""
    return _explored(study, utility)


def promising(places: Places, count: int, incumbent: float) -> list[int]:
    """Return the places that would be tried next, first those expected to improve the most."""
    improvement = expected_improvement(*places.utility, np.asarray(incumbent)) * places.feasible
    return [int(i) for i in np.argsort(-improvement, kind="stable")[:count]]


def _spread(study: Study) -> list[Parameterization]:
    """Return places all over the space, each once; all of them where there are few."""
    size = study.space.size
    if size is not None and size <= _ALL_UP_TO:
        return list(study.space.combinations()) or [study.anchor]
    points = [study.anchor, *islice(sequence(study.space, study.spec.seed, 0), POINTS)]
    return list({study.space.signature(point): point for point in points}.values())


def _promising(places: Places, count: int) -> list[Parameterization]:
    """Return starts for a closer look: the best by what is expected, and by what could be."""
    means, sds = places.utility
    by_mean = np.argsort(-(means - means.min()) * places.feasible, kind="stable")[: count // 2]
    hopeful = means + sds
    by_hope = np.argsort(-(hopeful - hopeful.min()) * places.feasible, kind="stable")[: count // 2]
    return [places.points[i] for i in dict.fromkeys([*by_mean, *by_hope])]


def _near(
    study: Study, start: Parameterization, reach: float, random: np.random.Generator
) -> Parameterization | None:
    """Return a place near another one that satisfies all constraints."""
    values: dict[str, ParameterValue] = {
        key: value for key, value in start.items() if key in study.space.axes
    }
    keys = [draft.spec.key for draft in study.varied if draft.spec.key in values]
    is_moved = random.random(len(keys)) < max(0.5, 1 / max(1, len(keys)))
    for key, moves in zip(keys, is_moved, strict=True):
        if moves:
            values[key] = _shifted(study.space.axes[key], values[key], reach, random)
    completed = study.varying(values, keys[0], values[keys[0]]) if keys else values
    return study.space.moved(completed)


def _shifted(
    axis: Axis, value: ParameterValue, reach: float, random: np.random.Generator
) -> ParameterValue:
    """Return another value of an axis, about ``reach`` of its length away; labels are drawn."""
    if axis.spec.values or isinstance(value, str | bool):
        if random.random() > reach:
            return value
        return axis.nth(int(random.integers(axis.cardinality or 1)))
    low, high = axis.ends()
    step = float(random.normal(0.0, reach))
    if axis.spec.log_scale:
        new = float(np.exp(np.log(value) + step * np.log(high / low)))
    else:
        new = float(value) + step * (high - low)
    return axis.nearest(axis.modelled(min(max(new, low), high)))
