"""Changing a definition that has trials already, and taking such changes back."""

import uuid
from collections.abc import Collection, Sequence

from django.contrib.auth.models import AbstractBaseUser

from experiments.consequences import changes_model
from experiments.definition_rules import definition_problems
from experiments.documents import to_document
from experiments.domain import TrialStatus
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.merging import Merged, merge
from experiments.models import Change, ChangeKind, Experiment, SuggestionStatus, TrialOrigin
from experiments.permissions import check_can_define
from experiments.problems import DefinitionProblem
from experiments.services import trials
from experiments.services.definitions import Keys, add_trials, write
from experiments.services.errors import Conflict, Refused
from experiments.services.kept_data import data_problems
from experiments.services.recording import locked, record
from experiments.services.versions import (
    EDITS,
    definition_after,
    definition_before,
    edits_since,
    known_keys,
    normal,
    with_later_names,
)


class EditedMeanwhile(Conflict):
    """Somebody else changed the definition meanwhile."""

    def __init__(self, changes: Sequence[Change]) -> None:
        super().__init__()
        self.changes = changes


class Unusable(Refused):
    """The definition cannot become this."""

    def __init__(self, problems: Sequence[DefinitionProblem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


def edit(
    experiment: Experiment,
    *,
    draft: ExperimentDraft,
    base_revision: int,
    by: AbstractBaseUser,
    reason: str = "",
    key: uuid.UUID | None = None,
    abandon: Collection[int] = (),
) -> Change | None:
    """Give an experiment the (checked) definition made of the one at ``base_revision``.

    ``abandon`` are the numbers of running trials that this ends. ``key`` names the act: sent
    twice, the first change is returned. Returns ``None`` if the definition says this already.
    Raises ``EditedMeanwhile`` if somebody else was faster, ``Unusable`` if data would be lost.
    """
    with locked(experiment.pk) as experiment:
        check_can_define(by, experiment.team)
        if key and (earlier := _made_with(experiment, key, by)):
            return earlier
        if meanwhile := edits_since(experiment, base_revision):
            raise EditedMeanwhile(meanwhile)
        draft = with_later_names(draft, experiment, base_revision)
        if problems := data_problems(experiment, experiment.definition, draft):
            raise Unusable(problems)
        kind = ChangeKind.DEFINITION_EDITED
        change = _apply(experiment, draft, kind=kind, by=by, reason=reason, key=key)
        for trial in experiment.trials.running().filter(number__in=abandon):
            trials.abandon(trial, by=by, reason="The search space was changed.")
    return change


def undo(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    """Take back what one change did to the definition; what was changed otherwise since stays.

    Returns ``None`` if nothing of it is left in the definition. Raises ``Conflict`` where something
    was changed again since, ``Refused`` where the definition would not work or data be lost.
    """
    with locked(change.experiment_id) as experiment:
        check_can_define(by, experiment.team)
        draft = _undone(experiment, change, normal(experiment.definition))
        kind = ChangeKind.DEFINITION_UNDONE
        return _apply(experiment, draft, kind=kind, by=by, reason=reason, undoes=change)


def why_not_undo(experiment: Experiment, change: Change, current: ExperimentDraft) -> str:
    """Return why a change cannot be taken back, "" if it can; ``current`` is a ``normal`` one."""
    try:
        draft = _undone(experiment, change, current)
    except Refused as refusal:
        return str(refusal)
    return "Nothing of this change is left in the definition." if draft == current else ""


def _undone(experiment: Experiment, change: Change, current: ExperimentDraft) -> ExperimentDraft:
    """Return the definition without what a change did, or say why there is none."""
    before, after = definition_before(change), definition_after(change)
    if change.kind not in EDITS or before is None or after is None:
        raise Refused("This is where the definition started.")
    merged = merge(after, current, before)
    if merged.clashes:
        raise Conflict(_changed_since(merged))
    draft = merged.draft
    if draft == current:
        return draft
    if problem := _new_problem(current, draft):
        raise Refused(f"The definition would not work without it: {problem}")
    if lost := data_problems(experiment, current, draft):
        raise Unusable(lost)
    return draft


def _new_problem(current: ExperimentDraft, draft: ExperimentDraft) -> str:
    """Return what would be wrong that is not wrong already, "" if nothing."""
    messages = [problem.message for problem in definition_problems(draft)]
    known = {problem.message for problem in definition_problems(current)} if messages else set()
    return next((message for message in messages if message not in known), "")


def _changed_since(merged: Merged) -> str:
    shown = "; ".join(clash.since for clash in merged.clashes[:3])
    more = f"; and {len(merged.clashes) - 3} more" if len(merged.clashes) > 3 else ""
    return f"Changed again since: {shown}{more}. Take that back first, or edit the definition."


def _apply(
    experiment: Experiment,
    draft: ExperimentDraft,
    *,
    kind: ChangeKind,
    by: AbstractBaseUser,
    reason: str,
    key: uuid.UUID | None = None,
    undoes: Change | None = None,
) -> Change | None:
    """Write a checked definition and record what changed."""
    current = experiment.definition
    before = to_document(current, keys=True)
    there, wanted = _keys(current), _keys(draft)
    revived = known_keys(experiment) - there if wanted - there else ()
    _set_baseline(experiment, draft, write(experiment, draft, revived=revived), by)
    now = experiment.definition
    after = to_document(now, keys=True)
    if after == before:
        return None
    is_model_change = changes_model(current, now)
    if is_model_change:
        # Not even “older ones” may come from a space that is no more.
        experiment.suggestions.ready().update(status=SuggestionStatus.SUPERSEDED)
    experiment.definition_revision = experiment.revision + 1
    experiment.save(update_fields=["definition_revision"])
    return record(
        experiment,
        kind=kind,
        by=by,
        is_model_change=is_model_change,
        before={"definition": before},
        after={"definition": after} | ({"key": str(key)} if key else {}),
        reason=reason,
        undoes=undoes,
    )


def _keys(draft: ExperimentDraft) -> set[str]:
    return {p.spec.key for p in draft.parameters} | {m.spec.key for m in draft.metrics}


def _set_baseline(
    experiment: Experiment, draft: ExperimentDraft, keys: tuple[Keys, Keys], by: AbstractBaseUser
) -> None:
    if draft.baseline_values is not None:
        wanted = TrialDraft(parameters=draft.baseline_values, status=TrialStatus.RUNNING)
        [baseline] = add_trials(experiment, [wanted], keys, by=by, origin=TrialOrigin.BASELINE)
        experiment.baseline = baseline
    elif draft.baseline_trial is not None:
        experiment.baseline = experiment.trials.get(number=draft.baseline_trial)
    else:
        experiment.baseline = None
    experiment.save(update_fields=["baseline"])


def _made_with(experiment: Experiment, key: uuid.UUID, by: AbstractBaseUser) -> Change | None:
    made = experiment.changes.filter(kind=ChangeKind.DEFINITION_EDITED, user_id=by.pk)
    return made.filter(after__key=str(key)).first()
