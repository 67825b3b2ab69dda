"""What another definition means for trials."""

import time
from dataclasses import replace

from experiments.consequences import Beyond, Stored, changes_model, consequences
from experiments.domain import (
    Condition,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from tests.definitions.test_merging import BASE, number, respec

DONE, RUNNING, FAILED = "completed", "running", "failed"


def trial(number: int, status: str = DONE, **values) -> Stored:
    return Stored(number, status, {"p1": 0.5, "p2": "rbf", "p3": 0.5} | values)


def test_trials_that_a_narrower_bound_leaves_outside():
    trials = [trial(0), trial(1, p1=0.9), trial(2, RUNNING, p1=0.8), trial(3, FAILED, p1=0.9)]
    found = consequences(BASE, respec(BASE, "p1", upper=0.6), trials)
    assert found.outside == [Beyond(1, ["lr: 0.9 lies above 0.6."])]
    assert [beyond.number for beyond in found.running] == [2]


def test_those_that_were_outside_already_are_no_news():
    found = consequences(BASE, respec(BASE, "p1", upper=0.6), [trial(0, p1=5.0)])
    assert found.outside == []


def test_a_removed_value_and_a_constraint():
    made = ParameterConstraint(terms=(Term("p1"), Term("p3")), relation=Relation.AT_MOST, bound=1.2)
    after = replace(respec(BASE, "p2", values=("poly", "x")), constraints=(made,))
    found = consequences(BASE, after, [trial(0), trial(1, p2="poly", p1=0.9)])
    assert found.outside == [
        Beyond(0, ["kernel: rbf is not among the values."]),
        Beyond(1, ["It violates lr + c ≤ 1.2."]),
    ]


def test_a_new_parameter_without_a_value_for_earlier_trials():
    depth = ParameterSpec(
        key="n1", kind=ParameterKind.RANGE, value_type=ValueType.INT, lower=1, upper=3,
        condition=Condition("p2", ("poly",)),
    )  # fmt: skip
    after = replace(BASE, parameters=(*BASE.parameters, replace(number("n1", "depth"), spec=depth)))
    found = consequences(BASE, after, [trial(0), trial(1, p2="poly")])
    assert (found.incomplete, found.lacking) == ([1], ["depth"])
    filled = respec(after, "n1", backfill=2)
    assert consequences(BASE, filled, [trial(1, p2="poly")]).lacking == []


def test_retiring_leaves_nothing_outside():
    found = consequences(BASE, respec(BASE, "p1", pinned=0.2), [trial(0), trial(1, RUNNING)])
    assert (found.outside, found.running) == ([], [])


def test_words_are_nothing_to_the_model():
    renamed = replace(BASE, name="x", parameters=(number("p1", "rate"), *BASE.parameters[:0:-1]))
    assert not changes_model(BASE, renamed)
    assert changes_model(BASE, respec(BASE, "p1", upper=2.0))


def test_ten_thousand_trials_are_quick():
    trials = [trial(n, p1=n / 10_000) for n in range(10_000)]
    started = time.perf_counter()
    found = consequences(BASE, respec(BASE, "p1", upper=0.5), trials)
    assert len(found.outside) == 4_999
    assert time.perf_counter() - started < 2
