"""The rows behind the plots as CSV: all of them, with all digits."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from io import StringIO

from experiments.assignments import asked_beside
from experiments.domain import Result
from experiments.models import Metric, Parameter
from experiments.plots.rows import Drawn, PlotRows, title_of
from experiments.ranking import Standing
from experiments.tables.cells import Decimal
from experiments.tables.writing import harmless

_LINES = 500
"""How many lines are written at a time."""

_STANDINGS = {
    Standing.FEASIBLE: "kept",
    Standing.UNKNOWN: "not all measured",
    Standing.INFEASIBLE: "violated",
}

Cell = str | float | int | bool | datetime | None


@dataclass(frozen=True, kw_only=True)
class PlotData:
    """What is written of the trials of ``rows``.

    ``results`` are by the trials' ids, by the metrics' ids. ``people`` tell who ran a trial and
    when it was taken, by the trials' ids. ``computed`` are further columns by name: numbers by the
    trials' ids; so are ``texts``, at the end.
    """

    rows: PlotRows
    results: Mapping[int, Mapping[int, Result]]
    people: Mapping[int, tuple[str, datetime]]
    computed: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    texts: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def chunks(self) -> Iterator[str]:
        """Yield the file in parts: a line a trial, in the order of their numbers."""
        return _chunks(self._header(), map(self._line, self.rows.trials))

    @cached_property
    def _asked_for(self) -> list[Parameter]:
        """The parameters of which some trial used another value than was asked for."""
        keys = {
            key
            for trial in self.rows.trials
            for key in asked_beside(trial.requested, trial.parameters)
        }
        return [parameter for parameter in self.rows.parameters if parameter.key in keys]

    def _header(self) -> Iterator[str]:
        yield from ("trial", "status", "person", "taken", "ended")
        if self.rows.goals.constraints:
            yield "constraints"
        yield from self.computed
        for metric in self.rows.metrics:
            yield from (title_of(metric), f"SEM of {title_of(metric)}")
        yield from map(title_of, self.rows.parameters)
        yield from (f"asked for: {title_of(parameter)}" for parameter in self._asked_for)
        yield "reason"
        yield from self.texts

    def _line(self, trial: Drawn) -> Iterable[Cell]:
        pk, rows = trial.pk, self.rows
        person, taken = self.people[pk]
        yield from (trial.number, trial.status, person, taken, trial.finished_at)
        if rows.goals.constraints:
            yield _STANDINGS[rows.ranking.standings[pk]] if pk in rows.means else None
        for column in self.computed.values():
            yield column.get(pk)
        results = self.results.get(pk, {}) if pk in rows.means else {}
        for metric in rows.metrics:
            result = results.get(metric.pk)
            yield from (None, None) if result is None else (result.mean, result.sem)
        values = rows.assigned[pk]
        for parameter in rows.parameters:
            yield values.get(parameter.key)
        asked = asked_beside(trial.requested, trial.parameters) if self._asked_for else {}
        for parameter in self._asked_for:
            yield parameter.cast(asked[parameter.key]) if parameter.key in asked else None
        yield trial.reason
        for texts in self.texts.values():
            yield texts.get(pk)


def curve_chunks(
    metric: Metric, points: Iterable[tuple[int, str, float, float, float | None]]
) -> Iterator[str]:
    """Yield learning curves as a file in parts: a line a point.

    ``points`` have the trial's number and status, the step, the mean and its standard error.
    """
    title = title_of(metric)
    return _chunks(("trial", "status", "step", title, f"SEM of {title}"), points)


def _chunks(header: Iterable[str], lines: Iterable[Iterable[Cell]]) -> Iterator[str]:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(map(_written, header))
    for place, line in enumerate(lines, 1):
        writer.writerow(map(_written, line))
        if not place % _LINES:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _written(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()  # The same file for everybody, wherever they are.
    if isinstance(cell, int | float):
        return repr(cell)
    return "" if cell is None else harmless(cell, Decimal.POINT)
