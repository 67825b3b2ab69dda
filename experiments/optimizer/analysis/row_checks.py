"""What may be wrong with an experiment, as its rows alone tell."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import hypot, log

import numpy as np
from scipy.stats import rankdata

from experiments.definition_words import quoted
from experiments.domain import (
    MetricRole,
    ObservationRecord,
    Parameterization,
    ParameterValue,
    ResultNoise,
    TrialStatus,
)
from experiments.drafts import MetricDraft, ParameterDraft
from experiments.goal_words import with_unit
from experiments.learning import MOST_LEARNT, left_out
from experiments.noise import NoiseTreatment, consistent_sems
from experiments.optimizer.analysis.predicted import Z95
from experiments.optimizer.analysis.study import Study
from experiments.optimizer.analysis.validation import correlation
from experiments.optimizer.analysis.verdicts import Check, Verdict
from experiments.optimizer.analysis.words import counted, joined, numbered, setting

_MANY_FAILED = 0.3
_TOGETHER = 0.98
_FEWEST_TOGETHER = 8
_FEWEST_VALUES = 5
"""The end of a shorter list of values is no bound that the best could lie beyond."""

_NEWEST = 10
_OFTEN = 0.5
"""Of the newest trials, on a bound: as Ax has it in its check of the search space."""

_NEAR = 1e-3
"""Of the width of a range: so near to its bound, a value lies on it."""


def failures(study: Study) -> Verdict | None:
    """Look for trials that failed."""
    ended = [trial for trial in study.trials if trial.status is not TrialStatus.RUNNING]
    if not ended:
        return None
    failed = [trial.number for trial in ended if trial.status is TrialStatus.FAILED]
    if failed and len(failed) == len(ended):
        some = "The only trial" if len(failed) == 1 else f"All {len(failed)} trials"
        return Verdict([f"{some} failed: there is nothing to learn from yet."], "")
    if len(failed) >= 3 and len(failed) > _MANY_FAILED * len(ended):
        return Verdict([f"{len(failed)} of {counted(len(ended), 'trial')} failed."], "")
    return Verdict([], f"{len(failed) or 'None'} of {counted(len(ended), 'trial')} failed.")


def measurements(study: Study) -> Verdict | None:
    """Look for metrics that trials with results lack."""
    total = len(study.means)
    if not total:
        return None
    doubts = []
    for metric in study.definition.metrics:
        count = sum(metric.spec.key in means for means in study.means.values())
        name = quoted(metric.name)
        if not count:
            doubts.append(f"{name} was never measured{_consequence(metric)}.")
        elif count < total and metric.spec.role is not MetricRole.TRACKED:
            doubts.append(f"{name} was measured in {count} of {counted(total, 'trial')} only.")
    return Verdict(doubts, "All metrics are measured in all trials with results.")


def _consequence(metric: MetricDraft) -> str:
    if metric.spec.role is MetricRole.OBJECTIVE:
        return ": without it, nothing can be compared"
    is_constraint = metric.spec.role is MetricRole.CONSTRAINT
    return ", so its constraint does not count yet" if is_constraint else ""


def variation(study: Study) -> Verdict | None:
    """Look for objectives whose results are all the same."""
    doubts = []
    for metric in study.objectives:
        values = _values(study, metric.spec.key)
        if len(values) > 1 and len(set(values)) == 1:
            said = with_unit(values[0], metric.unit)
            doubts.append(
                f"All {len(values)} results of {quoted(metric.name)} are the same ({said}): they "
                "cannot tell one setting from another."
            )
    return Verdict(doubts, "Results differ.") if len(study.means) > 1 else None


def repeats(study: Study) -> Verdict | None:
    """Look for results at the same point that differ by more than their noise."""
    groups = _repeated(study)
    if not groups:
        return None
    doubts = [
        said for metric in study.definition.metrics for said in _differences(study, metric, groups)
    ]
    same = f"{counted(sum(map(len, groups)), 'trial')} repeat others"
    return Verdict(doubts, f"{same}, and their results are as close as their noise allows.")


def _repeated(study: Study) -> list[list[int]]:
    """Return the trials with results at the same point, by their numbers."""
    groups: dict[object, list[int]] = {}
    for trial, parameters in zip(study.trials, study.rows.parameters, strict=True):
        if trial.number in study.means and not study.space.missing(parameters):
            groups.setdefault(study.space.signature(parameters), []).append(trial.number)
    return [group for group in groups.values() if len(group) > 1]


def _differences(study: Study, metric: MetricDraft, groups: Sequence[list[int]]) -> Iterator[str]:
    """Say where results at one point differ most, if they do so by more than one may ignore."""
    key = metric.spec.key
    spread = float(np.ptp(values)) if (values := _values(study, key)) else 0.0
    found = []
    for group in groups:
        observed = {number: seen for number in group if (seen := _seen(study, number, key))}
        if len(observed) < 2:
            continue
        low = min(observed, key=lambda number: observed[number].mean)
        high = max(observed, key=lambda number: observed[number].mean)
        gap = observed[high].mean - observed[low].mean
        if gap > _allowed(study, observed[low], observed[high], spread):
            found.append((gap, low, high, observed))
    if found:
        gap, low, high, observed = max(found, key=lambda each: each[0])
        means = [with_unit(observed[number].mean, "") for number in sorted((low, high))]
        yield (
            f"Results at the same point differ by {with_unit(gap, metric.unit)}: "
            f"{quoted(metric.name)} is {joined(means)} in {numbered(sorted((low, high)))}."
        )


def _seen(study: Study, number: int, key: str) -> ObservationRecord | None:
    found = (each for each in study.by_number[number].observations if each.metric == key)
    return next(found, None)


def _allowed(
    study: Study, one: ObservationRecord, other: ObservationRecord, spread: float
) -> float:
    """Return by how much two results may differ: by their noise, or a tenth of all variation."""
    if study.spec.noise is ResultNoise.EXACT:
        return 0.0
    if one.sem is not None and other.sem is not None:
        return Z95 * hypot(one.sem, other.sem)
    return spread / 10


def together(study: Study) -> Verdict | None:
    """Look for metrics that say the same, or the opposite."""
    doubts = []
    for one, other in combinations(study.definition.metrics, 2):
        pairs = [
            (means[one.spec.key], means[other.spec.key])
            for means in study.means.values()
            if one.spec.key in means and other.spec.key in means
        ]
        if len(pairs) < _FEWEST_TOGETHER:
            continue
        first, second = (rankdata(side) for side in zip(*pairs, strict=True))
        rank = correlation(first, second)
        if rank is not None and abs(rank) >= _TOGETHER:
            how = "move together" if rank > 0 else "go against each other"
            doubts.append(
                f"{quoted(one.name)} and {quoted(other.name)} {how} (rank correlation "
                f"{rank:.2f}): one tells nearly all that the other does."
            )
    return Verdict(doubts, "No two metrics say the same.") if len(study.spec.metrics) > 1 else None


def never_varied(study: Study) -> Verdict | None:
    """Look for parameters, or values of choices, that no trial with results has tried."""
    tried = _tried(study)
    if len(tried) < 3:
        return None
    doubts = []
    for draft in study.varied:
        seen = [values[draft.spec.key] for values in tried if draft.spec.key in values]
        known = set(seen)
        if len(seen) >= 3 and len(known) == 1:
            value = setting(seen[0], draft)
            doubts.append(
                f"{quoted(draft.name)} was never varied: it is {value} in all {len(seen)} results, "
                "so nothing can be said of it."
            )
        elif draft.spec.values and len(seen) >= 2 * len(draft.spec.values):
            lacking = [setting(each, draft) for each in draft.spec.values if each not in known]
            if lacking:
                doubts.append(f"{quoted(draft.name)} was never {joined(lacking, 'or')}.")
    return Verdict(doubts, "All parameters vary.")


def bounds(study: Study) -> Verdict | None:
    """Look for bounds that the best, or most of the newest trials, lie on."""
    if len(study.means) < _FEWEST_VALUES:
        return None
    best = _best_points(study)
    newest = _tried(study, with_running=True)[-_NEWEST:]
    doubts = []
    for draft in study.varied:
        for end, bound in _ends(study, draft).items():
            name = f"the {end} bound of {quoted(draft.name)} ({setting(bound, draft)})"
            if all(_is_at(draft, bound, study, values) for values in best):
                some = "The best lies" if len(best) == 1 else "All Pareto points lie"
                doubts.append(f"{some} on {name}: beyond it may be better ones.")
                continue
            count = sum(_is_at(draft, bound, study, values) for values in newest)
            if len(newest) >= _FEWEST_VALUES and count > _OFTEN * len(newest):
                doubts.append(f"{count} of the {len(newest)} newest trials lie on {name}.")
    return Verdict(doubts, "The best lies inside all bounds.")


def _best_points(study: Study) -> list[Parameterization]:
    best = study.ranking.best
    numbers = study.ranking.front if best is None else (best,)
    return [study.space.coerced(study.by_number[number].parameters) for number in numbers]


def _ends(study: Study, draft: ParameterDraft) -> dict[str, ParameterValue]:
    """Return the bounds of a parameter that has numbers, and enough of them."""
    axis = study.space.axes[draft.spec.key]
    if axis.cardinality is not None and axis.cardinality < _FEWEST_VALUES:
        return {}
    if draft.spec.values and not draft.spec.is_ordered:
        return {}
    if any(isinstance(value, str | bool) for value in draft.spec.values):
        return {}
    low, high = axis.ends()
    return {"lower": axis.nearest(axis.modelled(low)), "upper": axis.nearest(axis.modelled(high))}


def _is_at(
    draft: ParameterDraft, bound: ParameterValue, study: Study, values: Parameterization
) -> bool:
    value = values.get(draft.spec.key)
    if value is None or isinstance(value, str):
        return False
    low, high = study.space.axes[draft.spec.key].ends()
    if draft.spec.log_scale and value > 0:
        return abs(log(float(value) / float(bound))) <= _NEAR * log(high / low)
    return abs(float(value) - float(bound)) <= _NEAR * (high - low)


def standard_errors(study: Study) -> Verdict | None:
    """Look for metrics of which only some results have a standard error."""
    doubts, fine = [], []
    for metric in study.definition.metrics:
        sems = _sems(study, metric.spec.key)
        treatment = consistent_sems(sems, study.spec.noise)[1]
        given = [sem for sem in sems if sem is not None]
        if treatment is NoiseTreatment.ESTIMATED_SOME_GIVEN:
            doubts.append(
                f"{len(given)} of {len(sems)} results of {quoted(metric.name)} have a SEM. The "
                "model can use all or none: it estimates the noise itself."
            )
        elif treatment is NoiseTreatment.GIVEN_ZEROS_RAISED:
            doubts.append(
                f"Some SEMs of {quoted(metric.name)} are 0 and others are not: the model takes the "
                "smallest one for those."
            )
        elif treatment is NoiseTreatment.GIVEN:
            fine.append(f"All results of {quoted(metric.name)} have a SEM.")
    said = " ".join(fine) or "There are none: the model estimates the noise."
    return Verdict(doubts, said) if study.means else None


def learning(study: Study) -> Verdict | None:
    """Look for trials that the model does not learn from."""
    names = {draft.spec.key: draft.name for draft in study.definition.parameters}
    reasons: dict[str, list[int]] = {}
    for number, reason in left_out(study.spec, study.trials, names).items():
        reasons.setdefault(reason, []).append(number)
    doubts = [
        f"The model leaves out {numbered(numbers)}. {reason}" for reason, numbers in reasons.items()
    ]
    too_many = len(study.rows.left_out) - sum(map(len, reasons.values()))
    fine = "The model learns from all results."
    if too_many > 0:
        fine = (
            f"The model learns from {MOST_LEARNT:,} of {len(study.means):,} results: from the best "
            "half, and from others spread over the rest."
        )
    return Verdict(doubts, fine) if doubts or study.means else None


def _values(study: Study, key: str) -> list[float]:
    return [means[key] for means in study.means.values() if key in means]


def _sems(study: Study, key: str) -> list[float | None]:
    return [
        each.sem
        for number in study.means
        for each in study.by_number[number].observations
        if each.metric == key
    ]


def _tried(study: Study, *, with_running: bool = False) -> list[Mapping[str, ParameterValue]]:
    """Return the values of trials with results (and of running ones), in order."""
    return [
        values
        for trial, values in zip(study.trials, study.rows.parameters, strict=True)
        if trial.number in study.means or (with_running and trial.status is TrialStatus.RUNNING)
    ]


CHECKS = (
    Check("Failed trials", failures),
    Check("Measurements", measurements),
    Check("Variation", variation),
    Check("Repeats", repeats),
    Check("Bounds", bounds),
    Check("Values tried", never_varied),
    Check("Metrics", together),
    Check("Standard errors", standard_errors),
    Check("Trials learnt from", learning),
)
