"""One act on many trials at once: one ``Change``, one undo.

Each says which of the trials it could not be done to; those are left as they are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from experiments.domain import TrialStatus
from experiments.models import Change, ChangeKind, Experiment, Observation, TeamChoice, Trial
from experiments.services.acting import Act, acting, set_in_all
from experiments.services.errors import Refused
from experiments.services.trials import Results

_BATCH = 500


@dataclass(frozen=True)
class Outcome:
    """What became of an act: its change, and the numbers of the trials that it was done to."""

    change: Change | None
    done: tuple[int, ...] = ()


def fail(
    experiment: Experiment,
    numbers: Collection[int],
    *,
    by: AbstractBaseUser,
    reason: str = "",
    is_avoided: bool = False,
) -> Outcome:
    """End those that run as failed; ``is_avoided`` as for one trial."""
    with acting(experiment.pk, kind=ChangeKind.TRIAL_FAILED, by=by, reason=reason) as act:
        done = _end(act, numbers, TrialStatus.FAILED, by, reason, is_avoided=is_avoided)
    return Outcome(act.change, done)


def abandon(
    experiment: Experiment, numbers: Collection[int], *, by: AbstractBaseUser, reason: str = ""
) -> Outcome:
    """End those that run for good; their parameters are never suggested again."""
    with acting(experiment.pk, kind=ChangeKind.TRIAL_ABANDONED, by=by, reason=reason) as act:
        done = _end(act, numbers, TrialStatus.ABANDONED, by, reason)
    return Outcome(act.change, done)


def complete(
    experiment: Experiment, values: Mapping[int, Results], *, by: AbstractBaseUser
) -> Outcome:
    """Enter the results of those that run, by number.

    Raises ``Refused`` where a trial lacks a result of an objective.
    """
    with acting(experiment.pk, kind=ChangeKind.TRIAL_COMPLETED, by=by) as act:
        lacking = [
            number
            for number, results in values.items()
            if any(metric not in results for metric in act.experiment.objectives)
        ]
        if lacking:
            raise Refused(f"A result of trial {lacking[0]} is missing.")
        found = _running(act, values)
        known = {metric.pk for metric in act.experiment.metrics.all()}
        Observation.objects.filter(trial__in=found, step__isnull=True).delete()
        Observation.objects.bulk_create(
            (
                Observation(
                    trial=trial, metric=metric, mean=result.mean, sem=result.sem,
                    raw=list(result.raw) or None,
                )
                for trial in found
                for metric, result in values[trial.number].items()
                if metric.pk in known
            ),
            batch_size=_BATCH,
        )  # fmt: skip
        _finish(found, TrialStatus.COMPLETED, by)
    return Outcome(act.change, tuple(trial.number for trial in found))


def delete(
    experiment: Experiment, numbers: Collection[int], *, by: AbstractBaseUser, reason: str = ""
) -> Outcome:
    """Delete trials, but for the baseline and the team’s choice; the history can undo that."""
    with acting(experiment.pk, kind=ChangeKind.TRIAL_DELETED, by=by, reason=reason) as act:
        kept = {choice.trial.number for choice in _choices(act.experiment)}
        if act.experiment.baseline:
            kept.add(act.experiment.baseline.number)
        wanted = act.experiment.trials.filter(number__in=set(numbers) - kept)
        found = act.trials(wanted.order_by("number"))
        set_in_all(found, deleted_at=timezone.now())
    return Outcome(act.change, tuple(trial.number for trial in found))


def _choices(experiment: Experiment) -> Collection[TeamChoice]:
    return TeamChoice.objects.filter(experiment=experiment).select_related("trial")


def _running(act: Act, numbers: Collection[int]) -> list[Trial]:
    wanted = act.experiment.trials.filter(number__in=list(numbers), status=TrialStatus.RUNNING)
    return act.trials(wanted.order_by("number"))


def _end(
    act: Act,
    numbers: Collection[int],
    status: TrialStatus,
    by: AbstractBaseUser,
    reason: str,
    *,
    is_avoided: bool = False,
) -> tuple[int, ...]:
    found = _running(act, numbers)
    _finish(found, status, by, reason=reason, is_avoided=is_avoided)
    return tuple(trial.number for trial in found)


def _finish(found: list[Trial], status: TrialStatus, by: AbstractBaseUser, **more: object) -> None:
    now = timezone.now()
    ended = {"finished_at": now, "finished_by": by.pk, "told_finished_by": ""}
    set_in_all(found, status=status.value, **ended, **more)
