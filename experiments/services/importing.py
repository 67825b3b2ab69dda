"""Tables that are imported into an experiment: judged row by row, then one act."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from experiments.domain import Result, TrialStatus
from experiments.models import (
    Change,
    ChangeKind,
    Experiment,
    Observation,
    TableUpload,
    Trial,
    TrialOrigin,
)
from experiments.services import progress, whole_rows
from experiments.services.acting import Act, acting
from experiments.services.errors import Conflict, Refused
from experiments.services.progress import Step
from experiments.services.tables import Opened, opened, read_sheet
from experiments.services.trial_states import write_states
from experiments.tables.cells import Decimal
from experiments.tables.matching import Judged, Kind, Matcher, Options
from experiments.tables.nearness import Known
from experiments.tables.uses import propose_uses, uses_of, uses_problem

_BATCH = 500
_LONGEST_SHEET = 200


@dataclass(frozen=True)
class Plan:
    """A table, what its columns are used for, what was decided, and what each row comes to."""

    opened: Opened
    uses: Sequence[str]
    options: Options
    rows: Sequence[Judged]

    @cached_property
    def counts(self) -> Counter[str]:
        """How many rows there are of each kind."""
        return Counter(row.kind.value for row in self.rows)

    @cached_property
    def digest(self) -> str:
        """Changes whenever a row comes to something else, or a column is used for another."""
        told = [
            (r.place, r.kind, r.number, r.changes, r.reason, r.trial, r.state, r.extra)
            for r in self.rows
        ]
        return sha256(repr((self.uses, told)).encode()).hexdigest()[:32]

    @property
    def does_something(self) -> bool:
        """Whether anything would be imported."""
        return bool(self.counts[Kind.NEW] or self.counts[Kind.CHANGED])


def settings_of(experiment: Experiment, upload: TableUpload) -> tuple[list[str], Options]:
    """Return what the columns are used for: as chosen for this table, remembered, or proposed."""
    stored = upload.reading.get("import", {})
    uses = stored.get("uses") or propose_uses(
        upload.header, experiment.definition, experiment.import_uses
    )
    return uses, Options(**stored.get("options", {}))


def is_settled(experiment: Experiment, upload: TableUpload) -> bool:
    """Tell whether what the columns are used for makes sense, and is still there."""
    uses, _ = settings_of(experiment, upload)
    return not uses_problem(uses) and set(uses) <= uses_of(experiment.definition).keys()


def choose_sheet(experiment: Experiment, upload: TableUpload, sheet: str) -> None:
    """Read another sheet of a spreadsheet, and take the sheet of this name the next time, too.

    Raises ``Unreadable`` if there is no table in it, and ``Refused`` as ``choose`` does.
    """
    with _unused(experiment, upload) as now:
        read_sheet(now, sheet)
    if sheet != experiment.import_sheet and len(sheet) <= _LONGEST_SHEET:
        Experiment.objects.filter(pk=experiment.pk).update(import_sheet=sheet)


def choose(
    experiment: Experiment,
    upload: TableUpload,
    *,
    uses: Sequence[str],
    options: Options,
    decimals: Mapping[int, Decimal] | None = None,
) -> None:
    """Keep what was chosen with the table, and what columns were used for with the experiment.

    ``decimals`` are marks of columns whose numbers can be read in two ways.
    Raises ``Refused`` where the table was imported already, also by an import that is at work.
    """
    with _unused(experiment, upload) as now:
        if now.header != upload.header:
            raise Refused("Meanwhile, another sheet was chosen: look at its columns.")
        now.reading["import"] = {
            "uses": list(uses),
            "options": {"repeats": options.repeats, "takes_outside": options.takes_outside},
        }
        for column, decimal in (decimals or {}).items():
            now.reading["decimals"][column] = decimal.value
        now.save(update_fields=["reading"])
    remembered = experiment.import_uses | dict(zip(upload.header, uses, strict=True))
    if remembered != experiment.import_uses and len(remembered) <= 1_000:
        Experiment.objects.filter(pk=experiment.pk).update(import_uses=remembered)


@contextmanager
def _unused(experiment: Experiment, upload: TableUpload) -> Iterator[TableUpload]:
    """Lock a table that was not imported; an import that is at work on it comes first."""
    with transaction.atomic():
        kept = TableUpload.objects.select_for_update().defer("file")
        now = kept.filter(pk=upload.pk).first()
        if now is None:
            raise Refused("This table is not kept any more: paste or choose it again.")
        if done_by(experiment, now) is not None:
            raise Refused("This table was imported already: paste or choose it again.")
        yield now


def plan(experiment: Experiment, upload: TableUpload) -> Plan:
    """Judge each row of a table against the trials that there are."""
    uses, options = settings_of(experiment, upload)
    read = opened(upload)
    matcher = Matcher(
        read.table, read.facts, uses, experiment.definition, _known(experiment), options
    )
    rows: list[Judged] = []
    for row in matcher.judge():
        if len(rows) % _BATCH == 0:
            progress.say(Step.ROWS, len(rows), len(read.table.rows))
        rows.append(row)
    return Plan(read, uses, options, tuple(rows))


def done_by(experiment: Experiment, upload: TableUpload) -> int | None:
    """Return the revision of the import that this table was here, if it was imported already."""
    revision: int | None = upload.reading.get("imported_into", {}).get(str(experiment.pk))
    return revision


@transaction.atomic  # That the table was imported is said in the transaction that imports it.
def apply(experiment: Experiment, upload: TableUpload, *, digest: str, by: User) -> Change | None:
    """Import a table as one act; ``digest`` is that of the plan that the person has seen.

    The same table again is no second import. Raises ``Conflict`` where rows would come to
    something else by now, ``Refused`` where the experiment does not take trials.
    """
    with acting(experiment.pk, kind=ChangeKind.TRIALS_IMPORTED, by=by) as act:
        kept = TableUpload.objects.select_for_update().defer("file")
        found = kept.filter(pk=upload.pk).first()
        if found is None:
            raise Refused("This table is not kept any more: paste or choose it again.")
        upload = found
        if (done := done_by(experiment, upload)) is not None:
            return act.experiment.changes.get(revision=done)
        if act.experiment.deleted_at:
            raise Refused("This experiment was deleted.")
        if not is_settled(act.experiment, upload):
            raise Conflict("Meanwhile, what a column is used for has gone: choose again.")
        now = plan(act.experiment, upload)
        if now.digest != digest:
            raise Conflict(
                "Meanwhile, somebody has changed trials that this table is about: look again."
            )
        _write(act, now, by)
        act.reason = f"{upload.name or 'a pasted table'}"[:500]
    if act.change is not None:
        imported_into = upload.reading.setdefault("imported_into", {})
        imported_into[str(experiment.pk)] = act.change.revision
        upload.save(update_fields=["reading"])
    return act.change


def _write(act: Act, plan: Plan, by: User) -> None:
    changed = {row.number: row for row in plan.rows if row.state and row.number is not None}
    act.watch(list(changed))
    now = timezone.now()
    states = {number: _state(row, by, now) for number, row in changed.items()}
    _keep_requested(act.experiment, states)
    write_states(act.experiment, states)
    added = [row for row in plan.rows if row.kind is Kind.NEW]
    act.added(_add(act.experiment, added, by, now))


def _keep_requested(experiment: Experiment, states: dict[int, dict[str, Any]]) -> None:
    """Where other values are said to be used than were suggested, keep both."""
    numbers = [number for number, state in states.items() if "parameters" in state]
    suggested = experiment.trials.filter(number__in=numbers, origin=TrialOrigin.SUGGESTED)
    for trial in suggested.only("number", "parameters", "requested"):
        asked = trial.requested or trial.parameters
        state = states[trial.number]
        state["requested"] = None if asked == state["parameters"] else asked


def _state(row: Judged, by: User, now: Any) -> dict[str, Any]:
    """Return the fields that change as the states of trials have them."""
    state = dict(row.state)
    if "results" in state:
        state["results"] = {
            key: {"mean": result.mean, "sem": result.sem}
            | ({"raw": list(result.raw)} if result.raw else {})
            for key, result in state["results"].items()
        }
    if "status" in state:
        state["status"] = TrialStatus(state["status"]).value
        state |= {"finished_at": now.isoformat(), "finished_by": by.pk}
    if state.get("due_on"):
        state["due_on"] = state["due_on"].isoformat()
    return state


def _add(experiment: Experiment, rows: Sequence[Judged], by: User, now: Any) -> list[Trial]:
    first = experiment.trial_count
    trials = [
        _trial(experiment, number, row, by, now) for number, row in enumerate(rows, start=first)
    ]
    for some in progress.batches(trials, _BATCH, Step.TRIALS):
        whole_rows.insert(some)
    experiment.trial_count = first + len(trials)
    metrics = {metric.key: metric for metric in experiment.metrics.all()}
    results = [
        Observation(trial=trial, metric=metrics[key], mean=result.mean, sem=result.sem)
        for trial, row in zip(trials, rows, strict=True)
        if row.trial
        for key, result in row.trial.results.items()
    ]
    for found in progress.batches(results, _BATCH, Step.RESULTS):
        whole_rows.insert(found)
    return trials


def _trial(experiment: Experiment, number: int, row: Judged, by: User, now: Any) -> Trial:
    assert row.trial is not None  # A new row has one.
    is_running = row.trial.status is TrialStatus.RUNNING
    return Trial(
        experiment=experiment,
        number=number,
        status=row.trial.status.value,
        parameters=dict(row.trial.parameters),
        origin=TrialOrigin.IMPORTED,
        reason=row.trial.reason,
        tags=row.extra.get("tags", []),
        notes=row.extra.get("notes", ""),
        due_on=row.extra.get("due"),
        taken_by_id=by.pk,
        finished_at=None if is_running else now,
        finished_by_id=None if is_running else by.pk,
    )


def _known(experiment: Experiment) -> list[Known]:
    """Return all trials as rows are compared with them."""
    results: dict[int, dict[str, Result]] = {}
    found = Observation.objects.filter(trial__experiment=experiment, step=None)
    for trial, metric, mean, sem, raw in found.values_list("trial", "metric", "mean", "sem", "raw"):
        own = results.setdefault(trial, {})
        own[f"m{metric}"] = Result(mean, sem, tuple(map(float, raw or ())))
    columns = ("pk", "number", "status", "parameters", "tags", "notes", "reason", "due_on")
    rows = Trial.objects.filter(experiment=experiment).values(*columns)
    return [_as_known(row, results.get(row["pk"], {})) for row in rows]


def _as_known(row: Mapping[str, Any], results: Mapping[str, Result]) -> Known:
    plain = {key: value for key, value in row.items() if key not in ("pk", "status")}
    return replace(
        Known(status=TrialStatus(row["status"]), results=results, number=0, parameters={}), **plain
    )
