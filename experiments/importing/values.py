"""Values as other tools write them, in the types that parameters declare."""

import json
from typing import Any

from experiments.domain import ParameterSpec, ParameterValue, ValueType


def typed(value: Any, value_type: ValueType) -> Any:
    """Write a value as its type has it, where nothing is lost; ``None`` stays."""
    if value is None or type(value) is str:
        return value
    if value_type is ValueType.TEXT:
        return json.dumps(value)
    if isinstance(value, bool):
        return value
    if value_type is ValueType.FLOAT:
        return float(value)
    is_whole = value_type is ValueType.INT and value == int(value)
    return int(value) if is_whole else value


def value_of(written: Any, spec: ParameterSpec) -> ParameterValue | None:
    """Return which of a parameter's values is meant: a key in JSON is always a text."""
    values = spec.values or ((spec.value,) if spec.value is not None else ())
    for value in values:
        if type(value) is type(written) and value == written:
            return value
    names = {str(written), str(written).lower()}
    return next((v for v in values if str(v) in names or json.dumps(v) in names), None)
