"""Repeated results: pooled noise, and what they say together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import Result, ResultNoise
from experiments.replicates import merged, pooled_noise, with_errors

MEANS = st.floats(-1e6, 1e6)
GROUPS = st.lists(st.lists(MEANS, min_size=1, max_size=5), min_size=1, max_size=8)


def test_many_repeats_give_their_own_scatter():
    groups = [[place + (-1) ** turn for turn in range(40)] for place in (0.0, 1.0, 1000.0)]
    assert pooled_noise(groups) == pytest.approx(1.0, rel=0.1)


def test_before_any_repeat_the_noise_is_as_large_as_the_spread():
    assert pooled_noise([[1.0], [2.0], [3.0]]) == pytest.approx(1.0)


def test_one_lucky_repeat_does_not_make_results_exact():
    assert pooled_noise([[1.0, 1.01], [2.0], [3.0]]) > 0.05


@given(GROUPS)
def test_the_noise_is_never_zero_and_at_most_the_spread_of_all(groups):
    noise = pooled_noise(groups)
    results = [value for group in groups for value in group]
    assert 0 < noise <= max(max(results) - min(results), 1e-9 * max(map(abs, results)), 1e-18) * 1.1


def test_results_are_weighed_by_their_certainty():
    together = merged([Result(1.0, 1.0), Result(4.0, 0.5)])
    assert together.mean == pytest.approx((1.0 + 4 * 4.0) / 5)
    assert together.sem == pytest.approx(1 / math.sqrt(5))
    assert merged([Result(2.0, 0.5)] * 4) == Result(2.0, 0.25)


def test_standard_errors_count_once_all_results_have_one():
    given_ = [[Result(1.0, 0.1), Result(1.2, 0.2)], [Result(2.0, 0.3)]]
    assert with_errors(given_, ResultNoise.GIVEN) == given_
    some = [[Result(1.0, 0.1), Result(1.2)], [Result(2.0, 0.3)]]
    errors = {result.sem for group in with_errors(some, ResultNoise.NOISY) for result in group}
    assert errors == {pooled_noise([[1.0, 1.2], [2.0]])}
