"""Ax's rule for stopping trials early, asked about learning curves, with its reason in words."""

from collections.abc import Mapping
from typing import Any

from ax.core.arm import Arm
from ax.core.data import Data, DataRow
from ax.core.experiment import Experiment
from ax.core.map_metric import MapMetric
from ax.core.objective import Objective
from ax.core.optimization_config import OptimizationConfig
from ax.core.parameter import ParameterType, RangeParameter
from ax.core.search_space import SearchSpace
from ax.core.trial_status import TrialStatus as AxTrialStatus
from ax.early_stopping.dispatch import get_default_ess_or_none
from ax.early_stopping.strategies.percentile import PercentileEarlyStoppingStrategy
from ax.early_stopping.utils import align_partial_results

from experiments.curves import Curve
from experiments.domain import Direction, MetricSpec, TrialStatus
from experiments.formatting import format_number

_METRIC = "m"

Curves = Mapping[int, tuple[TrialStatus, Curve]]
"""Where each trial stands and its curve, by the trials' numbers."""


def early_stopping(metric: MetricSpec, name: str, unit: str, curves: Curves) -> dict[str, Any]:
    """Ask Ax's default rule which running trials it would stop, by the curves of one objective.

    Returns ``rule``, what it asks for in words, and ``trials``: for each running one by number
    whether it ``stops``, and the ``text`` that says why or why not.
    """
    minimizes = metric.direction is Direction.MINIMIZE
    known = {number: found for number, found in sorted(curves.items()) if found[1]}
    experiment = _experiment(minimizes, known)
    strategy = get_default_ess_or_none(experiment)
    assert strategy is not None, "one objective without constraints has a rule"
    places = {number: place for place, number in enumerate(known)}
    running = {n for n, (status, _) in known.items() if status is TrialStatus.RUNNING}
    asked = {places[number] for number in running}
    stopped: set[int] = set()
    is_withheld = False
    if asked:
        stopped = set(strategy.should_stop_trials_early(asked, experiment))
        strategy.check_safe = False
        is_withheld = not stopped and bool(strategy.should_stop_trials_early(asked, experiment))
    teller = _Teller(strategy, name, unit, minimizes, known, is_withheld)
    trials = {}
    wide = align_partial_results(experiment.lookup_data().full_df, [_METRIC]) if running else {}
    for number in sorted(running):
        last = known[number][1][-1].step
        values = wide["mean"][_METRIC].loc[last].dropna()
        others = values.drop(places[number])
        text = teller.text(number, others.tolist(), places[number] in stopped)
        trials[str(number)] = {"stops": places[number] in stopped, "text": text}
    return {"rule": rule_in_words(strategy), "trials": trials}


def rule_in_words(strategy: PercentileEarlyStoppingStrategy) -> str:
    """Say what the rule asks for, with its thresholds."""
    low, high = (_percent(end) for end in (strategy.min_progression, strategy.max_progression))
    return (
        f"Ax’s percentile rule stops a trial that is worse than {_percent(0.5)} of the trials at "
        f"the same step ({strategy.percentile_threshold:.0f}th percentile), between {low} and "
        f"{high} of the steps, once {strategy.min_curves} trials with a curve are completed; never "
        f"one of the best {strategy.n_best_trials_to_complete}."
    )


class _Teller:
    """Says why the rule stops a trial or not, in the order in which it asks."""

    def __init__(
        self,
        strategy: PercentileEarlyStoppingStrategy,
        name: str,
        unit: str,
        minimizes: bool,
        known: Curves,
        is_withheld: bool,
    ) -> None:
        self._rule, self._name, self._unit = strategy, name, unit
        self._minimizes, self._known, self._is_withheld = minimizes, known, is_withheld
        steps = [point.step for _, curve in known.values() for point in curve]
        self._low, self._high = min(steps, default=0.0), max(steps, default=0.0)

    def text(self, number: int, others: list[float], stops: bool) -> str:
        point = self._known[number][1][-1]
        better = sum(v < point.mean if self._minimizes else v > point.mean for v in others)
        value = f"{format_number(point.mean)} {self._unit}".rstrip()
        compared = (
            f"After step {format_number(point.step, 12)}, its {self._name} {value} is worse than "
            f"that of {better} of the {len(others)} other trials that got there"
        )
        if stops:
            return f"Ax advises to stop it. {compared}."
        return f"Go on. {self._why_not(point.step, len(others), better) or f'{compared}.'}"

    def _why_not(self, step: float, others: int, better: int) -> str:
        rule = self._rule
        completed = sum(s is TrialStatus.COMPLETED for s, _ in self._known.values())
        if completed < (rule.min_curves or 0):
            return (
                f"Ax’s rule needs {rule.min_curves} completed trials with a curve to compare with; "
                f"there {'is 1' if completed == 1 else f'are {completed}'}."
            )
        share = (step - self._low) / ((self._high - self._low) or 1.0)
        if share < (rule.min_progression or 0.0):
            since = _percent(rule.min_progression)
            return f"It is too early: Ax’s rule judges from {since} of the steps on."
        if share > (rule.max_progression or 1.0):
            return "It is nearly through: Ax’s rule lets it finish."
        if others + 1 < (rule.min_curves or 0):
            return f"Too few other trials got to this step: {others}."
        if better < (rule.n_best_trials_to_complete or 0):
            return f"It is among the best {rule.n_best_trials_to_complete} at this step."
        if self._is_withheld:
            return "Ax’s rule would have stopped the best trial, too: so it advises nothing here."
        return ""


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f} %"


def _experiment(minimizes: bool, known: Curves) -> Experiment:
    """Build as much of an Ax experiment as the rule looks at: statuses, and data by step."""
    metric = MapMetric(name=_METRIC, lower_is_better=minimizes)
    top = max(1.0, float(len(known)))
    space = RangeParameter(name="p", parameter_type=ParameterType.FLOAT, lower=0.0, upper=top)
    experiment = Experiment(
        search_space=SearchSpace([space]),
        optimization_config=OptimizationConfig(
            Objective(
                expression=f"-{_METRIC}" if minimizes else _METRIC,
                metric_name_to_signature={_METRIC: _METRIC},
            )
        ),
        metrics=[metric],
    )
    rows = []
    for place, (status, curve) in enumerate(known.values()):
        trial = experiment.new_trial().add_arm(Arm(parameters={"p": float(place)}))
        trial.mark_running(no_runner_required=True)
        if status is not TrialStatus.RUNNING:
            trial.mark_as(AxTrialStatus[status.name], unsafe=True)
        rows += [
            DataRow(
                trial_index=trial.index, arm_name=trial.arm.name, metric_name=_METRIC,
                metric_signature=_METRIC, mean=point.mean, se=float("nan"), step=point.step,
            )
            for point in curve
        ]  # fmt: skip
    if rows:
        experiment.attach_data(Data(data_rows=rows))
    return experiment
