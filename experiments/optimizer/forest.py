"""Which parameters apply where, and the combinations that this leaves, counted and numbered."""

import math
from collections.abc import Iterable, Mapping, Sequence

from experiments.domain import ParameterSpec, ParameterValue
from experiments.optimizer.axes import MAX_ENUMERATED, Axis


class Forest:
    """Axes as trees: below each value of a parameter stand those that apply only there."""

    def __init__(self, axes: Mapping[str, Axis]) -> None:
        """Raise ``ValueError`` where a condition is on no parameter of the space, or circular."""
        self._axes = axes
        self._below: dict[str, list[ParameterSpec]] = {key: [] for key in axes}
        self._roots = [key for key, axis in axes.items() if axis.spec.condition is None]
        for key, axis in axes.items():
            condition = axis.spec.condition
            if condition is None:
                continue
            if condition.parameter not in axes:
                raise ValueError(f"{key}: depends on {condition.parameter!r}, which has no values.")
            self._below[condition.parameter].append(axis.spec)
        self._order = self._ordered()
        self._counts: dict[str, int | None] = {}
        for key in reversed(self._order):
            self._counts[key] = self._count_of(key)

    @property
    def parents(self) -> list[str]:
        """The parameters that others depend on, each before those that depend on it."""
        return [key for key in self._order if self._below[key]]

    @property
    def size(self) -> int | None:
        """How many combinations there are (``None``: a continuum)."""
        return _product(self._counts[key] for key in self._roots)

    def nth(self, index: int) -> dict[str, ParameterValue]:
        """Return one of the ``size`` combinations: the values of the parameters that apply."""
        combination: dict[str, ParameterValue] = {}
        self._fill(self._roots, index, combination)
        return {key: combination[key] for key in self._axes if key in combination}

    def applying(self, values: Mapping[str, ParameterValue]) -> list[str]:
        """Return the parameters that apply, given values of (at least) all parents that do."""
        found: list[str] = []
        unseen = list(self._roots)
        while unseen:
            key = unseen.pop()
            found.append(key)
            if self._below[key] and key in values:
                unseen += self._applying_at(key, values[key])
        return found

    def _ordered(self) -> list[str]:
        order = list(self._roots)
        for key in order:  # Grows while it is read.
            order += [child.key for child in self._below[key]]
        if len(order) < len(self._axes):
            raise ValueError("Parameters depend on each other in a circle.")
        return order

    def _applying_at(self, key: str, value: ParameterValue) -> list[str]:
        return [
            child.key
            for child in self._below[key]
            if child.condition and value in child.condition.values
        ]

    def _count_at(self, key: str, value: ParameterValue) -> int | None:
        return _product(self._counts[child] for child in self._applying_at(key, value))

    def _count_of(self, key: str) -> int | None:
        axis = self._axes[key]
        if axis.cardinality is None or not self._below[key]:
            return axis.cardinality
        if axis.cardinality > MAX_ENUMERATED:
            raise ValueError(f"{key}: too many values for others to depend on.")
        counts = [self._count_at(key, axis.nth(index)) for index in range(axis.cardinality)]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def _fill(
        self, keys: Sequence[str], index: int, combination: dict[str, ParameterValue]
    ) -> None:
        for key in keys:
            count = self._counts[key]
            assert count is not None
            index, position = divmod(index, count)
            self._fill_tree(key, position, combination)

    def _fill_tree(self, key: str, index: int, combination: dict[str, ParameterValue]) -> None:
        axis = self._axes[key]
        if not self._below[key]:
            combination[key] = axis.nth(index)
            return
        for place in range(axis.cardinality or 0):
            value = axis.nth(place)
            count = self._count_at(key, value) or 0
            if index < count:
                combination[key] = value
                self._fill(self._applying_at(key, value), index, combination)
                return
            index -= count


def _product(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else math.prod(count for count in known if count is not None)
