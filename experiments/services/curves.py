"""Learning curves of trials: entering, correcting and removing points; ending a trial with them.

Each act returns its ``Change``, which can be undone, or ``None`` where nothing had to be done.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONArray
from django.utils import timezone

from experiments.curves import (
    MOST_POINTS,
    Curve,
    Line,
    Point,
    best_of,
    lasts_of,
    version_of,
    version_of_ends,
    with_points,
)
from experiments.domain import Direction, Result, TrialStatus
from experiments.formatting import format_number
from experiments.models import Change, ChangeKind, Metric, Observation, StoppingAdvice, Trial
from experiments.services import curve_points, trials
from experiments.services.acting import acting
from experiments.services.errors import Conflict, Refused
from experiments.services.recording import announce, locked

Curves = Mapping[str, Curve]
"""Curves by metric key."""


def curves_of(trial: Trial) -> dict[str, list[Point]]:
    """Return the curves of a trial by metric key."""
    rows = Observation.objects.filter(trial=trial, step__isnull=False).order_by("metric", "step")
    found: dict[str, list[Point]] = {}
    for metric, step, mean, sem in rows.values_list("metric", "step", "mean", "sem"):
        found.setdefault(f"m{metric}", []).append(Point(step or 0.0, mean, sem))
    return found


def last_points(trials: Collection[int], metrics: Sequence[Metric]) -> dict[int, dict[str, Point]]:
    """Return the last points of the curves of trials, by their ids, by metric key.

    One look into the index for each: the curves may be long, and the trials many.
    """
    points = Observation.objects.filter(trial=OuterRef("pk"), step__isnull=False).order_by("-step")
    newest = {
        metric.key: Subquery(
            points.filter(metric=metric).values(it=JSONArray("step", "mean", "sem"))[:1]
        )
        for metric in metrics
    }
    rows = Trial.objects.filter(pk__in=trials).values_list("pk", *newest.values())
    found = {}
    for pk, *ends in rows:
        pairs = zip(newest, ends, strict=True)
        found[pk] = {key: Point(*map(_float, end)) for key, end in pairs if end is not None}
    return {pk: ends for pk, ends in found.items() if ends}


def _float(value: float | None) -> Any:
    """The database writes some floats of JSON as whole numbers."""
    return None if value is None else float(value)


def of_metric(metric: Metric) -> dict[int, tuple[TrialStatus, Line]]:
    """Return where each trial stands and its curve of a metric, by the trials' numbers."""
    points = Observation.objects.filter(
        metric=metric, step__isnull=False, trial__deleted_at=None
    ).order_by()
    rows = points.values("trial__number", "trial__status").annotate(
        steps=ArrayAgg("step", order_by="step"), means=ArrayAgg("mean", order_by="step")
    )
    columns = ("trial__number", "trial__status", "steps", "means")
    return {
        number: (TrialStatus(status), Line(steps, means))
        for number, status, steps, means in rows.values_list(*columns)
    }


def store_advice(experiment_id: int, *, revision: int, body: dict[str, Any]) -> None:
    """Keep which trials are better stopped early, and tell open pages."""
    with transaction.atomic():
        StoppingAdvice.objects.filter(experiment=experiment_id, revision__lte=revision).update(
            revision=revision, body=body, made_at=timezone.now()
        )
        announce(experiment_id)


def enter(
    trial: Trial,
    *,
    points: Mapping[Metric, Curve],
    seen: str,
    by: AbstractBaseUser,
    removed: Collection[float] = (),
    is_whole: bool = False,
) -> Change | None:
    """Add points to the curves of a trial that may run or have ended; same steps are replaced.

    ``removed`` are steps to take away from these metrics' curves; ``is_whole``: all that is not
    among the points. ``seen`` is the ``version_of`` the curves that the person had before them:
    where others have changed them since, new steps are added all the same, but replacing or
    removing is a ``Conflict``. Raises ``Refused`` for too many points, and for foreign metrics.
    """
    with acting(trial.experiment_id, kind=ChangeKind.CURVE_ENTERED, by=by) as act:
        try:
            trial = act.trial(trial.pk)
        except Trial.DoesNotExist:
            raise Conflict(f"Trial {trial.number} was deleted meanwhile.") from None
        known = {metric.pk for metric in act.experiment.metrics.all()}
        now = curves_of(trial)
        later: dict[str, Curve] = dict(now)
        for metric, own in points.items():
            if metric.pk not in known:
                raise Refused(f"“{metric.name}” is not a metric of this experiment.")
            old = now.get(metric.key, [])
            new = with_points([] if is_whole else old, own, list(removed))
            if new == old:
                continue
            lost = [p for p in old if p not in new]
            if lost and seen != version_of(now):
                raise Conflict(_since(metric, lost))
            if len(new) > MOST_POINTS:
                raise Refused(
                    f"The curve of {metric.name} would have {len(new):,} points; {MOST_POINTS:,} "
                    "are the most. Enter every tenth step, or so."
                )
            later[metric.key] = new
        before, after = curve_points.changed(now, later)
        if after:
            StoppingAdvice.objects.get_or_create(experiment=act.experiment)
            curve_points.write(trial.pk, after, known)
            act.curves_changed(trial.number, before, after)
    return act.change


def stop_early(trial: Trial, *, seen: str, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """End a running trial before its time; the last values of its curves become its results.

    ``seen`` is the ``version_of_ends`` the last points that the person had before them.
    """
    with locked(trial.experiment_id):
        values = _values(trial, seen, is_best=False)
        return trials.stop_early(trial, values=values, by=by, reason=reason)


def finish(trial: Trial, *, seen: str, by: AbstractBaseUser, is_best: bool) -> Change | None:
    """Complete a running trial with the last values of its curves, or with each one’s best.

    ``seen`` is the ``version_of_ends`` these points, as the person had them before them.
    """
    with locked(trial.experiment_id):
        return trials.complete(trial, values=_values(trial, seen, is_best=is_best), by=by)


def _values(trial: Trial, seen: str, *, is_best: bool) -> dict[Metric, Result]:
    metrics = {metric.key: metric for metric in trial.experiment.metrics.all()}
    curves = curves_of(trial)
    ends = bests_of(curves, metrics.values()) if is_best else lasts_of(curves)
    if version_of_ends(ends) != seen:
        raise Conflict("Meanwhile, its curve was changed. Look at it, and do it again.")
    return {metrics[key]: Result(point.mean, point.sem) for key, point in ends.items()}


def bests_of(curves: Curves, metrics: Iterable[Metric]) -> dict[str, Point]:
    """Return the best point of each curve that has some, by metric key."""
    return {
        metric.key: best_of(curves[metric.key], Direction(metric.direction))
        for metric in metrics
        if curves.get(metric.key)
    }


def _since(metric: Metric, lost: Curve) -> str:
    first = lost[0]
    return (
        f"Meanwhile, the curve was changed: {metric.name} at step {format_number(first.step, 12)} "
        f"is {format_number(first.mean)}. Save again to replace it with yours."
    )
