"""Ax's global stopping rule, on the experiment as it is, with its reason in people's words."""

import re
import warnings
from dataclasses import dataclass, replace

from ax.global_stopping.strategies.improvement import ImprovementGlobalStoppingStrategy

from experiments.domain import WITH_RESULTS
from experiments.formatting import format_number
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.build import assemble, learnt, read
from experiments.optimizer.modelling import ModelSpace

WINDOW = 5
"""How many of the newest results have to bring an improvement: Ax's default."""

BAR = 0.1
"""How large an improvement, as a share of the spread of results: Ax's default."""

_SHARE = re.compile(r"trials \(=([^)]+)\)")


@dataclass(frozen=True)
class Rule:
    """What the rule says: stop or go on (``None``: it cannot tell), and why, in words."""

    stops: bool | None
    text: str


def stopping_rule(study: Study) -> Rule:
    """Ask Ax's rule, of all trials that are complete. Running trials are left out of account.

    The rule judges once the initialization is through and ``WINDOW`` more results are in.
    """
    if study.aims.is_weighted_sum and len(study.aims.objectives) > 1:
        return Rule(None, "Ax’s stopping rule does not judge weighted sums.")
    wanted = {metric.key for metric in (*study.aims.objectives, *study.aims.constraints)}
    complete = [
        trial
        for trial in study.trials
        if trial.status in WITH_RESULTS
        and trial.number not in study.rows.left_out
        and wanted <= {each.metric for each in trial.observations}
    ]
    needed = study.spec.initialization_budget + WINDOW
    if len(complete) < needed:
        have = "there is 1" if len(complete) == 1 else f"there are {len(complete)}"
        return Rule(None, f"Ax’s stopping rule judges once there are {needed} results; {have}.")
    rows = read(study.spec, study.space, complete)
    space = ModelSpace(study.space, learnt(rows))
    experiment = assemble(study.spec, rows, space, replace(study.aims, tracked=()))
    strategy = ImprovementGlobalStoppingStrategy(
        min_trials=needed,
        window_size=WINDOW,
        improvement_bar=BAR,
        inactive_when_pending_trials=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # All results may be the same.
        stops, reason = strategy.should_stop_optimization(experiment)
    return Rule(bool(stops), _in_words(study, bool(stops), reason))


def _in_words(study: Study, stops: bool, reason: str) -> str:
    """Say what Ax says, with people's names; its own words where they are not known."""
    has_front = len(study.aims.objectives) > 1
    what = "the Pareto front" if has_front else f"the best {study.objectives[0].name}"
    of = "of the hypervolume" if has_front else "of the spread of results (their middle half)"
    bar = f"{BAR:.0%}".replace("%", " %")
    if not stops and not reason:
        return (
            f"Ax’s stopping rule says: go on. In the last {WINDOW} results, {what} improved by at "
            f"least {bar} {of}."
        )
    if not stops and "not enough feasible" in reason:
        return "Ax’s stopping rule cannot tell: fewer than two trials meet the constraints."
    if not stops and "hypervolume is 0" in reason:
        return (
            f"Ax’s stopping rule says: go on. {WINDOW} results ago, no trial was within the "
            "thresholds and constraints."
        )
    share = _SHARE.search(reason)
    if not stops or not share:
        return f"Ax’s stopping rule says: {'stop' if stops else 'go on'}. {reason}"
    improved = f"{format_number(100 * float(share[1]), 2)} % {of}"
    return (
        f"Ax’s stopping rule says: stop. In the last {WINDOW} results, {what} "
        f"{f'improved by {improved}' if float(share[1]) else 'did not improve'}; the rule asks for "
        f"{bar}{'' if float(share[1]) else f' {of}'}."
    )
