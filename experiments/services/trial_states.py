"""What acts can change in a trial, as plain JSON: how the history keeps it, and puts it back.

A state has all that an act may change: the row's fields, whether the trial exists (a deleted one
stays as a row), its results and learning curves by metric key, and the ids of its files. Of the
curves an act keeps the points that it has changed, as ``points`` (``curve_points.py``). People are
ids, or user names where only a restored file tells of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from experiments.models import Experiment, Observation, Trial, TrialFile
from experiments.services import curve_points, progress, whole_rows
from experiments.services.progress import Step

State = dict[str, Any]

_PLAIN = ("status", "parameters", "requested", "reason", "is_avoided", "tags", "notes", "links")
PEOPLE = ("taken_by", "finished_by")
_TOLD = {field: f"told_{field}" for field in PEOPLE}
_BATCH = 500
_FEW = 20

NEW: State = {
    "status": "running",
    "requested": None,
    "reason": "",
    "is_avoided": False,
    "tags": [],
    "notes": "",
    "links": [],
    "due_on": None,
    "finished_at": None,
    "finished_by": None,
    "results": {},
    "curves": {},
    "files": [],
}
"""What a trial is unless its creation says otherwise, in the fields that it need not say."""

ABSENT: State = {"exists": False}

OF_THE_MODEL = frozenset(("exists", "status", "parameters", "is_avoided", "results"))
"""The fields from which the model learns, or which it must not suggest again."""


def states_of(
    experiment: Experiment, numbers: Collection[int] | None = None, *, has_curves: bool = True
) -> dict[int, State]:
    """Return the state of each trial by number, of the deleted ones too; all, or ``numbers``.

    Without curves, unless it ``has_curves``: there may be a thousand points a trial.
    """
    rows = Trial.everything.filter(experiment=experiment)
    if numbers is not None:
        rows = rows.filter(number__in=numbers)
    people = (*PEOPLE, *_TOLD.values())
    columns = ("pk", "number", *_PLAIN, *people, "due_on", "finished_at", "deleted_at")
    found = list(rows.order_by("number").values(*columns))
    states = {row["pk"]: _state(row) for row in found}
    if states:
        _add_observations(states, None if numbers is None else list(states), experiment, has_curves)
    return {row["number"]: states[row["pk"]] for row in found}


def _state(row: Mapping[str, Any]) -> State:
    return {
        "exists": row["deleted_at"] is None,
        **{field: row[field] for field in _PLAIN},
        **{field: row[field] or row[told] or None for field, told in _TOLD.items()},
        "due_on": row["due_on"].isoformat() if row["due_on"] else None,
        "finished_at": row["finished_at"].isoformat() if row["finished_at"] else None,
        "results": {},
        "files": [],
    }


def _add_observations(
    states: Mapping[int, State], pks: list[int] | None, experiment: Experiment, has_curves: bool
) -> None:
    """Add results, curves and files to the states by the trials' ids."""
    wanted = {"trial__experiment": experiment} if pks is None else {"trial__in": pks}
    rows = Observation.objects.filter(**wanted).order_by("metric", "step")
    if has_curves:
        for state in states.values():
            state["curves"] = {}
    else:
        rows = rows.filter(step__isnull=True)
    for pk, metric, mean, sem, step, raw in rows.values_list(
        "trial", "metric", "mean", "sem", "step", "raw"
    ):
        key = f"m{metric}"
        if step is None:
            own = {"raw": _floats(raw)} if raw else {}
            states[pk]["results"][key] = {"mean": mean, "sem": sem} | own
        else:
            states[pk]["curves"].setdefault(key, []).append([step, mean, sem])
    files = TrialFile.objects.filter(**wanted, removed_at=None)
    for pk, file in files.order_by("pk").values_list("trial", "pk"):
        states[pk]["files"].append(file)


def holds(state: State, field: str, value: Any) -> bool:
    """Tell whether a trial, in its state of today, has the value of a field of a change."""
    if field == "points":
        return curve_points.are_there(value, state["curves"])
    if isinstance(value, str) and isinstance(state[field], int):  # Whom a file calls by name.
        return get_user_model().objects.filter(pk=state[field], username=value).exists()
    return bool(state[field] == value)


def differences(before: State, after: State) -> tuple[State, State]:
    """Return what two states of a trial differ in: the fields before, and after.

    Of a trial that is new, all that is not as in every new one.
    """
    if before == ABSENT:
        return ABSENT, {f: v for f, v in after.items() if f not in NEW or NEW[f] != v}
    changed = [field for field in before if before[field] != after[field]]
    return {field: before[field] for field in changed}, {field: after[field] for field in changed}


def kept_states(side: Mapping[str, Any]) -> dict[int, State]:
    """Return the states by number that one side of a change has kept.

    The database writes large floats of JSON as integers; here they are floats again.
    """
    return {int(number): _with_floats(state) for number, state in side.get("states", {}).items()}


def _with_floats(state: State) -> State:
    exact = dict(state)
    if "results" in state:
        exact["results"] = {key: _floats(each) for key, each in state["results"].items()}
    if "points" in state:
        exact["points"] = _floats(state["points"])
    return exact


def _floats(value: Any) -> Any:
    """Return numbers, lists and dicts of them, with each number as a float."""
    if isinstance(value, dict):
        return {key: _floats(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_floats(each) for each in value]
    return None if value is None else float(value)


def whole(after: State) -> State:
    """Return all fields that a new trial had, of which ``differences`` kept those of its own."""
    return NEW | after


def write_states(experiment: Experiment, changes: Mapping[int, State]) -> None:
    """Give trials, by number, other values in some fields of their states.

    Results of metrics that the definition no longer has, and people who are gone, are left out.
    """
    trials = Trial.everything.filter(experiment=experiment, number__in=list(changes)).in_bulk()
    by_number = {trial.number: trial for trial in trials.values()}
    people = set(get_user_model().objects.values_list("pk", flat=True))
    fields = _write_rows(by_number, changes, people)
    if fields:
        save(list(by_number.values()), sorted(fields))
    metrics = set(experiment.metrics.values_list("pk", flat=True))
    results = {by_number[n].pk: s["results"] for n, s in changes.items() if "results" in s}
    if results:
        _write_results(results, metrics)
    for number, state in changes.items():
        if "points" in state:
            curve_points.write(by_number[number].pk, state["points"], metrics)
        if "files" in state:
            _write_files(by_number[number], state["files"])


def _write_rows(
    trials: Mapping[int, Trial], changes: Mapping[int, State], people: Collection[int]
) -> set[str]:
    """Set the fields of the rows; return the names of those to save."""
    now, fields = timezone.now(), set()
    for number, state in changes.items():
        trial = trials[number]
        for field, value in state.items():
            if field in _PLAIN:
                setattr(trial, field, value)
            elif field in PEOPLE:
                setattr(trial, f"{field}_id", value if value in people else None)
                setattr(trial, _TOLD[field], value if isinstance(value, str) else "")
                fields.add(_TOLD[field])
            elif field == "due_on":
                trial.due_on = date.fromisoformat(value) if value else None
            elif field == "finished_at":
                trial.finished_at = datetime.fromisoformat(value) if value else None
            elif field == "exists":
                field = "deleted_at"
                trial.deleted_at = None if value else trial.deleted_at or now
            else:
                continue
            fields.add(field)
    return fields


def save(trials: Sequence[Trial], fields: Sequence[str]) -> None:
    """Save some fields of trials, together those that have the same values in all of them.

    Many trials that an act ended have few different values.
    """
    groups: dict[str, list[Trial]] = defaultdict(list)
    attributes = [f"{field}_id" if field in PEOPLE else field for field in fields]
    for trial in trials:
        groups[repr([getattr(trial, name) for name in attributes])].append(trial)
    if len(groups) > _FEW:
        for some in progress.batches(trials, _BATCH, Step.TRIALS):
            whole_rows.update(some, fields)
        return
    for group in groups.values():
        values = {name: getattr(group[0], name) for name in attributes}
        Trial.everything.filter(pk__in=[trial.pk for trial in group]).update(**values)


def _write_results(wanted: Mapping[int, Mapping[str, Any]], metrics: Collection[int]) -> None:
    """Replace the results of trials by their ids."""
    Observation.objects.filter(trial__in=list(wanted), step__isnull=True).delete()
    rows = [
        Observation(trial_id=pk, metric_id=metric, **each)
        for pk, results in wanted.items()
        for key, each in results.items()
        if (metric := int(key[1:])) in metrics
    ]
    for some in progress.batches(rows, _BATCH, Step.RESULTS):
        whole_rows.insert(some)


def _write_files(trial: Trial, present: Collection[int]) -> None:
    files = TrialFile.objects.filter(trial=trial)
    files.filter(pk__in=present).update(removed_at=None)
    files.filter(removed_at=None).exclude(pk__in=present).update(removed_at=timezone.now())


def is_model_change(changes: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether the model would notice any of these changed fields."""
    return any(not OF_THE_MODEL.isdisjoint(fields) for fields in changes)
