"""What happens to one trial: results, corrections, failures, and taking them back.

Each act returns its ``Change``, which can be undone, or ``None`` where nothing had to be done.
"""

from collections.abc import Collection, Mapping, Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from experiments.domain import WITH_RESULTS, Result, TrialStatus
from experiments.formatting import format_number
from experiments.models import (
    Change,
    ChangeKind,
    Experiment,
    Metric,
    Observation,
    TeamChoice,
    Trial,
)
from experiments.services.acting import Act, acting
from experiments.services.errors import Conflict, Refused

Results = Mapping[Metric, Result]

_ENDED = ("finished_at", "finished_by", "told_finished_by")


def complete(trial: Trial, *, values: Results, by: AbstractBaseUser) -> Change | None:
    """Enter the results of a running trial.

    Each objective needs a result; other metrics may be missing. The same results sent again change
    nothing: ``None``. Raises ``Conflict`` if somebody finished the trial meanwhile, ``Refused`` for
    results that are missing or of other experiments, ``PermissionDenied`` for those who may not.
    """
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_COMPLETED, by=by) as act:
        trial = _reload(trial, act)
        if not trial.is_running:
            if trial.status == TrialStatus.COMPLETED and _results(trial) == dict(values):
                return None
            raise Conflict(_how_it_ended(trial, by))
        _check_metrics(act.experiment, values)
        _enter(trial, act.experiment, values, by)
    return act.change


def stop_early(
    trial: Trial, *, values: Results, by: AbstractBaseUser, reason: str = ""
) -> Change | None:
    """End a running trial before its time, with the results that it has so far.

    At least one objective needs one. Raises as ``complete`` does.
    """
    kind = ChangeKind.TRIAL_STOPPED_EARLY
    with acting(trial.experiment_id, kind=kind, by=by, reason=reason) as act:
        trial = _reload(trial, act)
        if not trial.is_running:
            if trial.status == TrialStatus.EARLY_STOPPED and _results(trial) == dict(values):
                return None
            raise Conflict(_how_it_ended(trial, by))
        _check_metrics(act.experiment, values)
        if not _has_any(values, act.experiment.objectives):
            raise Refused(
                "It has no intermediate result of an objective: enter one, or abandon the trial."
            )
        _write_values(trial, values)
        trial.reason = reason
        _finish(trial, TrialStatus.EARLY_STOPPED, by)
    return act.change


def correct(
    trial: Trial, *, values: Results, seen: Results, by: AbstractBaseUser, reason: str = ""
) -> Change | None:
    """Replace, add and remove results of a completed trial, or enter those of one that had ended.

    ``seen`` are the results that the person had before them, ``values`` those that they want:
    metrics that are the same in both are left alone, those that ``values`` lacks lose their result.
    ``Conflict`` says so if somebody else has meanwhile changed one of the others, ``Refused`` if
    the last result of an objective would go. A failed or abandoned trial whose result came later is
    completed; of that one, nothing was ``seen``.
    """
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_CORRECTED, by=by, reason=reason) as act:
        trial = _reload(trial, act)
        _check_metrics(act.experiment, values)
        if trial.status in WITH_RESULTS:
            _replace_values(trial, act.experiment, values, seen)
        elif trial.is_running or seen:
            raise Conflict(_how_it_ended(trial, by))
        else:
            act.kind = ChangeKind.TRIAL_COMPLETED
            _enter(trial, act.experiment, values, by)
    return act.change


def _enter(trial: Trial, experiment: Experiment, values: Results, by: AbstractBaseUser) -> None:
    """Complete a trial with its first results."""
    missing = [f"“{metric}”" for metric in experiment.objectives if metric not in values]
    if missing:
        raise Refused(f"A result for {' and '.join(missing)} is missing.")
    _write_values(trial, values)
    trial.reason, trial.is_avoided = "", False
    _finish(trial, TrialStatus.COMPLETED, by)


def _replace_values(trial: Trial, experiment: Experiment, values: Results, seen: Results) -> None:
    now = _results(trial)
    touched = [m for m in {**seen, **values} if values.get(m) != seen.get(m)]
    wanted = {metric: values.get(metric) for metric in touched}
    wanted = {metric: result for metric, result in wanted.items() if now.get(metric) != result}
    changed = [metric for metric in wanted if now.get(metric) != seen.get(metric)]
    if changed:
        raise Conflict(_what_others_entered(changed, now))
    objectives = experiment.objectives
    if _has_any(now, objectives) and not _has_any(now | wanted, objectives):
        raise Refused("A completed trial needs a result. Reopen it to take its result back.")
    removed = [metric for metric, result in wanted.items() if result is None]
    trial.observations.filter(metric__in=removed, step__isnull=True).delete()
    _write_values(trial, {m: result for m, result in wanted.items() if result is not None})


def fail(
    trial: Trial, *, by: AbstractBaseUser, reason: str = "", is_avoided: bool = False
) -> Change | None:
    """End a running trial that broke; its parameters may be suggested again.

    Unless ``is_avoided``: then these very parameters never are.
    """
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_FAILED, by=by, reason=reason) as act:
        _end(_reload(trial, act), TrialStatus.FAILED, by, reason, is_avoided=is_avoided)
    return act.change


def abandon(trial: Trial, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """End a running trial for good; its parameters are never suggested again."""
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_ABANDONED, by=by, reason=reason) as act:
        _end(_reload(trial, act), TrialStatus.ABANDONED, by, reason)
    return act.change


def explain(
    trial: Trial, *, by: AbstractBaseUser, reason: str, is_avoided: bool | None = None
) -> Change | None:
    """Say, or say better, why a trial failed or was abandoned.

    ``is_avoided``, if given, says whether the parameters of a failed one are never suggested again.
    """
    kinds = {
        TrialStatus.FAILED.value: ChangeKind.TRIAL_FAILED,
        TrialStatus.ABANDONED.value: ChangeKind.TRIAL_ABANDONED,
    }
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_FAILED, by=by, reason=reason) as act:
        trial = _reload(trial, act)
        if trial.status not in kinds:
            raise Conflict(_how_it_ended(trial, by))
        act.kind = kinds[trial.status]
        trial.reason = reason
        if is_avoided is not None and trial.status == TrialStatus.FAILED:
            trial.is_avoided = is_avoided
        trial.save(update_fields=["reason", "is_avoided"])
    return act.change


def reopen(trial: Trial, *, by: AbstractBaseUser) -> Change | None:
    """Take the end of a trial back: it runs again, and what was entered stays in the history."""
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_REOPENED, by=by) as act:
        trial = _reload(trial, act)
        if trial.is_running:
            return None
        trial.observations.filter(step__isnull=True).delete()
        trial.status = TrialStatus.RUNNING.value
        trial.reason = ""
        trial.is_avoided = False
        trial.finished_at = trial.finished_by = None
        trial.told_finished_by = ""
        trial.save(update_fields=["status", "reason", "is_avoided", *_ENDED])
    return act.change


def delete(trial: Trial, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Delete a trial: nothing shows or learns from it any more, and the history can undo that.

    ``None`` if it is deleted already. Raises ``Refused`` for the baseline and the team's choice.
    """
    with acting(trial.experiment_id, kind=ChangeKind.TRIAL_DELETED, by=by, reason=reason) as act:
        check_can_delete(act.experiment, [trial.number])
        for found in act.trials(act.experiment.trials.filter(pk=trial.pk)):
            found.deleted_at = timezone.now()
            found.save(update_fields=["deleted_at"])
    return act.change


def check_can_delete(experiment: Experiment, numbers: Collection[int]) -> None:
    """Raise ``Refused`` if something else of the experiment rests on one of these trials."""
    for number, why in why_needed(experiment).items():
        if number in numbers:
            raise Refused(why)


def why_needed(experiment: Experiment) -> dict[int, str]:
    """Return, by number, the trials on which something else of the experiment rests, and what."""
    needed = {}
    if choice := TeamChoice.objects.filter(experiment=experiment).select_related("trial").first():
        number = choice.trial.number
        needed[number] = (
            f"Trial {number} is the team’s choice: take that back under “Decide” first."
        )
    if experiment.baseline:
        number = experiment.baseline.number
        needed[number] = (
            f"Trial {number} is the baseline: choose another one in the definition first."
        )
    return needed


def _end(
    trial: Trial,
    status: TrialStatus,
    by: AbstractBaseUser,
    reason: str,
    *,
    is_avoided: bool = False,
) -> None:
    if trial.status == status:
        return
    if not trial.is_running:
        raise Conflict(_how_it_ended(trial, by))
    trial.reason = reason
    trial.is_avoided = is_avoided
    _finish(trial, status, by)


def _reload(trial: Trial, act: Act) -> Trial:
    """Read the trial again under the lock; a deleted one can no longer be changed."""
    try:
        return act.trial(trial.pk)
    except Trial.DoesNotExist:
        raise Conflict(f"Trial {trial.number} was deleted meanwhile.") from None


def _finish(trial: Trial, status: TrialStatus, by: AbstractBaseUser) -> None:
    trial.status = status.value
    trial.finished_at = timezone.now()
    trial.finished_by_id = by.pk
    trial.told_finished_by = ""
    trial.save(update_fields=["status", "reason", "is_avoided", *_ENDED])


def _check_metrics(experiment: Experiment, values: Results) -> None:
    known = {metric.pk for metric in experiment.metrics.all()}
    for metric in values:
        if metric.pk not in known:
            raise Refused(f"“{metric.name}” is not a metric of this experiment.")


def _write_values(trial: Trial, values: Results) -> None:
    for metric, result in values.items():
        Observation.objects.update_or_create(
            trial=trial, metric=metric, step=None,
            defaults={
                "mean": result.mean, "sem": result.sem, "raw": list(result.raw) or None,
            },
        )  # fmt: skip


def _results(trial: Trial) -> dict[Metric, Result]:
    """What the trial has now, in the order of the metrics."""
    observations = trial.observations.filter(step__isnull=True).select_related("metric")
    ordered = observations.order_by("metric__position", "metric_id")
    return {o.metric: Result(o.mean, o.sem, tuple(o.raw or ())) for o in ordered}


def _has_any(results: Mapping[Metric, Result | None], metrics: Sequence[Metric]) -> bool:
    return any(results.get(metric) for metric in metrics)


def _values_in_words(trial: Trial) -> str:
    results = _results(trial)
    if len(results) == 1:
        return format_number(next(iter(results.values())).mean)
    return ", ".join(f"{m.name} {format_number(result.mean)}" for m, result in results.items())


def _what_others_entered(metrics: Sequence[Metric], now: Results) -> str:
    """Say what the results that two people changed are now."""
    entered = ", ".join(f"{m.name} {format_number(now[m].mean)}" for m in metrics if m in now)
    removed = ", ".join(metric.name for metric in metrics if metric not in now)
    if len(now) == len(metrics) == 1:
        entered = format_number(now[metrics[0]].mean)
    said = [f"{entered} was entered for this trial"] if entered else []
    said += [f"the result of {removed} was removed"] if removed else []
    return f"Meanwhile, {' and '.join(said)}."


def _how_it_ended(trial: Trial, by: AbstractBaseUser) -> str:
    told = f"{trial.told_finished_by} (as a file says)" if trial.told_finished_by else "somebody"
    who = "you" if trial.finished_by_id == by.pk else str(trial.finished_by or told)
    if trial.is_running:
        return f"Trial {trial.number} was reopened meanwhile: it is running."
    if trial.status == TrialStatus.COMPLETED:
        return f"Trial {trial.number} was completed meanwhile by {who}: {_values_in_words(trial)}."
    return f"Trial {trial.number} was {trial.get_status_display()} meanwhile by {who}."
