"""Taking any one act back, wherever that makes sense, and saying why where it does not."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import PermissionDenied

from experiments.drafts import ExperimentDraft
from experiments.models import Change, ChangeKind, Experiment, Team
from experiments.permissions import (
    check_can_decide,
    check_can_define,
    check_can_organize,
    check_can_run,
)
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
from experiments.services.history import FEW, narrowed, touched_since
from experiments.services.trial_states import (
    ABSENT,
    PEOPLE,
    State,
    holds,
    kept_states,
    states_of,
    whole,
    write_states,
)
from experiments.services.trials import check_can_delete, why_needed
from experiments.services.versions import EDITS, normal

User = AbstractBaseUser | AnonymousUser
Check = Callable[[User, Team], None]
States = Mapping[int, State]


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
    way = _way_of(change)
    if way is None:
        raise Refused(_why_never(change))
    return way.undo(change, by=by, reason=reason)


class Undoing:
    """What one person can take back of some changes of an experiment, as things stand now.

    What that depends on is read once for all ``changes``.
    """

    def __init__(self, experiment: Experiment, changes: Sequence[Change], by: User) -> None:
        self.experiment = experiment
        self._changes = changes
        self._by = by
        self._refusals: dict[Check, str] = {}

    def undone_by(self, change: Change) -> int | None:
        """Return by which revision a change was taken back, if it was and still is.

        Of an undo, by which one its act was done again.
        """
        later = [(own, redo) for own, redo in self._about[change.act] if own > change.revision]
        if change.undoes is None:
            return later[-1][0] if later and not later[-1][1] else None
        return next((own for own, redo in later if redo != change.is_redo), None)

    def why_not(self, change: Change) -> str:
        """Return in sentences why the person cannot take a change back; "" if they can."""
        way = _way_of(change)
        if way and (refusal := self._why_may_not(way.check)):
            return refusal
        obstacle = way.why_not(self, change) if way else _why_never(change)
        return f"Cannot be undone. {obstacle}" if obstacle else ""

    def why_not_trials(self, change: Change) -> str:
        """Return why trials cannot get back what they were; "" if nothing is known against it.

        Of very many trials, some are looked at: those that were changed since, up to ``FEW``.
        """
        now = self._states
        if len(change.trial_numbers) > FEW:
            rested = [number for number in self._needed if number in change.trial_numbers]
            change = narrowed(change, [*touched_since(change, FEW), *rested])
            now = states_of(self.experiment, kept_states(change.before))
        before, after = _kept(change, self._people)
        if obstacle := next(_obstacles(before, after, now, self._metrics), ""):
            return obstacle
        gone = (n for n, state in before.items() if state == ABSENT and now[n]["exists"])
        return next((self._needed[number] for number in gone if number in self._needed), "")

    @cached_property
    def definition(self) -> ExperimentDraft:
        """The definition of today."""
        return normal(self.experiment.definition)

    @cached_property
    def _about(self) -> Mapping[int, list[tuple[int, bool]]]:
        """What took each act back or did it again, oldest first: revisions, and whether again."""
        acts = {change.act for change in self._changes}
        found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        undos = self.experiment.changes.filter(undoes__in=acts).order_by("revision")
        for each in undos.only("undoes", "revision", "is_redo"):
            found[each.act].append((each.revision, each.is_redo))
        return found

    @cached_property
    def _states(self) -> dict[int, State]:
        """The states of the trials that the changes name, but for those that name very many."""
        few = (c for c in self._changes if "states" in c.after and len(c.trial_numbers) <= FEW)
        named = {number for change in few for number in change.trial_numbers}
        return states_of(self.experiment, named)

    @cached_property
    def _metrics(self) -> Mapping[str, str]:
        return _metric_names(self.experiment)

    @cached_property
    def _people(self) -> Collection[int]:
        return _people()

    @cached_property
    def _needed(self) -> Mapping[int, str]:
        return why_needed(self.experiment)

    def _why_may_not(self, check: Check) -> str:
        if check not in self._refusals:
            try:
                check(self._by, self.experiment.team)
            except PermissionDenied as denied:
                self._refusals[check] = str(denied)
            else:
                self._refusals[check] = ""
        return self._refusals[check]


def _undo_trials(change: Change, *, by: AbstractBaseUser, reason: str = "") -> Change | None:
    with acting(change.experiment_id, kind=ChangeKind.TRIALS_UNDONE, by=by, reason=reason) as act:
        now = states_of(act.experiment, change.trial_numbers)
        wanted, after = _kept(change, _people())
        pending = {n: s for n, s in wanted.items() if n not in now or _differs(now[n], s)}
        if not pending:
            return None
        for obstacle in _obstacles(wanted, after, now, _metric_names(act.experiment)):
            raise Conflict(obstacle)
        gone = [number for number, state in pending.items() if state.get("exists") is False]
        check_can_delete(act.experiment, gone)
        act.watch(list(pending))
        for number, state in pending.items():
            if points := state.get("points"):
                known = curve_points.at_steps_of(points, now[number]["curves"])
                act.curves_changed(number, known, points)
        write_states(act.experiment, pending)
        act.undoes = change
    return act.change


@dataclass(frozen=True)
class _Way:
    """How acts of some kinds are taken back: who may, why it cannot be done now, and doing it."""

    check: Check
    why_not: Callable[[Undoing, Change], str]
    undo: Callable[..., Change | None]


_TRIALS = _Way(check_can_run, Undoing.why_not_trials, _undo_trials)


def _of(why_not: Callable[[Experiment, Change], str]) -> Callable[[Undoing, Change], str]:
    return lambda now, change: why_not(now.experiment, change)


_DEFINITION = _Way(
    check_can_define,
    lambda now, change: editing.why_not_undo(now.experiment, change, now.definition),
    editing.undo,
)
_LIFE = _Way(check_can_organize, _of(lifecycle.why_not_undo), lifecycle.undo)
_CONCLUSION = _Way(check_can_decide, _of(conclusions.why_not_undo), conclusions.undo)

_WAYS: Mapping[str, _Way] = {
    **dict.fromkeys(EDITS, _DEFINITION),
    **dict.fromkeys(lifecycle.FIELDS, _LIFE),
    **dict.fromkeys(conclusions.OPPOSITE, _CONCLUSION),
    ChangeKind.TEAM_CHOICE_CHANGED: _Way(
        check_can_decide, _of(decisions.why_not_undo_choice), decisions.undo_choice
    ),
    ChangeKind.TRIAL_COST_CHANGED: _Way(
        check_can_decide, _of(decisions.why_not_undo_cost), decisions.undo_cost
    ),
    ChangeKind.SOURCES_CHANGED: _Way(check_can_define, _of(auxiliary.why_not_undo), auxiliary.undo),
}
"""Acts on trials are all taken back in one way, ``_TRIALS``; these are the others."""

_NEVER: Mapping[str, str] = {
    ChangeKind.EXPERIMENT_BROUGHT: "This is where the experiment started here: delete it instead.",
    ChangeKind.EXPERIMENT_CREATED: "This is where the experiment started: delete it instead.",
    ChangeKind.EXPERIMENT_DELETED: "It was restored since.",
    ChangeKind.EXPERIMENT_RESTORED: "Delete the experiment again instead.",
}


_TOLD = "It came with a file: only what happened to trials can be taken back from there."


def _way_of(change: Change) -> _Way | None:
    if "states" in change.after:
        return _TRIALS
    return None if _is_told(change) else _WAYS.get(change.kind)


def _is_told(change: Change) -> bool:
    """Whether only a restored file tells of a change."""
    return change.experiment.is_told(change.revision)


def _why_never(change: Change) -> str:
    known = _NEVER.get(change.kind, "What there was before was not kept.")
    return _TOLD if change.kind in _WAYS and _is_told(change) else known


def _metric_names(experiment: Experiment) -> dict[str, str]:
    return {metric.key: metric.name for metric in experiment.metrics.all()}


def _people() -> set[int]:
    """Return the ids of all people who are there."""
    return set(get_user_model().objects.values_list("pk", flat=True))


def _kept(change: Change, people: Collection[int]) -> tuple[States, States]:
    """Return the states before and after a change; whoever is gone by now is nobody in them."""
    before, after = kept_states(change.before), kept_states(change.after)
    for state in (*before.values(), *after.values()):
        for field in PEOPLE:
            if isinstance(state.get(field), int) and state[field] not in people:
                state[field] = None
    return before, after


def _differs(now: State, wanted: State) -> bool:
    return any(not holds(now, field, value) for field, value in wanted.items())


def _obstacles(
    earlier: States, later: States, now: States, names: Mapping[str, str]
) -> Iterator[str]:
    """Yield why trials cannot get back what they were: changed since, or a metric is gone."""
    for number, after in later.items():
        before = earlier[number]
        if number not in now:
            yield f"Trial {number} is gone for good."
            return
        expected = whole(after) if before == ABSENT else after
        if before == ABSENT and not now[number]["exists"]:
            continue
        if {*before.get("results", ()), *after.get("points", ())} - names.keys():
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
