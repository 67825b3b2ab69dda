"""Which parameters a metric depends on, by Sobol indices of the model, as Ax computes them."""

import math
from collections.abc import Collection, Mapping, Sequence

from ax.adapter.torch import TorchAdapter
from ax.utils.sensitivity.sobol_measures import ax_parameter_sens

from experiments.optimizer.acquisition import key_of

SAMPLES = 1024
"""Points of a Sobol sequence a parameter: shares within about a hundredth of Ax's 10,000."""

Shares = Mapping[str, Mapping[str, float]]
"""Shares by metric and parameter."""


def total_shares(
    adapter: TorchAdapter, metrics: Sequence[str], varied: Collection[str]
) -> dict[str, dict[str, float]]:
    """Return total-order Sobol indices by metric and parameter, scaled to add up to 1.

    From ``ax_parameter_sens``, as Ax's ``SensitivityAnalysisPlot`` has it; a negative sign says
    that the metric falls where the parameter grows. The columns of one unordered choice are added
    up. Parameters that are not ``varied`` are left out.
    """
    found = ax_parameter_sens(
        adapter=adapter,
        metrics=list(metrics),
        order="total",
        num_mc_samples=SAMPLES,
        input_qmc=True,
    )
    return {metric: _scaled(by_feature, varied) for metric, by_feature in found.items()}


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
