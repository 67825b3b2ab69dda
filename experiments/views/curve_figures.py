"""Which learning curves a figure has, read from rows: as many as fit, and few points of each."""

from collections.abc import Collection, Iterator, Sequence

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef

from experiments.models import Metric, Observation, Trial
from experiments.plots.curves import DrawnCurve, drawn_curve

MOST_CURVES = 200
"""How many curves a figure has."""
MOST_DRAWN = 8_000
"""How many points a figure has, in all."""
_AT_A_TIME = 20


def drawn_curves(
    metric: Metric,
    *,
    most: int = MOST_CURVES,
    room: int | None = None,
    first: Sequence[int] = (),
    only: Collection[int] | None = None,
    without: int | None = None,
    is_log: bool = False,
) -> tuple[list[DrawnCurve], int]:
    """Return curves of a metric, few and short enough to draw, and how many there are.

    Those of the trials ``first``, by id, are among them, in this order as far as there is room; of
    the others as many as fit, evenly spread. ``only`` are the ids of the trials that count, all if
    it is ``None``; the one ``without`` is left out. Of long curves the points are thinned, to
    ``room`` in all (``MOST_DRAWN`` if it is ``None``); ``is_log``: as for a logarithmic axis.
    """
    points = Observation.objects.filter(metric=metric, step__isnull=False)
    trials = Trial.objects.filter(experiment=metric.experiment_id).order_by("number")
    trials = trials.filter(Exists(points.filter(trial=OuterRef("pk"))))
    rows = {
        pk: (number, status)
        for pk, number, status in trials.values_list("pk", "number", "status")
        if pk != without and (only is None or pk in only)
    }
    wanted = _chosen(rows.keys(), first, most)
    each = (room or MOST_DRAWN) // max(1, len(wanted))
    found = points.filter(trial__in=wanted).order_by().values("trial")
    read = found.annotate(
        steps=ArrayAgg("step", order_by="step"), means=ArrayAgg("mean", order_by="step")
    )
    drawn = [
        drawn_curve(*rows[pk], steps, means, most=each, is_log=is_log)
        for pk, steps, means in read.values_list("trial", "steps", "means")
    ]
    return drawn, len(rows)


def all_points(
    metric: Metric, trials: Sequence[int]
) -> Iterator[tuple[int, str, float, float, float | None]]:
    """Yield all points of a metric of trials, by their ids, as ``plots.data.curve_chunks`` wants.

    They are read some trials at a time.
    """
    for start in range(0, len(trials), _AT_A_TIME):
        some = trials[start : start + _AT_A_TIME]
        points = Observation.objects.filter(metric=metric, step__isnull=False, trial__in=some)
        columns = ("trial__number", "trial__status", "step", "mean", "sem")
        yield from points.order_by("trial__number", "step").values_list(*columns)


def _chosen(ids: Collection[int], first: Sequence[int], most: int) -> list[int]:
    """The ids of the curves that are drawn, those ``first`` that there are before the others."""
    wanted = [pk for pk in dict.fromkeys(first) if pk in ids][:most]
    rest = [pk for pk in ids if pk not in wanted]
    room = min(len(rest), most - len(wanted))
    return wanted + [rest[place * len(rest) // room] for place in range(room)]
