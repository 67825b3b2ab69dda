"""How well the model predicts each result from the others: Ax's cross-validation, in one pass.

The shape of the model (its length scales and noise) stays as it was fitted to all results, as in
Ax's own plot: fitting it anew for each result would take as many fits as there are results.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ax.adapter.adapter_utils import array_to_observation_data
from ax.adapter.cross_validation import cross_validate
from ax.adapter.torch import TorchAdapter
from ax.core.observation import Observation, ObservationData, ObservationFeatures
from ax.utils.common.random import with_rng_seed
from ax.utils.stats.model_fit_stats import coefficient_of_determination
from botorch.cross_validation import loo_cv
from botorch.models.model import Model, ModelList
from botorch.posteriors.fully_bayesian import GaussianMixturePosterior
from scipy.stats import rankdata

from experiments.optimizer.generators import FittedModel

FOLDS = 10
"""Into how many parts results are split where they cannot be left out one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The results of one metric, beside what the model expects where it does not know them.

    ``trials`` are the trials' numbers, in the order of the arrays, which are in the metric's unit;
    ``sems`` is NaN where the model estimates the noise. ``is_one_by_one`` tells whether each result
    was left out by itself, or with a tenth of all.
    """

    trials: tuple[int, ...]
    observed: np.ndarray
    sems: np.ndarray
    means: np.ndarray
    sds: np.ndarray
    is_one_by_one: bool

    @property
    def r2(self) -> float | None:
        """The share of the variance that is explained, as Ax has it; below 0: worse than the mean.

        ``None`` where results do not vary.
        """
        if len(self.trials) < 2 or np.ptp(self.observed) == 0:
            return None
        return float(coefficient_of_determination(y_obs=self.observed, y_pred=self.means, eps=0.0))

    @property
    def rank_correlation(self) -> float | None:
        """Spearman's correlation of expected and observed; ``None`` where one does not vary."""
        return correlation(rankdata(self.observed), rankdata(self.means))

    @property
    def error(self) -> float:
        """The typical (root mean square) error, in the metric's unit."""
        return float(np.sqrt(np.mean((self.observed - self.means) ** 2)))


def correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Pearson's correlation; ``None`` where either does not vary, or there are below 2."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def validate(model: FittedModel, numbers: Sequence[int], seed: int) -> dict[str, Validation]:
    """Cross-validate a model, and return what came out by metric.

    ``numbers`` are those of the trials that it has learnt from, in order; ``seed`` decides how
    results are split, where they are. Metrics with fewer than 2 results are left out.
    """
    found = _one_by_one(model)
    if found is not None:
        return _gathered(found, model.adapter, numbers, is_one_by_one=True)
    with with_rng_seed(seed):
        return _gathered(_in_parts(model.adapter), model.adapter, numbers, is_one_by_one=False)


_Left = dict[tuple[int, str], tuple[float, float]]
"""Means and variances of what was left out, by Ax's trial index and metric."""


def _gathered(
    found: _Left, adapter: TorchAdapter, numbers: Sequence[int], *, is_one_by_one: bool
) -> dict[str, Validation]:
    data = adapter.get_training_data().observation_data
    indices = [int(index) for index in data.index.get_level_values("trial_index")]
    made = {}
    for metric in adapter.outcomes:
        places = [place for place, index in enumerate(indices) if (index, metric) in found]
        if len(places) < 2:
            continue
        left = np.array([found[indices[place], metric] for place in places])
        made[metric] = Validation(
            trials=tuple(numbers[indices[place]] for place in places),
            observed=data["mean", metric].to_numpy(dtype=float)[places],
            sems=data["sem", metric].to_numpy(dtype=float)[places],
            means=left[:, 0],
            sds=np.sqrt(np.maximum(left[:, 1], 0.0)),
            is_one_by_one=is_one_by_one,
        )
    return made


def _in_parts(adapter: TorchAdapter) -> _Left:
    """Leave a tenth out at a time, by Ax's own function."""
    data = adapter.get_training_data(filter_in_design=True)
    arms = data.arm_data.index.unique(level="arm_name")
    if len(arms) < 2:
        return {}
    return {
        (int(result.observed.features.trial_index or 0), metric): (
            float(result.predicted.means_dict[metric]),
            float(result.predicted.covariance_matrix[metric][metric]),
        )
        for result in cross_validate(adapter, folds=min(FOLDS, len(arms)))
        for metric in result.observed.data.metric_signatures
        if metric in result.predicted.metric_signatures
    }


def _one_by_one(model: FittedModel) -> _Left | None:
    """Leave each result out, at the cost of about one prediction; ``None`` if that is impossible.

    Ax's ``cross_validate`` does so too, but only where all metrics have all results and no choice
    is one-hot; else it computes each prediction by itself.
    """
    data = model.adapter.get_training_data(filter_in_design=True).observation_data
    indices = [int(index) for index in data.index.get_level_values("trial_index")]
    found: _Left = {}
    for metrics, part in _models(model.adapter):
        rows = [
            np.flatnonzero(np.isfinite(data["mean", metric].to_numpy(dtype=float)))
            for metric in metrics
        ]
        targets = part.train_targets.shape[-1]
        if any(len(each) != targets for each in rows):
            return None
        posterior = loo_cv(part, observation_noise=False).posterior
        if isinstance(posterior, GaussianMixturePosterior):
            return None
        means, variances = (
            tensor.detach().cpu().numpy().reshape(targets, len(metrics))
            for tensor in (posterior.mean, posterior.variance)
        )
        for place, metric in enumerate(metrics):
            own = [indices[row] for row in rows[place]]
            left = _in_its_unit(model, metric, own, means[:, place], variances[:, place])
            found |= {(index, metric): each for index, each in zip(own, left, strict=True)}
    return found


def _models(adapter: TorchAdapter) -> Iterator[tuple[list[str], Model]]:
    """Yield BoTorch's models, each with the metrics that it is of."""
    surrogate = adapter.generator.surrogate
    whole = surrogate.model
    rest = list(surrogate.outcomes)
    for model in whole.models if isinstance(whole, ModelList) else [whole]:
        own, rest = rest[: model.num_outputs], rest[model.num_outputs :]
        yield own, model


def _in_its_unit(
    model: FittedModel,
    metric: str,
    indices: Sequence[int],
    means: np.ndarray,
    variances: np.ndarray,
) -> list[tuple[float, float]]:
    """Take back what Ax did to the values of a metric before the model saw them."""
    adapter, trials = model.adapter, model.experiment.trials
    features = [
        ObservationFeatures(parameters=dict(trials[index].arms[0].parameters)) for index in indices
    ]
    for transform in adapter.transforms.values():
        features = transform.transform_observation_features(features)
    predictions: list[ObservationData] = array_to_observation_data(
        f=means[:, None], cov=variances[:, None, None], outcomes=[metric]
    )
    observations = [
        Observation(features=each, data=prediction)
        for each, prediction in zip(features, predictions, strict=True)
    ]
    for transform in reversed(list(adapter.transforms.values())):
        observations = transform.untransform_observations(observations)
    return [(float(each.data.means[0]), float(each.data.covariance[0, 0])) for each in observations]
