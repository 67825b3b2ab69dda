"""The rows of a table become trials of a definition, or are left out with a reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from experiments.assignments import applies, assigned
from experiments.domain import WITH_RESULTS, ParameterKind, ParameterValue, Result, TrialStatus
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft, TrialDraft
from experiments.outside import Space
from experiments.references import by_key
from experiments.tables.cells import Decimal, is_blank, status_of
from experiments.tables.columns import Column, Facts, Use
from experiments.tables.definition import column_of
from experiments.tables.reading import Table
from experiments.tables.values import Unusable, number_reader, quoted, value_reader

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no trial: its place in the table (from 1) and why."""

    place: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What the rows of a table come to."""

    trials: tuple[TrialDraft, ...]
    left_out: tuple[LeftOut, ...]


def runs_of(
    table: Table, columns: Sequence[Column], facts: Sequence[Facts], draft: ExperimentDraft
) -> Runs:
    """Read each row as a trial of the draft, whose keys say which column is what."""
    reader = _RowReader(table, columns, facts, draft)
    trials, left_out = [], []
    for place, row in enumerate(table.rows, start=table.first_place):
        if not row:
            continue
        try:
            trials.append(reader.trial(row))
        except Unusable as error:
            left_out.append(LeftOut(place, f"{error}."))
    return Runs(trials=tuple(trials), left_out=tuple(left_out))


def count_outside(trials: Sequence[TrialDraft], draft: ExperimentDraft) -> int:
    """Count the trials that lie outside the search space of a definition."""
    space = Space(draft)
    return sum(bool(space.reasons(trial.parameters)) for trial in trials)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a parameter, mean or standard error stands in a row; ``column`` may be nowhere."""

    name: str
    key: str
    column: int | None
    parse: Callable[[str], ParameterValue | None]

    def read(self, row: Row) -> ParameterValue | None:
        """Return what stands there; raises ``Unusable`` with the name in front."""
        if self.column is None:
            return None
        try:
            return self.parse(row[self.column])
        except Unusable as error:
            raise Unusable(f"{self.name}: {error}") from error


class _RowReader:
    """Reads rows one after another; what all of them need is looked up once."""

    def __init__(
        self,
        table: Table,
        columns: Sequence[Column],
        facts: Sequence[Facts],
        draft: ExperimentDraft,
    ) -> None:
        self._facts = facts
        self._specs = [parameter.spec for parameter in draft.parameters]
        self._by_key = by_key(self._specs)
        self._parameters = [
            self._parameter(parameter)
            for parameter in draft.parameters
            if parameter.spec.kind is not ParameterKind.DERIVED
        ]
        self._means = [self._mean(metric) for metric in draft.metrics]
        self._sems = {
            column.of: self._sem(table.header[index], index)
            for index, column in enumerate(columns)
            if column.use is Use.SEM
        }
        self._objectives = {metric.spec.key for metric in draft.objectives}
        self._goal = " or ".join(f"“{metric.name}”" for metric in draft.objectives)
        self._status = next((i for i, c in enumerate(columns) if c.use is Use.STATUS), None)

    def trial(self, row: Row) -> TrialDraft:
        """Return the trial that a row is; raises ``Unusable``."""
        parameters = self._values(row)
        status = self._stated(row)
        results = self._results(row)
        if status in WITH_RESULTS:
            if not self._objectives & results.keys():
                raise Unusable(f"no result: {self._goal} is blank")
            return TrialDraft(parameters=parameters, results=results, status=status)
        if status is TrialStatus.RUNNING and results:
            raise Unusable("the status says that it is still running, but there is a result")
        # What a broken run measured is not the result of its parameters.
        return TrialDraft(parameters=parameters, status=status, reason=self._remark(row, status))

    def _parameter(self, parameter: ParameterDraft) -> _Cell:
        column, spec = self._column(parameter.spec.key), parameter.spec
        decimal, is_percent = self._marks(column)
        read = value_reader(spec.value_type, decimal, is_percent=is_percent)
        return _Cell(parameter.name, spec.key, column, read)

    def _mean(self, metric: MetricDraft) -> _Cell:
        column = self._column(metric.spec.key)
        decimal, is_percent = self._marks(column)
        read = number_reader(decimal, is_percent=is_percent)
        return _Cell(metric.name, metric.spec.key, column, read)

    def _sem(self, name: str, column: int) -> _Cell:
        decimal, is_percent = self._marks(column)
        return _Cell(name, "", column, number_reader(decimal, is_percent=is_percent))

    def _marks(self, column: int | None) -> tuple[Decimal, bool]:
        """How a column's numbers are written: its decimal mark, and whether with percent signs."""
        if column is None:
            return Decimal.POINT, False
        return self._facts[column].decimal, self._facts[column].is_percent

    def _column(self, key: str) -> int | None:
        column = column_of(key)
        return column if column is not None and column < len(self._facts) else None

    def _values(self, row: Row) -> Mapping[str, ParameterValue]:
        """Return the values that apply; one that is missing may be missing only if it does not."""
        stored: dict[str, ParameterValue] = {}
        missing = []
        for cell in self._parameters:
            value = cell.read(row)
            if value is None and cell.column is None:
                value = self._by_key[cell.key].value
            if value is None:
                missing.append(cell)
            else:
                stored[cell.key] = value
        for cell in missing:
            if applies(self._by_key[cell.key], self._by_key, stored):
                where = "is blank" if cell.column is not None else "is not in the table"
                raise Unusable(f"no value: “{cell.name}” {where}")
        if not any(spec.condition for spec in self._specs):
            return stored
        return {key: v for key, v in assigned(self._specs, stored).items() if key in stored}

    def _results(self, row: Row) -> dict[str, Result]:
        results = {}
        for cell in self._means:
            mean = cell.read(row)
            if mean is not None:
                results[cell.key] = Result(float(mean), self._error(row, cell.column))
        return results

    def _error(self, row: Row, metric: int | None) -> float | None:
        cell = self._sems.get(metric)
        sem = None if cell is None else cell.read(row)
        if cell is None or sem is None:
            return None
        if float(sem) < 0:
            raise Unusable(f"{cell.name}: a standard error cannot be negative")
        return float(sem)

    def _stated(self, row: Row) -> TrialStatus:
        """Return what the status column says; a run of which it says nothing is completed."""
        if self._status is None or is_blank(row[self._status]):
            return TrialStatus.COMPLETED
        status = status_of(row[self._status])
        if status is None:
            raise Unusable(f"the status {quoted(row[self._status])} is not known")
        return status

    def _remark(self, row: Row, status: TrialStatus) -> str:
        if status is TrialStatus.RUNNING or self._status is None:
            return ""
        return f"{quoted(row[self._status])} in the imported table"
