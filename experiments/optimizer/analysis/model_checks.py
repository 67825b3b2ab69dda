"""What may be wrong with an experiment, as its model tells."""

import re
from dataclasses import replace

import numpy as np
from ax.analysis.healthcheck.constraints_feasibility import (
    RESTRICTIVE_ARM_FRACTION,
    RESTRICTIVE_P_FEAS_THRESHOLD,
)
from ax.analysis.healthcheck.predictable_metrics import DEFAULT_MODEL_FIT_THRESHOLD
from ax.utils.common.complexity_utils import summarize_ax_optimization_complexity
from ax.utils.common.tier_utils import check_if_in_standard

from experiments.definition_words import quoted
from experiments.domain import Direction
from experiments.drafts import MetricDraft
from experiments.goal_words import with_unit
from experiments.noise import NoiseTreatment, consistent_sems
from experiments.optimizer.analysis.predicted import Z95
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.utility import chance
from experiments.optimizer.analysis.validation import Validation
from experiments.optimizer.analysis.verdicts import Check, Verdict
from experiments.optimizer.analysis.words import bound, joined, percent, plus_minus
from experiments.ranking import Standing

_FEWEST_RESULTS = 10
"""With fewer, nothing is said of single results."""

_FAR = 4.0
"""Standard deviations from what is expected, noise included, that make an outlier."""

_FAR_FROM_OTHERS = 5.0
"""So many times the usual error, besides."""

_NOISE_DIFFERS = 3.0
_TOO_CALM = 0.5
_MOST_OUTLIERS = 3


def predictability(study: Study) -> Verdict | None:
    """Look for metrics that the model cannot predict; the threshold is Ax's."""
    doubts = []
    for key, validation in study.validation.items():
        r2, name = validation.r2, quoted(study.metric(key).name)
        is_enough = len(validation.trials) >= _FEWEST_RESULTS
        if is_enough and r2 is not None and r2 < DEFAULT_MODEL_FIT_THRESHOLD:
            doubts.append(
                f"The model predicts {name} no better than an average would (R² {r2:.2f}): it "
                "needs more results, or results with less noise, or the parameters do not matter."
            )
    is_enough = any(len(each.trials) >= _FEWEST_RESULTS for each in study.validation.values())
    return Verdict(doubts, "The model predicts all metrics.") if is_enough else None


def outliers(study: Study) -> Verdict | None:
    """Look for results far from what the model expects without them."""
    doubts = []
    for key, validation in study.validation.items():
        if len(validation.trials) < _FEWEST_RESULTS:
            continue
        metric = study.metric(key)
        for place in _far_places(study, key, validation)[:_MOST_OUTLIERS]:
            expected = plus_minus(
                float(validation.means[place]), Z95 * float(validation.sds[place]), metric.unit
            )
            value = with_unit(float(validation.observed[place]), metric.unit)
            doubts.append(
                f"{quoted(metric.name)} of trial {validation.trials[place]} is {value}; without "
                f"it, the model would expect {expected}. Check or repeat it."
            )
    is_enough = any(len(each.trials) >= _FEWEST_RESULTS for each in study.validation.values())
    return Verdict(doubts, "No result is far from what the others suggest.") if is_enough else None


def _far_places(study: Study, key: str, validation: Validation) -> list[int]:
    """Return the places of outliers, the farthest first."""
    errors = np.abs(validation.observed - validation.means)
    noise = np.where(np.isfinite(validation.sems), validation.sems, study.noise[key])
    sds = np.hypot(validation.sds, noise)
    usual = 1.4826 * float(np.median(errors))
    far = (errors > _FAR * sds) & (errors > _FAR_FROM_OTHERS * usual)
    return sorted(np.flatnonzero(far).tolist(), key=lambda place: -errors[place])


def noise(study: Study) -> Verdict | None:
    """Look for standard errors that do not fit how results scatter."""
    doubts, known = [], False
    for key, validation in study.validation.items():
        if len(validation.trials) < _FEWEST_RESULTS:
            continue
        metric = study.metric(key)
        sems = [
            each.sem
            for number in validation.trials
            for each in study.by_number[number].observations
            if each.metric == key
        ]
        given = [sem for sem in sems if sem]
        known = known or bool(given)
        treatment = consistent_sems(sems, study.spec.noise)[1]
        if treatment is NoiseTreatment.ESTIMATED_SOME_GIVEN and given:
            doubts += _against_estimate(metric, float(np.median(given)), study.noise[key])
        elif treatment in (NoiseTreatment.GIVEN, NoiseTreatment.GIVEN_ZEROS_RAISED):
            doubts += _against_scatter(metric, validation)
    return Verdict(doubts, "The SEMs fit how results scatter.") if known else None


def _against_estimate(metric: MetricDraft, sem: float, estimate: float) -> list[str]:
    if sem / _NOISE_DIFFERS <= estimate <= sem * _NOISE_DIFFERS:
        return []
    return [
        f"The SEMs of {quoted(metric.name)} ({with_unit(sem, metric.unit)}) are far from the noise "
        f"that the model finds in the results ({with_unit(float(f'{estimate:.2g}'), metric.unit)})."
    ]


def _against_scatter(metric: MetricDraft, validation: Validation) -> list[str]:
    """Say so where results lie much farther from what is expected than SEMs explain, or nearer."""
    sds = np.hypot(validation.sds, validation.sems)
    with np.errstate(divide="ignore", invalid="ignore"):
        times = float(np.std((validation.observed - validation.means) / sds))
    name = quoted(metric.name)
    if times > _NOISE_DIFFERS:
        return [f"Results of {name} scatter {times:.1f} times as much as model and SEMs say."]
    if times < _TOO_CALM:
        return [f"The SEMs of {name} look too large: results scatter {percent(times)} as much."]
    return []


def constraints(study: Study) -> Verdict | None:
    """Look for outcome constraints that hardly any trial satisfies; the thresholds are Ax's."""
    if not study.aims.constraints:
        return None
    numbers, predicted = study.at_trials
    doubts = []
    for constraint in study.aims.constraints:
        unlikely = chance(constraint, predicted) < RESTRICTIVE_P_FEAS_THRESHOLD
        share = float(np.mean(unlikely))
        if len(numbers) and share >= RESTRICTIVE_ARM_FRACTION:
            said = bound(constraint.relation, constraint.bound or 0.0, study.metric(constraint.key))
            doubts.append(
                f"{percent(share)} of the trials are likely to miss {said}: is the bound too tight?"
            )
    return Verdict(doubts, "Each outcome constraint is within reach.")


def baseline(study: Study) -> Verdict | None:
    """Compare the best with the baseline, as observed."""
    number = study.spec.baseline
    if number is None or number not in study.means or len(study.means) < 2:
        return None
    doubts, better = [], []
    for metric in study.objectives:
        key, is_minimized = metric.spec.key, metric.spec.direction is Direction.MINIMIZE
        found = [
            means[key]
            for trial, means in study.means.items()
            if key in means
            and trial != number
            and study.ranking.standings[trial] is not Standing.INFEASIBLE
        ]
        if key not in study.means[number] or not found:
            continue
        base, best = study.means[number][key], min(found) if is_minimized else max(found)
        if best < base if is_minimized else best > base:
            better.append(
                f"The best {metric.name}, {with_unit(best, metric.unit)}, beats the baseline's "
                f"{with_unit(base, metric.unit)}."
            )
        else:
            doubts.append(
                f"No trial beats the baseline (trial {number}) in {quoted(metric.name)} yet."
            )
    return Verdict(doubts, " ".join(better)) if doubts or better else None


def size(study: Study) -> Verdict:
    """Compare the experiment with what Ax is made for, as Ax rates it."""
    summary = summarize_ax_optimization_complexity(
        study.model.experiment,
        tier_metadata={"uses_standard_api": True, "user_supplied_max_trials": len(study.trials)},
    )
    summary = replace(summary, num_parameter_constraints=len(study.spec.constraints))
    tier, beyond_usual, beyond_all = check_if_in_standard(summary)
    if tier == "Unsupported":
        return Verdict([f"Ax is not made for so much: {_beyond(beyond_all)}."], "")
    if tier == "Advanced":
        return Verdict([], f"More than Ax is tried with most: {_beyond(beyond_usual)}.")
    return Verdict([], "It is well within what Ax is made for.")


_WORDS = (
    ("binary tunable parameter", "yes-or-no parameters"),
    ("tunable parameter", "parameters"),
    ("more than 5 options", "unordered choices of more than five values"),
    ("unordered choice", "unordered choices of three values or more"),
    ("parameter constraint", "parameter constraints"),
    ("outcome constraint", "outcome constraints"),
    ("objective", "objectives"),
    ("total trial", "trials"),
)
"""How Ax's reasons are recognized, and what is said in their place."""


def _beyond(reasons: list[str] | None) -> str:
    said = []
    for reason in reasons or []:
        count, most = re.match(r"\d+", reason), re.search(r"is (\d+)\)", reason)
        noun = next((ours for theirs, ours in _WORDS if theirs in reason), None)
        if count and most and noun:
            said.append(f"{count[0]} {noun} (it is made for {most[1]})")
    return joined(said) or "it has unusual settings"


CHECKS = (
    Check("Model", predictability, needs_model=True),
    Check("Outliers", outliers, needs_model=True),
    Check("Noise", noise, needs_model=True),
    Check("Outcome constraints", constraints, needs_model=True),
    Check("Baseline", baseline),
    Check("Size", size, needs_model=True),
)
