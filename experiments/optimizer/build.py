"""Rows become an Ax experiment, in bulk."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ax.core.arm import Arm
from ax.core.data import Data, DataRow
from ax.core.experiment import Experiment
from ax.core.trial import Trial
from ax.core.trial_status import TrialStatus as AxTrialStatus

from experiments.domain import (
    WITH_RESULTS,
    ExperimentSpec,
    ObservationRecord,
    Parameterization,
    ResultNoise,
    TrialRecord,
    TrialStatus,
)
from experiments.learning import reason_left_out, too_many
from experiments.noise import consistent_sems
from experiments.optimizer.goals import Goals, goals
from experiments.optimizer.modelling import ModelSpace
from experiments.optimizer.space import Space

_AX_STATUSES = {
    TrialStatus.COMPLETED: AxTrialStatus.COMPLETED,
    TrialStatus.FAILED: AxTrialStatus.FAILED,
    TrialStatus.ABANDONED: AxTrialStatus.ABANDONED,
    TrialStatus.EARLY_STOPPED: AxTrialStatus.EARLY_STOPPED,
}

_Result = tuple[Trial, ObservationRecord]


@dataclass(frozen=True)
class Rows:
    """Trials whose values have the declared types, and which of them no model learns from."""

    trials: Sequence[TrialRecord]
    parameters: Sequence[Parameterization]
    left_out: frozenset[int]


def read(spec: ExperimentSpec, space: Space, trials: Sequence[TrialRecord]) -> Rows:
    """Give trials' values the declared types; they may be out of range, or missing.

    Raises ``ValueError`` for unknown parameters and unusable values.
    """
    by_key = {parameter.key: parameter for parameter in spec.parameters}
    parameters, left_out = [], set()
    for trial in trials:
        try:
            parameters.append(space.coerced(trial.parameters))
        except ValueError as error:
            raise ValueError(f"Trial {trial.number}: {error}") from error
        if reason_left_out(by_key, parameters[-1]):
            left_out.add(trial.number)
    learnable = [trial for trial in trials if trial.number not in left_out]
    return Rows(trials, parameters, too_many(spec, learnable) | left_out)


def build_experiment(spec: ExperimentSpec, trials: Sequence[TrialRecord]) -> Experiment:
    """Build the Ax experiment that a model learns from, with trials numbered from 0.

    Trials that no model can learn from are left out. Observations of the metrics that are modelled
    count, for completed and early stopped trials only; the standard errors of each metric become
    one consistent column. Raises ``ValueError`` for a key that is not one of AxDash's own (Ax
    evaluates a metric's name as an expression), and for trials as ``read`` does.
    """
    space = Space(spec)
    rows = read(spec, space, trials)
    return assemble(spec, rows, ModelSpace(space, learnt(rows)), goals(spec, trials, rows.left_out))


def learnt(rows: Rows) -> list[Parameterization]:
    """Return the parameterizations that a model learns from."""
    return [
        parameters
        for trial, parameters in zip(rows.trials, rows.parameters, strict=True)
        if trial.number not in rows.left_out
    ]


def assemble(spec: ExperimentSpec, rows: Rows, space: ModelSpace, aims: Goals) -> Experiment:
    """Build the Ax experiment of rows that are read, in a space that covers them."""
    experiment = Experiment(
        search_space=space.to_ax(), optimization_config=aims.to_ax(), metrics=aims.ax_metrics()
    )
    modelled = {metric.key for metric in aims.metrics}
    results: list[_Result] = []
    for trial, parameters in zip(rows.trials, rows.parameters, strict=True):
        if trial.number in rows.left_out:
            continue
        attached = attach_running(experiment, space.flat(parameters))
        if trial.status is not TrialStatus.RUNNING:
            attached.mark_as(_AX_STATUSES[trial.status], unsafe=True)
        if trial.status in WITH_RESULTS:
            results += [(attached, each) for each in trial.observations if each.metric in modelled]
    if results:
        experiment.attach_data(_data(results, spec.noise))
    return experiment


def attach_running(experiment: Experiment, modelled: Mapping[str, Any]) -> Trial:
    """Add a trial without results yet, with parameters as ``ModelSpace.flat`` returns them."""
    trial = experiment.new_trial().add_arm(Arm(parameters=dict(modelled)))
    return trial.mark_running(no_runner_required=True)


def _data(results: Sequence[_Result], noise: ResultNoise) -> Data:
    """Make one table of all observations, with a consistent column of standard errors a metric."""
    by_metric: dict[str, list[_Result]] = {}
    for result in results:
        by_metric.setdefault(result[1].metric, []).append(result)
    rows = []
    for metric, of_metric in by_metric.items():
        sems, _ = consistent_sems([observation.sem for _, observation in of_metric], noise)
        rows += [
            DataRow(
                trial_index=trial.index,
                arm_name=trial.arm.name,
                metric_name=metric,
                metric_signature=metric,
                mean=observation.mean,
                se=math.nan if sem is None else sem,
            )
            for (trial, observation), sem in zip(of_metric, sems, strict=True)
        ]
    return Data(data_rows=rows)
