"""Chances against scipy, against sampling, and against how results are ranked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.chances import (
    SAMPLES,
    Front,
    at_most,
    below,
    chance_to_keep,
    feasible,
    gain_over,
    interval,
    surprise,
)
from experiments.domain import Direction, MetricRole, MetricSpec, Prediction, Relation
from experiments.ranking import Goals, rank

MIN, MAX = Direction.MINIMIZE, Direction.MAXIMIZE
LOSS = MetricSpec(key="m1", direction=MIN, weight=2.0)
GAIN = MetricSpec(key="m2", direction=MAX, weight=0.5)

numbers = st.floats(-100, 100).map(lambda value: round(value, 3))
sds = st.floats(0.01, 100)
metrics = st.builds(MetricSpec, key=st.just("m1"), direction=st.sampled_from(Direction))


def expecting(**means):
    return {key: Prediction(metric=key, mean=mean, sd=sd) for key, (mean, sd) in means.items()}


@given(limit=numbers, mean=numbers, sd=sds)
def test_a_chance_is_that_of_the_normal_distribution(limit, mean, sd):
    assert below(limit, mean, sd) == pytest.approx(stats.norm.cdf(limit, mean, sd), abs=1e-12)


def test_what_is_sure_is_sure_and_a_bound_is_included():
    assert below(1.0, 1.0, 0.0) == 1.0
    assert below(0.9, 1.0, 0.0) == 0.0
    sure = Prediction(metric="m1", mean=1.0, sd=0.0)
    assert chance_to_keep(sure, Relation.AT_LEAST, 1.0) == 1.0
    assert chance_to_keep(sure, Relation.AT_LEAST, 1.1) == 0.0


@given(mean=numbers, sd=sds, noise=sds)
def test_an_interval_holds_95_percent_noise_included(mean, sd, noise):
    expected = stats.norm.interval(0.95, mean, math.sqrt(sd**2 + noise**2))
    assert interval(mean, sd, noise) == pytest.approx(expected)


def test_all_bounds_at_once_as_often_as_in_samples():
    expected = expecting(m1=(1.0, 0.5), m2=(3.0, 2.0))
    limits = {"m1": (Relation.AT_MOST, 1.2), "m2": (Relation.AT_LEAST, 2.5)}
    drawn = np.random.default_rng(1).normal([1.0, 3.0], [0.5, 2.0], (400_000, 2))
    share = np.mean((drawn[:, 0] <= 1.2) & (drawn[:, 1] >= 2.5))
    assert feasible(expected, limits) == pytest.approx(share, abs=0.004)


def test_bounds_of_which_nothing_is_known_do_not_count():
    assert feasible(expecting(m1=(1.0, 0.5)), {"m9": (Relation.AT_MOST, 0.0)}) is None
    assert feasible({}, {}) is None


@given(metric=metrics, best=numbers, mean=numbers, sd=sds)
def test_beating_the_best_is_a_matter_of_the_direction(metric, best, mean, sd):
    found = gain_over({"m1": best}, expecting(m1=(mean, sd)), Goals(metrics=[metric]))
    lower = stats.norm.cdf(best, mean, sd)
    wanted = lower if metric.direction is MIN else 1 - lower
    assert found.chance == pytest.approx(wanted, abs=1e-9)


def test_a_weighted_sum_counts_each_by_its_weight_as_in_samples():
    goals = Goals(metrics=[LOSS, GAIN], is_weighted_sum=True)
    best = {"m1": 1.0, "m2": 4.0}
    found = gain_over(best, expecting(m1=(0.8, 0.3), m2=(3.0, 2.0)), goals)
    drawn = np.random.default_rng(2).normal([0.8, 3.0], [0.3, 2.0], (400_000, 2))
    gains = (0.5 * drawn[:, 1] - 2 * drawn[:, 0]) - (0.5 * 4.0 - 2 * 1.0)
    assert (found.mean, found.sd) == pytest.approx((gains.mean(), gains.std()), abs=0.01)
    assert found.chance == pytest.approx(np.mean(gains > 0), abs=0.004)


def test_a_new_pareto_point_as_often_as_in_other_samples():
    goals = Goals(metrics=[LOSS, GAIN])
    points = [{"m1": 1.0, "m2": 1.0}, {"m1": 2.0, "m2": 2.5}, {"m1": 4.0, "m2": 3.0}]
    expected = expecting(m1=(1.8, 1.0), m2=(2.0, 1.0))
    drawn = np.random.default_rng(3).normal([1.8, 2.0], [1.0, 1.0], (400_000, 2))
    beaten = [(drawn[:, 0] >= p["m1"]) & (drawn[:, 1] <= p["m2"]) for p in points]
    share = np.mean(~np.any(beaten, axis=0))
    error = math.sqrt(share * (1 - share) / SAMPLES)
    assert Front(points, goals).chance(expected) == pytest.approx(share, abs=4 * error)
    assert Front(points, goals).chance(expected) == Front(points, goals).chance(expected)


results = st.fixed_dictionaries({"m1": numbers, "m2": numbers})
thresholds = st.none() | numbers


@given(st.lists(results, min_size=1, max_size=6), results, thresholds, thresholds)
def test_a_sure_thing_grows_the_front_exactly_when_the_ranking_says_so(points, new, one, two):
    goals = Goals(
        metrics=[
            MetricSpec(key="m1", direction=MIN, threshold=one),
            MetricSpec(key="m2", direction=MAX, threshold=two),
        ]
    )
    trials = dict(enumerate(points))
    before = rank(trials, goals)
    front = Front([trials[n] for n in before.front], goals, before.is_beyond_thresholds)
    assert front.would_grow(new) == (99 in rank(trials | {99: new}, goals).front)
    sure = expecting(m1=(new["m1"], 0.0), m2=(new["m2"], 0.0))
    assert front.chance(sure) == float(front.would_grow(new))


@pytest.mark.parametrize(
    ("sem", "noise", "z"),
    [(None, 4.0, 2.0), (0.0, 4.0, 10 / 3), (4.0, 1.0, 2.0), (None, None, 10 / 3)],
)
def test_a_surprise_counts_the_noise_of_the_result(sem, noise, z):
    expected = Prediction(metric="m1", mean=10.0, sd=3.0, noise=noise)
    assert surprise(expected, 20.0, sem) == pytest.approx(z)


def test_where_nothing_was_unsure_any_other_result_has_no_measure():
    sure = Prediction(metric="m1", mean=10.0, sd=0.0, noise=0.0)
    assert surprise(sure, 10.0) == 0.0
    assert surprise(sure, 10.1) is None


@given(st.integers(1, 5000), st.floats(0.01, 0.99), st.data())
def test_hits_are_counted_as_the_binomial_distribution_does(of, share, data):
    count = data.draw(st.integers(0, of))
    assert at_most(count, of, share) == pytest.approx(stats.binom.cdf(count, of, share), abs=1e-7)


@pytest.mark.parametrize("role", [MetricRole.TRACKED, MetricRole.CONSTRAINT])
def test_what_is_no_objective_is_no_gain(role):
    other = MetricSpec(key="m2", direction=MAX, role=role)
    expected = expecting(m1=(0.0, 1.0))
    assert gain_over({"m1": 1.0}, expected, Goals(metrics=[LOSS, other])).mean == 1.0
    assert gain_over({"m2": 1.0}, {}, Goals(metrics=[LOSS, other])) is None
