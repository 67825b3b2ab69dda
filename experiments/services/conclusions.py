"""Concluding an experiment: what it came to, frozen; several over time."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from experiments.models import (
    Change,
    ChangeKind,
    Conclusion,
    Experiment,
    ExperimentStatus,
)
from experiments.permissions import check_can_decide
from experiments.services import lifecycle
from experiments.services.errors import Conflict
from experiments.services.recording import locked, record


class Outdated(Conflict):
    """The experiment changed while the conclusion was written down."""


def conclude(
    experiment: Experiment,
    *,
    document: dict[str, Any],
    revision: int,
    seen: int,
    key: uuid.UUID,
    completes: bool = False,
    by: AbstractBaseUser,
) -> Conclusion:
    """Keep ``document``, made from the rows at ``revision``, as what the experiment came to.

    ``seen`` is the ``cards_revision`` that the person looked at: ``Conflict`` is raised if results
    or the definition changed since, ``Outdated`` if only the document is too old by now. The same
    ``key`` again is the same conclusion. With ``completes``, the experiment becomes completed.
    """
    with locked(experiment.pk) as experiment:
        check_can_decide(by, experiment.team)
        known = experiment.conclusions.filter(key=key).first()
        if known:
            return known
        _check_is_what_was_seen(experiment, revision, seen)
        number = experiment.conclusions.count() + 1
        change = record(
            experiment, kind=ChangeKind.CONCLUDED, by=by, is_model_change=False,
            after={"conclusion": number}, reason=str(document.get("summary", ""))[:500],
        )  # fmt: skip
        conclusion = Conclusion.objects.create(
            experiment=experiment, number=number, key=key, revision=revision, document=document,
            concluded_by_id=by.pk, concluded_at=change.created_at,
        )  # fmt: skip
        if completes and ExperimentStatus.COMPLETED in _possible(experiment):
            lifecycle.change_status(experiment, status=ExperimentStatus.COMPLETED, by=by)
    return conclusion


def withdraw(conclusion: Conclusion, *, by: AbstractBaseUser) -> Change | None:
    """Take a conclusion back: its page says so from then on. ``None`` if it is withdrawn."""
    return _set(conclusion, ChangeKind.CONCLUSION_WITHDRAWN, by)


def restore(conclusion: Conclusion, *, by: AbstractBaseUser) -> Change | None:
    """Take the withdrawal back; ``None`` if the conclusion stands."""
    return _set(conclusion, ChangeKind.CONCLUSION_RESTORED, by)


def undo(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Withdraw what was concluded or restored, restore what was withdrawn; ``None`` if it is so."""
    known = Conclusion.objects.filter(experiment=change.experiment_id)
    conclusion = known.filter(number=change.after["conclusion"]).first()
    if conclusion is None:
        raise Conflict("This conclusion is gone.")
    return _set(conclusion, OPPOSITE[ChangeKind(change.kind)], by, reason=reason, undoes=change)


def why_not_undo(experiment: Experiment, change: Change) -> str:
    """Return why what happened to a conclusion cannot be taken back; "" if it can."""
    conclusion = experiment.conclusions.filter(number=change.after["conclusion"]).first()
    if conclusion is None:
        return "This conclusion is gone."
    is_withdrawn = conclusion.withdrawn_at is not None
    if _withdraws(OPPOSITE[ChangeKind(change.kind)]) == is_withdrawn:
        return "It is withdrawn already." if is_withdrawn else "It stands again already."
    return ""


OPPOSITE = {
    ChangeKind.CONCLUDED: ChangeKind.CONCLUSION_WITHDRAWN,
    ChangeKind.CONCLUSION_WITHDRAWN: ChangeKind.CONCLUSION_RESTORED,
    ChangeKind.CONCLUSION_RESTORED: ChangeKind.CONCLUSION_WITHDRAWN,
}


def _withdraws(kind: ChangeKind) -> bool:
    return kind is ChangeKind.CONCLUSION_WITHDRAWN


def _set(
    conclusion: Conclusion,
    kind: ChangeKind,
    by: AbstractBaseUser,
    reason: str = "",
    undoes: Change | None = None,
) -> Change | None:
    with locked(conclusion.experiment_id) as experiment:
        check_can_decide(by, experiment.team)
        now = experiment.conclusions.get(pk=conclusion.pk)
        if bool(now.withdrawn_at) == _withdraws(kind):
            return None
        change = record(
            experiment, kind=kind, by=by, is_model_change=False, reason=reason, undoes=undoes,
            before={"conclusion": now.number}, after={"conclusion": now.number},
        )  # fmt: skip
        now.withdrawn_at = change.created_at if _withdraws(kind) else None
        now.withdrawn_by_id = by.pk if _withdraws(kind) else None
        now.told_withdrawn_by = ""
        now.save(update_fields=["withdrawn_at", "withdrawn_by", "told_withdrawn_by"])
        return change


def _check_is_what_was_seen(experiment: Experiment, revision: int, seen: int) -> None:
    if experiment.cards_revision != seen:
        raise Conflict(
            "Results or the definition changed since you opened this page: look at what is new, "
            "and conclude again."
        )
    if experiment.revision != revision:
        raise Outdated("The experiment changed at this very moment: conclude again.")


def _possible(experiment: Experiment) -> set[ExperimentStatus]:
    return {move.to for move in lifecycle.moves_from(experiment)}
