"""Parameters with listed values, or one; what happens to values that are listed no more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ax.core.parameter import ChoiceParameter, FixedParameter, Parameter

from experiments.domain import ParameterSpec, ParameterValue, ValueType
from experiments.optimizer.axes import AX_TYPES, Axis
from experiments.optimizer.ranges import ContinuousAxis, extreme_unit, float_range
from experiments.optimizer.values import coerce


class FixedAxis(Axis):
    """A parameter that always has the same value."""

    cardinality = 1

    def __init__(self, spec: ParameterSpec, value: ParameterValue) -> None:
        super().__init__(spec)
        self._value = value

    @property
    def is_enumerated(self) -> bool:
        """Whether Ax knows each value."""
        return True

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        return FixedParameter(
            name=self.spec.key, parameter_type=AX_TYPES[self.spec.value_type], value=self._value
        )

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the one value there is."""
        return self._value

    def nth(self, index: int) -> ParameterValue:
        """Return the one value there is."""
        return self._value

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether it is the one value there is."""
        return value == self._value

    def covering(self, values: Sequence[ParameterValue]) -> Axis:
        """Return a wider axis if trials have other values."""
        known = tuple(dict.fromkeys([self._value, *values]))
        if len(known) == 1:
            return self
        wider = _spanning(self.spec, known)
        wider.fixed_to = (self._value,)
        return wider


class PinnedAxis(FixedAxis):
    """A retired parameter: earlier trials vary, suggestions have one value."""

    def __init__(self, spec: ParameterSpec, value: ParameterValue, varied: Axis) -> None:
        super().__init__(spec, value)
        self._varied = varied

    def covering(self, values: Sequence[ParameterValue]) -> Axis:
        """Return the axis on which the parameter varied, if it did."""
        known = tuple(dict.fromkeys([self._value, *values]))
        if len(known) == 1 or (self.spec.log_scale and float(self._value) <= 0):
            return super().covering(values)
        wider = self._varied.covering(known)
        if not (wider.contains(self._value) or isinstance(wider, ChoiceAxis)):
            lower, upper = wider.ends()
            value = float(self._value)
            wider = ContinuousAxis(self.spec, min(lower, value), max(upper, value))
        wider.fixed_to = (self._value,)
        return wider


class ChoiceAxis(Axis):
    """A parameter that takes one of some listed values."""

    def __init__(self, spec: ParameterSpec, values: tuple[ParameterValue, ...]) -> None:
        super().__init__(spec)
        self._values = values
        self.cardinality = len(values)

    @property
    def is_enumerated(self) -> bool:
        """Whether Ax knows each value; else it sees a continuous range."""
        return not self.is_linear

    def parameter(self) -> Parameter:
        """Make the Ax parameter, ordered and sorted as Ax's own client does it."""
        return ChoiceParameter(
            name=self.spec.key,
            parameter_type=AX_TYPES[self.spec.value_type],
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

    def covering(self, values: Sequence[ParameterValue]) -> Axis:
        """Return a choice that has the values of trials too, such as those removed since."""
        known = tuple(dict.fromkeys([*self._values, *values]))
        if len(known) == len(self._values):
            return self
        wider = ChoiceAxis(self.spec, known)
        if not self.spec.is_ordered:  # Ax leaves values out of an order by itself.
            wider.fixed_to = self._values
        return wider


class NumberChoiceAxis(ChoiceAxis):
    """Listed numbers that Ax sees as a continuous range, since constraints add them up."""

    def __init__(self, spec: ParameterSpec, values: tuple[ParameterValue, ...]) -> None:
        super().__init__(spec, values)
        self._numbers = sorted((float(value), value) for value in values)
        self.unit = extreme_unit(spec, self._numbers[0][0], self._numbers[-1][0])

    @property
    def is_linear(self) -> bool:
        """Whether Ax can add it up in a constraint."""
        return True

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        lower, upper = self._numbers[0][0], self._numbers[-1][0]
        return float_range(self.spec, lower / self.unit, upper / self.unit)

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return the number in the unit in which Ax sees it."""
        return float(value) / self.unit

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the nearest of the listed numbers."""
        return min(self._numbers, key=lambda pair: abs(pair[0] - modelled * self.unit))[1]

    def ends(self) -> tuple[float, float]:
        """Return the least and the greatest of the listed numbers."""
        return self._numbers[0][0], self._numbers[-1][0]

    def covering(self, values: Sequence[ParameterValue]) -> Axis:
        """Return itself: Ax stretches a range."""
        return self


def _spanning(spec: ParameterSpec, values: Sequence[ParameterValue]) -> Axis:
    """Make an axis that has all of some different values, to learn from."""
    if spec.value_type in (ValueType.FLOAT, ValueType.INT):
        numbers = [float(value) for value in values]
        return ContinuousAxis(replace(spec, log_scale=False), min(numbers), max(numbers))
    return ChoiceAxis(spec, tuple(values))
