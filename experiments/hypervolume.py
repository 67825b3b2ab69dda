"""How much of the space of goals the Pareto front covers, as results come in. No Django, no Ax.

The hypervolume is that between the front and a reference point that is worse in each objective
(Zitzler and Thiele, 1999). All objectives are costs here: smaller is better.
"""

from collections.abc import Iterator, Sequence

Point = tuple[float, ...]

_MARGIN = 0.1


def reference_of(points: Sequence[Point], thresholds: Sequence[float | None]) -> Point:
    """Return the reference point: the thresholds, or where one lacks, a tenth of the range beyond
    the worst result."""
    reference = []
    for place, threshold in enumerate(thresholds):
        values = [point[place] for point in points]
        worst, best = max(values), min(values)
        reference.append(worst + _MARGIN * ((worst - best) or abs(worst) or 1.0))
        if threshold is not None:
            reference[-1] = threshold
    return tuple(reference)


def growth(points: Sequence[Point], reference: Point) -> Iterator[float]:
    """Yield the hypervolume after each point, in the order in which they came."""
    front: list[Point] = []
    volume = 0.0
    for point in points:
        is_inside = all(cost < limit for cost, limit in zip(point, reference, strict=True))
        if is_inside and not any(_covers(other, point) for other in front):
            front = [other for other in front if not _covers(point, other)] + [point]
            volume = _volume(front, reference)
        yield volume


def _covers(one: Point, other: Point) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))


def _volume(front: Sequence[Point], reference: Point) -> float:
    if len(reference) == 2:
        return _area(front, reference)
    import moocore  # It takes a fifth of a second, and few experiments have so many objectives.

    return float(moocore.hypervolume(front, ref=reference))


def _area(front: Sequence[Point], reference: Point) -> float:
    """The area of steps: two costs, sorted by the first."""
    area, height = 0.0, reference[1]
    for first, second in sorted(front):
        area += (reference[0] - first) * (height - second)
        height = second
    return area
