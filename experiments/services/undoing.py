"""Taking any one act back, wherever that makes sense, and saying why where it does not."""

from collections.abc import Iterator, Mapping

from django.contrib.auth.models import AbstractBaseUser

from experiments.models import Change, ChangeKind, Experiment
from experiments.models.change import UNDOS
from experiments.services import (
    auxiliary,
    conclusions,
    curve_points,
    decisions,
    editing,
    lifecycle,
)
from experiments.services.acting import acting
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import (
    ABSENT,
    State,
    holds,
    kept_states,
    states_of,
    whole,
    write_states,
)
from experiments.services.trials import check_can_delete
from experiments.services.versions import EDITS, normal

_LIFE = (
    ChangeKind.STATUS_CHANGED,
    ChangeKind.EXPERIMENT_RENAMED,
    ChangeKind.TAGS_CHANGED,
    ChangeKind.NOTES_EDITED,
    ChangeKind.COMMAND_CHANGED,
)
_DECISIONS = (ChangeKind.TEAM_CHOICE_CHANGED, ChangeKind.TRIAL_COST_CHANGED)
_CONCLUSIONS = {
    ChangeKind.CONCLUDED: conclusions.withdraw,
    ChangeKind.CONCLUSION_WITHDRAWN: conclusions.restore,
    ChangeKind.CONCLUSION_RESTORED: conclusions.withdraw,
}
_NEVER = {
    ChangeKind.EXPERIMENT_CREATED: "This is where the experiment started: delete it instead.",
    ChangeKind.EXPERIMENT_DELETED: "It was restored since.",
    ChangeKind.EXPERIMENT_RESTORED: "Delete the experiment again instead.",
}


def undo(
    experiment: Experiment, *, revision: int, by: AbstractBaseUser, reason: str = ""
) -> Change | None:
    """Take one change back; what was changed otherwise since stays. An undo can be undone, too.

    Returns ``None`` if all is as it was before already. Raises ``Refused`` if there is no such
    change or it cannot be taken back, ``Conflict`` where the same was changed again since, and
    ``PermissionDenied`` for those who could not have made the change.
    """
    change = experiment.changes.filter(revision=revision).first()
    if change is None:
        raise Refused("There is no such change.")
    if "states" in change.after:
        return _undo_trials(change, by, reason)
    if change.kind in EDITS:
        return editing.undo(change, by=by, reason=reason)
    if change.kind in _LIFE:
        return lifecycle.undo(experiment, revision=revision, by=by)
    if change.kind in _DECISIONS:
        return decisions.undo(experiment, revision=revision, by=by)
    if change.kind == ChangeKind.SOURCES_CHANGED:
        return auxiliary.undo(experiment, revision=revision, by=by)
    if act := _CONCLUSIONS.get(ChangeKind(change.kind)):
        number = change.after["conclusion"]
        return act(experiment.conclusions.get(number=number), by=by)
    raise Refused(_NEVER.get(ChangeKind(change.kind), "This cannot be undone."))


def undone_by(experiment: Experiment, revisions: list[int]) -> dict[int, int]:
    """Return by which revision each of these was undone, of those that were and still are."""
    undos = experiment.changes.filter(kind__in=UNDOS, revision__gt=min(revisions, default=0))
    found: dict[int, int] = {}
    for own, undone in undos.order_by("-revision").values_list("revision", "after__undone"):
        if own not in found:  # An undo that was itself undone no longer counts.
            found[undone] = own
    return {revision: found[revision] for revision in revisions if revision in found}


def why_not(change: Change, states: Mapping[int, State]) -> str:
    """Return why a change of trials, or one that never can be, is not to be undone; "" if it is.

    ``states`` are those of today of the trials that the change names.
    """
    if "states" not in change.after:
        return _NEVER.get(ChangeKind(change.kind), "")
    names = {metric.key: metric.name for metric in change.experiment.metrics.all()}
    return next(_obstacles(change, states, names), "")


def definition_obstacle(experiment: Experiment, change: Change) -> str:
    """Return why a change of the definition cannot be undone; "" if it can."""
    return editing.why_not_undo(experiment, change, normal(experiment.definition))


def _undo_trials(change: Change, by: AbstractBaseUser, reason: str) -> Change | None:
    with acting(change.experiment_id, kind=ChangeKind.TRIALS_UNDONE, by=by, reason=reason) as act:
        now = states_of(act.experiment, change.trial_numbers)
        wanted = kept_states(change.before)
        pending = {n: s for n, s in wanted.items() if _differs(now[n], s)}
        if not pending:
            return None
        names = {metric.key: metric.name for metric in act.experiment.metrics.all()}
        for obstacle in _obstacles(change, now, names):
            raise Conflict(obstacle)
        gone = [number for number, state in pending.items() if state.get("exists") is False]
        check_can_delete(act.experiment, gone)
        act.watch(list(pending))
        for number, state in pending.items():
            if points := state.get("points"):
                known = curve_points.at_steps_of(points, now[number]["curves"])
                act.curves_changed(number, known, points)
        write_states(act.experiment, pending)
        act.extra = {"undone": change.revision, "undone_kind": change.kind}
    return act.change


def _differs(now: State, wanted: State) -> bool:
    return any(not holds(now, field, value) for field, value in wanted.items())


def _obstacles(change: Change, now: Mapping[int, State], names: Mapping[str, str]) -> Iterator[str]:
    """Yield why trials cannot get back what they were: changed since, or a metric is gone."""
    before = kept_states(change.before)
    for number, after in kept_states(change.after).items():
        expected = whole(after) if before[number] == ABSENT else after
        if before[number] == ABSENT and not now[number]["exists"]:
            continue
        if {*before[number].get("results", ()), *after.get("points", ())} - names.keys():
            yield f"A metric of which trial {number} had values is gone."
        changed = [f for f, value in expected.items() if not holds(now[number], f, value)]
        if changed:
            what = " and ".join(_WORDS.get(field, field) for field in changed[:3])
            yield f"Trial {number} was changed again since ({what}): take that back first."


_WORDS = {
    "exists": "whether it is there",
    "requested": "what was asked for",
    "is_avoided": "whether it may be suggested again",
    "taken_by": "who has it",
    "due_on": "due date",
    "finished_at": "when it ended",
    "finished_by": "who ended it",
    "curves": "learning curve",
    "points": "its learning curve at these steps",
}
