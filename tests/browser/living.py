"""The rows that a model learns from, and those of a living Ax client after the same facts."""

import json
from collections.abc import Iterable

Row = tuple[tuple[float, ...], str, float | None]
"""Parameters, Ax’s status, and the mean if there is one."""


def print_rows(name: str) -> None:
    """Print what the optimizer builds from the rows of an experiment, as JSON."""
    from experiments.models import Experiment
    from experiments.optimizer.build import build_experiment

    found = Experiment.objects.get(name=name)
    spec = found.spec
    trials = [t.record(spec.parameters) for t in found.trials.prefetch_related("observations")]
    print("ROWS", json.dumps(rows_of(build_experiment(spec, trials))))


def rows_of(experiment) -> list[Row]:
    """Return the trials of an Ax experiment, sorted, whatever its parameters are called."""
    means = {
        row.trial_index: row.mean for row in experiment.lookup_data().df.itertuples(index=False)
    }
    return sorted(
        (
            tuple(value for _, value in sorted(trial.arm.parameters.items())),
            trial.status.name,
            means.get(index),
        )
        for index, trial in experiment.trials.items()
    )


def living(facts: Iterable[tuple[dict[str, float], str, float | None]]) -> list[Row]:
    """Tell a living client the facts, one after another; return its rows."""
    from ax.api.client import Client
    from ax.api.configs import RangeParameterConfig

    client = Client()
    bounds = {"x1": (-5.0, 10.0), "x2": (0.0, 15.0)}
    client.configure_experiment(
        [RangeParameterConfig(name=n, bounds=b, parameter_type="float") for n, b in bounds.items()]
    )
    client.configure_optimization(objective="-branin")
    for parameters, outcome, mean in facts:
        index = client.attach_trial(parameters=parameters)
        if outcome == "completed":
            client.complete_trial(trial_index=index, raw_data={"branin": mean})
        elif outcome == "failed":
            client.mark_trial_failed(trial_index=index)
        elif outcome == "abandoned":
            client.mark_trial_abandoned(trial_index=index)
    return rows_of(client._experiment)
