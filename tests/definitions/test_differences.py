"""What changed, in words."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.differences import differences
from experiments.domain import (
    Condition,
    Direction,
    GenerationMethod,
    MetricRole,
    MetricSpec,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import MetricDraft
from tests.definitions.edits import edited
from tests.definitions.test_merging import BASE, number, respec, without

LOSS = BASE.metrics[0]


def texts(after, before=BASE) -> list[str]:
    return [str(difference) for difference in differences(before, after)]


def adding(spec: ParameterSpec, name: str = "depth"):
    made = replace(number("n1", name), spec=spec)
    return replace(BASE, parameters=(*BASE.parameters, made))


DEPTH = ParameterSpec(
    key="n1", kind=ParameterKind.RANGE, value_type=ValueType.INT, lower=3, upper=10
)
ACCURACY = MetricDraft(name="accuracy", spec=MetricSpec(key="q1", direction=Direction.MAXIMIZE))


MAXIMIZED = replace(LOSS, spec=replace(LOSS.spec, direction=Direction.MAXIMIZE))


def tracked(metric: MetricDraft) -> MetricDraft:
    return replace(metric, spec=replace(metric.spec, role=MetricRole.TRACKED))


def limited(bound: float, **changes) -> MetricDraft:
    spec = MetricSpec(
        key="q2", direction=Direction.MINIMIZE, role=MetricRole.CONSTRAINT, bound=bound, **changes
    )
    return MetricDraft(name="latency", spec=spec, unit="ms")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (BASE, []),
        (replace(BASE, seed=None), []),
        (respec(BASE, "p1", upper=0.1234567), ["lr: upper bound 1 → 0.1234567"]),
        (respec(BASE, "p1", log_scale=True), ["lr: scale linear → log"]),
        (respec(BASE, "p2", values=("rbf", "poly", "x")), ["kernel: added “x”"]),
        (respec(BASE, "p2", values=("poly",)), ["kernel: removed “rbf”"]),
        (respec(BASE, "p2", values=("poly", "rbf")), ["kernel: order “poly”, “rbf”"]),
        (
            adding(replace(DEPTH, backfill=5)),
            ["depth: new parameter, integer from 3 to 10; earlier trials had 5"],
        ),
        (
            adding(replace(DEPTH, condition=Condition("p2", ("rbf",)))),
            ["depth: new parameter, integer from 3 to 10, only when kernel = “rbf”"],
        ),
        (without(BASE, "p1"), ["lr: parameter removed"]),
        (respec(BASE, "p1", pinned=0.2), ["lr: retired: fixed at 0.2 from now on"]),
        (
            respec(
                BASE, "p1", kind=ParameterKind.DERIVED, lower=None, upper=None,
                terms=(Term("p3", 2.0),), intercept=-1.0,
            ),
            ["lr: number from 0 to 1 → derived, 2·c − 1"],
        ),
        (
            replace(
                BASE,
                constraints=(
                    ParameterConstraint(
                        terms=(Term("p1"), Term("p3")), relation=Relation.AT_MOST, bound=1.0
                    ),
                ),
            ),
            ["Constraint: added lr + c ≤ 1"],
        ),
        (
            replace(BASE, metrics=(ACCURACY, tracked(LOSS))),
            [
                "Goal: minimize loss → maximize accuracy",
                "accuracy: new metric, maximize",
                "loss: minimize → only tracked",
            ],
        ),
        (
            replace(BASE, metrics=(MAXIMIZED,)),
            ["loss: minimize → maximize"],
        ),
        (
            replace(BASE, metrics=(LOSS, limited(50.0))),
            ["latency: new metric, constraint ≤ 50 ms"],
        ),
        (
            replace(BASE, metrics=(LOSS, limited(10.0, is_relative=True))),
            ["latency: new metric, constraint ≤ 10 % of change against the baseline"],
        ),
        (
            replace(
                BASE, trial_budget=60, tags=("a",), baseline_trial=3,
                generation_method=GenerationMethod.RANDOM_SEARCH,
            ),
            [
                "Baseline: none → trial 3",
                "Trial budget: none → 60",
                "Method: fast → random search",
                "Tags: none → “a”",
            ],
        ),
        (
            replace(BASE, name="Better", parameters=(number("p1", "rate"), *BASE.parameters[1:])),
            ["Name: “Booth” → “Better”", "rate: renamed from “lr”"],
        ),
        (
            replace(BASE, parameters=BASE.parameters[::-1]),
            ["Parameters: order c, kernel, lr"],
        ),
    ],
)  # fmt: skip
def test_what_is_said(after, said):
    assert texts(after) == said


def test_back_in_use():
    retired = respec(BASE, "p1", pinned=0.2)
    assert texts(BASE, before=retired) == ["lr: in use again: suggestions vary it from now on"]


def test_a_thousand_values_are_a_short_text():
    values = tuple(f"v{n}" for n in range(1000))
    [text] = texts(respec(BASE, "p2", values=("rbf", "poly", *values)))
    assert text.endswith("and 994 more")


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_something_is_said_exactly_where_something_differs(data):
    after = data.draw(edited(BASE))
    assert bool(differences(BASE, after)) == (after != BASE)
