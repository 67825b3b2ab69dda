"""From a parameter's declaration to its axis."""

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.optimizer.axes import Axis
from experiments.optimizer.choices import ChoiceAxis, FixedAxis, NumberChoiceAxis, PinnedAxis
from experiments.optimizer.ranges import ContinuousAxis, GridAxis
from experiments.optimizer.values import coerce


def make_axis(spec: ParameterSpec, *, is_relaxed: bool = False) -> Axis:
    """Make the axis of one parameter; a relaxed one Ax sees as a continuous range.

    Raises ``ValueError`` for a declaration that makes no sense: bounds missing or the wrong way
    round, a log scale that reaches 0, a step that is not positive, no values.
    """
    if spec.kind is ParameterKind.RANGE:
        axis = _range_axis(spec, is_relaxed)
    else:
        axis = _listed_axis(spec, is_relaxed)
    if spec.pinned is None:
        return axis
    return PinnedAxis(spec, coerce(spec.pinned, spec.value_type), axis)


def _listed_axis(spec: ParameterSpec, is_relaxed: bool) -> Axis:
    declared = spec.values if spec.kind is ParameterKind.CHOICE else (spec.value,)
    values = tuple(dict.fromkeys(coerce(value, spec.value_type) for value in declared))
    if not values:
        raise ValueError(f"{spec.key}: a choice needs values.")
    if len(values) == 1:
        return FixedAxis(spec, values[0])
    return NumberChoiceAxis(spec, values) if is_relaxed else ChoiceAxis(spec, values)


def _range_axis(spec: ParameterSpec, is_relaxed: bool) -> Axis:
    if spec.value_type not in (ValueType.FLOAT, ValueType.INT):
        raise ValueError(f"{spec.key}: a range needs numbers.")
    lower, upper = coerce(spec.lower, spec.value_type), coerce(spec.upper, spec.value_type)
    assert isinstance(lower, int | float)
    assert isinstance(upper, int | float)
    if lower > upper or (spec.log_scale and lower <= 0):
        raise ValueError(f"{spec.key}: from {lower} to {upper} is no usable range.")
    if lower == upper:
        return FixedAxis(spec, lower)
    step = spec.step if spec.step is not None or spec.value_type is ValueType.FLOAT else 1
    if step is None:
        return ContinuousAxis(spec, float(lower), float(upper))
    if coerce(step, spec.value_type) <= 0:  # type: ignore[operator]  # a number, by its type
        raise ValueError(f"{spec.key}: a step must be positive.")
    axis = GridAxis(spec, lower, upper, step, is_relaxed=is_relaxed)
    return axis if axis.cardinality > 1 else FixedAxis(spec, lower)
