"""How much one more trial is expected to enlarge the hypervolume of a Pareto front."""

from collections.abc import Mapping

import numpy as np
import torch
from botorch.utils.multi_objective.box_decompositions.non_dominated import (
    FastNondominatedPartitioning,
)

from experiments import hypervolume
from experiments.domain import Direction
from experiments.optimizer.analysis.places import explored_for
from experiments.optimizer.analysis.study import Predicted, Study
from experiments.optimizer.analysis.utility import feasibility, utility_of_one
from experiments.optimizer.seeds import derived_seed
from experiments.ranking import Standing

DRAWS = 64
"""Draws of the model's belief at each place."""


def expected_growth(study: Study) -> float | None:
    """Return the growth at the most promising place, as a share of the hypervolume of today.

    Counted from where ``hypervolume.reference_of`` says. ``None`` where no trial is within the
    thresholds and constraints.
    """
    front = _front(study)
    if front is None:
        return None
    reference = _reference(study)
    partitioning = FastNondominatedPartitioning(ref_point=reference, Y=front)
    volume = float(partitioning.compute_hypervolume())
    if not volume > 0:
        return None
    points = [
        point
        for spec in study.aims.objectives
        for point in explored_for(study, utility_of_one(study, spec.key)).points
    ]
    predicted = study.predict(points)
    draws = _draws(study, predicted)
    lower, upper = (bounds.squeeze(0).numpy() for bounds in partitioning.get_hypercell_bounds())
    gains = np.zeros(draws.shape[:2])
    for low, high in zip(lower, upper, strict=True):
        gains += np.prod(np.clip(np.minimum(draws, high) - low, 0.0, None), axis=2)
    expected = gains.mean(axis=0) * feasibility(study, predicted)
    return float(np.max(expected)) / volume


def _signs(study: Study) -> Mapping[str, float]:
    return {
        spec.key: 1.0 if spec.direction is Direction.MAXIMIZE else -1.0
        for spec in study.aims.objectives
    }


def _front(study: Study) -> torch.Tensor | None:
    """The Pareto points' results, larger is better."""
    if study.ranking.standing is not Standing.FEASIBLE or not study.ranking.front:
        return None
    signs = _signs(study)
    rows = [
        [sign * study.means[number][key] for key, sign in signs.items()]
        for number in study.ranking.front
    ]
    return torch.tensor(rows, dtype=torch.double)


def _reference(study: Study) -> torch.Tensor:
    """The reference point, larger is better."""
    costs = hypervolume.counted(study.means, study.ranking.standings, study.goals)
    limits = hypervolume.reference_of(costs, study.goals)
    return torch.tensor([-limit for limit in limits], dtype=torch.double)


def _draws(study: Study, predicted: Mapping[str, Predicted]) -> np.ndarray:
    """Draws of all objectives, larger is better: by draw, place, and objective."""
    random = np.random.default_rng(derived_seed(study.spec.seed, len(study.trials)))
    parts = [
        sign * (means + sds * random.standard_normal((DRAWS, len(means))))
        for key, sign in _signs(study).items()
        for means, sds in (predicted[key],)
    ]
    return np.stack(parts, axis=2)
