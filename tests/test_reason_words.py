"""Reasons in words, and what is expected as a drawing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import GenerationNode, Outlook
from experiments.reason_words import MADE_BY, NODES, mode_of, percent, surprise_of
from experiments.strips import WIDTH, strip

KNOWN = Outlook(
    results=9, best=3, best_means={"m1": 1.0}, better=0.4, gain=1.0, spread=0.5,
    is_expected_better=True,
)  # fmt: skip


def said(**known):
    return mode_of(replace(KNOWN, **known), "loss", "ms")


def test_every_node_has_its_words():
    assert set(MADE_BY) == set(NODES) == set(GenerationNode)


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.0, "under 1 %"),
        (0.004, "under 1 %"),
        (0.5, "50 %"),
        (0.995, "over 99 %"),
        (1.0, "over 99 %"),
    ],
)
def test_no_chance_is_called_sure(chance, words):
    assert percent(chance) == words


@pytest.mark.parametrize(
    ("gain", "spread", "word"),
    [
        (1.0, 0.5, "exploiting"),
        (1.0, 0.0, "exploiting"),
        (0.3, 0.5, "exploiting and exploring"),
        (0.0, 0.5, "exploring"),
        (-2.0, 0.5, "exploring"),
    ],
)
def test_what_is_expected_against_how_unsure_it_is(gain, spread, word):
    found = said(gain=gain, spread=spread, is_expected_better=gain > 0)
    assert found.word == word


def test_the_numbers_stand_behind_the_word():
    assert said().text == (
        "The model expected loss to beat the best by 1 ms, give or take 0.98 ms (95 %): it goes "
        "where it expects the most."
    )
    exploring = said(gain=-2.0, is_expected_better=False).text
    assert "to miss the best by 2 ms, but was unsure by ± 0.98 ms (95 %)" in exploring


def test_little_left_to_gain_is_said():
    assert said(gain=-2.0, better=0.01).text.endswith("It saw little left to gain.")


def test_while_nothing_keeps_the_bounds_that_is_what_is_looked_for():
    assert said(is_feasible=False).word == "looking for what keeps the bounds"


@pytest.mark.parametrize("lacking", ["best", "better", "is_expected_better", "gain"])
def test_what_is_not_known_is_not_told(lacking):
    assert said(**{lacking: None}) is None


@pytest.mark.parametrize("front", [1, 4])
def test_a_front_is_beaten_or_added_to(front):
    assert said(front=front, gain=None).word == "exploiting"
    assert said(front=front, gain=None, is_expected_better=False).word == "exploring"


@pytest.mark.parametrize(
    ("z", "is_minimized", "word"),
    [
        (0.0, True, "as expected"),
        (-1.0, True, "as expected"),
        (1.5, True, "within reach"),
        (-2.5, True, "a surprise, for the better"),
        (2.5, True, "a surprise, for the worse"),
        (2.5, False, "a surprise, for the better"),
        (-9.0, False, "a great surprise, for the worse"),
        (None, True, "a surprise"),
    ],
)
def test_a_surprise_by_its_size_and_side(z, is_minimized, word):
    found = surprise_of(z, is_minimized=is_minimized)
    assert found.word == word
    assert found.is_one == (z is None or abs(z) > 1.96)


numbers = st.floats(-1e100, 1e100)
known = st.none() | numbers


@given(numbers, st.floats(0, 1e100), st.floats(0, 1e100), known, known, known)
def test_all_marks_lie_on_the_drawing_in_their_order(mean, sd, noise, best, result, limit):
    outer = (mean - sd - noise, mean + sd + noise)
    drawn = strip(
        inner=(mean - sd, mean + sd), outer=outer, mean=mean, best=best, result=result, limit=limit
    )
    places = [*drawn.inner, *drawn.outer, drawn.mean, drawn.best, drawn.result, drawn.limit]
    assert all(0 <= place <= WIDTH for place in places if place is not None)
    assert drawn.outer[0] <= drawn.inner[0] <= drawn.mean <= drawn.inner[1] <= drawn.outer[1]
    if best is not None and result is not None:
        assert (drawn.best - drawn.result) * ((best > result) - (best < result)) >= 0


def test_a_bound_far_away_is_left_out():
    inner = (0.0, 1.0)
    near = strip(inner=inner, outer=None, mean=0.5, best=None, result=None, limit=2.0)
    far = strip(inner=inner, outer=None, mean=0.5, best=None, result=None, limit=200.0)
    assert near.limit is not None
    assert far.limit is None
