"""What repeated trials say together: which combination is the best, luck aside."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from experiments import ranking
from experiments.domain import Parameterization, Result, ResultNoise
from experiments.formatting import format_number
from experiments.goal_words import with_unit
from experiments.models import Experiment, Metric, Trial
from experiments.replicates import Spread, merged, spread_of, with_errors
from experiments.views.kept import combinations
from experiments.views.results import ExperimentResults


@dataclass(frozen=True)
class Repeated:
    """The numbers of all trials with the same parameters, and what they come to by metric."""

    numbers: list[int]
    metrics: list[tuple[str, Spread]]


def repeats_of(results: ExperimentResults, pk: int, metric: Metric) -> Spread | None:
    """Return what all completed trials with a trial’s parameters come to, if there are several."""
    found = [results.means[each] for each in results.repeats.get(pk, ())]
    means = [own[metric.key] for own in found if metric.key in own]
    return spread_of(means) if len(means) > 1 else None


def same_as(
    experiment: Experiment, parameters: Parameterization, but: Trial | None = None
) -> int | None:
    """Return the number of the newest trial with the same parameters, ``but`` for one of them."""
    results = ExperimentResults(experiment)
    name = combinations(results.specs)
    wanted = name(parameters)
    left_out = None if but is None else but.pk
    return next(
        (
            trial.number
            for trial in reversed(results.trials)
            if trial.pk != left_out and name(trial.parameters) == wanted
        ),
        None,
    )


def repeated(results: ExperimentResults, pk: int) -> Repeated | None:
    """Return the same for all metrics, with the trials’ numbers."""
    ids = set(results.repeats.get(pk, ()))
    if not ids:
        return None
    numbers = [trial.number for trial in results.trials if trial.pk in ids]
    by_metric = [(metric.name, repeats_of(results, pk, metric)) for metric in results.metrics]
    return Repeated(numbers, [(name, each) for name, each in by_metric if each])


@lru_cache(maxsize=64)
def better_combination(experiment_id: int, revision: int, but: int) -> str:
    """Say the same where it is another combination than that of the trial with the id ``but``.

    It is worked out once a revision: of very many trials it takes a while.
    """
    results = ExperimentResults(Experiment.objects.get(pk=experiment_id))
    return best_combination(results, but=but)


def best_combination(results: ExperimentResults, but: int | None = None) -> str:
    """Say which combination is the best by the mean of its results; blank before any is repeated.

    Only trials with a result of each objective and constraint count. Blank as well where it is that
    of the trial with the id ``but``.
    """
    if not results.repeats:
        return ""
    groups = _by_combination(results)
    if not any(len(group) > 1 for group in groups):
        return ""
    together = _together(results, groups)
    means = {
        place: {key: column[place].mean for key, column in together.items()}
        for place in range(len(groups))
    }
    best = ranking.rank(means, results.goals).best
    if best is None or but in groups[best]:
        return ""
    number = next(trial.number for trial in results.trials if trial.pk == groups[best][0])
    count = len(groups[best])
    said = " and ".join(
        _in_words(metric, together[metric.key][best]) for metric in results.objectives
    )
    of = f"the mean of {count} results" if count > 1 else "one result so far"
    return f"Repeats counted together, the combination of trial {number} is best: {said}, {of}."


def _by_combination(results: ExperimentResults) -> list[list[int]]:
    """Return the ids of trials with all results that count, by combination."""
    needed = {m.key for m in results.objectives} | results.limits.keys()
    groups: dict[Hashable, list[int]] = defaultdict(list)
    name = combinations(results.specs)
    for trial in results.trials:
        if needed <= results.means.get(trial.pk, {}).keys():
            groups[name(trial.parameters)].append(trial.pk)
    return list(groups.values())


def _together(results: ExperimentResults, groups: list[list[int]]) -> dict[str, list[Result]]:
    """Return what the results of each combination say together, by metric key."""
    counted = {m.key for m in results.objectives} | results.limits.keys()
    noise = ResultNoise(results.experiment.noise)
    found = {}
    for metric in results.metrics:
        if metric.key in counted:
            column = [[results.results[pk][metric.pk] for pk in group] for group in groups]
            found[metric.key] = [merged(group) for group in with_errors(column, noise)]
    return found


def _in_words(metric: Metric, result: Result) -> str:
    error = format_number(result.sem or 0.0, 2)
    return f"{metric.name} {with_unit(result.mean, metric.unit)} ± {error}"
