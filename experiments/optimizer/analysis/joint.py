"""What the model believes of several places together: how their values hang together, and noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from ax.adapter.transforms.standardize_y import StandardizeY
from ax.core.observation import ObservationFeatures
from botorch.posteriors import GPyTorchPosterior

from experiments.domain import Parameterization
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import Utility


@dataclass(frozen=True)
class Joint:
    """The utility at some places, jointly Gaussian: ``means`` and ``covariance``.

    ``noise`` is the variance that the model gives a single result at each place.
    """

    means: np.ndarray
    covariance: np.ndarray
    noise: np.ndarray


def joint(study: Study, utility: Utility, points: Sequence[Parameterization]) -> Joint | None:
    """Return the joint belief at complete parameterizations; ``None`` if it is not one Gaussian.

    The diagonal is what ``Study.predict`` says; metrics are independent, as in Ax's model.
    """
    adapter = study.model.adapter
    features = [ObservationFeatures(parameters=study.model.flat(point)) for point in points]
    inputs = torch.as_tensor(np.asarray(adapter.transform_observation_features(features)))
    model = adapter.generator.surrogate.model
    outcomes = adapter.generator.surrogate.outcomes
    scale = _scale(study)
    count = len(points)
    means, covariance, noise = np.zeros(count), np.zeros((count, count)), np.zeros(count)
    for key, weight in utility.weights.items():
        own = model if len(outcomes) == 1 else model.subset_output([outcomes.index(key)])
        with torch.no_grad():
            belief = own.posterior(inputs)
            if not isinstance(belief, GPyTorchPosterior) or belief.mean.dim() != 2:
                return None
            with_noise = own.posterior(inputs, observation_noise=True)
            excess = (with_noise.variance - belief.variance).squeeze(-1).clamp_min(0).numpy()
            together = belief.distribution.covariance_matrix.numpy()
            expected = belief.mean.squeeze(-1).numpy()
        factor = weight * scale.Ystd[key]
        means += factor * expected + weight * scale.Ymean[key]
        covariance += factor**2 * together
        noise += factor**2 * excess
    return Joint(means, covariance, noise)


def _scale(study: Study) -> StandardizeY:
    found = study.model.adapter.transforms["StandardizeY"]
    assert isinstance(found, StandardizeY)
    return found
