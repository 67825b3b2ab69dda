"""One parameter on both sides: as people declare it and as Ax models it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from ax.core.parameter import Parameter, ParameterType

from experiments.domain import ParameterSpec, ParameterValue, ValueType
from experiments.optimizer.values import coerce

MAX_ENUMERATED = 1_000
"""Grids with more points than this are modelled as continuous; also Ax's limit for choices."""

AX_TYPES = {
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

    fixed_to: tuple[ParameterValue, ...] = ()
    """Of the values that Ax knows, those that may be suggested, where Ax cannot tell by itself."""

    unit: float = 1.0
    """How many of the parameter's own units one of Ax's is."""

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

    @property
    def is_enumerated(self) -> bool:
        """Whether Ax knows each value; else it sees a continuous range."""
        return False

    @property
    def is_linear(self) -> bool:
        """Whether Ax sees a continuous, linear range, and so can add it up in a constraint."""
        return False

    def coerced(self, value: object) -> ParameterValue:
        """Return a value as the declared type; it may lie outside the declared range."""
        return coerce(value, self.spec.value_type)

    def modelled(self, value: ParameterValue) -> ParameterValue:
        """Return a value of the declared type as Ax's parameter wants it."""
        return value

    def contains(self, value: ParameterValue) -> bool:
        """Tell whether a value of the declared type could be suggested."""
        return self.nearest(value) == value

    def signature(self, value: ParameterValue) -> ParameterValue:
        """Return what is equal for values that nobody needs to tell apart."""
        return value

    def covering(self, values: Sequence[ParameterValue]) -> "Axis":
        """Return the axis on which a model learns from values that trials have.

        Ax stretches ranges to values from outside by itself, and ordered numbers.
        """
        return self

    def ends(self) -> tuple[float, float]:
        """Return the least and the greatest number that can be suggested."""
        numbers = [float(self.nth(place)) for place in (0, (self.cardinality or 1) - 1)]
        return min(numbers), max(numbers)

    def middle(self) -> Any:
        """Return what stands, in Ax's terms, for the values of trials that have none."""
        return self.modelled(self.nth((self.cardinality or 1) // 2))
