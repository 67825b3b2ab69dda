"""Ax's own answers about rows, as somebody would get them in a script: nothing of AxDash in it."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from ax.adapter.cross_validation import cross_validate
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.core.observation import ObservationFeatures
from ax.utils.sensitivity.sobol_measures import ax_parameter_sens

Row = tuple[Mapping, Mapping[str, float | tuple[float, float]]]


class Bare:
    """An Ax client that knows rows, with its model fitted."""

    def __init__(
        self,
        parameters: Sequence[RangeParameterConfig | ChoiceParameterConfig],
        objective: str,
        rows: Sequence[Row],
        constraints: Sequence[str] = (),
    ) -> None:
        self.client = Client()
        self.client.configure_experiment(parameters=parameters)
        self.client.configure_optimization(objective=objective, outcome_constraints=constraints)
        self.client.configure_generation_strategy(
            method="fast", initialization_budget=5, initialize_with_center=False
        )
        for point, results in rows:
            index = self.client.attach_trial(parameters=dict(point))
            self.client.complete_trial(index, raw_data=dict(results))
        strategy = self.client._generation_strategy
        strategy.experiment = self.client._experiment
        strategy.current_generator_run_limit()  # Moves on to the model.
        strategy.fit(experiment=self.client._experiment)
        self.adapter = strategy.adapter

    def predict(self, points: Sequence[Mapping]) -> tuple[dict, dict]:
        """Return means and standard deviations of each metric at points."""
        features = [ObservationFeatures(parameters=dict(point)) for point in points]
        means, covariances = self.adapter.predict(features)
        return means, {name: np.sqrt(covariances[name][name]) for name in means}

    def shares(self, metrics: Sequence[str]) -> dict[str, dict[str, float]]:
        """Return total-order Sobol indices by metric and parameter, scaled to add up to 1."""
        found = ax_parameter_sens(
            self.adapter, list(metrics), order="total", num_mc_samples=4096, input_qmc=True
        )
        names = list(self.client._experiment.search_space.parameters)
        shares = {}
        for name, by_column in found.items():
            sizes = dict.fromkeys(names, 0.0)
            for column, size in by_column.items():
                owner = max((n for n in names if column.startswith(n)), key=len)
                sizes[owner] += abs(size)  # The columns of a choice are those of one parameter.
            total = sum(sizes.values())
            shares[name] = {parameter: size / total for parameter, size in sizes.items()}
        return shares

    @cached_property
    def validation(self) -> list:
        """Ax's cross-validation, in the order of the rows."""
        found = cross_validate(self.adapter, untransform=True)
        return sorted(found, key=lambda each: each.observed.features.trial_index)
