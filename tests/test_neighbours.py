"""Distances between trials, and the nearest of many."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import ParameterKind, ParameterSpec, ValueType
from experiments.neighbours import Distances
from tests.factories import float_range


def choice(key, *values, value_type=ValueType.TEXT, **options):
    return ParameterSpec(
        key=key, kind=ParameterKind.CHOICE, value_type=value_type, values=values, **options
    )


SPACE = (
    float_range(0.0, 10.0, key="p1"),
    float_range(1e-5, 1e-1, key="p2", log_scale=True),
    choice("p3", "adam", "sgd", "lion"),
    choice("p4", 8, 16, 64, value_type=ValueType.INT, is_ordered=True),
    ParameterSpec(key="p5", kind=ParameterKind.FIXED, value_type=ValueType.FLOAT, value=1.0),
)
HERE = {"p1": 5.0, "p2": 1e-3, "p3": "adam", "p4": 8, "p5": 1.0}


@pytest.mark.parametrize(
    ("there", "distance"),
    [
        ({}, 0.0),
        ({"p1": 7.5}, 0.25),
        ({"p2": 1e-2}, 0.25),
        ({"p3": "lion"}, 1.0),
        ({"p4": 64}, 1.0),
        ({"p4": 16}, 0.5),
        ({"p5": 2.0}, 0.0),
        ({"p1": 8.0, "p4": 16}, math.hypot(0.3, 0.5)),
        ({"p1": 25.0}, 2.0),
        ({"p2": 0.0}, None),
        ({"p4": 7}, 2.0),
    ],
)
def test_each_parameter_counts_by_its_own_scale(there, distance):
    found = Distances(SPACE).between(HERE, HERE | there)
    assert math.isfinite(found)
    assert distance is None or found == pytest.approx(distance)


def test_what_applies_to_one_alone_counts_as_one():
    without = {key: value for key, value in HERE.items() if key != "p1"}
    assert Distances(SPACE).between(HERE, without) == 1.0
    assert Distances(SPACE).between(without, without) == 0.0


def test_yes_is_not_one():
    spec = choice("p1", True, False, value_type=ValueType.BOOL)
    assert Distances([spec]).between({"p1": True}, {"p1": False}) == 1.0
    assert Distances([spec]).between({"p1": True}, {"p1": 1}) == 1.0


values = st.fixed_dictionaries(
    {
        "p1": st.floats(-100, 100),
        "p2": st.floats(1e-6, 1.0),
        "p3": st.sampled_from(["adam", "sgd", "lion", "gone"]),
        "p4": st.sampled_from([8, 16, 64]),
    },
)


@given(values, values, values)
def test_distances_are_a_metric(a, b, c):
    between = Distances(SPACE).between
    assert between(a, a) == 0.0
    assert between(a, b) == pytest.approx(between(b, a))
    assert between(a, c) <= between(a, b) + between(b, c) + 1e-9


@given(st.lists(values, max_size=30), st.integers(1, 8))
def test_the_nearest_are_those_of_all(points, count):
    distances = Distances(SPACE)
    found = distances.nearest(HERE, enumerate(points), count)
    wanted = sorted((distances.between(HERE, point), place) for place, point in enumerate(points))
    assert [(each.distance, each.trial) for each in found] == wanted[:count]


def test_the_largest_numbers_are_no_trouble():
    far = float_range(-1e30, 1e30, key="p1")
    assert Distances([far]).between({"p1": -1e30}, {"p1": 1e30}) == pytest.approx(1.0)
    near = float_range(0.0, 1e-30, key="p1")
    assert math.isfinite(Distances([near]).between({"p1": -1e30}, {"p1": 1e30}))


def test_ten_thousand_trials_give_the_same_as_a_sorted_list():
    rng = random.Random(1)
    specs = [float_range(0.0, 1.0, key=f"p{place}") for place in range(6)]
    points = {n: {s.key: rng.random() for s in specs} for n in range(10_000)}
    found = Distances(specs).nearest(points[17], points.items(), 3)
    assert found[0] == (17, 0.0)
    assert [each.distance for each in found] == sorted(each.distance for each in found)
