"""What the changes of an experiment say, in words that people can read."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User

from experiments.domain import TrialStatus
from experiments.formatting import format_number, format_parameter, format_value
from experiments.models import Change, ChangeKind, Experiment, ExperimentStatus, Metric, Parameter
from experiments.models.trial import TrialFile
from experiments.services.history import SHOWN
from experiments.services.trial_states import ABSENT, State, kept_states

_GONE = "a metric that is gone"


@dataclass(frozen=True)
class TrialLine:
    """What one act changed in one trial."""

    number: int
    text: str


@dataclass(frozen=True)
class Told:
    """One change in words: what was done, to what, and in which trials.

    ``text`` and ``detail`` are two parts of one sentence, between which the act that an undo took
    back can be named (``change.undoes``). ``lines`` are of the first ``SHOWN`` trials, ``more``
    tells how many others there were.
    """

    change: Change
    text: str
    detail: str = ""
    lines: tuple[TrialLine, ...] = ()
    more: int = 0

    @property
    def last(self) -> int:
        """The last of the trials that the change names."""
        return max(self.change.trial_numbers)

    @property
    def is_of_one_trial(self) -> bool:
        """Whether the act was about one trial, so that its line can stand for all."""
        return len(self.lines) == 1 and not self.more


class Teller:
    """Tells changes of one experiment to one person, with the names that things have today.

    What it looks up by id (people, files) it looks up once for all ``changes``.
    """

    def __init__(self, experiment: Experiment, changes: Collection[Change], by: User) -> None:
        self._experiment = experiment
        self._changes = changes
        self._by = by

    def tell(self, change: Change, number: int | None = None) -> Told:
        """Put a change in words; with a ``number``, only what it means for that trial."""
        kind = ChangeKind(change.kind)
        text = kind.label
        if change.undoes:
            act = self.acts.get(change.undoes, "something")
            text = f"did “{act}” again" if change.is_redo else f"undid “{act}”"
        states = change.after.get("states")
        if states is None:
            return Told(change, text, self._of_experiment(kind, change))
        numbers = change.trial_numbers if number is None else [number]
        shown = numbers[:SHOWN]
        before, after = (
            kept_states({"states": {str(n): side["states"][str(n)] for n in shown}})
            for side in (change.before, change.after)
        )
        hidden = _IMPLIED.get(kind, ())
        lines = tuple(
            TrialLine(n, self._of_trial(before[n], _plainly(after[n], change.reason, hidden)))
            for n in shown
        )
        return Told(change, text, "", lines, len(numbers) - len(shown))

    @cached_property
    def acts(self) -> dict[int, str]:
        """What the acts were, in words, that the changes took back or did again, by revision."""
        wanted = {change.undoes for change in self._changes if change.undoes}
        rows = self._experiment.changes.filter(revision__in=wanted).values_list("revision", "kind")
        return {revision: ChangeKind(kind).label for revision, kind in rows}

    def _of_experiment(self, kind: ChangeKind, change: Change) -> str:
        """What an act changed in the experiment itself: ``: running → paused``."""
        if kind is ChangeKind.SOURCES_CHANGED:
            return self._of_source(change.after)
        tell = _ELSE.get(kind)
        return tell(change.before, change.after) if tell else ""

    def _of_source(self, after: Mapping[str, Any]) -> str:
        name = self.sources.get(after.get("experiment", 0))
        verb = "learns from" if after["is_active"] else "no longer learns from"
        return f": it {verb} {f'“{name}”' if name else 'another experiment'}"

    def _of_trial(self, before: State, after: State) -> str:
        """What changed in one trial: ``loss 0.231 → 0.213; tags +fast``."""
        if before == ABSENT:
            return self._of_new(after)
        said = [text for field, tell in _FIELDS.items() if field in after
                if (text := tell(self, before[field], after[field]))]  # fmt: skip
        return "; ".join(said)

    def _of_new(self, after: State) -> str:
        values = after.get("parameters", {})
        said = ", ".join(
            f"{p.name} {_valued(values[p.key], p)}" for p in self.parameters if p.key in values
        )
        results = self.results({}, after.get("results", {}))
        ended = after.get("status", TrialStatus.RUNNING.value)
        status = "" if ended == TrialStatus.RUNNING else _status(ended)
        return "; ".join(filter(None, (said, results, status)))

    @cached_property
    def parameters(self) -> list[Parameter]:
        """The search space of today."""
        return list(self._experiment.parameters.all())

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """The metrics of today by key."""
        return {metric.key: metric for metric in self._experiment.metrics.all()}

    @cached_property
    def people(self) -> dict[int, str]:
        """The names of the people whom the changes name, by id."""
        ids = {
            state[field]
            for change in self._changes
            for side in (change.before, change.after)
            for state in _some(side.get("states", {}))
            for field in ("taken_by", "finished_by")
            if isinstance(state.get(field), int)
        }
        return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}

    @cached_property
    def sources(self) -> dict[int, str]:
        """The names of the other experiments that the changes name, by id, as far as visible."""
        changed = (c for c in self._changes if c.kind == ChangeKind.SOURCES_CHANGED)
        ids = {change.after.get("experiment") for change in changed}
        visible = Experiment.objects.of(self._by).filter(pk__in=ids - {None})
        told = {int(pk): each["name"] for pk, each in self._experiment.elsewhere.items()}
        return told | dict(visible.values_list("pk", "name"))

    @cached_property
    def files(self) -> dict[int, str]:
        """The names of the files that the changes name, by id."""
        ids = {
            pk
            for change in self._changes
            for side in (change.before, change.after)
            for state in _some(side.get("states", {}))
            for pk in state.get("files", ())
        }
        return dict(TrialFile.objects.filter(pk__in=ids).values_list("pk", "name"))

    def results(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Tell results by metric key: ``loss 0.231 → 0.213, latency 12 ms``."""
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        return ", ".join(self._result(key, before.get(key), after.get(key)) for key in keys)

    def _result(self, key: str, before: Any, after: Any) -> str:
        metric = self.metrics.get(key)
        name = metric.name if metric else _GONE
        old, new = (_measured(each, metric) for each in (before, after))
        if before is None:
            return f"{name} {new}"
        return f"{name} {old} → {new}" if after else f"took {name} {old} back"

    def values(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Tell parameters: ``x1 150 → 148``."""
        return ", ".join(
            f"{p.name} {_valued(before.get(p.key), p)} → {_valued(after.get(p.key), p)}"
            for p in self.parameters
            if before.get(p.key) != after.get(p.key)
        )

    def taken(self, before: int | str | None, after: int | str | None) -> str:
        """Tell who has a trial."""
        if after is None:
            return f"released by {self._name(before)}"
        return f"{self._name(before)} → {self._name(after)}" if before else self._name(after)

    def _name(self, who: int | str | None) -> str:
        """Name somebody by id; a restored file calls people by their user names."""
        if isinstance(who, str):
            return f"{who} (file)"
        return self.people.get(who or 0, "somebody who is gone")

    def attached(self, before: list[int], after: list[int]) -> str:
        """Tell which files came and went."""
        added, removed = (
            [self.files.get(pk, "a file") for pk in some if pk not in others]
            for some, others in ((after, before), (before, after))
        )
        return _signed(added, removed)

    def points(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Tell intermediate results: the one that changed, or how many came and went."""
        said = []
        for key, new in after.items():
            metric = self.metrics.get(key)
            name = metric.name if metric else _GONE
            said.append(f"curve of {name}: {_points(before[key], new, metric)}")
        return ", ".join(said)


def _points(old: list[list[Any]], new: list[list[Any]], metric: Metric | None) -> str:
    """What changed in a curve: points as they were and are, each with its step if it is there."""
    pairs = list(zip(old, new, strict=True))
    if len(pairs) > 1:
        counts = {
            "added": sum(len(was) == 1 for was, _ in pairs),
            "removed": sum(len(now) == 1 for _, now in pairs),
            "corrected": sum(len(was) == len(now) for was, now in pairs),
        }
        first, *others = [(what, count) for what, count in counts.items() if count]
        points = f"{first[1]:,} point{'s' * (first[1] > 1)} {first[0]}"
        return ", ".join([points, *(f"{count:,} {what}" for what, count in others)])
    ((step, *was), (_, *now)) = pairs[0]
    before, after = (
        _measured({"mean": mean[0], "sem": mean[1]}, metric) if mean else None
        for mean in (was, now)
    )
    at = f"step {format_number(step, 12)}"
    if before is None:
        return f"{at}: {after}"
    return f"{at}: {before} → {after}" if after else f"{at}: took {before} back"


def _plainly(after: State, reason: str, hidden: Collection[str]) -> State:
    """Leave out what the kind of the act says already, and the reason that stands beside it."""
    return {
        field: value
        for field, value in after.items()
        if field not in hidden and not (field == "reason" and value == reason)
    }


def _some(states: Mapping[str, State]) -> Iterator[State]:
    """The states that are told in full: the first by number."""
    return (states[number] for number in sorted(states, key=int)[:SHOWN])


def _signed(added: Iterable[str], removed: Iterable[str]) -> str:
    return " ".join([*(f"+{each}" for each in added), *(f"−{each}" for each in removed)])


def _valued(value: Any, parameter: Parameter) -> str:
    if value is None:
        return "none"
    return f"{format_parameter(value, parameter)} {parameter.unit}".rstrip()


def _measured(result: Mapping[str, Any] | None, metric: Metric | None) -> str:
    if result is None:
        return "none"
    sem = "" if result["sem"] is None else f" ± {format_number(result['sem'])}"
    return f"{format_number(result['mean'])}{sem} {metric.unit if metric else ''}".rstrip()


def _status(status: str) -> str:
    return status.replace("_", " ")


def _due(before: str | None, after: str | None) -> str:
    return f"due on {_day(after)}" if after else f"no longer due on {_day(before)}"


def _day(day: str | None) -> str:
    found = date.fromisoformat(day or "")
    return f"{found.day} {found:%B %Y}"


def _listed(before: list[str], after: list[str]) -> str:
    return _signed((t for t in after if t not in before), (t for t in before if t not in after))


def _linked(before: list[list[str]], after: list[list[str]]) -> str:
    return _listed(*([label or address for address, label in links] for links in (before, after)))


_FIELDS: Mapping[str, Callable[[Teller, Any, Any], str]] = {
    "exists": lambda _, __, after: "brought back" if after else "deleted",
    "status": lambda _, before, after: f"{_status(before)} → {_status(after)}",
    "results": Teller.results,
    "points": Teller.points,
    "parameters": Teller.values,
    "reason": lambda _, before, after: (
        f"why: “{after}”" if after else f"no longer says why: “{before}”"
    ),
    "is_avoided": lambda _, __, after: (
        "never to be suggested again" if after else "may be suggested again"
    ),
    "taken_by": Teller.taken,
    "due_on": lambda _, before, after: _due(before, after),
    "tags": lambda _, before, after: f"tags {_listed(before, after)}",
    "notes": lambda _, before, after: "notes edited" if after else "notes removed",
    "links": lambda _, before, after: f"links {_linked(before, after)}",
    "files": lambda teller, before, after: f"files {teller.attached(before, after)}",
}
"""How what changed in a field is told; what follows from others is left out."""


_IMPLIED: Mapping[ChangeKind, Collection[str]] = {
    ChangeKind.TRIAL_COMPLETED: ("status",),
    ChangeKind.TRIAL_FAILED: ("status",),
    ChangeKind.TRIAL_ABANDONED: ("status",),
    ChangeKind.TRIAL_STOPPED_EARLY: ("status",),
    ChangeKind.TRIAL_REOPENED: ("status", "reason", "is_avoided"),
    ChangeKind.TRIAL_DELETED: ("exists",),
    ChangeKind.TRIAL_NOTED: ("notes",),
}
"""What the kind of an act says already."""


def _field(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    return lambda before, after: f": “{before.get(name, '')}” → “{after.get(name, '')}”"


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    old, new = (ExperimentStatus(side["status"]).label for side in (before, after))
    return f": {old} → {new}"


def _chosen(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if not after:
        return f": trial {before['trial']} was taken back"
    return f": trial {after['trial']}"


def _cost(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return f": {_priced(before)} → {_priced(after)}"


def _priced(side: Mapping[str, Any]) -> str:
    cost = side.get("cost")
    return "none" if cost is None else f"{format_value(cost)} {side.get('unit', '')}".rstrip()


def _created(_: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    count = after.get("trials", 0)
    return f" with {count} trial{'' if count == 1 else 's'}" if count else ""


def _brought(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return f"{_created(before, after)}; what was before is the word of that file"


_ELSE: Mapping[ChangeKind, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    ChangeKind.EXPERIMENT_CREATED: _created,
    ChangeKind.EXPERIMENT_BROUGHT: _brought,
    ChangeKind.STATUS_CHANGED: _moved,
    ChangeKind.EXPERIMENT_RENAMED: _field("name"),
    ChangeKind.TAGS_CHANGED: lambda before, after: f": {_listed(before['tags'], after['tags'])}",
    ChangeKind.COMMAND_CHANGED: _field("command"),
    ChangeKind.TEAM_CHOICE_CHANGED: _chosen,
    ChangeKind.TRIAL_COST_CHANGED: _cost,
    ChangeKind.CONCLUDED: lambda _, after: f" (number {after['conclusion']})",
    ChangeKind.CONCLUSION_WITHDRAWN: lambda _, after: f" (number {after['conclusion']})",
    ChangeKind.CONCLUSION_RESTORED: lambda _, after: f" (number {after['conclusion']})",
}
