"""A search space as a whole: what can be suggested, counted, found and moved to where it is."""

import re
from collections.abc import Container, Hashable, Iterator, Mapping
from functools import cached_property
from typing import Any

from ax.core.search_space import SearchSpace

from experiments.assignments import applies, derived_value
from experiments.domain import (
    ExperimentSpec,
    Parameterization,
    ParameterKind,
    ParameterValue,
    ValueType,
)
from experiments.inequalities import holds
from experiments.optimizer.choices import FixedAxis
from experiments.optimizer.declared import make_axis
from experiments.optimizer.errors import InfeasibleSpace, SearchSpaceExhausted
from experiments.optimizer.forest import Forest
from experiments.optimizer.linear import inequalities
from experiments.optimizer.polytope import Polytope

MOST_ENUMERATED = 10_000
"""Up to so many combinations are looked at one by one: to count those that satisfy constraints, and
to find the most promising one. It is also up to where Ax does the latter."""

_PARAMETER_KEY = re.compile(r"p\d+")


class Space:
    """The parameters of one experiment and the constraints between them.

    A parameterization has the values of the parameters that apply, the derived ones included.
    """

    def __init__(self, spec: ExperimentSpec) -> None:
        """Raise ``ValueError`` for parameters or constraints that make no sense."""
        self._by_key = {parameter.key: parameter for parameter in spec.parameters}
        if not self._by_key or len(self._by_key) < len(spec.parameters):
            raise ValueError("An experiment needs parameters with keys of their own.")
        if unsafe := [key for key in self._by_key if not _PARAMETER_KEY.fullmatch(key)]:
            raise ValueError(f"Not a parameter key: {unsafe[0]!r}.")
        self._constraints = spec.constraints
        self.inequalities = inequalities(spec)
        summed = {key for row in self.inequalities for key in row.weights}
        for key in sorted(summed):
            if self._by_key[key].value_type not in (ValueType.FLOAT, ValueType.INT):
                raise ValueError(f"{key}: a constraint needs numbers.")
        self.axes = {
            key: make_axis(parameter, is_relaxed=key in summed and parameter.pinned is None)
            for key, parameter in self._by_key.items()
            if parameter.kind is not ParameterKind.DERIVED
        }
        self.forest = Forest(self.axes)
        self._derived = [
            parameter for parameter in spec.parameters if parameter.kind is ParameterKind.DERIVED
        ]
        self._parents = frozenset(self.forest.parents)
        self._polytopes: dict[Hashable, Polytope] = {}

    @cached_property
    def size(self) -> int | None:
        """How many combinations can be suggested (``None``: a continuum, or too many to count)."""
        return self.forest.size if self._listed is None else len(self._listed)

    @property
    def is_listed(self) -> bool:
        """Whether there are so few combinations that each can be looked at for a suggestion."""
        return self.size is not None and self.size <= MOST_ENUMERATED

    @property
    def is_discrete(self) -> bool:
        """Whether Ax knows each value of each parameter, or each combination can be looked at."""
        return self.is_listed or all(axis.is_enumerated for axis in self.axes.values())

    @cached_property
    def _listed(self) -> list[dict[str, ParameterValue]] | None:
        """All combinations that satisfy the constraints, if any are left out and it is quick."""
        if not self.inequalities:
            return None
        count = self.forest.size
        if count is None or count > MOST_ENUMERATED:
            return None
        combinations = [self.completed(self.forest.nth(index)) for index in range(count)]
        return [combination for combination in combinations if self.satisfies(combination)]

    def to_ax(self) -> SearchSpace:
        """Make the Ax search space of what can be suggested, flat and without constraints."""
        return SearchSpace(parameters=[axis.parameter() for axis in self.axes.values()])

    def coerced(self, parameters: Parameterization) -> dict[str, ParameterValue]:
        """Return what applies of ``parameters``, as the declared types, in the space's order.

        Derived values are computed. Values that are missing stay missing (see ``missing``). Raises
        ``ValueError`` for unknown parameters and unusable values; being out of range is no error.
        """
        if unknown := sorted(parameters.keys() - self._by_key.keys()):
            raise ValueError(f"Unknown parameters: {', '.join(unknown)}.")
        return self.completed(
            {
                key: axis.coerced(parameters[key])
                for key, axis in self.axes.items()
                if key in parameters
            }
        )

    def completed(self, values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue]:
        """Return what applies of values of declared types, with derived ones, in order."""
        kept: dict[str, ParameterValue] = dict(values)
        if self._parents:
            applying = set(self.forest.applying(values))
            kept = {key: value for key, value in values.items() if key in applying}
        if not self._derived:
            return kept
        for parameter in self._derived:
            value = derived_value(parameter, kept)
            if value is not None and applies(parameter, self._by_key, kept):
                kept[parameter.key] = value
        return {key: kept[key] for key in self._by_key if key in kept}

    def is_dependent(self, key: str) -> bool:
        """Tell whether a parameter applies only under some condition."""
        return self._by_key[key].condition is not None

    def missing(self, parameters: Parameterization) -> list[str]:
        """Return the parameters that apply to a parameterization but have no value in it."""
        if len(parameters) == len(self._by_key):
            return []
        return [key for key in self.forest.applying(parameters) if key not in parameters]

    def nearest(self, modelled: Mapping[str, Any]) -> dict[str, ParameterValue]:
        """Return the parameterization of allowed values nearest to one on ``axes``, in Ax's terms.

        It may violate constraints.
        """
        return self.completed({key: axis.nearest(modelled[key]) for key, axis in self.axes.items()})

    def snapped(self, parameters: Parameterization) -> dict[str, ParameterValue]:
        """Return the nearest parameterization of allowed values; it may violate constraints."""
        return self.completed(
            {
                key: axis.nearest(axis.modelled(parameters[key]))
                for key, axis in self.axes.items()
                if key in parameters
            }
        )

    def satisfies(self, parameters: Parameterization) -> bool:
        """Tell whether a complete parameterization satisfies all parameter constraints."""
        return all(holds(constraint, parameters) for constraint in self._constraints)

    def contains(self, parameters: Parameterization) -> bool:
        """Tell whether a parameterization as ``coerced`` returns it could be suggested."""
        return (
            not self.missing(parameters)
            and all(
                axis.contains(parameters[key])
                for key, axis in self.axes.items()
                if key in parameters
            )
            and self.satisfies(parameters)
        )

    def moved(self, parameters: Parameterization) -> dict[str, ParameterValue] | None:
        """Return the nearest parameterization with the same parents that satisfies constraints.

        Returns ``None`` where there is none.
        """
        if self.satisfies(parameters):
            return dict(parameters)
        polytope = self.polytope(parameters)
        nearest = polytope.nearest(parameters) if polytope else None
        if nearest is None:
            return None
        moved = self.completed({**self._own(parameters), **nearest})
        return moved if self.satisfies(moved) else None

    def polytope(self, parameters: Parameterization) -> Polytope | None:
        """Return the part of the space that constraints leave, all else being as in a point.

        Returns ``None`` where the constraints that apply are on nothing that varies.
        """
        rows = [row for row in self.inequalities if row.applies(parameters)]
        keys = dict.fromkeys(key for row in rows for key in row.weights)
        varied = {key: self.axes[key] for key in keys if self._varies(key)}
        if not varied:
            return None
        constants = {key: float(parameters[key]) for key in keys if key not in varied}
        name = (tuple(varied), tuple(constants.items()), tuple(map(id, rows)))
        if name not in self._polytopes:
            self._polytopes[name] = Polytope(varied, [row.given(constants) for row in rows])
        return self._polytopes[name]

    def signature(self, parameters: Parameterization) -> Hashable:
        """Return what is equal for parameterizations that nobody needs to tell apart."""
        return tuple(
            axis.signature(parameters[key]) if key in parameters else None
            for key, axis in self.axes.items()
        )

    def untried(self, start: int, tried: Container[Hashable]) -> dict[str, ParameterValue]:
        """Return the first combination not in ``tried`` (signatures), counting on from ``start``.

        Looks at one combination more than were tried, at most. Raises ``SearchSpaceExhausted``
        where there is none, or none of many can be found.
        """
        for candidate in self._from(start):
            if self.signature(candidate) not in tried:
                return candidate
        raise InfeasibleSpace if self.size == 0 else SearchSpaceExhausted

    def combinations(self) -> Iterator[dict[str, ParameterValue]]:
        """Yield all combinations that can be suggested, where ``size`` counts them."""
        return self._from(0)

    def _from(self, start: int) -> Iterator[dict[str, ParameterValue]]:
        for offset in range(self.size or 0):
            place = (start + offset) % (self.size or 1)
            if self._listed is not None:
                yield self._listed[place]
            else:
                yield self.completed(self.forest.nth(place))

    def _varies(self, key: str) -> bool:
        return key not in self._parents and not isinstance(self.axes[key], FixedAxis)

    def _own(self, parameters: Parameterization) -> dict[str, ParameterValue]:
        return {key: value for key, value in parameters.items() if key in self.axes}
