"""Other experiments that a model learns from: their trials stay where they are.

What they say is read anew for each suggestion, as far as it may be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from experiments.domain import ObservationRecord, TrialRecord
from experiments.drafts import TrialDraft
from experiments.known import Choice
from experiments.models import AuxiliarySource, Change, ChangeKind, Experiment, Membership
from experiments.permissions import check_can_define
from experiments.services.beside import Beside, Source
from experiments.services.errors import Conflict, Refused
from experiments.services.recording import locked, record
from experiments.services.standing import why_not_standing


@dataclass(frozen=True)
class Auxiliary:
    """An experiment that a model may learn from; ``why_unread`` says why it does not, if so.

    ``source`` is what it offers, ``None`` where that is not read.
    """

    row: AuxiliarySource
    why_unread: str
    source: Source | None

    @property
    def informs(self) -> bool:
        """Whether the model learns from it."""
        return self.row.is_active and self.source is not None and bool(self.source.coming)


def attach(experiment: Experiment, choice: Choice, *, by: AbstractBaseUser) -> None:
    """Let the model of a new, locked experiment learn from others; the caller records it.

    Raises ``Refused`` where ``by`` may not see all of them.
    """
    visible = Experiment.objects.visible_to(by).filter(pk__in=choice.ids)
    if visible.count() < len(choice.taken):
        raise Refused("One of the experiments to learn from is gone, or not yours to see.")
    AuxiliarySource.objects.bulk_create(
        AuxiliarySource(
            experiment=experiment,
            source_id=taken.experiment,
            without=sorted(taken.without),
            only_inside=choice.only_inside,
            added_by_id=by.pk,
        )
        for taken in choice.taken
    )


def all_of(experiment: Experiment) -> list[Auxiliary]:
    """Return what the model of an experiment may learn from, each with what it offers now.

    Those that are left out offer what they would. Trials that have been copied into the experiment
    do not count twice.
    """
    rows = list(experiment.auxiliary_sources.select_related("source__team", "added_by"))
    reasons = dict(zip(rows, _why_unread(experiment, rows), strict=True))
    sources = Experiment.objects.select_related("team")
    sources = sources.prefetch_related("parameters", "metrics", "constraints")
    found = sources.in_bulk([row.source_id for row in rows if not reasons[row]])
    copies = experiment.trials.exclude(source=None).values_list("source_id", flat=True)
    copied = {pk for pk in copies if pk is not None}
    beside = Beside(experiment.definition, known=copied)
    # Those that count come first: what two of them have in common, the first one brings.
    looked = {
        row: beside.look(found[row.source_id], without=row.without, only_inside=row.only_inside)
        for row in sorted(rows, key=lambda row: not row.is_active)
        if not reasons[row]
    }
    return [Auxiliary(row, reasons[row], looked.get(row)) for row in rows]


def records(experiment: Experiment) -> dict[int, list[TrialRecord]]:
    """Return the trials that the model learns from elsewhere, by the ids of their experiments.

    They have the keys of ``experiment``.
    """
    if not experiment.auxiliary_sources.filter(is_active=True).exists():
        return {}
    return {
        each.source.experiment.pk: [
            _record(one.trial.number, one.draft) for one in each.source.coming if one.draft
        ]
        for each in all_of(experiment)
        if each.informs and each.source
    }


def set_active(
    experiment: Experiment, *, row: int, is_active: bool, by: AbstractBaseUser
) -> Change | None:
    """Let the model learn from another experiment, or leave it out; ``None`` if it is so already.

    ``row`` is the id of an ``AuxiliarySource``. Raises ``Refused`` if it is gone.
    """
    with locked(experiment.pk) as experiment:
        check_can_define(by, experiment.team)
        found = experiment.auxiliary_sources.filter(pk=row).first()
        if found is None:
            raise Refused("This experiment is not among those that the model learns from.")
        return _set(found, experiment, is_active, by)


def undo(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Take back one change of what the model learns from; ``None`` if it is as before already.

    Raises ``Conflict`` if the source is gone.
    """
    with locked(change.experiment_id) as experiment:
        check_can_define(by, experiment.team)
        found = experiment.auxiliary_sources.filter(pk=change.after.get("row")).first()
        if found is None:
            raise Conflict(why_not_undo(experiment, change))
        is_active = change.before["is_active"]
        return _set(found, experiment, is_active, by, reason=reason, undoes=change)


def why_not_undo(experiment: Experiment, change: Change) -> str:
    """Return why a change of what the model learns from cannot be taken back; "" if it can."""
    found = experiment.auxiliary_sources.filter(pk=change.after.get("row")).first()
    if found is None:
        return "This experiment is no longer among those that the model learns from."
    before, after = change.before["is_active"], change.after["is_active"]
    return why_not_standing(
        "choice of what it learns from", now=found.is_active, before=before, after=after
    )


def _set(
    row: AuxiliarySource,
    experiment: Experiment,
    is_active: bool,
    by: AbstractBaseUser,
    reason: str = "",
    undoes: Change | None = None,
) -> Change | None:
    if row.is_active == is_active:
        return None
    before = _state(row)
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    return record(
        experiment,
        kind=ChangeKind.SOURCES_CHANGED,
        by=by,
        is_model_change=True,
        before=before,
        after=_state(row),
        reason=reason,
        undoes=undoes,
    )


def _state(row: AuxiliarySource) -> dict[str, Any]:
    return {"row": row.pk, "experiment": row.source_id, "is_active": row.is_active}


def _why_unread(experiment: Experiment, rows: Sequence[AuxiliarySource]) -> list[str]:
    """Say of each why nothing of it is read; "" where it is."""
    readers = set(
        Membership.objects.filter(user__in={row.added_by_id for row in rows} - {None}).values_list(
            "user", "team"
        )
    )
    return [_reason(experiment, row, readers) for row in rows]


def _reason(experiment: Experiment, row: AuxiliarySource, readers: set[tuple[int, int]]) -> str:
    if row.source is None and row.elsewhere is not None:
        return "The restored file names it, but it is not here, or not yours to see."
    if row.source is None:
        return "It is gone for good."
    if row.source.deleted_at:
        return "It is deleted: while it is, the model does not learn from it."
    is_own = row.source.team_id == experiment.team_id
    if is_own or (row.added_by_id, row.source.team_id) in readers:
        return ""
    return "Whoever chose it may not see it any more, so the model does not learn from it."


def _record(number: int, draft: TrialDraft) -> TrialRecord:
    """Return a trial as the optimizer sees it."""
    return TrialRecord(
        number=number,
        status=draft.status,
        parameters=draft.parameters,
        observations=tuple(
            ObservationRecord(metric=key, mean=result.mean, sem=result.sem)
            for key, result in draft.results.items()
        ),
    )
