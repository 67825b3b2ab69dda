"""Ranges: continuous ones, and grids of integers or steps.

Ax enumerates integers and steps, so a long grid is modelled as a continuous range, and what Ax
proposes is moved to the nearest grid point. Ax also refuses very narrow ranges and fails in very
wide ones: those it sees in another unit.
"""

import math
from typing import Any

from ax.core.parameter import ChoiceParameter, Parameter, ParameterType, RangeParameter

from experiments.domain import ParameterSpec, ParameterValue, ValueType
from experiments.optimizer.axes import AX_TYPES, MAX_ENUMERATED, Axis
from experiments.optimizer.values import exact

_DIGITS = 9
"""To how many digits of its range a value is worth telling apart from another."""


class ContinuousAxis(Axis):
    """A range of floats without a step."""

    cardinality = None

    def __init__(self, spec: ParameterSpec, lower: float, upper: float) -> None:
        super().__init__(spec)
        self._lower = lower
        self._upper = upper
        self.unit = extreme_unit(spec, lower, upper)
        # On a log scale the smallest values count.
        smallest = lower if spec.log_scale else upper - lower
        self._digits = _DIGITS - math.floor(math.log10(smallest))

    @property
    def is_linear(self) -> bool:
        """Whether Ax can add it up in a constraint."""
        return not self.spec.log_scale

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        return float_range(self.spec, self._lower / self.unit, self._upper / self.unit)

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return the value in the unit in which Ax sees it."""
        return float(value) / self.unit

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the value, within bounds."""
        return min(max(float(modelled) * self.unit, self._lower), self._upper)

    def signature(self, value: ParameterValue) -> ParameterValue:
        """Return the value to about a billionth of the range."""
        return round(float(value), self._digits)

    def ends(self) -> tuple[float, float]:
        """Return the bounds."""
        return self._lower, self._upper

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether the value lies within bounds."""
        return self._lower <= float(value) <= self._upper

    def nth(self, index: int) -> ParameterValue:
        """Return the center: a continuum is not counted."""
        if self.spec.log_scale:
            return math.sqrt(self._lower) * math.sqrt(self._upper)
        return self._lower / 2 + self._upper / 2


class GridAxis(Axis):
    """A range of integers, or a range with a step that counts from the lower bound."""

    cardinality: int

    def __init__(
        self,
        spec: ParameterSpec,
        lower: float,
        upper: float,
        step: float,
        *,
        is_relaxed: bool = False,
    ) -> None:
        super().__init__(spec)
        self._is_relaxed = is_relaxed
        self._lower = exact(lower)
        self._step = exact(step)
        self.cardinality = int((exact(upper) - self._lower) // self._step) + 1
        self.unit = 1.0 if self.is_enumerated else extreme_unit(spec, float(lower), float(upper))

    @property
    def is_enumerated(self) -> bool:
        """Whether Ax knows each value; else it sees a continuous range."""
        return self.cardinality <= MAX_ENUMERATED and not self._is_relaxed

    @property
    def is_linear(self) -> bool:
        """Whether Ax can add it up in a constraint."""
        return not (self.spec.log_scale or self.is_enumerated)

    def parameter(self) -> Parameter:
        """Make the Ax parameter."""
        first, last = self.nth(0), self.nth(self.cardinality - 1)
        if not self.is_enumerated:
            return float_range(self.spec, first / self.unit, last / self.unit)
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
            parameter_type=AX_TYPES[self.spec.value_type],
            values=[self.nth(index) for index in range(self.cardinality)],
            is_ordered=True,
            sort_values=True,
            log_scale=self.spec.log_scale,
        )

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return the value as Ax's parameter wants it: a float where the grid is long."""
        return value if self.is_enumerated else float(value) / self.unit

    def nearest(self, modelled: Any) -> ParameterValue:
        """Return the nearest point of the grid, without rounding noise (0.3, not 0.30…04)."""
        return self._on_grid(modelled if self.is_enumerated else modelled * self.unit)

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


def extreme_unit(spec: ParameterSpec, lower: float, upper: float) -> float:
    """Return what Ax's 1 stands for: 1, or where the width is extreme, about the width.

    A power of two, so that changing units rounds nothing.
    """
    width = upper - lower
    is_usual = width > 1e-3 and (spec.log_scale or width < 1e6)
    return 1.0 if is_usual else math.ldexp(1.0, math.frexp(width)[1])


def float_range(spec: ParameterSpec, lower: float, upper: float) -> Parameter:
    """Make an Ax range of floats, with bounds as Ax is to see them."""
    return RangeParameter(
        name=spec.key,
        parameter_type=ParameterType.FLOAT,
        lower=lower,
        upper=upper,
        log_scale=spec.log_scale,
    )
