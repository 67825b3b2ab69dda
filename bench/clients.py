"""Ax's own client over the same boxes, to compare with."""

from collections.abc import Sequence

from ax.api.client import Client
from ax.api.configs import RangeParameterConfig

from bench.problems import METRIC, keys
from experiments.domain import TrialRecord


def float_client(
    bounds: Sequence[tuple[float, float]],
    names: Sequence[str] = (),
    *,
    objective: str = f"-{METRIC}",
    constraints: Sequence[str] = (),
    thresholds: Sequence[str] = (),
) -> Client:
    """Return a client with default settings over a box; it minimizes ``METRIC`` if not told."""
    client = Client()
    client.configure_experiment(
        parameters=[
            RangeParameterConfig(name=key, bounds=bound, parameter_type="float")
            for key, bound in zip(names or keys(len(bounds)), bounds, strict=True)
        ],
        parameter_constraints=constraints,
    )
    client.configure_optimization(objective=objective, outcome_constraints=thresholds)
    return client


def load(client: Client, trials: Sequence[TrialRecord]) -> None:
    """Tell a client of completed trials; it is past its center point and its Sobol points."""
    client.configure_generation_strategy(initialize_with_center=False)
    for trial in trials:
        index = client.attach_trial(parameters=dict(trial.parameters))
        client.complete_trial(index, raw_data={METRIC: trial.observations[0].mean})


def loaded_client(bounds: Sequence[tuple[float, float]], trials: Sequence[TrialRecord]) -> Client:
    """Return a client that knows completed trials."""
    client = float_client(bounds)
    load(client, trials)
    return client
