"""What a plot can have on an axis: trials' numbers, parameters and metrics, as positions."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.domain import ParameterKind
from experiments.figures import escape, short, value_axis
from experiments.formatting import format_parameter, format_value
from experiments.models import Metric, Parameter
from experiments.plots.rows import PlotRows, title_of


@dataclass(frozen=True, kw_only=True)
class Column:
    """One quantity of all trials.

    ``places`` are positions by the trials' ids: numbers as they are, texts and yes/no by their
    place among ``labels``. Trials without a value are missing.
    """

    key: str
    title: str
    places: Mapping[int, float]
    labels: Sequence[str] = ()
    is_log: bool = False

    @property
    def is_metric(self) -> bool:
        """Whether it is measured."""
        return self.key.startswith("m")

    @property
    def axis(self) -> dict[str, Any]:
        """The axis on a figure."""
        axis = value_axis(self.title)
        if self.labels:
            ticks = [escape(short(label, 20)) for label in self.labels]
            positions = list(range(len(ticks)))
            return axis | {
                "tickvals": positions, "ticktext": ticks, "range": [-0.5, len(ticks) - 0.5],
            }  # fmt: skip
        return axis | ({"type": "log"} if self.is_log else {})


def positions(column: Column, ids: Iterable[int]) -> list[float | None]:
    """Return where trials are on a column's axis, ``None`` for those without a value."""
    get = column.places.get
    if not column.is_log:
        return [get(pk) for pk in ids]
    return [None if (place := get(pk)) is None else math.log10(place) for pk in ids]


def shown_position(column: Column, place: float) -> float:
    """Return where a position is on its axis."""
    return math.log10(place) if column.is_log else place


def metric_column(rows: PlotRows, metric: Metric) -> Column:
    """Return a metric's results."""
    return Column(key=metric.key, title=title_of(metric), places=rows.values_of(metric))


def parameter_column(rows: PlotRows, parameter: Parameter) -> Column:
    """Return a parameter's values, where it applies and is known."""
    key, spec = parameter.key, parameter.spec
    values = {pk: found[key] for pk, found in rows.assigned.items() if key in found}
    if parameter.is_number and not (spec.values and not spec.is_ordered):
        is_log = spec.log_scale and all(float(value) > 0 for value in values.values())
        numbers = {pk: float(value) for pk, value in values.items()}
        return Column(key=key, title=title_of(parameter), places=numbers, is_log=is_log)
    known = list(dict.fromkeys([*spec.values, *values.values()]))
    places = {value: place for place, value in enumerate(known)}
    labels = [
        format_parameter(value, parameter) if parameter.is_number else format_value(value)
        for value in known
    ]
    return Column(
        key=key,
        title=title_of(parameter),
        places={pk: float(places[value]) for pk, value in values.items()},
        labels=labels,
    )


def columns_of(rows: PlotRows) -> dict[str, Column]:
    """Return all that can be on an axis, by key: metrics first, then what varies or varied."""
    columns = [metric_column(rows, metric) for metric in rows.metrics]
    columns += [
        parameter_column(rows, parameter)
        for parameter in rows.parameters
        if parameter.kind != ParameterKind.FIXED
    ]
    return {column.key: column for column in columns}
