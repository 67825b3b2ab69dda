"""What happens to one trial: results, corrections, failures, and taking them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from experiments.domain import Result, TrialStatus
from experiments.formatting import format_number
from experiments.models import ChangeKind, Experiment, Metric, Observation, Trial
from experiments.permissions import check_can_run
from experiments.services.errors import Conflict, Refused
from experiments.services.recording import locked, record

Results = Mapping[Metric, Result]


def complete(trial: Trial, *, values: Results, by: AbstractBaseUser) -> Trial:
    """Enter the results of a running trial.

    Each objective needs a result; other metrics may be missing. The same results sent again change
    nothing. Raises ``Conflict`` if somebody finished the trial meanwhile, ``Refused`` for results
    that are missing or of other experiments, ``PermissionDenied`` for those who may not.
    """
    with locked(trial.experiment_id) as experiment:
        trial = _reload(trial, experiment, by)
        if not trial.is_running:
            if trial.status == TrialStatus.COMPLETED and _state(trial)["values"] == _plain(values):
                return trial
            raise Conflict(_how_it_ended(trial, by))
        _check_metrics(experiment, values)
        missing = [f"“{metric}”" for metric in experiment.objectives if metric not in values]
        if missing:
            raise Refused(f"A result for {' and '.join(missing)} is missing.")
        before = _state(trial)
        _write_values(trial, values)
        _finish(trial, TrialStatus.COMPLETED, by)
        record(
            experiment, kind=ChangeKind.TRIAL_COMPLETED, by=by, is_model_change=True, trial=trial,
            before=before, after=_state(trial),
        )  # fmt: skip
    return trial


def correct(
    trial: Trial, *, values: Results, seen: Results, by: AbstractBaseUser, reason: str = ""
) -> Trial:
    """Replace, add and remove results of a completed trial.

    ``seen`` are the results that the person had before them, ``values`` those that they want:
    metrics that are the same in both are left alone, those that ``values`` lacks lose their result.
    ``Conflict`` says so if somebody else has meanwhile changed one of the others, ``Refused`` if
    the last result of an objective would go.
    """
    with locked(trial.experiment_id) as experiment:
        trial = _reload(trial, experiment, by)
        before = _state(trial)
        if trial.status != TrialStatus.COMPLETED:
            raise Conflict(_how_it_ended(trial, by))
        _check_metrics(experiment, values)
        now = _results(trial)
        touched = [m for m in {**seen, **values} if values.get(m) != seen.get(m)]
        wanted = {metric: values.get(metric) for metric in touched}
        wanted = {metric: result for metric, result in wanted.items() if now.get(metric) != result}
        if not wanted:
            return trial
        changed = [metric for metric in wanted if now.get(metric) != seen.get(metric)]
        if changed:
            raise Conflict(_what_others_entered(changed, now))
        if _has_any(now, experiment.objectives) and not _has_any(
            now | wanted, experiment.objectives
        ):
            raise Refused("A completed trial needs a result. Reopen it to take its result back.")
        removed = [metric for metric, result in wanted.items() if result is None]
        trial.observations.filter(metric__in=removed, step__isnull=True).delete()
        _write_values(trial, {m: result for m, result in wanted.items() if result is not None})
        record(
            experiment, kind=ChangeKind.TRIAL_CORRECTED, by=by, is_model_change=True, trial=trial,
            before=before, after=_state(trial), reason=reason,
        )  # fmt: skip
    return trial


def fail(trial: Trial, *, by: AbstractBaseUser, reason: str = "") -> Trial:
    """End a running trial that broke; its parameters may be suggested again."""
    return _end(trial, TrialStatus.FAILED, ChangeKind.TRIAL_FAILED, by, reason)


def abandon(trial: Trial, *, by: AbstractBaseUser, reason: str = "") -> Trial:
    """End a running trial for good; its parameters are never suggested again."""
    return _end(trial, TrialStatus.ABANDONED, ChangeKind.TRIAL_ABANDONED, by, reason)


def explain(trial: Trial, *, by: AbstractBaseUser, reason: str) -> Trial:
    """Say, or say better, why a trial failed or was abandoned."""
    kinds = {
        TrialStatus.FAILED.value: ChangeKind.TRIAL_FAILED,
        TrialStatus.ABANDONED.value: ChangeKind.TRIAL_ABANDONED,
    }
    with locked(trial.experiment_id) as experiment:
        trial = _reload(trial, experiment, by)
        if trial.status not in kinds:
            raise Conflict(_how_it_ended(trial, by))
        if trial.reason == reason:
            return trial
        before = _state(trial)
        trial.reason = reason
        trial.save(update_fields=["reason"])
        record(
            experiment, kind=kinds[trial.status], by=by, is_model_change=False, trial=trial,
            before=before, after=_state(trial), reason=reason,
        )  # fmt: skip
    return trial


def reopen(trial: Trial, *, by: AbstractBaseUser) -> Trial:
    """Take the end of a trial back: it runs again, and what was entered stays in the history."""
    with locked(trial.experiment_id) as experiment:
        trial = _reload(trial, experiment, by)
        if trial.is_running:
            return trial
        before = _state(trial)
        trial.observations.all().delete()
        trial.status = TrialStatus.RUNNING.value
        trial.reason = ""
        trial.finished_at = trial.finished_by = None
        trial.save(update_fields=["status", "reason", "finished_at", "finished_by"])
        record(
            experiment, kind=ChangeKind.TRIAL_REOPENED, by=by, is_model_change=True, trial=trial,
            before=before, after=_state(trial),
        )  # fmt: skip
    return trial


def _end(
    trial: Trial, status: TrialStatus, kind: ChangeKind, by: AbstractBaseUser, reason: str
) -> Trial:
    with locked(trial.experiment_id) as experiment:
        trial = _reload(trial, experiment, by)
        if trial.status == status:
            return trial
        if not trial.is_running:
            raise Conflict(_how_it_ended(trial, by))
        before = _state(trial)
        trial.reason = reason
        _finish(trial, status, by)
        record(
            experiment, kind=kind, by=by, is_model_change=True, trial=trial,
            before=before, after=_state(trial), reason=reason,
        )  # fmt: skip
    return trial


def _reload(trial: Trial, experiment: Experiment, by: AbstractBaseUser) -> Trial:
    """Read the trial again under the lock, once the person is known to be allowed."""
    check_can_run(by, experiment.team)
    return experiment.trials.select_related("finished_by").get(pk=trial.pk)


def _finish(trial: Trial, status: TrialStatus, by: AbstractBaseUser) -> None:
    trial.status = status.value
    trial.finished_at = timezone.now()
    trial.finished_by_id = by.pk
    trial.save(update_fields=["status", "reason", "finished_at", "finished_by"])


def _check_metrics(experiment: Experiment, values: Results) -> None:
    known = {metric.pk for metric in experiment.metrics.all()}
    for metric in values:
        if metric.pk not in known:
            raise Refused(f"“{metric.name}” is not a metric of this experiment.")


def _write_values(trial: Trial, values: Results) -> None:
    for metric, result in values.items():
        Observation.objects.update_or_create(
            trial=trial, metric=metric, step=None,
            defaults={"mean": result.mean, "sem": result.sem},
        )  # fmt: skip


def _plain(values: Results) -> dict[str, dict[str, float | None]]:
    return {metric.key: {"mean": r.mean, "sem": r.sem} for metric, r in values.items()}


def _state(trial: Trial) -> dict[str, Any]:
    """The part of a trial that acts change, as the history keeps it."""
    return {
        "trial": trial.number,
        "status": trial.status,
        "reason": trial.reason,
        "values": {
            f"m{o.metric_id}": {"mean": o.mean, "sem": o.sem}
            for o in trial.observations.filter(step__isnull=True)
        },
    }


def _results(trial: Trial) -> dict[Metric, Result]:
    """What the trial has now, in the order of the metrics."""
    observations = trial.observations.filter(step__isnull=True).select_related("metric")
    ordered = observations.order_by("metric__position", "metric_id")
    return {o.metric: Result(o.mean, o.sem) for o in ordered}


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
    who = "you" if trial.finished_by_id == by.pk else str(trial.finished_by or "somebody")
    if trial.is_running:
        return f"Trial {trial.number} was reopened meanwhile: it is running."
    if trial.status == TrialStatus.COMPLETED:
        return (
            f"Trial {trial.number} was completed meanwhile by {who}: {_values_in_words(trial)}. "
            "Correct it under “Finished trials” if that is wrong."
        )
    return f"Trial {trial.number} was {trial.get_status_display()} meanwhile by {who}."
