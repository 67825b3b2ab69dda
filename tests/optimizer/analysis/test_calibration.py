"""What was expected of suggestions, beside what came out."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.cards import CardState
from experiments.domain import (
    GenerationMethod,
    ObservationRecord,
    Prediction,
    TrialRecord,
    TrialStatus,
)
from experiments.optimizer import Study, analyse, card_names
from experiments.optimizer.analysis import calibration
from experiments.optimizer.analysis.kinds import make_card
from tests.optimizer.analysis.studies import definition, minimized, space_of
from tests.optimizer.examples import float_range

SPEC = space_of(float_range("p1", 0.0, 1.0), metrics=(minimized("m1"), minimized("m2")))


def suggested(zs, *, sd=3.0, noise=4.0, sem=None, spec=SPEC, metric="m1"):
    """Trials whose results lie ``zs`` standard deviations above the 10 that was expected."""
    scatter = math.hypot(sd, noise if sem is None else sem) if (noise, sem) != (None, None) else sd
    trials = [
        TrialRecord(
            number=number,
            status=TrialStatus.COMPLETED,
            parameters={"p1": 0.5},
            observations=(ObservationRecord(metric=metric, mean=10.0 + z * scatter, sem=sem),),
        )
        for number, z in enumerate(zs)
    ]
    prediction = Prediction(metric=metric, mean=10.0, sd=sd, noise=noise)
    expected = {trial.number: (prediction,) for trial in trials}
    return Study(definition(spec), spec, trials, expected)


def card(study):
    return make_card(calibration.CARD, study, 0)


def said(zs, **kwargs):
    made = card(suggested(zs, **kwargs))
    assert made.state is CardState.READY, made.message
    return " ".join(made.body.sentences)


def test_results_without_expectations_are_not_judged():
    study = suggested([0.0] * 5)
    study.expected = {0: study.expected[0]}
    made = card(study)
    assert made.state is CardState.WAITING
    assert made.message == "It needs 2 more results of trials that the model suggested."


def test_the_share_inside_counts_the_noise():
    made = card(suggested([0.0, 1.9, -1.9, 2.0, -3.0]))
    assert "3 of 5 results (60 %) came out inside." in made.body.sentences[0]
    facts = made.body.facts["calibration"]["m1"]
    assert facts["sds"] == [5.0] * 5
    assert facts["inside"] == 0.6


def test_a_results_own_standard_error_counts_instead():
    facts = card(suggested([0.0] * 3, sem=0.0)).body.facts["calibration"]["m1"]
    assert facts["sds"] == [3.0] * 3


def test_those_outside_have_a_mark_of_their_own_that_leads_to_the_trial():
    (figure,) = card(suggested([0.0, 0.5, 4.0])).body.figures
    marks = {trace["name"]: trace for trace in figure["data"]}
    assert marks["inside"]["ids"] == ["0", "1"]
    assert marks["outside"]["ids"] == ["2"]
    assert marks["inside"]["marker"]["symbol"] != marks["outside"]["marker"]["symbol"]


def normal(count, width, seed=4):
    rng = random.Random(seed)
    return [rng.gauss(0.0, width) for _ in range(count)]


def test_honest_intervals_are_called_so():
    assert "That is about as it should be." in said(normal(60, 1.0))


def test_intervals_that_are_too_narrow_or_too_wide_are_told():
    assert "surer than it should be" in said(normal(60, 2.5))
    assert "more careful than it needs to be" in said(normal(60, 0.3))


def test_results_that_lean_to_one_side_are_told():
    text = said([z + 1.0 for z in normal(40, 0.5)])
    assert "On average, results lie 0.99 standard deviations above what it expects." in text


def test_a_few_results_tell_little():
    assert "Too few to tell yet." in said([0.1, -0.9, 0.8])


def test_older_suggestions_without_noise_are_left_out_and_said_to_be():
    study = suggested([0.0] * 5)
    bare = Prediction(metric="m1", mean=10.0, sd=3.0)
    study.expected = {**study.expected, 0: (bare,), 1: (bare,)}
    made = card(study)
    assert made.body.facts["calibration"]["m1"]["trials"] == [2, 3, 4]
    assert "2 older trials are left out" in made.body.sentences[-1]


def test_each_metric_has_its_own_figure():
    one, two = suggested(normal(5, 1.0)), suggested(normal(5, 1.0, seed=5), metric="m2")
    trials = [
        TrialRecord(
            number=a.number, status=a.status, parameters=a.parameters,
            observations=a.observations + b.observations,
        )
        for a, b in zip(one.trials, two.trials, strict=True)
    ]  # fmt: skip
    expected = {n: (*one.expected[n], *two.expected[n]) for n in one.expected}
    made = card(Study(definition(SPEC), SPEC, trials, expected))
    assert [figure["name"] for figure in made.body.figures] == ["loss", "cost"]
    assert [row[0] for row in made.body.table.rows] == ["loss", "cost"]


def test_random_search_gives_no_word_to_keep():
    spec = space_of(float_range("p1", 0.0, 1.0), generation_method=GenerationMethod.RANDOM_SEARCH)
    assert "calibration" not in card_names(suggested([0.0], spec=spec))


@settings(max_examples=50)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=40),
    st.sampled_from([0.0, 1e-12, 1.0, 1e80]),
    st.sampled_from([0.0, 1.0]),
)
def test_any_results_make_a_card(zs, sd, noise):
    made = card(suggested(zs, sd=sd, noise=noise))
    assert made.state is CardState.READY, made.message
    inside = made.body.facts["calibration"]["m1"]["inside"]
    assert 0 <= inside <= 1


def test_it_is_one_of_the_cards_and_needs_no_model():
    study = suggested(normal(5, 1.0))
    others = [name for name in card_names(study) if name != "calibration"]
    (made,) = analyse(study, leaving_out=others)
    assert made.state is CardState.READY
    assert "model" not in vars(study)
    assert made.body.facts["calibration"]["m1"]["means"] == pytest.approx([10.0] * 5)
