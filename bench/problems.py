"""Test functions with known minima, and experiments and trials made of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.domain import (
    Direction,
    ExperimentSpec,
    MetricSpec,
    ObservationRecord,
    Parameterization,
    ParameterKind,
    ParameterSpec,
    TrialRecord,
    TrialStatus,
    ValueType,
)

METRIC = "m1"


@dataclass(frozen=True)
class Problem:
    """A function to minimize over a box, and for how many trials."""

    name: str
    function: Callable[[Sequence[float]], float]
    bounds: tuple[tuple[float, float], ...]
    minimum: float
    trials: int

    def spec(self, seed: int) -> ExperimentSpec:
        """Return the experiment that minimizes the function."""
        return float_spec(self.bounds, seed)

    def evaluate(self, parameters: Parameterization) -> float:
        """Return the function's value at parameters ``p1``, ``p2`` …"""
        return self.function([float(parameters[key]) for key in keys(len(self.bounds))])

    def measure(self, parameters: Parameterization) -> dict[str, float]:
        """Return the result of a trial, by metric."""
        return {METRIC: self.evaluate(parameters)}

    def regret(self, results: Sequence[Mapping[str, float]]) -> float:
        """Return how far the best of some results lies above the minimum."""
        return min(result[METRIC] for result in results) - self.minimum


def keys(dimension: int) -> list[str]:
    """Return the parameter keys of a space of that many dimensions."""
    return [f"p{number}" for number in range(1, dimension + 1)]


def float_spec(bounds: Sequence[tuple[float, float]], seed: int = 0) -> ExperimentSpec:
    """Return an experiment over a box of floats, to be minimized."""
    return ExperimentSpec(
        parameters=tuple(
            ParameterSpec(
                key=key,
                kind=ParameterKind.RANGE,
                value_type=ValueType.FLOAT,
                lower=lower,
                upper=upper,
            )
            for key, (lower, upper) in zip(keys(len(bounds)), bounds, strict=True)
        ),
        metrics=(MetricSpec(key=METRIC, direction=Direction.MINIMIZE),),
        seed=seed,
    )


def completed(number: int, parameters: Parameterization, mean: float) -> TrialRecord:
    """Return a completed trial."""
    return measured(number, parameters, {METRIC: mean})


def measured(
    number: int, parameters: Parameterization, results: Mapping[str, float]
) -> TrialRecord:
    """Return a completed trial with results of some metrics."""
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED,
        parameters=parameters,
        observations=tuple(
            ObservationRecord(metric=metric, mean=mean) for metric, mean in results.items()
        ),
    )


def booth(x: Sequence[float]) -> float:
    """Return Booth's function, which has its minimum of 0 at (1, 3)."""
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def branin(x: Sequence[float]) -> float:
    """Return Branin's function, which has three minima of 0.397887."""
    curve = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return curve**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


_HARTMANN_WEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_HARTMANN_SCALES = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_HARTMANN_CENTERS = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(x: Sequence[float]) -> float:
    """Return the six-dimensional Hartmann function, for ``x`` in the unit cube."""
    distances = (_HARTMANN_SCALES * (np.asarray(x) - _HARTMANN_CENTERS) ** 2).sum(axis=1)
    return -float(_HARTMANN_WEIGHTS @ np.exp(-distances))


BOOTH = Problem("Booth", booth, ((-10.0, 10.0),) * 2, 0.0, 20)
BRANIN = Problem("Branin", branin, ((-5.0, 10.0), (0.0, 15.0)), 0.397887, 30)
HARTMANN = Problem("Hartmann-6", hartmann6, ((0.0, 1.0),) * 6, -3.32237, 30)
PROBLEMS = (BOOTH, BRANIN, HARTMANN)
