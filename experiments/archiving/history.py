"""The history in an archive: what each kind of act says, so that all of it can be told again."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from experiments.archiving import values
from experiments.archiving.archive import STATUSES, ChangeArchive
from experiments.archiving.keys import KnownKeys
from experiments.archiving.values import Check, Object, Wrong, at
from experiments.definition_rules import definition_problems
from experiments.documents import from_document
from experiments.domain import TrialStatus
from experiments.fields import short

MOST_CHANGES = 500_000
MOST_DEFINITIONS = 2_000

_OF_TRIALS = (
    "suggestions_taken", "trial_added", "trial_completed", "trial_corrected", "trial_failed",
    "trial_abandoned", "trial_reopened", "trial_stopped_early", "parameters_corrected",
    "values_used", "curve_entered", "trial_assigned", "trial_due", "trial_tagged", "trial_noted",
    "trial_linked", "files_changed", "trial_deleted", "trials_imported", "trials_undone",
)  # fmt: skip
_OF_DEFINITIONS = ("definition",)
FIELDS: Mapping[str, tuple[str, ...]] = {
    "experiment_created": ("definition", "trials", "learns_from"),
    "experiment_brought": ("definition", "trials"),
    "definition_edited": ("definition",),
    "definition_undone": ("definition",),
    "status_changed": ("status",),
    "experiment_renamed": ("name",),
    "tags_changed": ("tags",),
    "notes_edited": ("notes",),
    "command_changed": ("command",),
    "experiment_deleted": (),
    "experiment_restored": (),
    "sources_changed": ("row", "experiment", "is_active"),
    "team_choice_changed": ("trial", "reason", "by", "at"),
    "trial_cost_changed": ("cost", "unit"),
    "concluded": ("conclusion",),
    "conclusion_withdrawn": ("conclusion",),
    "conclusion_restored": ("conclusion",),
    **dict.fromkeys(_OF_TRIALS, ("states",)),
}
"""What both sides of a change of each kind may have. Which of it was there, its kind implies."""

KINDS = tuple(FIELDS)
_NEEDED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "status_changed": (("status",), ("status",)),
    "experiment_renamed": (("name",), ("name",)),
    "tags_changed": (("tags",), ("tags",)),
    "sources_changed": ((), ("is_active",)),
    "concluded": ((), ("conclusion",)),
    "conclusion_withdrawn": ((), ("conclusion",)),
    "conclusion_restored": ((), ("conclusion",)),
}
"""What has to be before, and after, so that it can be told."""

_ABSENT = {"exists": False}


class HistoryReader:
    """Reads changes; ids of files and other experiments are checked once all have been read."""

    def __init__(self, parameters: KnownKeys, metrics: KnownKeys, problems: list[str]) -> None:
        self._parameters = parameters
        self._metrics = metrics
        self._problems = problems
        self._definitions: dict[str, Any] = {}
        self._checks: Mapping[str, Check] = {
            "definition": self._definition,
            "trials": values.count,
            "learns_from": values.each_of(_name_or_none),
            "status": values.one_of(STATUSES),
            "name": values.text_of(200),
            "tags": lambda value: list(values.tags(value)),
            "notes": values.text_of(values.MOST_NOTES),
            "command": values.text_of(20_000),
            "row": values.count,
            "experiment": values.text_of(20),
            "is_active": values.boolean,
            "trial": values.count,
            "reason": values.reason,
            "cost": values.number,
            "unit": values.text_of(30),
            "conclusion": values.count,
            "states": lambda value: values.by_name(value, self._state),
            "by": values.name,
            "at": lambda value: values.moment(value).isoformat(),
        }
        self._fields: Mapping[str, Check] = {
            "exists": values.boolean,
            "status": values.one_of(tuple(TrialStatus)),
            "parameters": self._by(parameters, values.plain),
            "requested": _or_none(self._by(parameters, values.plain)),
            "reason": values.reason,
            "is_avoided": values.boolean,
            "tags": lambda value: list(values.tags(value)),
            "notes": values.text_of(values.MOST_NOTES),
            "links": lambda value: [list(link) for link in values.links(value)],
            "taken_by": _or_none(values.name),
            "finished_by": _or_none(values.name),
            "due_on": _or_none(lambda value: values.day(value).isoformat()),
            "finished_at": _or_none(lambda value: values.moment(value).isoformat()),
            "results": self._by(metrics, values.result),
            "points": self._by(metrics, values.points),
            "files": lambda value: list(values.each(value, values.count)),
        }

    def read(self, sources: list[Any]) -> tuple[ChangeArchive, ...]:
        """Read all changes, oldest first."""
        if len(sources) > MOST_CHANGES:
            self._problems.append(f"history: {len(sources)} are more than {MOST_CHANGES}.")
            return ()
        found = [self._change(source, f"history[{n}]") for n, source in enumerate(sources)]
        return tuple(change for change in found if change is not None)

    def _change(self, source: Any, where: str) -> ChangeArchive | None:
        if not isinstance(source, dict):
            self._problems.append(f"{where}: a change is an object.")
            return None
        before = len(self._problems)
        own = Object(source, where, self._problems)
        kind = own.need("kind", values.one_of(KINDS))
        found = {
            "kind": kind,
            "revision": own.need("revision", values.count),
            "by": own.take("by", values.name),
            "at": own.need("at", values.moment),
            "reason": own.take("reason", values.reason, ""),
            "trials": tuple(own.take("trials", values.counts, ())),
            "is_model_change": own.need("is_model_change", values.boolean),
            "undoes": own.take("undoes", values.count),
            "is_redo": own.take("is_redo", values.boolean, False),
            "before": own.take("before", self._side(kind, 0), {}),
            "after": own.take("after", self._side(kind, 1), {}),
        }
        own.end()
        if len(self._problems) > before:
            return None
        change = ChangeArchive(**found)
        if said := _contradiction(change):
            self._problems.append(f"{where}{said}.")
            return None
        return change

    def _side(self, kind: str, place: int) -> Check:
        needed = _NEEDED.get(kind, ((), ()))[place]

        def check(value: Any) -> dict[str, Any]:
            known = FIELDS.get(kind, ())
            found = {}
            for name, each in values.object_(value).items():
                if name not in known:
                    raise Wrong(f".{short(name)}: it is not known")
                found[name] = None if each is None else at(name, self._checks[name], each)
            if kind == "sources_changed":
                found = dict.fromkeys(known) | found
            if missing := [name for name in needed if found.get(name) is None]:
                raise Wrong(f".{missing[0]}: it is missing")
            return found

        return check

    def _state(self, value: Any) -> dict[str, Any]:
        found = {}
        for name, each in values.object_(value).items():
            if name not in self._fields:
                raise Wrong(f".{short(name)}: it is not known")
            found[name] = at(name, self._fields[name], each)
        return found

    def _by(self, keys: KnownKeys, check: Check) -> Check:
        def checked(value: Any) -> dict[str, Any]:
            return {
                at(key, keys, key): at(key, check, each)
                for key, each in values.object_(value).items()
            }

        return checked

    def _definition(self, value: Any) -> Any:
        written = repr(value)
        if written in self._definitions:
            return self._definitions[written]
        if len(self._definitions) >= MOST_DEFINITIONS:
            raise Wrong(f"there are more than {MOST_DEFINITIONS} versions of the definition")
        values.texts_within(value)
        for part, keys in (("parameters", self._parameters), ("metrics", self._metrics)):
            for place, each in enumerate(values.list_(values.object_(value).get(part))):
                key = values.object_(each).get("key")
                at(part, lambda v, p=place, k=keys: at(p, k, v), key)  # type: ignore[misc]
        draft, problems = from_document(value)
        if draft is not None and not problems:
            told = definition_problems(replace(draft, baseline_trial=None))
            problems = [problem.message for problem in told]
        if draft is None or problems:
            raise Wrong(problems[0].rstrip("."))
        self._definitions[written] = value
        return value


def _contradiction(change: ChangeArchive) -> str:
    """Say why a change could not be told, "" if it can: both sides speak of the same."""
    if change.undoes is not None and not 0 < change.undoes < change.revision:
        return f".undoes: {change.undoes} is no earlier change"
    if change.kind == "team_choice_changed":
        for name, side in (("before", change.before), ("after", change.after)):
            if side and (side.get("trial") is None or side.get("reason") is None):
                return f".{name}: a choice has a trial and a reason"
        return "" if change.before or change.after else ": it says neither before nor after"
    if "states" not in change.after and "states" not in change.before:
        return ""
    before, after = change.before.get("states"), change.after.get("states")
    numbers = {str(number) for number in change.trials}
    if not numbers or before is None or after is None:
        return ": it has no trials, or no states of them before or after"
    if before.keys() != numbers or after.keys() != numbers:
        return ": its states are not those of its trials"
    for number, old in before.items():
        if old != _ABSENT and old.keys() != after[number].keys():
            return f".after.states.{number}: it has other fields than before"
        if _steps(old) != _steps(after[number]):
            return f".after.states.{number}.points: they are not at the steps of those before"
        if old == _ABSENT and not after[number].get("exists"):
            return f".after.states.{number}: the trial is not there, before or after"
    return ""


def _steps(state: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return at which steps a state has points, by metric."""
    return {key: [point[0] for point in own] for key, own in state.get("points", {}).items()}


def _or_none(check: Check) -> Callable[[Any], Any]:
    return lambda value: None if value is None else check(value)


def _name_or_none(value: Any) -> Any:
    return None if value is None else values.text_of(20)(value)
