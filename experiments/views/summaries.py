"""What the list says of each experiment, read for a whole page of them at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count

from experiments import sparkline
from experiments.domain import WITH_RESULTS, Direction, MetricRole, MetricSpec, TrialStatus
from experiments.formatting import format_number
from experiments.models import Experiment, Metric, Observation, Trial
from experiments.ranking import (
    Goals,
    Means,
    Ranking,
    Standing,
    best_so_far,
    rank,
    sum_direction,
    weighted_sum,
)

_KEPT_SECONDS = 24 * 3600

_CAVEATS = {
    Standing.UNKNOWN: "its constraints were not measured",
    Standing.INFEASIBLE: "no trial keeps all constraints",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How far an experiment is.

    ``best`` is the value of its one objective, or of the weighted sum; ``front`` the number of
    Pareto points if there are several objectives. ``caveat`` says what speaks against them.
    ``line`` are the points of the best so far, ``line_label`` says them in words.
    """

    done: int
    running: int
    failed: int
    best: float | None
    front: int
    caveat: str
    line: str
    line_label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One experiment in the list; its metrics are loaded."""

    experiment: Experiment
    summary: Summary

    @property
    def objectives(self) -> list[Metric]:
        """What is minimized or maximized."""
        return self.experiment.objectives

    @property
    def constraint_count(self) -> int:
        """How many metrics have to stay on one side of a bound."""
        return sum(m.role == MetricRole.CONSTRAINT for m in self.experiment.metrics.all())

    @property
    def unit(self) -> str:
        """The unit of the best value."""
        return self.objectives[0].unit if len(self.objectives) == 1 else ""


def rows_of(experiments: Sequence[Experiment]) -> list[Row]:
    """Return the list's rows; ``experiments`` have their metrics prefetched.

    A summary is kept as long as its experiment does not change, which its revision tells.
    """
    keys = {e.pk: f"experiment-summary:{e.pk}:{e.revision}" for e in experiments}
    known = cache.get_many(keys.values())
    new = _summarize([e for e in experiments if keys[e.pk] not in known])
    made = {keys[pk]: summary for pk, summary in new.items()}
    cache.set_many(made, _KEPT_SECONDS)
    known |= made
    return [Row(experiment, known[keys[experiment.pk]]) for experiment in experiments]


def _summarize(experiments: Sequence[Experiment]) -> dict[int, Summary]:
    if not experiments:
        return {}
    keys = [experiment.pk for experiment in experiments]
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    by_status = Trial.objects.filter(experiment__in=keys).order_by()
    for pk, status, count in by_status.values_list("experiment", "status").annotate(Count("pk")):
        counts[pk][status] = count
    results = _results(keys)
    return {e.pk: _summary(e, counts[e.pk], results[e.pk]) for e in experiments}


def _results(keys: Iterable[int]) -> dict[int, dict[int, dict[str, float]]]:
    """Return means by metric key, by completed trial in the order of their numbers."""
    rows = Observation.objects.filter(
        trial__experiment__in=keys,
        trial__deleted_at=None,
        trial__status__in=WITH_RESULTS,
        step__isnull=True,
    ).order_by("trial__number")
    found: dict[int, dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for pk, trial, metric, mean in rows.values_list("trial__experiment", "trial", "metric", "mean"):
        found[pk][trial][f"m{metric}"] = mean
    return found


def _summary(
    experiment: Experiment, counts: dict[str, int], results: dict[int, dict[str, float]]
) -> Summary:
    goals = Goals(
        metrics=[metric.spec for metric in experiment.metrics.all()],
        is_weighted_sum=experiment.is_weighted_sum,
        baseline=results.get(experiment.baseline_id or 0, {}),
    )
    ranking = rank(results, goals)
    best = None if ranking.best is None else _value(results[ranking.best], goals.objectives)
    values = [] if goals.has_front else _best_values(results, ranking, goals)
    return Summary(
        done=sum(counts.get(status, 0) for status in WITH_RESULTS),
        running=counts.get(TrialStatus.RUNNING, 0),
        failed=counts.get(TrialStatus.FAILED, 0),
        best=best,
        front=len(ranking.front),
        caveat=_CAVEATS.get(ranking.standing, "") if ranking.standing is not None else "",
        line=sparkline.points(values),
        line_label=_label(values),
    )


def _value(means: Means, objectives: Sequence[MetricSpec]) -> float | None:
    if len(objectives) == 1:
        return means.get(objectives[0].key)
    return weighted_sum(means, objectives)


def _best_values(
    results: dict[int, dict[str, float]], ranking: Ranking, goals: Goals
) -> list[float]:
    """Return the best so far after each completed trial, from the first that counts on."""
    if ranking.standing in (None, Standing.INFEASIBLE):
        return []
    objectives = goals.objectives
    is_single = len(objectives) == 1
    values = [
        (value, ranking.standings[trial] is ranking.standing)
        for trial, means in results.items()
        if (value := _value(means, objectives)) is not None
    ]
    direction: Direction = objectives[0].direction if is_single else sum_direction(objectives)
    return [best for best in best_so_far(values, direction) if best is not None]


def _label(values: Sequence[float]) -> str:
    if len(values) < 2:
        return ""
    first, last = format_number(values[0]), format_number(values[-1])
    return f"Best so far: from {first} to {last} over {len(values)} results"
