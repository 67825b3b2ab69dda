"""Ax's rule for stopping trials early, asked about learning curves, with its reason in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from ax.core.arm import Arm
from ax.core.data import Data
from ax.core.experiment import Experiment
from ax.core.map_metric import MapMetric
from ax.core.objective import Objective
from ax.core.optimization_config import OptimizationConfig
from ax.core.parameter import ParameterType, RangeParameter
from ax.core.search_space import SearchSpace
from ax.core.trial_status import TrialStatus as AxTrialStatus
from ax.early_stopping.dispatch import get_default_ess_or_none
from ax.early_stopping.strategies.percentile import PercentileEarlyStoppingStrategy

from experiments.curves import Line
from experiments.domain import Direction, MetricSpec, TrialStatus
from experiments.formatting import format_number

_METRIC = "m"

MOST_STEPS = 40
"""At how many steps curves are compared, beside the last ones of the running trials."""

Curves = Mapping[int, tuple[TrialStatus, Line]]
"""Where each trial stands and its curve, by the trials' numbers."""


def early_stopping(metric: MetricSpec, name: str, unit: str, curves: Curves) -> dict[str, Any]:
    """Ask Ax's default rule which running trials it would stop, by the curves of one objective.

    Returns ``rule``, what it asks for in words, and ``trials``: for each running one by number
    whether it ``stops``, and the ``text`` that says why or why not.
    """
    minimizes = metric.direction is Direction.MINIMIZE
    known = {number: found for number, found in sorted(curves.items()) if found[1].steps}
    few = _on_few_steps(known)
    experiment = _experiment(minimizes, few)
    strategy = get_default_ess_or_none(experiment)
    assert strategy is not None, "one objective without constraints has a rule"
    places = {number: place for place, number in enumerate(known)}
    running = {n for n, (status, _) in known.items() if status is TrialStatus.RUNNING}
    asked = {places[number] for number in running}
    stopped: set[int] = set()
    is_withheld = False
    if asked:
        strategy.check_safe = False
        stopped = set(strategy.should_stop_trials_early(asked, experiment))
    if stopped:
        # Whether that would have stopped the best one, too, takes long, and matters only now.
        strategy.check_safe = True
        is_withheld = not strategy.should_stop_trials_early({min(stopped)}, experiment)
        stopped = set() if is_withheld else stopped
    teller = _Teller(strategy, name, unit, minimizes, known, is_withheld)
    trials = {}
    for number in sorted(running):
        others = _at_the_same_step(known, number)
        text = teller.text(number, others, places[number] in stopped)
        trials[str(number)] = {"stops": places[number] in stopped, "text": text}
    rule = rule_in_words(strategy)
    if few is not known:
        rule += f" Curves as long as these are compared at {MOST_STEPS} of their steps."
    return {"rule": rule, "trials": trials}


def _on_few_steps(known: Curves) -> Curves:
    """Return curves at no more steps than Ax compares in no time; short ones stay as they are.

    Ax draws straight lines between points, and so does this. The steps at which running trials are
    judged are among those that stay, as are the first and the last of all: only whether the rule
    would ever have stopped the best trial is looked at at fewer steps.
    """
    steps = np.unique(np.concatenate([line.steps for _, line in known.values()] or [[]]))
    if len(steps) <= MOST_STEPS:
        return known
    lasts = [line.steps[-1] for s, line in known.values() if s is TrialStatus.RUNNING]
    chosen = steps[np.linspace(0, len(steps) - 1, MOST_STEPS).round().astype(int)]
    chosen = np.union1d(chosen, lasts)
    few = {}
    for number, (status, (own, means)) in known.items():
        inside = chosen[(own[0] <= chosen) & (chosen <= own[-1])]
        if not len(inside):  # It lies between two of them, and is compared with nothing.
            inside = np.array([own[-1]])
        few[number] = status, Line(inside.tolist(), np.interp(inside, own, means).tolist())
    return few


def _at_the_same_step(known: Curves, number: int) -> list[float]:
    """Return where the other curves are at the last step of one, those that got there."""
    last = known[number][1].steps[-1]
    found = (line.at(last) for other, (_, line) in known.items() if other != number)
    return [mean for mean in found if mean is not None]


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
        self._low = min((line.steps[0] for _, line in known.values()), default=0.0)
        self._high = max((line.steps[-1] for _, line in known.values()), default=0.0)

    def text(self, number: int, others: list[float], stops: bool) -> str:
        line = self._known[number][1]
        step, mean = line.steps[-1], line.means[-1]
        better = sum(other < mean if self._minimizes else other > mean for other in others)
        value = f"{format_number(mean)} {self._unit}".rstrip()
        compared = (
            f"After step {format_number(step, 12)}, its {self._name} {value} is worse than "
            f"that of {better} of the {len(others)} other trials that got there"
        )
        if stops:
            return f"Ax advises to stop it. {compared}."
        return f"Go on. {self._why_not(step, len(others), better) or f'{compared}.'}"

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
    for place, (status, _) in enumerate(known.values()):
        trial = experiment.new_trial().add_arm(Arm(parameters={"p": float(place)}))
        trial.mark_running(no_runner_required=True)
        if status is not TrialStatus.RUNNING:
            trial.mark_as(AxTrialStatus[status.name], unsafe=True)
    if known:
        experiment.attach_data(_data(known))
    return experiment


def _data(known: Curves) -> Data:
    """Make one table of all curves: row by row, a hundred thousand points would take seconds."""
    lines = [line for _, line in known.values()]
    places = np.repeat(np.arange(len(lines)), [len(line.steps) for line in lines])
    table = pd.DataFrame({"trial_index": places})
    table["arm_name"] = [f"{place}_0" for place in places]
    table["metric_name"] = table["metric_signature"] = _METRIC
    table["mean"] = np.concatenate([line.means for line in lines])
    table["sem"] = float("nan")
    table["step"] = np.concatenate([line.steps for line in lines])
    return Data(df=table)
