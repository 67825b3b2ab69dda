"""Constraints between parameters: every suggestion satisfies them, and history stays."""

import time
from dataclasses import replace

import pytest
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
from ax.utils.common.random import with_rng_seed
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import (
    Condition,
    GenerationMethod,
    GenerationNode,
    ParameterConstraint,
    Relation,
    Term,
    ValueType,
)
from experiments.optimizer import InfeasibleSpace, SearchSpaceExhausted, sample, suggest
from experiments.optimizer.space import Space
from tests.optimizer.examples import (
    BOOTH,
    at_least,
    at_most,
    booth,
    choice,
    derived,
    experiment,
    fitted,
    float_range,
    int_range,
    played,
    suggestions,
    trial,
)

UNDER_THREE = replace(BOOTH, constraints=(at_most(3.0, p1=1, p2=1),))
SUM_TO_ONE = (at_most(1.0, p1=1, p2=1, p3=1), at_least(1.0, p1=1, p2=1, p3=1))


KEYS = ("p1", "p2", "p3")


def total(point):
    return sum(point[key] for key in KEYS)


def test_booth_under_a_constraint_is_solved_within_it():
    trials, made = played(UNDER_THREE, 9, booth)

    assert made[0].node is GenerationNode.CENTER
    assert {each.node for each in made[5:]} == {GenerationNode.BOTORCH}
    assert all(row.parameters["p1"] + row.parameters["p2"] <= 3 + 1e-8 for row in trials)
    assert min(row.observations[0].mean for row in trials) < 20  # The minimum within it is 4.5.


@given(
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.sampled_from([1e-12, 3e-9, 1e-7, 1e-3, 0.5]),
    st.sampled_from([SUM_TO_ONE, SUM_TO_ONE[:1]]),
)
@settings(deadline=None)
def test_what_misses_a_bound_by_however_little_is_moved_within_it(shares, excess, constraints):
    spec = replace(experiment(*(float_range(key, 0, 1) for key in KEYS)), constraints=constraints)
    space = Space(spec)
    size = sum(shares)
    point = {key: share / size * (1 + excess) for key, share in zip(KEYS, shares, strict=True)}

    moved = space.moved(space.nearest(point))

    assert moved is not None
    assert space.satisfies(moved)
    inside = {key: min(value, 1.0) for key, value in point.items()}
    assert sum(abs(moved[key] - inside[key]) for key in KEYS) < 4 * excess + 1e-9


def test_the_center_is_tried_only_where_it_is_allowed():
    spec = replace(BOOTH, constraints=(at_least(3.0, p1=1, p2=1),))

    made = suggestions(spec, [], 4)

    assert {each.node for each in made} == {GenerationNode.SOBOL}
    assert all(each.parameters["p1"] + each.parameters["p2"] >= 3 - 1e-8 for each in made)


def test_rebuilding_goes_on_in_one_sequence_of_allowed_points():
    at_once = [each.parameters for each in suggestions(UNDER_THREE, [], 8)]
    _, rebuilt = played(UNDER_THREE, 8, lambda parameters: None)

    assert [each.parameters for each in rebuilt] == at_once


def test_random_search_respects_constraints():
    spec = replace(UNDER_THREE, generation_method=GenerationMethod.RANDOM_SEARCH)

    made = suggestions(spec, [trial(n, {"p1": n, "p2": -n}, 1.0) for n in range(8)], 5)

    assert all(each.parameters["p1"] + each.parameters["p2"] <= 3 + 1e-8 for each in made)


def test_the_model_is_that_of_axs_own_client_under_a_constraint():
    points = [each.parameters for each in suggestions(UNDER_THREE, [], 8)]
    trials = [trial(number, point, booth(point)) for number, point in enumerate(points)]
    client = Client(random_seed=5)
    client.configure_experiment(
        [RangeParameterConfig(name=key, bounds=(-10, 10), parameter_type="float") for key in "ab"],
        parameter_constraints=["a + b <= 3"],
    )
    client.configure_optimization("-loss")
    client.configure_generation_strategy(initialize_with_center=False)
    for row in trials:
        index = client.attach_trial(dict(zip("ab", row.parameters.values(), strict=True)))
        client.complete_trial(index, {"loss": row.observations[0].mean})
    ((_, expected),) = client.get_next_trials(1).items()

    with with_rng_seed(5):
        proposed = fitted(UNDER_THREE, trials).propose()[0].parameters

    assert list(proposed.values()) == pytest.approx(list(expected.values()), abs=1e-4)


def test_trials_from_before_a_constraint_stay_in_the_model():
    before = [{"p1": x, "p2": 8.0} for x in (-9.0, -3.0, 1.0, 6.0, 9.0, 4.0)]
    trials = [trial(number, point, booth(point)) for number, point in enumerate(before)]

    (made,) = suggestions(UNDER_THREE, trials, 1)

    assert made.node is GenerationNode.BOTORCH
    assert made.parameters["p1"] + made.parameters["p2"] <= 3 + 1e-8


@pytest.mark.parametrize("step", [None, 0.05])
def test_recipes_that_sum_to_one(step):
    spec = experiment(
        *(float_range(key, 0.0, 1.0, step=step) for key in ("p1", "p2", "p3")),
        constraints=SUM_TO_ONE,
    )

    trials, made = played(spec, 7, lambda p: (p["p1"] - 0.2) ** 2 + (p["p2"] - 0.5) ** 2)

    assert [total(row.parameters) for row in trials] == pytest.approx([1.0] * 7)
    assert len({tuple(row.parameters.values()) for row in trials}) == 7
    assert made[-1].node is GenerationNode.BOTORCH
    first = [each["p1"] for each in sample(spec, 20)]
    assert min(first) < 0.2 < 0.5 < max(first)


def test_order_constraints_on_integers():
    spec = experiment(
        int_range("p1", 1, 100),
        int_range("p2", 1, 100),
        constraints=(at_most(0.0, p1=1, p2=-1),),
    )

    trials, _ = played(spec, 6, lambda p: float(p["p2"] - p["p1"]))

    assert all(row.parameters["p1"] <= row.parameters["p2"] for row in trials)


def test_numbers_to_choose_from_can_be_summed_up():
    spec = experiment(
        choice("p1", ValueType.INT, 16, 32, 64, 128),
        choice("p2", ValueType.INT, 1, 2, 3, 10, is_ordered=True),
        float_range("p3", 0.0, 1.0),
        constraints=(at_most(66.0, p1=1, p2=1), at_least(18.0, p1=1, p2=1)),
    )

    trials, _ = played(spec, 6, lambda p: p["p3"] - p["p1"])

    for row in trials:
        assert row.parameters["p1"] in (16, 32, 64, 128)
        assert row.parameters["p2"] in (1, 2, 3, 10)
        assert 18 <= row.parameters["p1"] + row.parameters["p2"] <= 66


def test_derived_parameters_can_be_constrained_and_come_along():
    spec = experiment(
        float_range("p1", 0.0, 10.0),
        float_range("p2", 0.0, 10.0),
        derived("p3", 1.0, p1=2.0, p2=-1.0),
        constraints=(at_least(5.0, p3=1), at_most(8.0, p3=1)),
    )

    trials, _ = played(spec, 6, lambda p: p["p1"])

    for row in trials:
        point = row.parameters
        assert point["p3"] == pytest.approx(1 + 2 * point["p1"] - point["p2"])
        assert 5 - 1e-8 <= point["p3"] <= 8 + 1e-8


def test_a_constraint_holds_only_where_all_its_parameters_apply():
    spec = experiment(
        choice("p1", ValueType.TEXT, "adam", "sgd"),
        float_range("p2", 0.0, 1.0),
        float_range("p3", 0.0, 1.0, condition=Condition("p1", ("sgd",))),
        constraints=(at_most(0.3, p2=1, p3=1),),
    )

    made = sample(spec, 30)

    sgd = [point for point in made if point["p1"] == "sgd"]
    assert sgd
    assert all(point["p2"] + point["p3"] <= 0.3 + 1e-8 for point in sgd)
    assert max(point["p2"] for point in made if point["p1"] == "adam") > 0.5


def test_a_constraint_on_a_log_scale_is_kept_to():
    spec = experiment(
        float_range("p1", 1e-3, 1.0, log_scale=True),
        float_range("p2", 0.0, 1.0),
        constraints=(at_most(0.5, p1=1, p2=1),),
    )

    trials, _ = played(spec, 6, lambda p: -p["p1"] - p["p2"])

    assert all(sum(row.parameters.values()) <= 0.5 + 1e-8 for row in trials)


@pytest.mark.parametrize("make", [float_range, int_range])
def test_a_space_without_allowed_points_says_so_at_once(make):
    spec = experiment(make("p1", 0, 3), make("p2", 0, 3), constraints=(at_least(7.0, p1=1, p2=1),))

    with pytest.raises(InfeasibleSpace, match="No combination satisfies"):
        suggestions(spec, [], 1)
    with pytest.raises(InfeasibleSpace):
        sample(spec, 5)


def test_only_allowed_combinations_are_counted():
    spec = experiment(
        int_range("p1", 0, 3), int_range("p2", 0, 3), constraints=(at_least(5.0, p1=1, p2=1),)
    )

    stream = suggest(spec, [], count=9)
    made = [tuple(next(stream).parameters.values()) for _ in range(3)]

    assert sorted(made) == [(2, 3), (3, 2), (3, 3)]
    with pytest.raises(SearchSpaceExhausted):
        next(stream)


def test_a_single_allowed_point_of_a_continuum_is_tried_once():
    spec = experiment(
        float_range("p1", 0.0, 1.0),
        float_range("p2", 0.0, 1.0),
        constraints=(at_least(2.0, p1=1, p2=1),),
    )

    assert sample(spec, 3) == [{"p1": 1.0, "p2": 1.0}]


def test_ranges_of_extreme_width_are_summed_up_in_their_own_units():
    spec = experiment(
        float_range("p1", 1e-16, 3e-16),
        float_range("p2", 0.0, 1e12),
        constraints=(at_most(0.0, p1=-1e28, p2=1),),
    )

    trials, made = played(spec, 6, lambda p: p["p1"] * 1e16)

    assert made[-1].node is GenerationNode.BOTORCH
    assert all(row.parameters["p2"] <= row.parameters["p1"] * 1e28 * (1 + 1e-8) for row in trials)


def test_200_parameters_under_one_constraint_take_seconds():
    keys = [f"p{number}" for number in range(1, 201)]
    spec = experiment(
        *(float_range(key, 0.0, 1.0) for key in keys),
        constraints=(at_most(20.0, **dict.fromkeys(keys, 1)),),
    )
    start = time.perf_counter()

    points = sample(spec, 3)

    assert time.perf_counter() - start < 20
    assert all(sum(point.values()) <= 20 + 1e-6 for point in points)


@pytest.mark.parametrize("key", ["p9", "p2"])
def test_constraints_that_make_no_sense_are_refused(key):
    constraint = ParameterConstraint(terms=(Term(key),), relation=Relation.AT_MOST, bound=1.0)
    spec = experiment(
        float_range("p1", 0.0, 1.0),
        choice("p2", ValueType.TEXT, "a", "b"),
        constraints=(constraint,),
    )

    with pytest.raises(ValueError, match=key):
        suggestions(spec, [], 1)
