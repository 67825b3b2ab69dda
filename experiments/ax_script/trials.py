"""Trials, their results and their learning curves, as literals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from experiments.assignments import cast
from experiments.ax_script.parameters import Space
from experiments.ax_script.telling import Untold, trials_in_words
from experiments.curves import Curve
from experiments.domain import (
    WITH_RESULTS,
    GenerationMethod,
    ParameterValue,
    TrialRecord,
    TrialStatus,
)
from experiments.drafts import ExperimentDraft
from experiments.learning import needed_results
from experiments.noise import NoiseTreatment, consistent_sems

Curves = Mapping[int, Mapping[str, Curve]]
"""The learning curves by trial number and metric key."""

_NOISE = {
    NoiseTreatment.ESTIMATED_SOME_GIVEN: (
        "Only some results of “{}” have a standard error. Ax takes all or none: it is given none, "
        "and estimates the noise, as AxDash’s model does."
    ),
    NoiseTreatment.GIVEN_ZEROS_RAISED: (
        "Standard errors of 0 of “{}” become the smallest of the others, as in AxDash’s model."
    ),
    NoiseTreatment.EXACT: "Results of “{}” without a standard error have one of 0: they are exact.",
}


@dataclass(frozen=True, slots=True)
class Runs:
    """Lines of literals: a trial each, and a trial with curves each."""

    trials: Sequence[str]
    curves: Sequence[str]


def runs(
    draft: ExperimentDraft,
    trials: Sequence[TrialRecord],
    curves: Curves,
    space: Space,
    aims: Collection[str],
    names: Mapping[str, str],
    untold: Untold,
) -> Runs:
    """Write the trials that Ax can be given.

    ``aims`` are the keys of the metrics that Ax's goals are about, ``names`` Ax's names of metrics.
    """
    sems = _sems(draft, trials, untold)
    lines, told = [], []
    for trial in trials:
        results = {}
        if trial.status in WITH_RESULTS:
            for each in trial.observations:
                sem = sems[trial.number, each.metric]
                results[names[each.metric]] = (float(each.mean), sem)
        values = _values(trial, space)
        lines.append(f"({trial.number}, {trial.status.name!r}, {values!a}, {results!r})")
        own = _curves(trial, curves.get(trial.number, {}), names, untold)
        if own:
            told.append(f"{trial.number}: {own!r}")
    _tell_of_results(draft, trials, aims, untold)
    return Runs(lines, told)


def _values(trial: TrialRecord, space: Space) -> dict[str, ParameterValue]:
    """Return a value for every parameter that Ax knows, in people's units."""
    return {
        each.name: cast(trial.parameters.get(key, each.missing), each.value_type)
        for key, each in space.parameters.items()
    }


def _curves(
    trial: TrialRecord, curves: Mapping[str, Curve], names: Mapping[str, str], untold: Untold
) -> dict[str, list[tuple[float, float, float | None]]]:
    """Return the curves whose metric has a result: of others Ax would take the last value for it.

    Beside a result the curve changes nothing in Ax's model.
    """
    ended = trial.status in WITH_RESULTS
    having = {each.metric for each in trial.observations} if ended else set()
    if set(curves) - having:
        untold.tell(
            "Learning curves of trials without a result, such as running ones, are left out: "
            "Ax would take the last value for the result."
        )
    return {
        names[metric]: [(float(p.step), float(p.mean), p.sem) for p in curve]
        for metric, curve in curves.items()
        if metric in having
    }


def _sems(
    draft: ExperimentDraft, trials: Sequence[TrialRecord], untold: Untold
) -> dict[tuple[int, str], float | None]:
    """Return the standard errors, of one kind for each metric: Ax knows no mixture."""
    found: dict[tuple[int, str], float | None] = {}
    for metric in draft.metrics:
        rows = [
            (trial.number, each.sem)
            for trial in trials
            if trial.status in WITH_RESULTS
            for each in trial.observations
            if each.metric == metric.spec.key
        ]
        given = [sem for _, sem in rows]
        sems, treatment = consistent_sems(given, draft.noise)
        if sems != given:
            untold.tell(_NOISE[treatment].format(metric.name))
        found |= {(n, metric.spec.key): sem for (n, _), sem in zip(rows, sems, strict=True)}
    return found


def _tell_of_results(
    draft: ExperimentDraft,
    trials: Sequence[TrialRecord],
    aims: Collection[str],
    untold: Untold,
) -> None:
    """Tell where Ax counts results otherwise than AxDash does."""
    objectives = {metric.spec.key for metric in draft.objectives}
    results = [
        (trial.status, {each.metric for each in trial.observations})
        for trial in trials
        if trial.status in WITH_RESULTS and trial.observations
    ]
    counted = sum(objectives <= having for _, having in results)
    to_ax = sum(
        status is TrialStatus.COMPLETED and set(aims) <= having for status, having in results
    )
    needed = needed_results(draft.initialization_budget)
    is_modelled = draft.generation_method is not GenerationMethod.RANDOM_SEARCH
    if is_modelled and to_ax < needed <= counted:
        untold.tell(
            "Ax explores until "
            f"{'a completed trial has' if needed == 1 else f'{needed} completed trials have'} "
            "results for each goal. AxDash counts those that were stopped early, too, and heeds a "
            "constraint once there are enough results for it."
        )


def left_out_in_words(reasons: Mapping[int, str], untold: Untold) -> None:
    """Tell which trials are left out, by reason."""
    by_reason: dict[str, list[int]] = {}
    for number, reason in reasons.items():
        by_reason.setdefault(reason, []).append(number)
    for reason, numbers in by_reason.items():
        verb = "is" if len(numbers) == 1 else "are"
        untold.tell(f"{trials_in_words(numbers)} {verb} left out: {reason}")
