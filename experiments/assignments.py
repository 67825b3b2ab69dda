"""Which values a trial has: those that apply, of the declared types, with derived ones computed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType

_CASTS = {ValueType.FLOAT: float, ValueType.INT: int, ValueType.TEXT: str, ValueType.BOOL: bool}


def cast(value: Any, value_type: ValueType) -> ParameterValue:
    """Give a stored value its declared type: JSON columns may turn 1e22 into an integer."""
    return _CASTS[value_type](value)


def value_type_of(values: Sequence[ParameterValue]) -> ValueType:
    """Return the one type that all values have; numbers are floats unless all are whole."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return ValueType.BOOL
    if kinds == {int}:
        return ValueType.INT
    return ValueType.FLOAT if kinds <= {int, float} else ValueType.TEXT


def assigned(
    specs: Sequence[ParameterSpec], stored: Mapping[str, Any]
) -> dict[str, ParameterValue]:
    """Return the values by key of the parameters that apply, in the order of the search space.

    ``stored`` may have values that do not apply (they are left out) or none for a parameter that
    was added later (its backfill counts; without one the parameter is missing from the result).
    """
    by_key = {spec.key: spec for spec in specs}
    values: dict[str, ParameterValue] = {}
    for spec in specs:
        if spec.kind is not ParameterKind.DERIVED and (value := _own(spec, stored)) is not None:
            values[spec.key] = value
    applying = {key: v for key, v in values.items() if applies(by_key[key], by_key, values)}
    for spec in specs:
        if spec.kind is ParameterKind.DERIVED and applies(spec, by_key, values):
            derived = derived_value(spec, applying)
            if derived is not None:
                applying[spec.key] = derived
    return {spec.key: applying[spec.key] for spec in specs if spec.key in applying}


def asked_beside(
    requested: Mapping[str, Any] | None, used: Mapping[str, Any]
) -> dict[str, ParameterValue]:
    """Return the values by key that were asked for where a trial used others."""
    return {key: value for key, value in (requested or {}).items() if used.get(key) != value}


def applies(
    spec: ParameterSpec,
    by_key: Mapping[str, ParameterSpec],
    values: Mapping[str, ParameterValue],
) -> bool:
    """Tell whether a parameter's condition, and those of all that it depends on, hold."""
    seen = {spec.key}
    while spec.condition is not None:
        parent = by_key.get(spec.condition.parameter)
        if parent is None or parent.key in seen:
            return False
        if not any(_same(values.get(parent.key), value) for value in spec.condition.values):
            return False
        seen.add(parent.key)
        spec = parent
    return True


def derived_value(spec: ParameterSpec, values: Mapping[str, ParameterValue]) -> float | int | None:
    """Compute a derived parameter; ``None`` where one of its terms has no number."""
    total = spec.intercept
    for term in spec.terms:
        value = values.get(term.parameter)
        if value is None or isinstance(value, bool | str):
            return None
        total += term.coefficient * value
    # 0.1 + 0.2 is 0.3: nobody reads the last digit of a sum of decimals.
    rounded = float(f"{total:.15g}") if math.isfinite(total) else total
    is_whole = spec.value_type is ValueType.INT and math.isfinite(rounded) and rounded.is_integer()
    return int(rounded) if is_whole else rounded


def _own(spec: ParameterSpec, stored: Mapping[str, Any]) -> ParameterValue | None:
    value = stored.get(spec.key)
    return spec.backfill if value is None else cast(value, spec.value_type)


def _same(value: ParameterValue | None, other: ParameterValue) -> bool:
    """Compare without taking yes for 1."""
    return isinstance(value, bool) == isinstance(other, bool) and value == other
