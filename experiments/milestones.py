"""How the best has moved, by the trials' numbers. No Django, no Ax."""

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.domain import Direction
from experiments.ranking import (
    Goals,
    Means,
    Standing,
    rank,
    standing_of,
    sum_direction,
    weighted_sum,
)


@dataclass(frozen=True, slots=True)
class Milestone:
    """The trial that last improved the best, and how many results came after it.

    ``value`` is the objective or the weighted sum, ``gain`` by how much it was better than the
    best before (``None``: it was the first). Of traded-off objectives neither is known: the trial
    is the newest on the Pareto front.
    """

    trial: int
    since: int
    value: float | None = None
    gain: float | None = None


def last_milestone(means: Mapping[int, Means], goals: Goals) -> Milestone | None:
    """Return what last improved the best, among results that meet the constraints.

    ``means`` are in the order of the trials; ``None`` if there is no such result.
    """
    complete = {
        trial: each
        for trial, each in means.items()
        if all(metric.key in each for metric in goals.objectives)
    }
    if goals.has_front:
        found = rank(complete, goals)
        if found.standing is not Standing.FEASIBLE or not found.front:
            return None
        newest = max(found.front)
        return Milestone(newest, sum(trial > newest for trial in complete))
    limits = goals.limits
    feasible = {
        trial: value
        for trial, each in complete.items()
        if standing_of(each, limits) is Standing.FEASIBLE
        and (value := weighted_sum(each, goals.objectives)) is not None
    }
    if len(goals.objectives) == 1:
        key = goals.objectives[0].key
        feasible = {trial: complete[trial][key] for trial in feasible}
        sign = 1.0 if goals.objectives[0].direction is Direction.MAXIMIZE else -1.0
    else:
        sign = 1.0 if sum_direction(goals.objectives) is Direction.MAXIMIZE else -1.0
    best: tuple[int, float, float | None] | None = None
    for trial, value in feasible.items():
        if best is None or sign * value > sign * best[1]:
            best = trial, value, None if best is None else abs(value - best[1])
    if best is None:
        return None
    trial, value, gain = best
    return Milestone(trial, sum(other > trial for other in complete), value, gain)
