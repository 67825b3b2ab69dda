"""The rows of a table beside the trials that there are: new, changed, the same, or unusable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from experiments.assignments import applies, assigned
from experiments.domain import (
    WITH_RESULTS,
    ParameterKind,
    ParameterValue,
    Result,
    TrialStatus,
)
from experiments.drafts import ExperimentDraft, TrialDraft
from experiments.formatting import DIGITS, format_number, format_value
from experiments.outside import Space
from experiments.references import by_key
from experiments.tables.cells import is_blank, is_plain
from experiments.tables.columns import Facts
from experiments.tables.free_cells import FREE_READERS, is_no_value, unprotected
from experiments.tables.nearness import Index, Known, half_digit, is_close, rounding
from experiments.tables.reading import Table
from experiments.tables.uses import (
    DUE,
    METRIC,
    NOTES,
    NUMBER,
    PARAMETER,
    REASON,
    SEM,
    STATUS,
    TAGS,
    uses_of,
)
from experiments.tables.values import Unusable, number_reader, quoted, value_reader

_ALL_DIGITS = 17


class Kind(StrEnum):
    """What a row comes to."""

    NEW = "new"
    CHANGED = "changed"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was decided for all rows.

    ``repeats``: a row without a number whose parameters were tried before, and completed, is a
    further run of them, unless it says the same. ``takes_outside``: rows outside the search space
    are wanted.
    """

    repeats: bool = False
    takes_outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a row. ``changes`` are triples: of what, before, after, for people.

    ``trial`` is what a new row is; ``state`` what changes in trial ``number``, by the fields of
    its state (results as ``Result`` by metric key); ``read_as`` says results of a new row that do
    not stand there as plain numbers.
    """

    place: int
    kind: Kind
    number: int | None = None
    reason: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    trial: TrialDraft | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    is_outside: bool = False
    read_as: tuple[str, ...] = ()


class Matcher:
    """Judges the rows of one table; what all of them need is looked up once."""

    def __init__(
        self,
        table: Table,
        facts: Sequence[Facts],
        uses: Sequence[str],
        definition: ExperimentDraft,
        known: Sequence[Known],
        options: Options,
    ) -> None:
        self._table = table
        self._uses = uses
        self._definition = definition
        self._options = options
        self._specs = [parameter.spec for parameter in definition.parameters]
        self._by_key = by_key(self._specs)
        self._labels = uses_of(definition)
        self._units = {f"{METRIC}{m.spec.key}": m.unit for m in definition.metrics}
        self._decimals = table.decimals
        self._is_percent = [fact.is_percent for fact in facts]
        self._readers = [self._reader(use, i) for i, use in enumerate(uses)]
        self._objectives = [metric.spec.key for metric in definition.objectives]
        self._goal = " or ".join(f"“{metric.name}”" for metric in definition.objectives)
        self._space = Space(definition)
        self._known = {trial.number: trial for trial in known}
        self._index = Index(known, self._specs)
        self._said: dict[int, int] = {}

    def judge(self) -> Iterator[Judged]:
        """Yield what each row comes to, in order; blank rows are nothing."""
        for place, row in enumerate(self._table.rows, start=self._table.first_place):
            if row:
                try:
                    yield self._judge(place, row)
                except Unusable as error:
                    reason = f"{str(error).rstrip('.')}."
                    yield Judged(place=place, kind=Kind.REJECTED, reason=reason)

    def _judge(self, place: int, row: Sequence[str]) -> Judged:
        values = self._values(row)
        trial = self._find(row, values)
        if trial is None:
            return self._new(place, row, values)
        if trial.number in self._said:
            raise Unusable(f"row {self._said[trial.number]} is about trial {trial.number} already")
        self._said[trial.number] = place
        return self._against(place, row, values, trial)

    def _reader(self, use: str, index: int) -> Any:
        decimal, is_percent = self._decimals[index], self._is_percent[index]
        if use.startswith(PARAMETER):
            spec = self._by_key[use.removeprefix(PARAMETER)]
            return value_reader(spec.value_type, decimal, is_percent=is_percent)
        if use.startswith((METRIC, SEM)):
            return number_reader(decimal, is_percent=is_percent)
        return FREE_READERS.get(use)

    def _values(self, row: Sequence[str]) -> dict[str, Any]:
        """What stands in the cells that are used, by use; blank ones say nothing."""
        found: dict[str, Any] = {}
        for use, read, cell in zip(self._uses, self._readers, row, strict=True):
            if read is None or is_blank(cell):
                continue
            try:
                value = read(unprotected(cell))
            except Unusable as error:
                raise Unusable(f"{self._labels[use]}: {error}") from error
            if value is not None:
                found[use] = value
            elif is_no_value(cell):
                raise Unusable(f"{self._labels[use]}: {quoted(cell)} is no number that can be used")
        for use, value in found.items():
            if use.startswith(SEM) and value < 0:
                raise Unusable(f"{self._labels[use]}: a standard error cannot be negative")
            if use.startswith(SEM) and f"{METRIC}{use.removeprefix(SEM)}" not in found:
                raise Unusable(f"{self._labels[use]} stands there without its mean")
        return found

    def _find(self, row: Sequence[str], values: Mapping[str, Any]) -> Known | None:
        """The trial that a row is about; ``None``: a new one."""
        if NUMBER in values:
            trial = self._known.get(values[NUMBER])
            if trial is None:
                raise Unusable(
                    f"there is no trial {values[NUMBER]}; leave the number blank to add one"
                )
            return trial
        wanted = self._point(values)
        near = self._index.near(wanted, self._tolerances(row))
        running = [trial for trial in near if trial.status is TrialStatus.RUNNING]
        if len(running) == 1:
            return running[0]
        same = [t for t in near if not self._differences(row, values, t)]
        if same:
            return min(same, key=lambda t: (t.number in self._said, t.number))
        if running or (len(near) > 1 and not self._options.repeats):
            some = ", ".join(str(trial.number) for trial in (running or near)[:5])
            raise Unusable(
                f"its parameters are those of trials {some}: add a column with the number"
            )
        return near[0] if near and not self._options.repeats else None

    def _point(self, values: Mapping[str, Any]) -> dict[str, ParameterValue]:
        """The parameters of a row; raises where one is lacking that applies."""
        stored = {
            use.removeprefix(PARAMETER): value
            for use, value in values.items()
            if use.startswith(PARAMETER)
        }
        for spec in self._specs:
            if spec.kind is ParameterKind.FIXED and spec.value is not None:
                stored.setdefault(spec.key, spec.value)
        for spec in self._specs:
            is_lacking = spec.key not in stored and spec.kind is not ParameterKind.DERIVED
            if is_lacking and applies(spec, self._by_key, stored):
                name = self._labels[f"{PARAMETER}{spec.key}"]
                raise Unusable(f"no value: “{name}” is blank or not in the table")
        return dict(assigned(self._specs, stored))

    def _tolerances(self, row: Sequence[str]) -> dict[str, float]:
        """How far a trial’s number may be from what a cell shows: half of its last digit."""
        return {
            use.removeprefix(PARAMETER): half_digit(cell)
            for use, cell in zip(self._uses, row, strict=True)
            if use.startswith(PARAMETER)
        }

    def _new(self, place: int, row: Sequence[str], values: Mapping[str, Any]) -> Judged:
        point = self._point(values)
        results = self._results(values)
        status = values.get(STATUS) or (TrialStatus.COMPLETED if results else TrialStatus.RUNNING)
        self._check_status(status, results)
        if status not in WITH_RESULTS:
            results = {}
        is_outside = self._check_inside(point)
        is_ended = status in (TrialStatus.FAILED, TrialStatus.ABANDONED)
        draft = TrialDraft(
            parameters=point, status=status, results=results,
            reason=values.get(REASON, "") if is_ended else "",
        )  # fmt: skip
        extra = {key: values[key] for key in (TAGS, NOTES, DUE) if key in values}
        return Judged(place=place, kind=Kind.NEW, trial=draft, extra=extra,
                      is_outside=is_outside, read_as=self._read_as(row, values))  # fmt: skip

    def _read_as(self, row: Sequence[str], values: Mapping[str, Any]) -> tuple[str, ...]:
        """The results that are read as other numbers than a program would: ``1,234`` as 1234."""
        cells = dict(zip(self._uses, row, strict=True))
        return tuple(
            f"{self._labels[use]} {format_number(float(value))}"
            for use, value in values.items()
            if use.startswith(METRIC) and not is_plain(cells[use], value)
        )

    def _results(self, values: Mapping[str, Any]) -> dict[str, Result]:
        return {
            use.removeprefix(METRIC): Result(float(value), self._sem(values, use))
            for use, value in values.items()
            if use.startswith(METRIC)
        }

    def _sem(self, values: Mapping[str, Any], use: str) -> float | None:
        sem = values.get(f"{SEM}{use.removeprefix(METRIC)}")
        return None if sem is None else float(sem)

    def _check_status(self, status: TrialStatus, results: Mapping[str, Result]) -> None:
        has_goal = any(key in results for key in self._objectives)
        if status in WITH_RESULTS and not has_goal:
            raise Unusable(f"no result: {self._goal} is blank")
        if status is TrialStatus.RUNNING and results:
            raise Unusable("the status says that it is running, but there is a result")

    def _against(
        self, place: int, row: Sequence[str], values: Mapping[str, Any], trial: Known
    ) -> Judged:
        differences = self._differences(row, values, trial)
        if not differences:
            return Judged(place=place, kind=Kind.DUPLICATE, number=trial.number)
        state: dict[str, Any] = {}
        for use, value in differences.items():
            self._put(state, use, value, trial)
        if "results" in state or "status" in state:
            self._settle(state, trial)
        is_outside = "parameters" in state and self._check_inside(state["parameters"])
        changes = tuple(
            (self._labels[use], *self._both_told(use, self._before(use, trial), value))
            for use, value in differences.items()
        )
        return Judged(place=place, kind=Kind.CHANGED, number=trial.number, changes=changes,
                      state=state, is_outside=is_outside)  # fmt: skip

    def _check_inside(self, point: Mapping[str, ParameterValue]) -> bool:
        """Tell whether parameters lie outside the space; raises where that is not wanted."""
        reasons = self._space.reasons(point)
        if reasons and not self._options.takes_outside:
            raise Unusable(f"outside the search space: {' '.join(reasons)}")
        return bool(reasons)

    def _settle(self, state: dict[str, Any], trial: Known) -> None:
        """Find the status that results and the cell together mean, or say why there is none."""
        results = {**trial.results, **state.get("results", {})}
        wanted = state.get("status")
        if wanted is None:
            wanted = trial.status if trial.status in WITH_RESULTS else TrialStatus.COMPLETED
        if trial.status in WITH_RESULTS and wanted not in WITH_RESULTS:
            raise Unusable(
                f"trial {trial.number} has a result here: reopen it before it can be {wanted.value}"
            )
        if wanted not in WITH_RESULTS and state.get("results"):
            raise Unusable(f"the status says {wanted.value}, but there is a result")
        if wanted is TrialStatus.RUNNING and trial.status is not TrialStatus.RUNNING:
            raise Unusable(f"trial {trial.number} has ended here: reopen it first")
        self._check_status(wanted, results)
        if wanted is not trial.status:
            state["status"] = wanted
        else:
            state.pop("status", None)
        if "results" in state:
            state["results"] = results

    def _put(self, state: dict[str, Any], use: str, value: Any, trial: Known) -> None:
        if use.startswith(PARAMETER):
            parameters = state.setdefault("parameters", dict(trial.parameters))
            parameters[use.removeprefix(PARAMETER)] = value
        elif use.startswith(METRIC):
            state.setdefault("results", {})[use.removeprefix(METRIC)] = value
        else:
            state[{DUE: "due_on"}.get(use, use)] = value

    def _differences(
        self, row: Sequence[str], values: Mapping[str, Any], trial: Known
    ) -> dict[str, Any]:
        """What a row says otherwise than a trial has it, by use; results with their errors."""
        found: dict[str, Any] = {}
        cells = dict(zip(self._uses, row, strict=True))
        for use, value in values.items():
            if use == NUMBER or use.startswith(SEM):
                continue
            if use.startswith(METRIC):
                result = Result(float(value), self._sem(values, use))
                if not self._is_result(result, trial, use, cells):
                    found[use] = self._with_error(result, trial, use)
            elif use.startswith(PARAMETER):
                before = self._before(use, trial)
                if not is_close(before, value, half_digit(cells[use])):
                    found[use] = value
            elif value != self._before(use, trial):
                found[use] = value
        return found

    def _is_result(self, result: Result, trial: Known, use: str, cells: Mapping[str, str]) -> bool:
        there = trial.results.get(use.removeprefix(METRIC))
        if there is None or not is_close(there.mean, result.mean, rounding(cells[use])):
            return False
        if result.sem is None:
            return True
        sem = cells[f"{SEM}{use.removeprefix(METRIC)}"]
        return is_close(there.sem, result.sem, rounding(sem))

    def _with_error(self, result: Result, trial: Known, use: str) -> Result:
        """Keep the standard error that there is: a blank cell erases nothing."""
        there = trial.results.get(use.removeprefix(METRIC))
        if result.sem is not None or there is None:
            return result
        return Result(result.mean, there.sem)

    def _before(self, use: str, trial: Known) -> Any:
        if use.startswith(PARAMETER):
            return trial.parameters.get(use.removeprefix(PARAMETER))
        if use.startswith(METRIC):
            return trial.results.get(use.removeprefix(METRIC))
        return {STATUS: trial.status, TAGS: list(trial.tags), NOTES: trial.notes,
                REASON: trial.reason, DUE: trial.due_on}[use]  # fmt: skip

    def _both_told(self, use: str, before: Any, after: Any) -> tuple[str, str]:
        """What there was and what there will be; with more digits where fewer look the same."""
        told = "", ""
        for digits in range(DIGITS, _ALL_DIGITS + 1):
            told = self._told(use, before, digits), self._told(use, after, digits)
            if told[0] != told[1]:
                break
        return told

    def _told(self, use: str, value: Any, digits: int) -> str:
        if value is None or value == "" or value == []:
            return "none"
        if isinstance(value, Result):
            sem = "" if value.sem is None else f" ± {format_number(value.sem, digits)}"
            return f"{format_number(value.mean, digits)}{sem} {self._units[use]}".rstrip()
        if isinstance(value, list):
            return ", ".join(value)
        if isinstance(value, TrialStatus):
            return value.value.replace("_", " ")
        return format_value(value, digits)
