"""Points of learning curves as the history keeps them: only those that an act has changed.

By metric key, a list for each step: ``[3.0, 0.5, None]`` has a mean and perhaps a standard error,
``[3.0]`` says that there is no point. The whole curve each time would add up to a hundred megabytes
for one that is entered point by point.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from experiments.models import Observation

JsonPoint = Sequence[float | None]
Points = dict[str, list[list[float | None]]]
Curves = Mapping[str, Sequence[JsonPoint]]
"""Points by metric key, each with its step, mean and standard error."""

_BATCH = 1_000


def changed(before: Curves, after: Curves) -> tuple[Points, Points]:
    """Return the points in which curves differ: as they were, and as they are."""
    was: Points = {}
    now: Points = {}
    for key in {**before, **after}:
        old, new = _by_step(before, key), _by_step(after, key)
        steps = [step for step in sorted({*old, *new}) if old.get(step) != new.get(step)]
        if steps:
            was[key] = [old.get(step, [step]) for step in steps]
            now[key] = [new.get(step, [step]) for step in steps]
    return was, now


def at_steps_of(points: Curves, curves: Curves) -> Points:
    """Return what curves have at the steps of ``points``."""
    found: Points = {}
    for key, wanted in points.items():
        known = _by_step(curves, key)
        found[key] = [known.get(step, [step]) for step in map(_step, wanted)]
    return found


def are_there(points: Curves, curves: Curves) -> bool:
    """Tell whether curves have these points, and none where there should be none."""
    return at_steps_of(points, curves) == {
        key: [list(point) for point in wanted] for key, wanted in points.items()
    }


def _by_step(curves: Curves, key: str) -> dict[float, list[float | None]]:
    return {_step(point): list(point) for point in curves.get(key, ())}


def _step(point: JsonPoint) -> float:
    return cast(float, point[0])


def write(trial: int, points: Curves, metrics: Collection[int]) -> None:
    """Give a trial, by its id, these points, and take those away that should not be there.

    Those of metrics that are not among ``metrics``, by id, are left out.
    """
    rows = []
    for key, own in points.items():
        metric = int(key[1:])
        if metric not in metrics:
            continue
        steps = [_step(point) for point in own]
        Observation.objects.filter(trial=trial, metric=metric, step__in=steps).delete()
        for step, *rest in own:
            if rest:
                mean, sem = cast(float, rest[0]), rest[1]
                rows.append(
                    Observation(trial_id=trial, metric_id=metric, step=step, mean=mean, sem=sem)
                )
    Observation.objects.bulk_create(rows, batch_size=_BATCH)
