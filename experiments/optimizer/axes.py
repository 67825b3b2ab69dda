"""One parameter on both sides: as people declare it and as Ax models it.

An axis makes the Ax parameter and translates values. Ax enumerates integers and steps, so a long
grid is modelled as a continuous range, and what Ax proposes is moved to the nearest grid point. Ax
also refuses very narrow ranges and fails in very wide ones: those it sees in another unit.
"""

import math
from abc import ABC, abstractmethod
from typing import Any

from ax.core.parameter import (
    ChoiceParameter,
    FixedParameter,
    Parameter,
    ParameterType,
    RangeParameter,
)

from experiments.domain import ParameterKind, ParameterSpec, ParameterValue, ValueType
from experiments.optimizer.values import coerce, exact

MAX_ENUMERATED = 1_000
"""Grids with more points than this are modelled as continuous; also Ax's limit for choices."""

_AX_TYPES = {
    ValueType.FLOAT: ParameterType.FLOAT,
    ValueType.INT: ParameterType.INT,
    ValueType.TEXT: ParameterType.STRING,
    ValueType.BOOL: ParameterType.BOOL,
}


class Axis(ABC):
    """One parameter of a search space.

    ``cardinality`` counts the values that can be suggested (``None``: a continuum).
    """

    cardinality: int | None

    def __init__(self, spec: ParameterSpec) -> None:
        self.spec = spec

    @abstractmethod
    def parameter(self) -> Parameter:
        """Make the Ax parameter."""

    @abstractmethod
    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the value that can be tried nearest to what Ax proposes."""

    @abstractmethod
    def nth(self, index: int) -> ParameterValue:
        """Return one of the ``cardinality`` values, for an index from 0."""

    def coerced(self, value: object) -> ParameterValue:
        """Return a value as the declared type; it may lie outside the declared range."""
        return coerce(value, self.spec.value_type)

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return a value of the declared type as Ax's parameter wants it."""
        return value

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether a value of the declared type could be suggested."""
        return self.nearest(value) == value

    def learns_from(self, value: ParameterValue) -> bool:
        """Tell whether Ax's model uses trials with this value.

        It stretches ranges to results from outside, and ordered numbers; other results from
        outside the space it drops.
        """
        return self.contains(value)


class FixedAxis(Axis):
    """A parameter that always has the same value."""

    cardinality = 1

    def __init__(self, spec: ParameterSpec, value: ParameterValue) -> None:
        super().__init__(spec)
        self._value = value

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        return FixedParameter(
            name=self.spec.key, parameter_type=_AX_TYPES[self.spec.value_type], value=self._value
        )

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the one value there is."""
        return self._value

    def nth(self, index: int) -> ParameterValue:
        """Return the one value there is."""
        return self._value


class ChoiceAxis(Axis):
    """A parameter that takes one of some listed values."""

    def __init__(self, spec: ParameterSpec, values: tuple[ParameterValue, ...]) -> None:
        super().__init__(spec)
        self._values = values
        self.cardinality = len(values)

    def parameter(self) -> Parameter:
        """Make the Ax parameter, ordered and sorted as Ax's own client does it."""
        return ChoiceParameter(
            name=self.spec.key,
            parameter_type=_AX_TYPES[self.spec.value_type],
            values=list(self._values),
            is_ordered=self.spec.is_ordered,
            sort_values=self.spec.value_type is not ValueType.TEXT,
        )

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the value itself, as it was declared."""
        return coerce(modelled, self.spec.value_type)

    def nth(self, index: int) -> ParameterValue:
        """Return one of the listed values."""
        return self._values[index]

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether the value is listed."""
        return value in self._values

    def learns_from(self, value: ParameterValue) -> bool:
        """Tell whether Ax's model uses trials with this value; two values count as ordered."""
        is_number = self.spec.value_type in (ValueType.INT, ValueType.FLOAT)
        is_ordered = self.spec.is_ordered or len(self._values) == 2
        return self.contains(value) or (is_number and is_ordered)


class ContinuousAxis(Axis):
    """A range of floats without a step."""

    cardinality = None

    def __init__(self, spec: ParameterSpec, lower: float, upper: float) -> None:
        super().__init__(spec)
        self._lower = lower
        self._upper = upper
        self._unit = _unit(spec, lower, upper)

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        return _float_range(self.spec, self._lower / self._unit, self._upper / self._unit)

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return the value in the unit in which Ax sees it."""
        return float(value) / self._unit

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the value, within bounds."""
        return min(max(float(modelled) * self._unit, self._lower), self._upper)

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether the value lies within bounds."""
        return self._lower <= float(value) <= self._upper

    def nth(self, index: int) -> ParameterValue:
        """A continuum is not counted."""
        raise NotImplementedError

    def learns_from(self, value: ParameterValue) -> bool:
        """Tell whether Ax's model uses trials with this value."""
        return not self.spec.log_scale or float(value) > 0


class GridAxis(Axis):
    """A range of integers, or a range with a step that counts from the lower bound."""

    cardinality: int

    def __init__(self, spec: ParameterSpec, lower: float, upper: float, step: float) -> None:
        super().__init__(spec)
        self._lower = exact(lower)
        self._step = exact(step)
        self.cardinality = int((exact(upper) - self._lower) // self._step) + 1
        self._unit = 1.0 if self.is_enumerated else _unit(spec, float(lower), float(upper))

    @property
    def is_enumerated(self) -> bool:
        """Whether Ax knows each value; else it sees a continuous range."""
        return self.cardinality <= MAX_ENUMERATED

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        first, last = self.nth(0), self.nth(self.cardinality - 1)
        if not self.is_enumerated:
            return _float_range(self.spec, first / self._unit, last / self._unit)
        if self.spec.value_type is ValueType.INT and self._step == 1:
            return RangeParameter(
                name=self.spec.key,
                parameter_type=ParameterType.INT,
                lower=first,
                upper=last,
                log_scale=self.spec.log_scale,
            )
        return ChoiceParameter(
            name=self.spec.key,
            parameter_type=_AX_TYPES[self.spec.value_type],
            values=[self.nth(index) for index in range(self.cardinality)],
            is_ordered=True,
            sort_values=True,
            log_scale=self.spec.log_scale,
        )

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return the value as Ax's parameter wants it: a float where the grid is long."""
        return value if self.is_enumerated else float(value) / self._unit

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the nearest point of the grid, without rounding noise (0.3, not 0.30…04)."""
        return self._on_grid(modelled if self.is_enumerated else modelled * self._unit)

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether the value is a point of the grid."""
        return self._on_grid(value) == value

    def _on_grid(self, value: Any) -> float | int:
        index = round((exact(value) - self._lower) / self._step)
        return self.nth(min(max(index, 0), self.cardinality - 1))

    def nth(self, index: int) -> float | int:
        """Return a point of the grid."""
        point = self._lower + index * self._step
        return int(point) if self.spec.value_type is ValueType.INT else float(point)

    def learns_from(self, value: ParameterValue) -> bool:
        """Tell whether Ax's model uses trials with this value."""
        return not self.spec.log_scale or float(value) > 0


def _unit(spec: ParameterSpec, lower: float, upper: float) -> float:
    """Return what Ax's 1 stands for: 1, or where the width is extreme, about the width.

    A power of two, so that changing units rounds nothing.
    """
    width = upper - lower
    is_usual = width > 1e-3 and (spec.log_scale or width < 1e6)
    return 1.0 if is_usual else math.ldexp(1.0, math.frexp(width)[1])


def _float_range(spec: ParameterSpec, lower: float, upper: float) -> Parameter:
    return RangeParameter(
        name=spec.key,
        parameter_type=ParameterType.FLOAT,
        lower=lower,
        upper=upper,
        log_scale=spec.log_scale,
    )


def make_axis(spec: ParameterSpec) -> Axis:
    """Make the axis of one parameter.

    Raises ``ValueError`` for a declaration that makes no sense: bounds missing or the wrong way
    round, a log scale that reaches 0, a step that is not positive, no values.
    """
    if spec.kind is ParameterKind.RANGE:
        return _range_axis(spec)
    declared = spec.values if spec.kind is ParameterKind.CHOICE else (spec.value,)
    values = tuple(dict.fromkeys(coerce(value, spec.value_type) for value in declared))
    if not values:
        raise ValueError(f"{spec.key}: a choice needs values.")
    return FixedAxis(spec, values[0]) if len(values) == 1 else ChoiceAxis(spec, values)


def _range_axis(spec: ParameterSpec) -> Axis:
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
    axis = GridAxis(spec, lower, upper, step)
    return axis if axis.cardinality > 1 else FixedAxis(spec, lower)
