"""Costs against gains, milestones, and conclusions as Markdown: plain functions of plain data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.conclusion_text import to_markdown
from experiments.domain import Direction, MetricRole, MetricSpec
from experiments.milestones import last_milestone
from experiments.notes import to_html
from experiments.ranking import Goals
from experiments.worth import offers

LOSS = MetricSpec(key="m1", direction=Direction.MINIMIZE)
GAIN = MetricSpec(key="m2", direction=Direction.MAXIMIZE)
LIMIT = MetricSpec(key="m3", direction=Direction.MINIMIZE, role=MetricRole.CONSTRAINT, bound=1.0)


def test_an_offer_says_what_each_unit_costs():
    facts = {"unit": "ms", "ahead": [{"trials": 5, "gain": 0.02, "chance": None}]}
    (offer,) = offers(facts, 4.0, "h")
    assert (offer.cost, offer.gain, offer.rate) == ("20 h", "0.02 ms", "1000 h a ms")


@pytest.mark.parametrize(
    "facts", [{}, {"ahead": []}, {"ahead": [{"trials": 1, "gain": None, "chance": 0.5}]}]
)
def test_without_a_gain_there_is_no_offer(facts):
    assert offers(facts, 4.0, "h") == []


def test_nothing_gained_has_no_rate():
    assert offers({"ahead": [{"trials": 1, "gain": 0.0}]}, 4.0, "")[0].rate == "–"


def means(*values, **more):
    return {n: {"m1": v} | {k: s[n] for k, s in more.items()} for n, v in enumerate(values)}


def test_the_last_milestone_is_the_last_to_improve_the_best():
    found = last_milestone(means(5.0, 3.0, 4.0, 3.0), Goals(metrics=(LOSS,)))
    assert (found.trial, found.since, found.value, found.gain) == (1, 2, 3.0, 2.0)


def test_the_first_result_improved_nothing():
    found = last_milestone(means(5.0, 6.0), Goals(metrics=(LOSS,)))
    assert (found.trial, found.gain) == (0, None)


def test_only_what_meets_the_constraints_counts():
    goals = Goals(metrics=(LOSS, LIMIT))
    assert last_milestone(means(5.0, 3.0, m3=[0.0, 2.0]), goals).trial == 0
    assert last_milestone(means(5.0, 3.0, m3=[2.0, 2.0]), goals) is None
    assert last_milestone({}, goals) is None


def test_a_front_moves_with_its_newest_point():
    found = last_milestone(means(5.0, 3.0, 6.0, m2=[1.0, 2.0, 0.0]), Goals(metrics=(LOSS, GAIN)))
    assert (found.trial, found.since, found.value) == (1, 1, None)


def test_a_weighted_sum_counts_its_signs():
    goals = Goals(metrics=(LOSS, GAIN), is_weighted_sum=True)
    found = last_milestone(means(5.0, 3.0, 6.0, m2=[1.0, 1.0, 9.0]), goals)
    assert (found.trial, found.value, found.gain) == (2, 3.0, 5.0)


def document(text):
    table = {"head": ["", text], "rows": [[text, text]], "trials": [1]}
    trial = {"trial": 1, "results": [(text, "1")], "parameters": [(text, text)]}
    return {
        "name": text, "number": 1, "concluded_by": text, "concluded_at": "now", "revision": 3,
        "team": text, "summary": text, "description": text, "goals": [text], "space": [text],
        "constraints": [text], "choice": {**trial, "reason": text, "by": text}, "best": trial,
        "front": table, "people": [text], "times": ["then"],
        "evidence": [{"title": text, "sentences": [text], "table": table}],
    }  # fmt: skip


def test_a_conclusion_is_readable_markdown():
    text = to_markdown(document("loss"))
    assert text.startswith("# loss: conclusion 1\n")
    assert "## The team’s choice\n\nTrial 1: loss (loss)" in text
    assert "| loss | loss |" in text


@given(st.text(max_size=60))
def test_what_people_typed_marks_nothing_up(text):
    html = to_html(to_markdown(document(f"x{text}")))
    assert "<script" not in html
    assert "<a " not in html or "http" in text or "@" in text
