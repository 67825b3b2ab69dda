"""Which parameters a metric depends on, by Sobol indices of the model, as Ax computes them."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from ax.adapter.torch import TorchAdapter
from ax.utils.sensitivity.sobol_measures import ax_parameter_sens

from experiments.optimizer.acquisition import key_of

SAMPLES = 1024
"""Points of a Sobol sequence a parameter: shares within about a hundredth of Ax's 10,000."""

_MOST_EVALUATED = 32_768
_FEWEST_SAMPLES = 128


def samples_for(columns: int) -> int:
    """Return how many points are taken, for a model with so many columns: fewer where it has many.

    Each one costs as many evaluations as there are columns.
    """
    count = SAMPLES
    while count > _FEWEST_SAMPLES and count * (columns + 2) > _MOST_EVALUATED:
        count //= 2
    return count


def columns_of(adapter: TorchAdapter) -> int:
    """Return how many columns the model sees: an unordered choice is one for each value."""
    return int(adapter.generator.surrogate.Xs[0].shape[-1])


def total_shares(
    adapter: TorchAdapter, metrics: Sequence[str], varied: Collection[str]
) -> dict[str, dict[str, float]]:
    """Return total-order Sobol indices by metric and parameter, scaled to add up to 1.

    From ``ax_parameter_sens``, as Ax's ``SensitivityAnalysisPlot`` has it; a negative sign says
    that the metric falls where the parameter grows. The columns of one unordered choice are added
    up. Parameters that are not ``varied`` are left out.
    """
    digest = adapter.generator.search_space_digest
    # Choices without an order have no direction, and if there are only those, no gradient either.
    has_directions = len(digest.categorical_features) < len(digest.feature_names)
    found = indices(adapter, metrics, "total", signed=has_directions)
    return {metric: _scaled(by_feature, varied) for metric, by_feature in found.items()}


def indices(
    adapter: TorchAdapter, metrics: Sequence[str], order: str, *, signed: bool
) -> dict[str, dict[str, float]]:
    """Return Ax's Sobol indices by metric and column of the model (or pair: ``a & b``)."""
    surrogate = adapter.generator.surrogate
    known = surrogate._last_search_space_digest
    # Ax draws points in the type of the bounds, and torch cannot draw whole numbers.
    bounds = [(float(lower), float(upper)) for lower, upper in known.bounds]
    surrogate._last_search_space_digest = replace(known, bounds=bounds)
    try:
        return ax_parameter_sens(
            adapter=adapter,
            metrics=list(metrics),
            order=order,
            signed=signed,
            num_mc_samples=samples_for(columns_of(adapter)),
            input_qmc=True,
        )
    finally:
        surrogate._last_search_space_digest = known


def _scaled(by_feature: Mapping[str, float], varied: Collection[str]) -> dict[str, float]:
    """Add up what belongs to one parameter, and scale the sizes so that they sum up to 1."""
    by_key: dict[str, list[float]] = {}
    for feature, value in by_feature.items():
        by_key.setdefault(key_of(feature), []).append(float(value))
    sizes = {
        key: values[0] if len(values) == 1 else sum(map(abs, values))
        for key, values in by_key.items()
        if key in varied
    }
    total = sum(map(abs, sizes.values()))
    is_known = math.isfinite(total) and total > 0  # Where all is the same, Ax divides 0 by 0.
    return {key: value / total if is_known else 0.0 for key, value in sizes.items()}
