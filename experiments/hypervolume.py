"""How much of the space of goals the Pareto front covers, as results come in. No Django, no Ax.

The hypervolume is that between the front and a reference point that is worse in each objective
(Zitzler and Thiele, 1999). All objectives are costs here: smaller is better.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from experiments.domain import Direction
from experiments.ranking import Goals, Means, Standing, costs_by_trial, non_dominated

Point = tuple[float, ...]

REFERENCE = "the thresholds, or else a tenth of the front’s range beyond its worst, as Ax does"
"""The rule of ``reference_of``, in words."""

MOST_STEPS = 200
"""How often the hypervolume of three and more costs is computed: a step for some pixels."""

_MARGIN = 0.1
_NARROWEST = 1e-7


def counted(
    means: Mapping[int, Means], standings: Mapping[int, Standing], goals: Goals
) -> dict[int, Point]:
    """Return the costs of the trials that count: within the constraints, with all objectives."""
    wanted = {metric.key for metric in goals.objectives}
    counting = {
        trial: each
        for trial, each in means.items()
        if standings[trial] is Standing.FEASIBLE and wanted <= each.keys()
    }
    return costs_by_trial(counting, goals)


def reference_of(points: Mapping[int, Point], goals: Goals) -> Point:
    """Return the reference point for costs, of which there is at least one.

    It is the one that Ax's ``get_trace`` counts from: the thresholds, and where one lacks, a tenth
    of the front's range beyond the worst Pareto point (BoTorch's ``infer_reference_point``).
    """
    front = [points[trial] for trial in non_dominated(points)]
    reference = []
    for place, metric in enumerate(goals.objectives):
        if metric.threshold is not None:
            sign = 1 if metric.direction is Direction.MINIMIZE else -1
            reference.append(sign * metric.threshold)
            continue
        worst, best = (each(point[place] for point in front) for each in (max, min))
        width = abs(worst) if len(front) == 1 else worst - best
        reference.append(worst + _MARGIN * max(width, _NARROWEST))
    return tuple(reference)


def growth(points: Sequence[Point], reference: Point) -> Iterator[tuple[int, float]]:
    """Yield the place (from 0) and the hypervolume wherever a point enlarges it, as they came.

    Of three and more costs, about ``MOST_STEPS`` of these places, the last one among them.
    """
    inside = [
        (place, point)
        for place, point in enumerate(points)
        if all(cost < limit for cost, limit in zip(point, reference, strict=True))
    ]
    yield from _areas(inside, reference) if len(reference) == 2 else _volumes(inside, reference)


def _areas(points: Sequence[tuple[int, Point]], reference: Point) -> Iterator[tuple[int, float]]:
    """Two costs: the front is a staircase, sorted by the first; each point adds some steps."""
    firsts: list[float] = []
    seconds: list[float] = []
    area = 0.0
    for place, (first, second) in points:
        start = bisect_left(firsts, first)
        height = seconds[start - 1] if start else reference[1]
        is_equalled = start < len(firsts) and firsts[start] == first and seconds[start] <= second
        if height <= second or is_equalled:
            continue
        left, end = first, start
        while end < len(firsts) and seconds[end] >= second:
            area += (firsts[end] - left) * (height - second)
            left, height = firsts[end], seconds[end]
            end += 1
        right = firsts[end] if end < len(firsts) else reference[0]
        area += (right - left) * (height - second)
        firsts[start:end], seconds[start:end] = [first], [second]
        yield place, area


def _volumes(points: Sequence[tuple[int, Point]], reference: Point) -> Iterator[tuple[int, float]]:
    # They take a fifth of a second to import, and few experiments have so many objectives.
    import moocore
    import numpy as np

    entered: list[tuple[int, Point]] = []
    front = np.empty((0, len(reference)))
    for place, point in points:
        if not (front <= point).all(axis=1).any():
            front = np.vstack([front[(front < point).any(axis=1)], point])
            entered.append((place, point))
    stride = -(-len(entered) // MOST_STEPS) or 1
    for last in range(len(entered) - 1, -1, -stride)[::-1]:
        known = [point for _, point in entered[: last + 1]]
        yield entered[last][0], float(moocore.hypervolume(known, ref=reference))
