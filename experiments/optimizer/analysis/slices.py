"""What the model expects along a line, one parameter varying, and the shape that this has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from experiments.domain import Parameterization, ParameterValue
from experiments.optimizer.analysis.predicted import Predicted

if TYPE_CHECKING:
    from experiments.optimizer.analysis.study import Study


class Shape(StrEnum):
    """How a metric goes along a parameter."""

    RISES = "rises"
    FALLS = "falls"
    HUMP = "rises, then falls"
    VALLEY = "falls, then rises"
    WAVES = "goes up and down"
    UNCLEAR = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """The values of a parameter, and the means and deviations of a metric that belong to them."""

    values: Sequence[ParameterValue]
    means: np.ndarray
    sds: np.ndarray

    @property
    def predicted(self) -> Predicted:
        """Means and deviations alone."""
        return Predicted(self.means, self.sds)

    @property
    def shape(self) -> Shape:
        """The shape along the line; unclear where the metric moves less than its deviation."""
        moves = float(np.ptp(self.means)) if len(self.means) else 0.0
        if len(self.means) < 2 or moves <= float(np.median(self.sds)):
            return Shape.UNCLEAR
        directions = turns(self.means, moves / 10)
        return _SHAPES.get(tuple(directions), Shape.WAVES)


_SHAPES = {
    (1,): Shape.RISES,
    (-1,): Shape.FALLS,
    (1, -1): Shape.HUMP,
    (-1, 1): Shape.VALLEY,
}


@dataclass(frozen=True, slots=True)
class Cut:
    """Slices through one point, by metric and parameter, and what is expected at the point."""

    at: Parameterization
    slices: Mapping[str, Mapping[str, Slice]]
    expected: Mapping[str, Predicted]


def cut(study: "Study", at: Parameterization, keys: Sequence[str], points: int) -> Cut:
    """Cut slices along parameters that apply at a complete parameterization.

    At most ``points`` values of a range are predicted.
    """
    grids = {key: study.grid(key, points) for key in keys}
    asked = [study.varying(at, key, value) for key, grid in grids.items() for value in grid]
    predicted = study.predict([at, *asked])
    slices: dict[str, dict[str, Slice]] = {}
    for metric, (means, sds) in predicted.items():
        start = 1
        for key, grid in grids.items():
            part = slice(start, start + len(grid))
            start += len(grid)
            slices.setdefault(metric, {})[key] = Slice(grid, means[part], sds[part])
    expected = {
        metric: Predicted(each.means[:1], each.sds[:1]) for metric, each in predicted.items()
    }
    return Cut(at, slices, expected)


def turns(means: Sequence[float] | np.ndarray, least: float) -> list[int]:
    """Return the directions (1 up, -1 down) of a line, without moves of ``least`` or less."""
    directions: list[int] = []
    low = high = float(means[0])  # Since the last turn.
    for mean in map(float, means):
        low, high = min(low, mean), max(high, mean)
        way = 1 if mean - low > least else -1 if high - mean > least else 0
        if way and directions[-1:] != [way]:
            directions.append(way)
            low = high = mean
        elif directions:
            low, high = (mean, high) if directions[-1] > 0 and mean == high else (low, high)
            low, high = (low, mean) if directions[-1] < 0 and mean == low else (low, high)
    return directions
