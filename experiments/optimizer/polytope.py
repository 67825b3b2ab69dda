"""Points that satisfy linear inequalities: the nearest one to a given point, and random ones.

Ranges, grids and listed numbers are mixed as they come: the nearest point is a mixed-integer
program, whose solution lies on the grids and within the bounds.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from botorch.exceptions import BotorchError
from botorch.utils.sampling import HitAndRunPolytopeSampler
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.optimize import Bounds, LinearConstraint, milp

from experiments.domain import ParameterValue
from experiments.optimizer.axes import Axis
from experiments.optimizer.choices import NumberChoiceAxis
from experiments.optimizer.linear import Inequality

_SECONDS = 5.0
"""How long one search for the nearest point may take."""

_MOST_STEPS = 10**6
"""Grids with more points than this are walked as continuous ranges and rounded at the end."""

_CHUNK = 32
_EQUAL = 1e-12
_MOST_PROJECTIONS = 100


class Polytope:
    """Some parameters with numbers, and the inequalities between them and nothing else."""

    def __init__(self, axes: Mapping[str, Axis], inequalities: Sequence[Inequality]) -> None:
        self._parts = {key: _Part(axis) for key, axis in axes.items()}
        weights = [[row.weights.get(key, 0.0) for key in axes] for row in inequalities]
        rows = np.array(weights).reshape(len(inequalities), len(axes))
        bounds = np.array([row.bound for row in inequalities], dtype=float)
        # In shares of the axes' widths, so that the solvers' tolerances mean the same everywhere.
        lowers = np.array([part.lower for part in self._parts.values()])
        widths = np.array([part.width for part in self._parts.values()])
        scaled, room = rows * widths, bounds - rows @ lowers
        sizes = np.abs(scaled).max(axis=1, initial=0.0)
        sizes[sizes == 0] = 1.0
        self._rows, self._room = scaled / sizes[:, None], room / sizes
        self._is_empty = False

    def nearest(self, values: Mapping[str, ParameterValue]) -> dict[str, ParameterValue] | None:
        """Return the nearest point that satisfies all, by the sum of distances in widths.

        Returns ``None`` where there is no such point (or none was found in some seconds).
        """
        if self._is_empty:
            return None
        parts = list(self._parts.values())
        target = np.array([part.share(values[key]) for key, part in self._parts.items()])
        solution = self._solve(parts, target)
        if solution is None:
            self._is_empty = True
            return None
        blocks = np.split(solution, np.cumsum([len(part.shares) for part in parts])[:-1])
        shares = self._within(
            np.array([part.shares @ block for part, block in zip(parts, blocks, strict=True)]),
            np.array([part.is_continuous for part in parts]),
        )
        return {
            key: part.value(np.array([share]) if part.is_continuous else block)
            for (key, part), block, share in zip(self._parts.items(), blocks, shares, strict=True)
        }

    def _within(self, shares: NDArray, movable: NDArray) -> NDArray:
        """Take back by how much the solver lets points miss a bound: it takes 1e-7 for nothing.

        Ax's own proposals miss bounds by some 1e-9. Moves what is continuous, by projections onto
        the inequality that is missed by most.
        """
        for _ in range(_MOST_PROJECTIONS):
            excess = self._rows @ shares - self._room
            worst = excess.argmax()
            direction = self._rows[worst] * movable
            length = direction @ direction
            if excess[worst] <= _EQUAL or not length:
                break
            shares = np.clip(shares - direction * (excess[worst] / length), 0.0, 1.0)
        return shares

    def samples(self, seed: int) -> Iterator[dict[str, float]]:
        """Yield random points between the bounds, off the grids; none if they leave no room."""
        equal, rows, room = self._equalities()
        size = len(self._parts)
        try:
            sampler = HitAndRunPolytopeSampler(
                inequality_constraints=(torch.tensor(rows), torch.tensor(room)[:, None]),
                equality_constraints=equal,
                bounds=torch.tensor([[0.0] * size, [1.0] * size], dtype=torch.double),
                n_burnin=100,
                n_thinning=20,
                seed=seed,
            )
        except (ValueError, BotorchError):  # So BoTorch says that there is no inner point.
            return
        while True:
            for point in sampler.draw(n=_CHUNK).numpy():
                yield {
                    key: part.lower + part.width * float(share)
                    for (key, part), share in zip(self._parts.items(), point, strict=True)
                }

    def _solve(self, parts: Sequence["_Part"], target: NDArray) -> NDArray | None:
        """Minimize the distances to ``target``; each parameter has some columns, then one more."""
        shares = block_diag(*(part.shares for part in parts))
        choices = block_diag(*(np.ones(len(part.shares)) for part in parts))
        choices = choices[[part.is_choice for part in parts]]
        size, total = shares.shape
        none, away = np.zeros((len(self._room), size)), np.eye(size)
        matrix = np.block([[self._rows @ shares, none], [shares, -away], [-shares, -away]])
        constraints = [LinearConstraint(matrix, ub=np.concatenate([self._room, target, -target]))]
        if len(choices):
            one_of = np.pad(choices, ((0, 0), (0, size)))
            constraints.append(LinearConstraint(one_of, 1.0, 1.0))
        found = milp(
            np.concatenate([np.zeros(total), np.ones(size)]),
            integrality=np.concatenate([*(part.is_whole for part in parts), np.zeros(size)]),
            bounds=Bounds(0.0, np.concatenate([*(part.uppers for part in parts), np.ones(size)])),
            constraints=constraints,
            options={"time_limit": _SECONDS},
        )
        return None if found.x is None else found.x[:total]

    def _equalities(self) -> tuple[tuple[torch.Tensor, torch.Tensor] | None, NDArray, NDArray]:
        """Tell inequalities that come in opposite pairs from the others."""
        pairs = opposites([*zip(self._rows, self._room, strict=True)])
        paired = {place for pair in pairs for place in pair}
        others = [place for place in range(len(self._room)) if place not in paired]
        first = sorted({place for place, _ in pairs})
        equal = (torch.tensor(self._rows[first]), torch.tensor(self._room[first]))
        return (equal if first else None), self._rows[others], self._room[others]


def opposites(rows: Sequence[tuple[NDArray, float]]) -> list[tuple[int, int]]:
    """Return the places of inequalities (weights, bound) that make an equality together."""
    return [
        (i, j)
        for i, (weights, bound) in enumerate(rows)
        for j, (others, other) in enumerate(rows[:i])
        if np.allclose(weights, -others, rtol=_EQUAL, atol=0)
        and abs(bound + other) <= _EQUAL * max(1.0, abs(bound))
    ]


class _Part:
    """One parameter's columns in the program: a share of the width, steps, or a 1 for a choice.

    ``shares`` says how much of the width a column adds for each 1 in it.
    """

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self.is_choice = isinstance(axis, NumberChoiceAxis)
        count = axis.cardinality
        self.lower, upper = axis.ends()
        self.width = upper - self.lower
        is_stepped = count is not None and count <= _MOST_STEPS
        if self.is_choice:
            numbers = np.array([float(axis.nth(place)) for place in range(count or 0)])
            self.shares = (numbers - self.lower) / self.width
            self.uppers = np.ones(len(numbers))
        else:
            steps = float(count - 1) if count is not None and is_stepped else 1.0
            self.shares, self.uppers = np.array([1.0 / steps]), np.array([steps])
        self.is_whole = np.full(len(self.shares), float(is_stepped))
        self.is_continuous = not is_stepped

    def share(self, value: ParameterValue) -> float:
        """Return where between the bounds a value lies, from 0 to 1."""
        return min(max((float(value) - self.lower) / self.width, 0.0), 1.0)

    def value(self, block: NDArray) -> ParameterValue:
        """Return the value that a solution's columns stand for, on the parameter's grid."""
        if self.is_choice:
            return self._axis.nth(int(block.argmax()))
        if self.is_whole[0]:
            return self._axis.nth(round(float(block[0])))
        # Shares of a width have rounding noise: 3.0 is meant, not 2.999999999999999.
        value = float(f"{self.lower + self.width * float(block[0]):.13g}")
        return self._axis.nearest(self._axis.modelled(value))
