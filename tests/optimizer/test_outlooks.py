"""What is kept with a suggestion: what the model expects, and how it compares with the best."""

import math
from dataclasses import replace

import pytest
from ax.core.observation import ObservationFeatures
from scipy import stats

from experiments.domain import GenerationMethod, GenerationNode, Relation
from experiments.optimizer import sample
from tests.optimizer.examples import (
    BOOTH,
    booth,
    experiment,
    fitted,
    float_range,
    suggestions,
    trial,
)
from tests.optimizer.test_goals import GAIN, LIMIT, LOSS, TRACKED, TRIALS, aiming_at

POINTS = sample(BOOTH, 12)
NOISY = [trial(n, point, booth(point) + (n % 3) * 5) for n, point in enumerate(POINTS)]


def best_of(trials):
    return min(trials, key=lambda each: each.observations[0].mean)


def test_expectations_and_noise_are_those_of_axs_adapter():
    (made,) = suggestions(BOOTH, NOISY, 1)
    (expected,) = made.predictions

    adapter = fitted(BOOTH, NOISY).adapter
    point = [ObservationFeatures(parameters=dict(made.parameters))]
    means, covariances = adapter.predict(point)
    _, of_results = adapter.predict(point, use_posterior_predictive=True)
    total = math.hypot(expected.sd, expected.noise)
    assert expected.mean == pytest.approx(means["m1"][0], rel=1e-4)
    assert expected.sd == pytest.approx(math.sqrt(covariances["m1"]["m1"][0]), rel=1e-3)
    assert total == pytest.approx(math.sqrt(of_results["m1"]["m1"][0]), rel=1e-3)


def test_the_chance_to_beat_the_best_is_what_the_expectation_says():
    (made,) = suggestions(BOOTH, NOISY, 1)
    (expected,) = made.predictions
    best, known = best_of(NOISY), made.outlook

    assert (known.results, known.best, known.front) == (12, best.number, 0)
    assert known.best_means == {"m1": best.observations[0].mean}
    believed = fitted(BOOTH, NOISY).predict([best.parameters])[0]["m1"][0]
    assert known.believed["m1"] == pytest.approx(believed, rel=1e-3)
    assert known.better == pytest.approx(
        stats.norm.cdf(known.believed["m1"], expected.mean, expected.sd)
    )
    assert known.gain == pytest.approx(known.believed["m1"] - expected.mean)
    assert known.feasible is None


def test_given_standard_errors_are_the_noise():
    rows = [trial(n, point, booth(point), sem=20.0) for n, point in enumerate(POINTS)]
    (made,) = suggestions(BOOTH, rows, 1)
    assert made.predictions[0].noise == pytest.approx(20.0, rel=0.05)


def test_while_exploring_nothing_is_expected_and_the_best_is_known():
    made = suggestions(BOOTH, NOISY[:2], 2)
    assert [each.node for each in made] == [GenerationNode.SOBOL] * 2
    assert [each.predictions for each in made] == [()] * 2
    known = made[0].outlook
    assert known.best == best_of(NOISY[:2]).number
    assert (known.better, known.gain, known.is_expected_better) == (None, None, None)


def test_the_first_of_all_has_nothing_to_be_compared_with():
    (made,) = suggestions(BOOTH, [], 1)
    assert (made.outlook.best, made.outlook.results, made.outlook.better) == (None, 0, None)


def test_several_objectives_with_a_bound_are_held_against_the_front():
    spec = aiming_at(LOSS, GAIN, LIMIT, TRACKED)
    (made,) = suggestions(spec, TRIALS, 1)
    known = made.outlook

    assert {each.metric for each in made.predictions} == {"m1", "m2", "m3"}
    assert known.limits == {"m3": (Relation.AT_MOST, 4.0)}
    bounded = next(each for each in made.predictions if each.metric == "m3")
    assert known.feasible == pytest.approx(stats.norm.cdf(4.0, bounded.mean, bounded.sd))
    assert 0 < known.better <= known.feasible
    assert known.front > 1
    assert known.gain is None


def test_a_weighted_sum_has_one_gain():
    spec = aiming_at(LOSS, GAIN, is_weighted_sum=True)
    (made,) = suggestions(spec, TRIALS, 1)
    known, expected = made.outlook, {each.metric: each for each in made.predictions}
    loss, gain = expected["m1"], expected["m2"]
    now = known.believed["m2"] - known.believed["m1"]
    assert known.gain == pytest.approx(gain.mean - loss.mean - now)
    assert known.spread == pytest.approx(math.hypot(loss.sd, gain.sd))


def test_where_nothing_keeps_the_bounds_whatever_does_is_better():
    impossible = aiming_at(LOSS, replace(LIMIT, bound=-30.0))
    (made,) = suggestions(impossible, TRIALS, 1)
    assert not made.outlook.is_feasible
    assert made.outlook.better == made.outlook.feasible


def test_random_search_expects_nothing():
    spec = experiment(float_range("p1", 0.0, 1.0), generation_method=GenerationMethod.RANDOM_SEARCH)
    rows = [trial(n, {"p1": n / 8}, float(n)) for n in range(8)]
    (made,) = suggestions(spec, rows, 1)
    assert (made.predictions, made.outlook.best) == ((), 0)
