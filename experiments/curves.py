"""Learning curves: intermediate results by step, of one metric of one trial. Pure."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from experiments.domain import Direction

MOST_POINTS = 10_000
"""How many points a curve may have: a plot is not even a quarter as many pixels wide."""


class Point(NamedTuple):
    """An intermediate result: at which step, its mean, and the standard error if it is known."""

    step: float
    mean: float
    sem: float | None = None


Curve = Sequence[Point]
"""Points in the order of their steps, each step once."""


class Line(NamedTuple):
    """A whole curve without standard errors: steps in order, and the mean at each."""

    steps: Sequence[float]
    means: Sequence[float]

    def at(self, step: float) -> float | None:
        """Return where a straight line between its points is at a step; ``None`` beyond them."""
        if not self.steps or not self.steps[0] <= step <= self.steps[-1]:
            return None
        place = bisect_left(self.steps, step)
        if self.steps[place] == step:
            return self.means[place]
        low, high = self.steps[place - 1], self.steps[place]
        share = (step - low) / (high - low)
        return (1 - share) * self.means[place - 1] + share * self.means[place]


def with_points(curve: Curve, points: Curve, removed: Sequence[float] = ()) -> list[Point]:
    """Return a curve with further points, which replace those at the same steps."""
    by_step = {point.step: point for point in curve if point.step not in removed}
    by_step |= {point.step: point for point in points}
    return [by_step[step] for step in sorted(by_step)]


def next_step(curve: Curve) -> float:
    """Return the step that a curve probably goes on with: as far from the last as that was."""
    if not curve:
        return 1.0
    last = curve[-1].step
    return last + (last - curve[-2].step if len(curve) > 1 else 1.0)


def lasts_of(curves: Mapping[str, Curve]) -> dict[str, Point]:
    """Return the last point of each curve that has some, by metric key."""
    return {key: curve[-1] for key, curve in curves.items() if curve}


def best_of(curve: Curve, direction: Direction) -> Point:
    """Return the best point of a curve that has some; of equal ones the first."""
    better = min if direction is Direction.MINIMIZE else max
    return better(curve, key=lambda point: point.mean)


def version_of(curves: Mapping[str, Curve]) -> str:
    """Return what is another text whenever one of the curves, by metric key, is another one."""
    told = [(key, [tuple(point) for point in curves[key]]) for key in sorted(curves) if curves[key]]
    return sha256(repr(told).encode()).hexdigest()[:16]


def version_of_ends(points: Mapping[str, Point]) -> str:
    """Return what is another text whenever one of the points, by metric key, is another one."""
    return version_of({key: [point] for key, point in points.items()})
