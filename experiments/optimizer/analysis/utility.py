"""One number that says how good a point is: the objective, or the weighted sum, larger is better.

Only for experiments that do not trade objectives off against each other.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from experiments.domain import Direction, MetricSpec, Relation
from experiments.formatting import format_number
from experiments.goal_words import with_unit
from experiments.optimizer.analysis.study import Predicted, Study
from experiments.ranking import sum_direction


@dataclass(frozen=True)
class Utility:
    """What is to be as large as possible: a sum of metrics, each times its weight.

    ``sign`` turns a utility into what people read (``shown``): the objective in its ``unit``, or
    the weighted sum. ``target`` is in what people read.
    """

    name: str
    unit: str
    weights: Mapping[str, float]
    sign: float
    target: float | None

    def of(self, predicted: Mapping[str, Predicted]) -> Predicted:
        """Return the utility's means and standard deviations from those of the metrics."""
        means = sum(weight * predicted[key].means for key, weight in self.weights.items())
        variance = sum((weight * predicted[key].sds) ** 2 for key, weight in self.weights.items())
        return Predicted(np.asarray(means), np.sqrt(variance))

    def shown(self, value: float) -> float:
        """Return a utility as people read it."""
        return self.sign * value

    def said(self, value: float) -> str:
        """Write a utility as people read it."""
        return with_unit(self.shown(value), self.unit)

    def size(self, value: float) -> str:
        """Write a difference of utilities or a standard deviation."""
        return f"{format_number(abs(value), 3)} {self.unit}".rstrip()

    @property
    def wanted(self) -> float | None:
        """The target as a utility."""
        return None if self.target is None else self.sign * self.target


def utility_of(study: Study) -> Utility | None:
    """Return what is to be made large; ``None`` where objectives are traded off."""
    specs = study.aims.objectives
    if len(specs) == 1:
        return utility_of_one(study, specs[0].key)
    if not study.aims.is_weighted_sum:
        return None
    is_minimized = sum_direction(specs) is Direction.MINIMIZE
    weights = {
        spec.key: spec.weight * (1 if spec.direction is Direction.MAXIMIZE else -1)
        for spec in specs
    }
    return Utility("weighted sum", "", weights, -1.0 if is_minimized else 1.0, None)


def utility_of_one(study: Study, key: str) -> Utility:
    """Return the utility of one objective by itself."""
    metric = study.metric(key)
    sign = 1.0 if metric.spec.direction is Direction.MAXIMIZE else -1.0
    return Utility(metric.name, metric.unit, {key: sign}, sign, metric.target)


def feasibility(study: Study, predicted: Mapping[str, Predicted]) -> np.ndarray:
    """Return the chance, by point, that all outcome constraints that are modelled are met.

    The metrics count as independent of each other, as they are in Ax's model.
    """
    count = len(next(iter(predicted.values())).means)
    return np.prod(
        [np.ones(count), *(chance(m, predicted) for m in study.aims.constraints)], axis=0
    )


def chance(constraint: MetricSpec, predicted: Mapping[str, Predicted]) -> np.ndarray:
    """Return the chance, by point, that one outcome constraint with an absolute bound is met."""
    expected, bound = predicted[constraint.key], constraint.bound
    assert bound is not None
    side = 1.0 if constraint.relation is Relation.AT_MOST else -1.0
    room = side * (bound - expected.means)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = ndtr(room / expected.sds)
    return np.where(expected.sds > 0, found, room >= 0)


def expected_improvement(means: np.ndarray, sds: np.ndarray, incumbent: np.ndarray) -> np.ndarray:
    """Return by how much utilities are expected to exceed the incumbent's, nothing below 0."""
    gap = means - incumbent
    with np.errstate(divide="ignore", invalid="ignore"):
        z = gap / sds
        density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        improvement = gap * ndtr(z) + sds * density
    return np.where(sds > 0, improvement, np.maximum(gap, 0.0))
