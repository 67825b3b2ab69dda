"""Rows become an Ax experiment, in bulk."""

import math
import re
from collections.abc import Mapping, Sequence

from ax.core.arm import Arm
from ax.core.data import Data, DataRow
from ax.core.experiment import Experiment
from ax.core.map_metric import MapMetric
from ax.core.objective import Objective
from ax.core.optimization_config import OptimizationConfig
from ax.core.trial import Trial
from ax.core.trial_status import TrialStatus as AxTrialStatus

from experiments.domain import (
    Direction,
    ExperimentSpec,
    MetricSpec,
    ObservationRecord,
    ParameterValue,
    TrialRecord,
    TrialStatus,
)
from experiments.noise import consistent_sems
from experiments.optimizer.space import Space

_METRIC_KEY = re.compile(r"m\d+")

_AX_STATUSES = {
    TrialStatus.COMPLETED: AxTrialStatus.COMPLETED,
    TrialStatus.FAILED: AxTrialStatus.FAILED,
    TrialStatus.ABANDONED: AxTrialStatus.ABANDONED,
    TrialStatus.EARLY_STOPPED: AxTrialStatus.EARLY_STOPPED,
}
_WITH_RESULTS = (TrialStatus.COMPLETED, TrialStatus.EARLY_STOPPED)

_Result = tuple[Trial, ObservationRecord]


def build_experiment(spec: ExperimentSpec, trials: Sequence[TrialRecord]) -> Experiment:
    """Build the Ax experiment of ``spec`` with all of ``trials``, numbered from 0 in their order.

    Observations count for completed and early stopped trials only; the standard errors of each
    metric become one consistent column. Values may be out of range. Raises ``ValueError`` for a
    key that is not one of AxDash's own (Ax evaluates a metric's name as an expression), and for a
    trial whose parameters do not fit the search space or whose observations are of other metrics.
    """
    space = Space(spec)
    experiment = Experiment(
        search_space=space.to_ax(),
        optimization_config=OptimizationConfig(objective=_objective(spec.metrics[0])),
        metrics=[
            MapMetric(
                name=spec.metrics[0].key,
                lower_is_better=spec.metrics[0].direction is Direction.MINIMIZE,
            )
        ],
    )
    results: list[_Result] = []
    for trial in trials:
        try:
            attached = _attach(experiment, space, trial)
        except ValueError as error:
            raise ValueError(f"Trial {trial.number}: {error}") from error
        if trial.status in _WITH_RESULTS:
            results.extend((attached, observation) for observation in trial.observations)
    if results:
        experiment.attach_data(_data(results))
    return experiment


def has_result(trial: TrialRecord, metric: str) -> bool:
    """Tell whether a trial is completed and has an observation of ``metric``."""
    return trial.status is TrialStatus.COMPLETED and any(
        observation.metric == metric for observation in trial.observations
    )


def attach_running(experiment: Experiment, parameters: Mapping[str, ParameterValue]) -> Trial:
    """Add a trial without results yet; ``parameters`` are as ``Space.modelled`` returns them."""
    trial = experiment.new_trial().add_arm(Arm(parameters=dict(parameters)))
    return trial.mark_running(no_runner_required=True)


def _attach(experiment: Experiment, space: Space, trial: TrialRecord) -> Trial:
    attached = attach_running(experiment, space.modelled(trial.parameters))
    if trial.status is not TrialStatus.RUNNING:
        attached.mark_as(_AX_STATUSES[trial.status], unsafe=True)
    return attached


def _objective(metric: MetricSpec) -> Objective:
    """Ax reads an objective as an expression only: the key is all that may ever be part of it."""
    if not _METRIC_KEY.fullmatch(metric.key):
        raise ValueError(f"Not a metric key: {metric.key!r}.")
    sign = "-" if metric.direction is Direction.MINIMIZE else ""
    return Objective(
        expression=f"{sign}{metric.key}", metric_name_to_signature={metric.key: metric.key}
    )


def _data(results: Sequence[_Result]) -> Data:
    """Make one table of all observations, with a consistent column of standard errors a metric."""
    by_metric: dict[str, list[_Result]] = {}
    for result in results:
        by_metric.setdefault(result[1].metric, []).append(result)
    rows = []
    for metric, of_metric in by_metric.items():
        sems, _ = consistent_sems([observation.sem for _, observation in of_metric])
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
