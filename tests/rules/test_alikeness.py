"""Whether two experiments come out alike; which way to use earlier ones is recommended."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.alikeness import alikeness, compared
from experiments.domain import GenerationMethod
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.neighbours import Distances
from experiments.overlap import overlap
from experiments.ways import recommend
from tests.factories import float_range, metric

X = float_range(0.0, 10.0, key="x")
NEAR = Distances([X])
SPREAD = [({"x": float(place)}, float(place) ** 2) for place in range(11)]


def moved(shift):
    return [(values, mean + shift) for values, mean in SPREAD]


def test_results_that_lie_higher_are_a_shift():
    found = alikeness(NEAR, SPREAD, moved(-50.0))
    assert (found.pairs, found.shift, found.is_shifted) == (11, 50.0, True)
    assert found.in_words("loss", "ms", "here", "there") == (
        "Where both tried nearly the same (11 pairs of trials), loss here lies some 50 ms above "
        "that there."
    )
    assert "below that in A" in alikeness(NEAR, moved(-20.0), SPREAD).in_words("l", "", "", "in A")


def test_what_is_small_beside_the_spread_or_goes_both_ways_is_none():
    assert not alikeness(NEAR, SPREAD, moved(1.0)).is_shifted
    both = [(values, mean + (90 if values["x"] % 2 else -90)) for values, mean in SPREAD]
    found = alikeness(NEAR, SPREAD, both)
    assert not found.is_shifted
    assert "lies on the whole where it does there" in found.in_words("loss", "", "here", "there")


def test_too_few_trials_near_each_other_say_nothing():
    assert alikeness(NEAR, SPREAD, SPREAD[:2]) is None
    assert alikeness(NEAR, [], SPREAD) is None
    assert alikeness(NEAR, SPREAD[:3], [({"x": 9.0}, 1.0)] * 5) is None


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(-1e300, 1e300)), max_size=8))
def test_any_results(pairs):
    here = [({"x": value}, mean) for value, mean in pairs]
    found = alikeness(NEAR, here, here)
    assert found is None or found.in_words("loss", "", "here", "there")


def draft(*names, **options):
    parameters = tuple(
        ParameterDraft(name=name, spec=replace(X, key=f"n{place}"))
        for place, name in enumerate(names)
    )
    return ExperimentDraft(name="Any", parameters=parameters, metrics=(metric("loss"),), **options)


def test_objectives_are_compared_by_their_keys():
    here = draft("x")
    key = here.metrics[0].spec.key
    measured = [({"n0": values["x"]}, mean) for values, mean in SPREAD]
    (said,) = compared(here, {key: measured}, {key: measured}, names=("here", "there"))
    assert said[1].startswith("Where both tried nearly the same (11 pairs of trials), loss here")
    assert compared(here, {}, {key: measured}, names=("here", "there")) == []


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (draft("x"), "Nobody knows before"),
        (draft("x", "z"), "z: not as in “Old”"),
    ],
)
def test_learning_is_recommended_with_a_reason(there, why):
    here = draft("x")
    found = recommend(here, {"Old": overlap(here, there)}, [])
    assert found.learns
    assert found.why.startswith(why)
    assert recommend(here, {}, ["It lies higher."]) == (True, "It lies higher.")


def test_copies_are_all_there_is_where_no_model_can_learn():
    found = recommend(draft("x", generation_method=GenerationMethod.BANDIT), {}, ["Higher."])
    assert not found.learns
    assert "“fast” alone" in found.why
