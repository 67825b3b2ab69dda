"""Which results are best: constraints, one objective, weighted sums, Pareto fronts. No Django.

Results are means by metric key. Trials are known by any integer; where results are equal, those
that come first in the mapping come first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from experiments.domain import (
    WITH_RESULTS,
    Direction,
    ExperimentSpec,
    MetricRole,
    MetricSpec,
    Relation,
    TrialRecord,
)

Means = Mapping[str, float]
"""The results of one trial: means by metric key; a metric that was not measured is missing."""


class Standing(IntEnum):
    """Where a trial's results stand towards the outcome constraints, the best first."""

    FEASIBLE = 0
    UNKNOWN = 1
    INFEASIBLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Goals:
    """What results are judged by.

    ``baseline`` holds the baseline's results. A constraint relative to a metric that it lacks does
    not count yet.
    """

    metrics: Sequence[MetricSpec]
    is_weighted_sum: bool = False
    baseline: Means = field(default_factory=dict)

    @property
    def objectives(self) -> tuple[MetricSpec, ...]:
        """The metrics that are minimized or maximized."""
        return tuple(metric for metric in self.metrics if metric.role is MetricRole.OBJECTIVE)

    @property
    def constraints(self) -> tuple[MetricSpec, ...]:
        """The metrics that have to stay on one side of a bound."""
        return tuple(metric for metric in self.metrics if metric.role is MetricRole.CONSTRAINT)

    @property
    def has_front(self) -> bool:
        """Whether several objectives are traded off against each other."""
        return len(self.objectives) > 1 and not self.is_weighted_sum

    @property
    def limits(self) -> dict[str, tuple[Relation, float]]:
        """The constraints that count by now, with bounds in the metrics' units."""
        limits = {}
        for metric in self.constraints:
            limit = limit_of(metric, self.baseline)
            if limit is not None:
                limits[metric.key] = (metric.relation, limit)
        return limits

    @property
    def waiting(self) -> tuple[MetricSpec, ...]:
        """The constraints that do not count yet, because the baseline has no result of theirs."""
        return tuple(
            metric
            for metric in self.constraints
            if metric.is_relative and metric.key not in self.baseline
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How the trials compare that have a result for each objective.

    ``best`` is the best trial by the one objective or the weighted sum, ``front`` are the Pareto
    points, best first by the first objective; only one of them is filled. Both are chosen among the
    trials with the best ``standing`` that any trial has. ``is_beyond_thresholds`` says that no
    point stays within all thresholds, so that ``front`` leaves them out of account.
    """

    standings: Mapping[int, Standing]
    best: int | None = None
    front: tuple[int, ...] = ()
    standing: Standing | None = None
    is_beyond_thresholds: bool = False


def means_of(trials: Iterable[TrialRecord]) -> dict[int, Means]:
    """Return the means of the trials with results, by the trials' numbers."""
    return {
        trial.number: {each.metric: each.mean for each in trial.observations}
        for trial in trials
        if trial.status in WITH_RESULTS and trial.observations
    }


def goals_of(spec: ExperimentSpec, means: Mapping[int, Means]) -> Goals:
    """Return what an experiment's results, by the trials' numbers, are judged by."""
    return Goals(
        metrics=spec.metrics,
        is_weighted_sum=spec.is_weighted_sum,
        baseline={} if spec.baseline is None else means.get(spec.baseline, {}),
    )


def limit_of(metric: MetricSpec, baseline: Means) -> float | None:
    """Return a constraint's bound in the metric's unit; ``None`` if it does not count (yet)."""
    if metric.bound is None or not metric.is_relative:
        return metric.bound
    reference = baseline.get(metric.key)
    if reference is None:
        return None
    # Percent of the baseline's size, as Ax has it: "10 % more" than -5 is -4.5.
    return reference + abs(reference) * metric.bound / 100


def standing_of(means: Means, limits: Mapping[str, tuple[Relation, float]]) -> Standing:
    """Judge one trial: a violated constraint decides, then one that was not measured."""
    if not limits:
        return Standing.FEASIBLE
    if violated(means, limits):
        return Standing.INFEASIBLE
    return Standing.FEASIBLE if limits.keys() <= means.keys() else Standing.UNKNOWN


def violated(means: Means, limits: Mapping[str, tuple[Relation, float]]) -> tuple[str, ...]:
    """Return the keys of the metrics whose constraints the results violate."""
    beyond = [
        key
        for key, (relation, limit) in limits.items()
        if key in means
        and (means[key] > limit if relation is Relation.AT_MOST else means[key] < limit)
    ]
    return tuple(beyond)


def weighted_sum(means: Means, objectives: Sequence[MetricSpec]) -> float | None:
    """Return the objectives' weighted sum; ``None`` where one was not measured.

    It is minimized if all objectives are, and maximized otherwise (``sum_direction``): then those
    that are minimized count negatively.
    """
    if any(metric.key not in means for metric in objectives):
        return None
    return sum(weight_in_sum(metric, objectives) * means[metric.key] for metric in objectives)


def weight_in_sum(metric: MetricSpec, objectives: Sequence[MetricSpec]) -> float:
    """Return an objective's weight in the weighted sum, negative if it counts against it."""
    return metric.weight if metric.direction is sum_direction(objectives) else -metric.weight


def sum_direction(objectives: Sequence[MetricSpec]) -> Direction:
    """Tell which way the weighted sum gets better."""
    is_minimized = all(metric.direction is Direction.MINIMIZE for metric in objectives)
    return Direction.MINIMIZE if is_minimized else Direction.MAXIMIZE


def reaches(mean: float, target: float, direction: Direction) -> bool:
    """Tell whether a result is good enough."""
    return mean <= target if direction is Direction.MINIMIZE else mean >= target


def rank(trials: Mapping[int, Means], goals: Goals) -> Ranking:
    """Compare the completed trials; those that lack a result for an objective are left out."""
    limits, objectives = goals.limits, goals.objectives
    standings = {trial: standing_of(means, limits) for trial, means in trials.items()}
    wanted = {metric.key for metric in objectives}
    complete = [trial for trial, means in trials.items() if wanted <= means.keys()]
    if not complete:
        return Ranking(standings=standings)
    standing = min(standings[trial] for trial in complete)
    candidates = [trial for trial in complete if standings[trial] is standing]
    if standing is Standing.INFEASIBLE:
        candidates = _least_bad(candidates, trials, limits)
    costs = costs_by_trial({trial: trials[trial] for trial in candidates}, goals)
    if not goals.has_front:
        best = min(candidates, key=costs.__getitem__)
        return Ranking(standings=standings, best=best, standing=standing)
    within = {trial: cost for trial, cost in costs.items() if is_within(trials[trial], objectives)}
    return Ranking(
        standings=standings,
        front=tuple(non_dominated(within or costs)),
        standing=standing,
        is_beyond_thresholds=not within,
    )


def preferred(trials: Mapping[int, Means], goals: Goals) -> list[list[int]]:
    """Return the trials that have a result for each objective, the best first: a list by each
    objective that is traded off, or one. What keeps the constraints comes first."""
    limits = goals.limits
    costs = {
        trial: (standing_of(means, limits), costs_of(means, goals))
        for trial, means in trials.items()
        if all(metric.key in means for metric in goals.objectives)
    }

    def by(place: int) -> list[int]:
        return sorted(costs, key=lambda trial: (costs[trial][0], costs[trial][1][place]))

    return [by(place) for place in range(len(goals.objectives) if goals.has_front else 1)]


def non_dominated(costs: Mapping[int, tuple[float, ...]]) -> list[int]:
    """Return the trials that no other one beats in each cost, the lowest first cost first.

    Costs are better the smaller they are. Equal ones do not beat each other.
    """
    ordered = sorted(costs, key=costs.__getitem__)
    if costs and len(costs[ordered[0]]) == 2:
        return list(_sweep(ordered, costs))
    front: list[int] = []
    for trial in ordered:
        # Whatever beats a trial comes before it in this order, or is beaten by one that does.
        if not any(dominates(costs[other], costs[trial]) for other in front):
            front.append(trial)
    return front


def costs_by_trial(trials: Mapping[int, Means], goals: Goals) -> dict[int, tuple[float, ...]]:
    """Return the costs (``costs_of``) of trials that have a result for each objective."""
    signs = _signed_weights(goals)
    if len(signs) == 1:
        ((only, sign),) = signs
        return {trial: (sign * means[only],) for trial, means in trials.items()}
    if not goals.has_front:
        return {
            trial: (sum([sign * means[key] for key, sign in signs]),)
            for trial, means in trials.items()
        }
    return {
        trial: tuple([sign * means[key] for key, sign in signs]) for trial, means in trials.items()
    }


def costs_of(means: Means, goals: Goals) -> tuple[float, ...]:
    """Return what results are compared by, smaller is better: a number for each objective that is
    traded off, or one."""
    (costs,) = costs_by_trial({0: means}, goals).values()
    return costs


def _signed_weights(goals: Goals) -> list[tuple[str, float]]:
    """What each objective is multiplied by to be a cost, or a part of the one cost."""
    objectives = goals.objectives
    is_sum = len(objectives) > 1 and goals.is_weighted_sum
    return [
        (m.key, (1 if m.direction is Direction.MINIMIZE else -1) * (m.weight if is_sum else 1))
        for m in objectives
    ]


def is_within(means: Means, objectives: Sequence[MetricSpec]) -> bool:
    """Tell whether results are within all thresholds."""
    return all(
        metric.threshold is None or reaches(means[metric.key], metric.threshold, metric.direction)
        for metric in objectives
    )


def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Tell whether costs are nowhere higher than others, and somewhere lower."""
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def best_so_far(
    values: Iterable[tuple[float, bool]], direction: Direction
) -> Iterator[float | None]:
    """Yield the best of the values that count (pairs of value and whether it counts), as they come.

    ``None`` until the first one that counts.
    """
    better = min if direction is Direction.MINIMIZE else max
    best: float | None = None
    for value, counts in values:
        if counts:
            best = value if best is None else better(best, value)
        yield best


def _excess(mean: float, relation: Relation, limit: float) -> float:
    """How far a result lies beyond its limit; 0 or less if it does not."""
    return mean - limit if relation is Relation.AT_MOST else limit - mean


def _least_bad(
    candidates: Sequence[int],
    trials: Mapping[int, Means],
    limits: Mapping[str, tuple[Relation, float]],
) -> list[int]:
    """Keep those that violate the fewest constraints, and among them by the least, in all."""

    def badness(trial: int) -> tuple[int, float]:
        means = trials[trial]
        beyond = [
            _excess(means[key], *limits[key]) / (abs(limits[key][1]) or 1.0)
            for key in violated(means, limits)
        ]
        return len(beyond), sum(beyond)

    by_trial = {trial: badness(trial) for trial in candidates}
    least = min(by_trial.values())
    return [trial for trial in candidates if by_trial[trial] == least]


def _sweep(ordered: Sequence[int], costs: Mapping[int, tuple[float, ...]]) -> Iterator[int]:
    """Two costs, sorted by the first: a trial is on the front if its second is a new lowest."""
    lowest: tuple[float, ...] | None = None
    for trial in ordered:
        if lowest is None or costs[trial][1] < lowest[1] or costs[trial] == lowest:
            lowest = costs[trial]
            yield trial
