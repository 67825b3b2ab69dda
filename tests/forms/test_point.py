"""Values for all parameters, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import (
    Condition,
    ParameterConstraint,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.drafts import ExperimentDraft, ParameterDraft
from experiments.forms.point import PointForm
from tests.factories import float_range, metric


def choice(key: str, *values, value_type=ValueType.TEXT) -> ParameterSpec:
    return ParameterSpec(key=key, kind=ParameterKind.CHOICE, value_type=value_type, values=values)


DRAFT = ExperimentDraft(
    name="E",
    metrics=(metric("loss"),),
    parameters=(
        ParameterDraft(name="optimizer", spec=choice("p1", "adam, w", "sgd")),
        ParameterDraft(name="rate", spec=float_range(0.001, 1.0, key="p2"), unit="1/s"),
        ParameterDraft(
            name="momentum",
            spec=float_range(0.0, 1.0, key="p3", condition=Condition("p1", ("sgd",))),
        ),
        ParameterDraft(
            name="fixed",
            spec=ParameterSpec(
                key="p4", kind=ParameterKind.FIXED, value_type=ValueType.INT, value=3
            ),
        ),
    ),
    constraints=(
        ParameterConstraint(terms=(Term("p2"), Term("p3")), relation=Relation.AT_MOST, bound=1.5),
    ),
)
GOOD = {"p1": "sgd", "p2": "0,5", "p3": "0.9"}


def test_what_applies_is_read_and_fixed_values_come_along() -> None:
    form = PointForm(GOOD, definition=DRAFT)
    assert form.is_valid()
    assert form.point == {"p1": "sgd", "p2": 0.5, "p3": 0.9, "p4": 3}


def test_what_does_not_apply_is_not_read() -> None:
    form = PointForm(GOOD | {"p1": "adam, w", "p3": "nonsense"}, definition=DRAFT)
    assert form.is_valid()
    assert form.point == {"p1": "adam, w", "p2": 0.5, "p4": 3}


@pytest.mark.parametrize(
    ("typed", "key", "said"),
    [
        ({"p2": ""}, "p2", "Enter a value."),
        ({"p2": "much"}, "p2", "“much” is not a number."),
        ({"p2": "7"}, "p2", "7 lies above 1."),
        ({"p1": "lion"}, "p1", "lion is not among the values."),
        ({"p2": "0.8", "p3": "0.9"}, "__all__", "This violates"),
    ],
)
def test_each_problem_stands_beside_its_field(typed, key, said) -> None:
    form = PointForm(GOOD | typed, definition=DRAFT)
    assert not form.is_valid()
    assert said in form.errors[key][0]


def test_values_outside_count_where_that_is_meant_and_say_why() -> None:
    form = PointForm(GOOD | {"p2": "7"}, definition=DRAFT, may_be_outside=True)
    assert form.is_valid()
    assert form.point["p2"] == 7.0
    assert form.reasons[0] == "rate: 7 lies above 1."


@given(st.dictionaries(st.sampled_from(["p1", "p2", "p3", "p4", "x"]), st.text(max_size=20)))
def test_anything_typed_is_read_or_refused_in_words(typed) -> None:
    form = PointForm(typed, definition=DRAFT)
    if form.is_valid():
        assert {"p1", "p2", "p4"} <= form.point.keys()
    else:
        assert all(text for texts in form.errors.values() for text in texts)
