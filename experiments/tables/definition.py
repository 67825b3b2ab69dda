"""Columns become a definition, and sentences that say what was guessed in it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from experiments.domain import (
    Condition,
    MetricRole,
    MetricSpec,
    ParameterKind,
    ParameterSpec,
    ParameterValue,
    ValueType,
)
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.tables.bounds import bounds_of
from experiments.tables.columns import Column, ColumnType, Facts, Use
from experiments.tables.dependence import Read, conditions
from experiments.tables.reading import Table
from experiments.tables.values import Unusable, value_reader

_VALUE_TYPES = {
    ColumnType.FLOAT: ValueType.FLOAT,
    ColumnType.INT: ValueType.INT,
    ColumnType.BOOL: ValueType.BOOL,
}
_MOST_NAMED = 5


class Proposal(NamedTuple):
    """A definition made from a table, and what to say about it."""

    draft: ExperimentDraft
    notices: tuple[str, ...]


def key_of(column: int) -> str:
    """Return the key that the draft has for what stands in a column."""
    return f"c{column}"


def column_of(key: str) -> int | None:
    """Return the column that a key of the draft means; ``None`` for what is not in the table."""
    digits = key.removeprefix("c")
    return int(digits) if key.startswith("c") and digits.isdecimal() else None


def definition(
    name: str, table: Table, columns: Sequence[Column], facts: Sequence[Facts]
) -> Proposal:
    """Propose the definition of an experiment whose runs are the rows of the table."""
    readers: dict[int, Read] = {}
    specs: dict[int, ParameterSpec] = {}
    for index, column in enumerate(columns):
        if column.use is Use.PARAMETER:
            value_type = _value_type(column, facts[index])
            readers[index] = _lenient(value_type, table, facts[index])
            values = _different(readers[index], facts[index])
            specs[index] = _spec(key_of(index), column, value_type, values)
    choices = [index for index, spec in specs.items() if spec.kind is ParameterKind.CHOICE]
    found = conditions(table.rows, readers, choices)
    parameters = {
        index: ParameterDraft(
            name=table.header[index],
            spec=_conditional(spec, found.get(index)),
            unit="%" if facts[index].is_percent else "",
        )
        for index, spec in specs.items()
    }
    draft = ExperimentDraft(
        name=name,
        parameters=tuple(parameters.values()),
        metrics=tuple(
            _metric(table.header[index], index, column, facts[index])
            for index, column in enumerate(columns)
            if column.use.is_metric
        ),
    )
    return Proposal(draft, tuple(_notices(parameters)))


def _value_type(column: Column, facts: Facts) -> ValueType:
    """Return the type of a column's values; choices may be numbers, too."""
    if column.type in _VALUE_TYPES:
        return _VALUE_TYPES[column.type]
    if not facts.numbers or len(facts.numbers) < len(facts.texts):
        return ValueType.TEXT
    return ValueType.INT if facts.is_whole else ValueType.FLOAT


def _lenient(value_type: ValueType, table: Table, facts: Facts) -> Read:
    """Return a reader to which what cannot be used is nothing."""
    strict = value_reader(value_type, facts.decimal, is_percent=facts.is_percent)

    def read(cell: str) -> ParameterValue | None:
        try:
            return strict(cell)
        except Unusable:
            return None

    return read


def _different(read: Read, facts: Facts) -> list[ParameterValue]:
    values = dict.fromkeys(read(text) for text in facts.texts)
    found = [value for value in values if value is not None]
    # Texts stay in the order of the table; no comes before yes.
    return found if any(isinstance(value, str) for value in found) else sorted(found)


def _spec(
    key: str, column: Column, value_type: ValueType, values: list[ParameterValue]
) -> ParameterSpec:
    numbers = [value for value in values if not isinstance(value, bool | str)]
    if len(values) == 1:
        return ParameterSpec(
            key=key, kind=ParameterKind.FIXED, value_type=value_type, value=values[0]
        )
    if column.type in (ColumnType.FLOAT, ColumnType.INT):
        if not numbers:
            return ParameterSpec(key=key, kind=ParameterKind.RANGE, value_type=value_type)
        lower, upper, log_scale = bounds_of(numbers, is_whole=value_type is ValueType.INT)
        return ParameterSpec(
            key=key,
            kind=ParameterKind.RANGE,
            value_type=value_type,
            lower=lower,
            upper=upper,
            log_scale=log_scale,
        )
    return ParameterSpec(
        key=key,
        kind=ParameterKind.CHOICE,
        value_type=value_type,
        values=tuple(values),
        is_ordered=len(numbers) > 2,
    )


def _conditional(
    spec: ParameterSpec, found: tuple[int, tuple[ParameterValue, ...]] | None
) -> ParameterSpec:
    if found is None:
        return spec
    parent, values = found
    return replace(spec, condition=Condition(key_of(parent), values))


def _metric(name: str, index: int, column: Column, facts: Facts) -> MetricDraft:
    role = MetricRole.OBJECTIVE if column.use is Use.OBJECTIVE else MetricRole.TRACKED
    return MetricDraft(
        name=name,
        spec=MetricSpec(key=key_of(index), direction=column.direction, role=role),
        unit="%" if facts.is_percent else "",
    )


def _notices(parameters: dict[int, ParameterDraft]) -> Iterator[str]:
    drafts = list(parameters.values())
    ranges = [draft for draft in drafts if draft.spec.kind is ParameterKind.RANGE]
    if ranges:
        yield (
            "Bounds are the least and largest values in the table, rounded outward. "
            "Change them to where you want to search."
        )
    if logs := [draft.name for draft in ranges if draft.spec.log_scale]:
        yield f"A log scale is proposed for what spans three decades or more: {_listed(logs)}."
    if fixed := [draft.name for draft in drafts if draft.spec.kind is ParameterKind.FIXED]:
        yield f"Always the same in the table, so fixed here: {_listed(fixed)}."
    dependent = []
    for draft in drafts:
        if condition := draft.spec.condition:
            parent = parameters[column_of(condition.parameter) or 0].name
            dependent.append(f"{draft.name} (only with some values of {parent})")
    if dependent:
        yield f"Filled only where another parameter has certain values: {_listed(dependent)}."


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
