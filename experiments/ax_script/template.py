"""The frame of the script; literals are put in by ``str.format``."""

TEMPLATE = '''\
"""An experiment that was exported from AxDash, for Ax alone (written for Ax 1.3).

    python THIS_FILE.py                        prints the parameters of the next trial
    python THIS_FILE.py --snapshot FILE.json   also writes what Client.load_from_json_file reads
"""

import argparse
import json
import math
from functools import partialmethod
from unittest.mock import patch

from ax.api.client import Client
from ax.core.arm import Arm
from ax.core.data import Data, DataRow
from ax.core.experiment import Experiment
from ax.core.map_metric import MapMetric
from ax.core.parameter import (
    ChoiceParameter,
    DerivedParameter,
    FixedParameter,
    ParameterType,
    RangeParameter,
)
from ax.core.parameter_constraint import ParameterConstraint
from ax.core.search_space import SearchSpace
from ax.core.trial_status import TrialStatus
from pandas import DataFrame

NAME = {name}
DESCRIPTION = {description}

# Ax evaluates names as code, so it knows plain ones; here is what people called them.
NAMES = {{{names}}}

# Parameters that Ax counts in units of this size.
UNITS = {{{units}}}

# Parameters that Ax sees as continuous: what it proposes is moved to (first value, step).
GRIDS = {{{grids}}}

# The value that the next trials have, where earlier ones had others too (in Ax's units).
FIXED = {{{fixed}}}

# What AxDash knows and this script cannot tell Ax:
{untold}
# Number, status, parameters, and results as (mean, standard error).
TRIALS = [{trials}]

# Learning curves by number and metric, as (step, mean, standard error).
CURVES = {{{curves}}}


def build() -> Client:
    """Rebuild the experiment."""
    parameters = [{parameters}]
    constraints = [{constraints}]
    metrics = [{metrics}]
    space = SearchSpace(parameters=parameters, parameter_constraints=constraints)
    experiment = Experiment(name=NAME, description=DESCRIPTION, search_space=space)
    for name, lower_is_better in metrics:
        experiment.add_metric(MapMetric(name=name, lower_is_better=lower_is_better))
    client = Client(random_seed={seed_of_model})
    client.set_experiment(experiment)
    client.configure_optimization(
        objective={objective},
        outcome_constraints=[{outcomes}],
    )
    client.configure_generation_strategy(
        method={method!r},
        initialization_budget={budget},
        initialization_random_seed={seed},
        initialize_with_center={center},
        allow_exceeding_initialization_budget=True,
    )
    add_trials(experiment)
    return client


def add_trials(experiment: Experiment) -> None:
    """Add all trials, and then all their results at once: one by one takes Ax minutes."""
    rows = []
    for number, status, parameters, results in TRIALS:
        arm = Arm({{name: inward(name, value) for name, value in parameters.items()}})
        if arm.signature not in experiment.arms_by_signature:
            arm.name = f"trial_{{number}}"  # A trial that repeats another one has its arm.
        trial = experiment.new_trial().add_arm(arm)
        trial.update_run_metadata({{"number": number}})
        trial.mark_running(no_runner_required=True)
        if status != "RUNNING":
            trial.mark_as(TrialStatus[status], unsafe=True)
        for metric, (mean, sem) in results.items():
            # A result without a step comes after all steps: it is what the model learns from.
            curve = CURVES.get(number, {{}}).get(metric, [])
            for step, value, error in [*curve, (None, mean, sem)]:
                error = math.nan if error is None else error
                rows.append(DataRow(trial.index, arm.name, metric, metric, value, error, step))
    if rows:
        experiment.attach_data(Data(data_rows=rows))


def inward(name: str, value):
    """Return a value in the unit in which Ax knows it."""
    return value / UNITS[name] if name in UNITS else value


def outward(name: str, value):
    """Return a value that Ax proposes in people's unit, on the grid that it has."""
    value = value * UNITS[name] if name in UNITS else value
    if name in GRIDS:
        first, step = GRIDS[name]
        value = first + round((value - first) / step) * step
        value = value if isinstance(value, int) else float(f"{{value:.15g}}")
    return value


def save(client: Client, file: str) -> None:
    """Write what Client.load_from_json_file reads; Ax alone would keep ten digits of results."""
    with patch.object(
        DataFrame, "to_json", partialmethod(DataFrame.to_json, double_precision=15)
    ):
        client.save_to_json_file(file)


def main() -> None:
    """Rebuild the experiment, keep it where that is wanted, and print the next trial."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--snapshot", metavar="FILE")
    wanted = parser.parse_args()
    client = build()
    if wanted.snapshot:
        save(client, wanted.snapshot)
    for parameters in client.get_next_trials(1, fixed_parameters=FIXED or None).values():
        print(json.dumps({{NAMES[name]: outward(name, parameters[name]) for name in parameters}}))


if __name__ == "__main__":
    main()
'''
