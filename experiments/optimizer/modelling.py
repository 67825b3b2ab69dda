"""The space that a model learns in: flat, and wide enough for all that trials ever had.

Ax's own hierarchical spaces need one root and refuse parts of what people can say, so each trial
gets a value for each parameter: the middle of the range where a parameter does not apply. For
suggestions the space is narrowed again, to one branch at a time: parents are fixed, and so are the
parameters that do not apply below them, or the model would explore what makes no difference.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from ax.core.observation import ObservationFeatures
from ax.core.parameter import Parameter, RangeParameter
from ax.core.parameter_constraint import ParameterConstraint
from ax.core.search_space import SearchSpace

from experiments.domain import Parameterization, ParameterValue
from experiments.optimizer.choices import FixedAxis
from experiments.optimizer.linear import Inequality
from experiments.optimizer.polytope import opposites
from experiments.optimizer.space import Space

Branch = Mapping[str, ParameterValue]
"""Values of the parents that apply, and of choices that Ax cannot be kept from by other means."""

MOST_BRANCHES = 4
"""Where there are more, one is picked before its suggestion is made."""


class ModelSpace:
    """A search space as a model sees it that learns from some parameterizations."""

    def __init__(
        self, space: Space, learnt: Sequence[Parameterization], *, is_stretched: bool = False
    ) -> None:
        """``learnt``: what ``Space.coerced`` returns, with no value missing.

        ``is_stretched``: whether ranges are as wide as all trials; Ax stretches them by itself
        unless it learns from several experiments, where it drops what lies outside.
        """
        self._space = space
        seen: dict[str, dict[ParameterValue, None]] = {key: {} for key in space.axes}
        for parameters in learnt:
            for key, value in parameters.items():
                if key in seen:
                    seen[key][value] = None
        self._axes = {key: axis.covering([*seen[key]]) for key, axis in space.axes.items()}
        self._seen = seen if is_stretched else {}
        self._middles = {key: axis.middle() for key, axis in self._axes.items()}
        self._branching = [
            key
            for key in dict.fromkeys([*space.forest.parents, *self._axes])
            if key in space.forest.parents or len(self._axes[key].fixed_to) > 1
        ]

    @property
    def branching(self) -> frozenset[str]:
        """The parameters that are fixed in one branch and not, or otherwise, in another."""
        return frozenset(
            key for key in self._axes if key in self._branching or self._space.is_dependent(key)
        )

    def to_ax(self) -> SearchSpace:
        """Make the Ax search space to learn in, without constraints."""
        return SearchSpace(parameters=[self._learnt_on(key) for key in self._axes])

    def _learnt_on(self, key: str) -> Parameter:
        parameter = self._axes[key].parameter()
        values = [self._axes[key].modelled(value) for value in self._seen.get(key, ())]
        if isinstance(parameter, RangeParameter) and values:
            parameter.update_range(
                lower=min(parameter.lower, *values), upper=max(parameter.upper, *values)
            )
        return parameter

    def flat(self, parameters: Parameterization) -> dict[str, Any]:
        """Return a parameterization in Ax's terms, with a value for each parameter."""
        return {
            key: axis.modelled(parameters[key]) if key in parameters else self._middles[key]
            for key, axis in self._axes.items()
        }

    def nearest(self, modelled: Mapping[str, Any]) -> dict[str, ParameterValue] | None:
        """Return what can be suggested nearest to what Ax proposes, if anything satisfies all."""
        values = {key: self._declared(key, modelled[key]) for key in self._axes}
        return self._space.moved(self._space.completed(values))

    def branches(self) -> list[Branch] | None:
        """Return all branches of what can be suggested, or ``None`` where there are too many."""
        branches: list[dict[str, ParameterValue]] = [{}]
        for key in self._branching:
            values = self._allowed(key)
            grown = []
            for branch in branches:
                if key in self._space.forest.applying(branch):
                    grown += [{**branch, key: value} for value in values]
                else:
                    grown.append(branch)
            branches = grown
            if len(branches) > MOST_BRANCHES:
                return None
        return list(branches)

    def branch_of(self, modelled: Mapping[str, Any]) -> Branch:
        """Return the branch of a proposal; another one where it is not suggested any more."""
        branch: dict[str, ParameterValue] = {}
        for key in self._branching:
            if key in self._space.forest.applying(branch):
                value = self._axes[key].nearest(modelled[key])
                allowed = self._allowed(key)
                branch[key] = value if value in allowed else allowed[_draw(len(allowed))]
        return branch

    def random_branch(self) -> Branch:
        """Return a branch drawn with torch's random numbers."""
        branch: dict[str, ParameterValue] = {}
        for key in self._branching:
            if key in self._space.forest.applying(branch):
                allowed = self._allowed(key)
                branch[key] = allowed[_draw(len(allowed))]
        return branch

    def fixed(self, branch: Branch | None) -> ObservationFeatures | None:
        """Return what Ax must not vary: in one branch, or (``None``) in all of them."""
        fixed = {
            key: axis.modelled(axis.fixed_to[0])
            for key, axis in self._axes.items()
            if len(axis.fixed_to) == 1
        }
        if branch is not None:
            fixed |= {key: self._axes[key].modelled(value) for key, value in branch.items()}
            applying = set(self._space.forest.applying(branch))
            fixed |= {key: self._middles[key] for key in self._axes if key not in applying}
        fixed = {key: v for key, v in fixed.items() if not isinstance(self._axes[key], FixedAxis)}
        return ObservationFeatures(parameters=fixed) if fixed else None

    def generation_space(self, branch: Branch | None) -> SearchSpace:
        """Make the Ax search space of suggestions: in one branch, or (``None``) in all of them."""
        return SearchSpace(
            parameters=[self._parameter(key) for key in self._axes],
            parameter_constraints=self._constraints(branch),
        )

    def _parameter(self, key: str) -> Parameter:
        """Make a parameter of suggestions; those with removed values keep them, to be fixed."""
        axis = self._axes[key]
        return (axis if axis.fixed_to else self._space.axes[key]).parameter()

    def _allowed(self, key: str) -> Sequence[ParameterValue]:
        axis = self._space.axes[key]
        return [axis.nth(place) for place in range(axis.cardinality or 0)]

    def _declared(self, key: str, modelled: Any) -> ParameterValue:
        """Return the value that is suggested for what Ax proposes."""
        wide, axis = self._axes[key], self._space.axes[key]
        if isinstance(axis, FixedAxis):
            return axis.nth(0)
        return axis.nearest(modelled) if wide is axis else wide.nearest(modelled)

    def _constraints(self, branch: Branch | None) -> list[ParameterConstraint]:
        """Return the constraints that hold all over a branch, in Ax's terms, where it takes them.

        It takes none on a log scale: what is suggested there is moved afterwards.
        """
        rows = []
        for row in self._space.inequalities:
            if not self._holds_all_over(row, branch):
                continue
            row = row.given(self._constants(row, branch or {}))
            if row.weights and all(self._axes[key].is_linear for key in row.weights):
                weights = {key: w * self._axes[key].unit for key, w in row.weights.items()}
                rows.append(Inequality(weights, row.bound, row.needs))
        return _in_axs_words(rows)

    def _holds_all_over(self, row: Inequality, branch: Branch | None) -> bool:
        if branch is None:
            return not any(self._space.is_dependent(key) for key in row.needs)
        axes = self._space.axes
        return row.applies(
            self._space.completed({key: branch.get(key, axes[key].nth(0)) for key in axes})
        )

    def _constants(self, row: Inequality, branch: Branch) -> dict[str, float]:
        axes = self._space.axes
        known = {
            key: branch.get(key, axes[key].nth(0))
            for key in row.weights
            if key in branch or isinstance(axes[key], FixedAxis)
        }
        return {key: float(value) for key, value in known.items()}


def _draw(count: int) -> int:
    return int(torch.randint(count, (1,)).item())


def _in_axs_words(rows: Sequence[Inequality]) -> list[ParameterConstraint]:
    """Make Ax constraints; Ax's samplers find nothing between two opposite inequalities."""
    keys = sorted({key for row in rows for key in row.weights})
    numbers = [(np.array([row.weights.get(key, 0.0) for key in keys]), row.bound) for row in rows]
    pairs = opposites(numbers)
    paired = {place for pair in pairs for place in pair}
    equal = {place for place, _ in pairs}
    made = []
    for place, row in enumerate(rows):
        # Keys of AxDash's own and numbers: nothing that people typed is ever part of a text.
        total = " + ".join(f"{weight!r}*{key}" for key, weight in row.weights.items())
        if place in equal:
            made.append(ParameterConstraint(equality=f"{total} == {row.bound!r}"))
        elif place not in paired:
            made.append(ParameterConstraint(inequality=f"{total} <= {row.bound!r}"))
    return made
