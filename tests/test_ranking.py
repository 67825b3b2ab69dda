"""Which results are best, judged against brute force and by example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import Direction, MetricRole, MetricSpec, Relation
from experiments.ranking import (
    Goals,
    Standing,
    best_so_far,
    non_dominated,
    rank,
    standing_of,
    weighted_sum,
)

MIN, MAX = Direction.MINIMIZE, Direction.MAXIMIZE
ERROR = MetricSpec(key="m1", direction=MIN)
GAIN = MetricSpec(key="m2", direction=MAX)
FAST = MetricSpec(
    key="m3", direction=MIN, role=MetricRole.CONSTRAINT, relation=Relation.AT_MOST, bound=0.5
)
RELATIVE = MetricSpec(
    key="m3", direction=MIN, role=MetricRole.CONSTRAINT, bound=10.0, is_relative=True
)


@pytest.mark.parametrize(("direction", "best"), [(MIN, 2), (MAX, 3)])
def test_the_one_objective_decides_and_of_equals_the_earliest(direction, best):
    goals = Goals(metrics=[MetricSpec(key="m1", direction=direction)])
    values = {1: 5.0, 2: 1.0, 3: 9.0, 4: 1.0, 5: 9.0}
    found = rank({trial: {"m1": mean} for trial, mean in values.items()}, goals)
    assert (found.best, found.front) == (best, ())


def test_the_best_is_feasible_even_if_others_are_better():
    goals = Goals(metrics=[ERROR, FAST])
    trials = {1: {"m1": 0.1, "m3": 0.6}, 2: {"m1": 0.2, "m3": 0.5}, 3: {"m1": 0.1}}
    found = rank(trials, goals)
    assert found.best == 2
    assert found.standing is Standing.FEASIBLE
    assert list(found.standings.values()) == [
        Standing.INFEASIBLE, Standing.FEASIBLE, Standing.UNKNOWN,
    ]  # fmt: skip


def test_without_a_feasible_trial_the_one_that_comes_closest_is_best():
    goals = Goals(metrics=[ERROR, FAST])
    trials = {1: {"m1": 0.1, "m3": 9.0}, 2: {"m1": 0.9, "m3": 0.6}}
    found = rank(trials, goals)
    assert (found.best, found.standing) == (2, Standing.INFEASIBLE)
    unknown = rank({**trials, 3: {"m1": 5.0}}, goals)
    assert (unknown.best, unknown.standing) == (3, Standing.UNKNOWN)


def test_relative_bounds_count_once_the_baseline_has_a_result():
    slow = {"m1": 0.1, "m3": 11.5}
    waiting = Goals(metrics=[ERROR, RELATIVE])
    assert waiting.waiting == (RELATIVE,)
    assert standing_of(slow, waiting.limits) is Standing.FEASIBLE
    counting = Goals(metrics=[ERROR, RELATIVE], baseline={"m3": 10.0})
    assert counting.waiting == ()
    assert counting.limits["m3"][1] == pytest.approx(11.0)
    assert standing_of(slow, counting.limits) is Standing.INFEASIBLE
    negative = Goals(metrics=[ERROR, RELATIVE], baseline={"m3": -10.0})
    assert negative.limits["m3"][1] == pytest.approx(-9.0)


def test_pareto_points_stay_within_the_thresholds_if_any_does():
    thrifty = MetricSpec(key="m2", direction=MAX, threshold=2.0)
    trials = {1: {"m1": 1.0, "m2": 1.0}, 2: {"m1": 2.0, "m2": 3.0}, 3: {"m1": 3.0, "m2": 2.5}}
    found = rank(trials, Goals(metrics=[ERROR, thrifty]))
    assert (found.front, found.best, found.is_beyond_thresholds) == ((2,), None, False)
    strict = MetricSpec(key="m2", direction=MAX, threshold=9.0)
    found = rank(trials, Goals(metrics=[ERROR, strict]))
    assert (found.front, found.is_beyond_thresholds) == ((1, 2), True)


def test_a_trial_that_lacks_an_objective_is_not_ranked():
    found = rank({1: {"m1": 1.0}}, Goals(metrics=[ERROR, GAIN]))
    assert (found.best, found.front, found.standing) == (None, (), None)


def test_weighted_sums_count_against_the_direction():
    objectives = [
        MetricSpec(key="m1", direction=MIN, weight=2.0),
        MetricSpec(key="m2", direction=MAX, weight=0.5),
    ]
    assert weighted_sum({"m1": 3.0, "m2": 4.0}, objectives) == -4.0
    assert weighted_sum({"m1": 3.0}, objectives) is None
    both = [objectives[0], MetricSpec(key="m2", direction=MIN)]
    assert weighted_sum({"m1": 3.0, "m2": 4.0}, both) == 10.0
    trials = {1: {"m1": 3.0, "m2": 4.0}, 2: {"m1": 1.0, "m2": 0.0}}
    assert rank(trials, Goals(metrics=objectives, is_weighted_sum=True)).best == 2


def test_only_what_counts_makes_the_best_so_far():
    values = [(1.0, False), (3.0, True), (0.5, False), (2.0, True), (4.0, True)]
    assert list(best_so_far(values, MIN)) == [None, 3.0, 3.0, 2.0, 2.0]
    assert list(best_so_far(values, MAX)) == [None, 3.0, 3.0, 3.0, 4.0]


@given(st.integers(2, 4).flatmap(lambda n: st.lists(st.tuples(*[st.integers(0, 6)] * n))))
def test_the_front_is_what_nothing_beats(points):
    costs = {place: tuple(map(float, point)) for place, point in enumerate(points)}

    def beats(one, other):
        return one != other and all(a <= b for a, b in zip(one, other, strict=True))

    expected = {
        place
        for place, cost in costs.items()
        if not any(beats(other, cost) for other in costs.values())
    }
    found = non_dominated(costs)
    assert set(found) == expected
    assert len(found) == len(expected)
    assert [costs[place] for place in found] == sorted(costs[place] for place in found)
