"""The life of an experiment: status, name, tags, notes, command; deleting and restoring it."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from experiments.definition_rules import tags_problem
from experiments.models import Change, ChangeKind, Experiment, ExperimentStatus
from experiments.permissions import check_can_organize
from experiments.services.errors import Conflict, Refused
from experiments.services.recording import locked, record
from experiments.services.standing import why_not_standing
from experiments.shell import TemplateProblem, read_template

KEPT_DAYS = 30
"""Days for which a deleted experiment can be restored."""


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a status to another: what its button says, and what it means."""

    to: ExperimentStatus
    label: str
    meaning: str


_RESUMED = "Suggestions are computed again."
_COMPLETED = "Nothing more is suggested. Results can still be corrected."
_ARCHIVED = "As completed, and the list leaves it out unless asked for."

MOVES: dict[ExperimentStatus, tuple[Move, ...]] = {
    ExperimentStatus.DRAFT: (
        Move(ExperimentStatus.RUNNING, "Start", "Suggestions are computed from now on."),
    ),
    ExperimentStatus.RUNNING: (
        Move(
            ExperimentStatus.PAUSED,
            "Pause",
            "No suggestions are computed. Results can still be entered.",
        ),
        Move(ExperimentStatus.COMPLETED, "Complete", _COMPLETED),
        Move(ExperimentStatus.ARCHIVED, "Archive", _ARCHIVED),
    ),
    ExperimentStatus.PAUSED: (
        Move(ExperimentStatus.RUNNING, "Resume", _RESUMED),
        Move(ExperimentStatus.COMPLETED, "Complete", _COMPLETED),
        Move(ExperimentStatus.ARCHIVED, "Archive", _ARCHIVED),
    ),
    ExperimentStatus.COMPLETED: (
        Move(ExperimentStatus.RUNNING, "Reopen", _RESUMED),
        Move(ExperimentStatus.ARCHIVED, "Archive", _ARCHIVED),
    ),
    ExperimentStatus.ARCHIVED: (
        Move(ExperimentStatus.RUNNING, "Reopen", _RESUMED),
        Move(ExperimentStatus.COMPLETED, "Unarchive", "Back in the list, as completed."),
    ),
}
"""From each status, the moves that people may make, the most likely one first."""

FIELDS = {
    ChangeKind.STATUS_CHANGED: "status",
    ChangeKind.EXPERIMENT_RENAMED: "name",
    ChangeKind.TAGS_CHANGED: "tags",
    ChangeKind.NOTES_EDITED: "notes",
    ChangeKind.COMMAND_CHANGED: "command",
}
"""The field of the experiment that each kind of act changes."""


def moves_from(experiment: Experiment) -> tuple[Move, ...]:
    """Return the moves that the experiment's status allows."""
    return MOVES[ExperimentStatus(experiment.status)]


def change_status(
    experiment: Experiment, *, status: ExperimentStatus, by: AbstractBaseUser
) -> Change | None:
    """Move an experiment to another status; ``None`` if it is there already.

    Whoever waits for suggestions stops waiting when it leaves “running”. Raises ``Conflict`` where
    the status, as it is by now, does not allow the move.
    """
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        if experiment.status == status:
            return None
        if status not in {move.to for move in moves_from(experiment)}:
            raise Conflict(
                f"The experiment is {experiment.get_status_display()} by now: "
                f"from there it cannot become {status.label}."
            )
        return _set(experiment, ChangeKind.STATUS_CHANGED, status.value, by)


def rename(experiment: Experiment, *, name: str, by: AbstractBaseUser) -> Change | None:
    """Give an experiment another name; ``None`` if it has that one."""
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        return _set(experiment, ChangeKind.EXPERIMENT_RENAMED, name, by)


def set_tags(experiment: Experiment, *, tags: Sequence[str], by: AbstractBaseUser) -> Change | None:
    """Replace the tags; ``None`` if they are these already."""
    if problem := tags_problem(tuple(tags)):
        raise Refused(problem)
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        return _set(experiment, ChangeKind.TAGS_CHANGED, list(tags), by)


def set_command(experiment: Experiment, *, template: str, by: AbstractBaseUser) -> Change | None:
    """Replace the command template (blank: none); ``None`` if it is this already.

    Raises ``Refused`` where a value could break out, or a name is not known.
    """
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        if template:
            try:
                read_template(template, experiment.carrying.is_text)
            except TemplateProblem as problem:
                raise Refused(str(problem)) from problem
        return _set(experiment, ChangeKind.COMMAND_CHANGED, template, by)


def edit_notes(
    experiment: Experiment, *, notes: str, seen: str, by: AbstractBaseUser
) -> Change | None:
    """Replace the notes; ``None`` if they say this already.

    ``seen`` is the ``fingerprint`` of the notes that the person started from: ``Conflict`` is
    raised if they have been edited meanwhile.
    """
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        if experiment.notes != notes and fingerprint(experiment.notes) != seen:
            raise Conflict("Somebody edited the notes meanwhile.")
        return _set(experiment, ChangeKind.NOTES_EDITED, notes, by)


def fingerprint(notes: str) -> str:
    """Return a short text that differs where notes differ."""
    return hashlib.sha256(notes.encode()).hexdigest()[:16]


def undo(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Take back one change of the status, name, tags, notes or command.

    ``None`` if it is as before already. Raises ``Conflict`` if it was changed again since.
    """
    with locked(change.experiment_id) as experiment:
        check_can_organize(by, experiment.team)
        kind = ChangeKind(change.kind)
        before = change.before[FIELDS[kind]]
        if getattr(experiment, FIELDS[kind]) == before:
            return None
        if obstacle := why_not_undo(experiment, change):
            raise Conflict(obstacle)
        return _set(experiment, kind, before, by, reason=reason, undoes=change)


def why_not_undo(experiment: Experiment, change: Change) -> str:
    """Return why a change of the status, name, tags, notes or command stays; "" if it need not."""
    field = FIELDS[ChangeKind(change.kind)]
    return why_not_standing(
        "command template" if field == "command" else field,
        now=getattr(experiment, field),
        before=change.before[field],
        after=change.after[field],
    )


def delete(experiment: Experiment, *, by: AbstractBaseUser) -> None:
    """Delete an experiment: it can be restored for ``KEPT_DAYS`` days, and is then gone."""
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        if experiment.deleted_at:
            return
        experiment.deleted_at = timezone.now()
        experiment.deleted_by_id = by.pk
        experiment.creation_key = None  # The form that made it, sent again, makes another one.
        experiment.save(update_fields=["deleted_at", "deleted_by", "creation_key"])
        _end_waiting(experiment)
        record(experiment, kind=ChangeKind.EXPERIMENT_DELETED, by=by, is_model_change=False)


def restore(experiment: Experiment, *, by: AbstractBaseUser) -> None:
    """Take the deletion of an experiment back; restoring it twice changes nothing."""
    with locked(experiment.pk) as experiment:
        check_can_organize(by, experiment.team)
        if experiment.deleted_at is None:
            return
        experiment.deleted_at = experiment.deleted_by = None
        experiment.save(update_fields=["deleted_at", "deleted_by"])
        record(experiment, kind=ChangeKind.EXPERIMENT_RESTORED, by=by, is_model_change=False)


def gone_at(experiment: Experiment) -> datetime:
    """Return when a deleted experiment is gone for good."""
    assert experiment.deleted_at is not None
    return experiment.deleted_at + timedelta(days=KEPT_DAYS)


def days_left(experiment: Experiment) -> int:
    """Return for how many days, the last one counted whole, a deleted one can be restored."""
    return max(0, math.ceil((gone_at(experiment) - timezone.now()) / timedelta(days=1)))


def purge(now: datetime) -> int:
    """Remove, for good, what was deleted more than ``KEPT_DAYS`` days before ``now``.

    Returns how many experiments were removed.
    """
    due = Experiment.objects.filter(deleted_at__lt=now - timedelta(days=KEPT_DAYS))
    removed = 0
    for key in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            # One at a time, and looked at again: it may have been restored meanwhile.
            experiment = due.select_for_update().filter(pk=key).first()
            if experiment:
                experiment.delete()
                removed += 1
    return removed


def _set(
    experiment: Experiment,
    kind: ChangeKind,
    value: Any,
    by: AbstractBaseUser,
    reason: str = "",
    undoes: Change | None = None,
) -> Change | None:
    field = FIELDS[kind]
    before = getattr(experiment, field)
    if before == value:
        return None
    setattr(experiment, field, value)
    experiment.save(update_fields=[field])
    if kind is ChangeKind.STATUS_CHANGED:
        _end_waiting(experiment)
    return record(
        experiment,
        kind=kind,
        by=by,
        is_model_change=False,
        before={field: before},
        after={field: value},
        reason=reason,
        undoes=undoes,
    )


def _end_waiting(experiment: Experiment) -> None:
    """Nobody waits for suggestions of an experiment that has just started or stopped running."""
    experiment.requests.waiting().update(cancelled=True)
