"""A search space as a whole: translation of parameterizations, counting, finding untried ones."""

import math
import re
from collections.abc import Container, Hashable, Mapping
from typing import Any

from ax.core.search_space import SearchSpace

from experiments.domain import ExperimentSpec, Parameterization, ParameterValue
from experiments.optimizer.axes import make_axis
from experiments.optimizer.errors import SearchSpaceExhausted

_PARAMETER_KEY = re.compile(r"p\d+")


class Space:
    """The parameters of one experiment.

    ``size`` counts the combinations that can be suggested (``None``: a continuum).
    """

    def __init__(self, spec: ExperimentSpec) -> None:
        keys = [parameter.key for parameter in spec.parameters]
        if not keys or len(set(keys)) < len(keys):
            raise ValueError("An experiment needs parameters with keys of their own.")
        if unsafe := [key for key in keys if not _PARAMETER_KEY.fullmatch(key)]:
            raise ValueError(f"Not a parameter key: {unsafe[0]!r}.")
        self._axes = {parameter.key: make_axis(parameter) for parameter in spec.parameters}
        counts = [axis.cardinality for axis in self._axes.values()]
        self.size = None if None in counts else math.prod(count for count in counts if count)

    def to_ax(self) -> SearchSpace:
        """Make the Ax search space."""
        return SearchSpace(parameters=[axis.parameter() for axis in self._axes.values()])

    def coerced(self, parameters: Parameterization) -> dict[str, ParameterValue]:
        """Return values of the declared types, in the order of the space.

        Raises ``ValueError`` when parameters are missing or unknown or a value is unusable; being
        out of range is no error.
        """
        if parameters.keys() != self._axes.keys():
            odd = sorted(parameters.keys() ^ self._axes.keys())
            raise ValueError(f"Missing or unknown parameters: {', '.join(odd)}.")
        return {key: axis.coerced(parameters[key]) for key, axis in self._axes.items()}

    def modelled(self, parameters: Parameterization) -> dict[str, ParameterValue]:
        """Return a parameterization as Ax knows it; raises as ``coerced`` does."""
        coerced = self.coerced(parameters)
        return {key: axis.modelled(coerced[key]) for key, axis in self._axes.items()}

    def nearest(self, modelled: Mapping[str, Any]) -> dict[str, ParameterValue]:
        """Return the parameterization that can be tried nearest to one that Ax proposes."""
        return {key: axis.nearest(modelled[key]) for key, axis in self._axes.items()}

    def contains(self, parameters: Parameterization) -> bool:
        """Tell whether a parameterization of declared types could be suggested."""
        return all(axis.contains(parameters[key]) for key, axis in self._axes.items())

    def learns_from(self, parameters: Parameterization) -> bool:
        """Tell whether Ax's model uses a trial of these parameters (of declared types) at all."""
        return all(axis.learns_from(parameters[key]) for key, axis in self._axes.items())

    def signature(self, parameters: Parameterization) -> Hashable:
        """Return what is equal for equal parameterizations of declared types."""
        return tuple(parameters[key] for key in self._axes)

    def untried(self, start: int, tried: Container[Hashable]) -> dict[str, ParameterValue]:
        """Return the first combination not in ``tried`` (signatures), counting on from ``start``.

        Looks at one combination more than were tried, at most. Only for finite spaces. Raises
        ``SearchSpaceExhausted``.
        """
        assert self.size is not None
        for offset in range(self.size):
            candidate = self._nth((start + offset) % self.size)
            if self.signature(candidate) not in tried:
                return candidate
        raise SearchSpaceExhausted

    def _nth(self, index: int) -> dict[str, ParameterValue]:
        combination = {}
        for key, axis in self._axes.items():
            assert axis.cardinality is not None
            index, position = divmod(index, axis.cardinality)
            combination[key] = axis.nth(position)
        return combination
