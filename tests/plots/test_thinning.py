"""Thinning keeps what a person looks for; rounding keeps what they could see."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from experiments.plots.thinning import rounded, thin

numbers = st.floats(-1e100, 1e100, allow_nan=False)
columns = st.integers(1, 80).flatmap(
    lambda count: st.lists(
        st.lists(st.none() | numbers, min_size=count, max_size=count), min_size=2, max_size=4
    )
)


@given(columns, st.integers(1, 60), st.data())
def test_what_matters_stays_in_order_and_in_number(made, most, data):
    places = range(len(made[0]))
    keep = data.draw(st.sets(st.sampled_from(places), max_size=5))
    pairs = [(x, x + 1) for x in range(len(made) - 1)]
    drawn = thin(made, most, pairs=pairs, keep=keep)
    assert drawn == sorted(set(drawn))
    assert set(drawn) <= set(places)
    if len(places) <= most:
        assert drawn == list(places)
        return
    assert keep <= set(drawn)
    for column in made:
        known = [value for value in column if value is not None]
        seen = [column[place] for place in drawn if column[place] is not None]
        assert (not known) or (min(seen), max(seen)) == (min(known), max(known))
    assert len(drawn) <= max(most, len(keep) + 2 * len(made))


def test_an_outlier_stays_where_thousands_lie_together():
    crowd = [(place % 50 / 50, place % 37 / 37) for place in range(5000)]
    crowd[2500] = (0.5, 9.0)
    crowd[2501] = (0.5, 5.0)
    drawn = thin([list(column) for column in zip(*crowd, strict=True)], 200)
    assert {2500, 2501} <= set(drawn)
    assert len(drawn) <= 200


def test_what_is_cut_is_cut_evenly():
    drawn = thin([list(range(10_000)), [(place * 7919) % 10_000 for place in range(10_000)]], 500)
    assert len(drawn) == 500
    halves = sum(place < 5000 for place in drawn)
    assert 200 < halves < 300


def test_nothing_and_all_equal():
    assert thin([], 5) == []
    assert thin([[], []], 5) == []
    assert thin([[1.0] * 9, [2.0] * 9], 5) == [0]
    assert thin([[None] * 9, [None] * 9], 5) == [0]


@given(st.lists(st.none() | numbers, max_size=30))
def test_rounding_stays_within_what_can_be_seen(values):
    known = [value for value in values if value is not None]
    span = max(known) - min(known) if known else 0.0
    for value, short in zip(values, rounded(values), strict=True):
        if value is None:
            assert short is None
        else:
            assert math.isclose(short, value, rel_tol=1e-4)
            assert span == 0 or abs(short - value) <= span / 1000


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([0.123456789, 5.0], [0.12346, 5]),
        ([1e6 + 0.123456789, 1e6 + 0.5], [1000000.1235, 1000000.5]),
        ([1234567, 3], [1234567, 3]),
        ([1.23456789e30, 0.0], [1.2346e30, 0]),
        ([1719876600000.0] * 2, [1719876600000.0] * 2),
    ],
)
def test_numbers_are_short_but_not_too_short(values, said):
    assert rounded(values) == said
