"""How far trials are from each other in a search space, and which are nearest. Pure.

Each parameter that varies counts from 0 to 1: a range by where a value lies between the bounds (on
a log scale where it has one), an ordered choice by its place in the list, any other choice by being
the same or not. A parameter that applies to only one of two trials counts as 1.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from experiments.domain import Parameterization, ParameterKind, ParameterSpec, ParameterValue

_Place = Callable[[ParameterValue], float]

_FARTHEST = 1e12
"""Squared: values may lie any number of ranges outside of the bounds of today."""


class Neighbour(NamedTuple):
    """A trial by its number, and how far it is; 1 is the whole range of one parameter."""

    trial: int
    distance: float


class Distances:
    """Distances in one search space."""

    def __init__(self, specs: Sequence[ParameterSpec]) -> None:
        self._places = {spec.key: _place(spec) for spec in specs if _varies(spec)}

    def between(self, one: Parameterization, other: Parameterization) -> float:
        """Return the Euclidean distance of two trials' values by parameter key."""
        return math.sqrt(self._squared(one, other))

    def nearest(
        self, point: Parameterization, trials: Iterable[tuple[int, Parameterization]], count: int
    ) -> list[Neighbour]:
        """Return the trials (numbers and values) that are nearest, the earliest of equals first."""
        far = ((self._squared(point, values), number) for number, values in trials)
        return [Neighbour(number, math.sqrt(sq)) for sq, number in heapq.nsmallest(count, far)]

    def _squared(self, one: Parameterization, other: Parameterization) -> float:
        total = 0.0
        for key, place in self._places.items():
            a, b = one.get(key), other.get(key)
            if a == b and isinstance(a, bool) == isinstance(b, bool):
                continue
            if a is None or b is None or place is None:
                total += 1.0
            else:
                total += min((place(a) - place(b)) ** 2, _FARTHEST)
        return total


def _varies(spec: ParameterSpec) -> bool:
    return spec.kind in (ParameterKind.RANGE, ParameterKind.CHOICE)


def _place(spec: ParameterSpec) -> _Place | None:
    """Return what puts a value between 0 and 1; ``None`` where values are the same or not."""
    if spec.kind is ParameterKind.CHOICE:
        return _in_order(spec) if spec.is_ordered and len(spec.values) > 1 else None
    if spec.lower is None or spec.upper is None:
        return None
    if spec.log_scale:
        low, high = math.log(spec.lower), math.log(spec.upper)
        smallest = math.ulp(0.0)
        return lambda value: (math.log(max(float(value), smallest)) - low) / (high - low)
    start, width = float(spec.lower), float(spec.upper) - float(spec.lower)
    return lambda value: (float(value) - start) / width


def _in_order(spec: ParameterSpec) -> _Place:
    """Return the place in the list; a value that is not in it any more is a whole list away."""
    places = {value: place for place, value in enumerate(spec.values)}
    last = len(spec.values) - 1
    return lambda value: places.get(value, 2 * last) / last
