"""What stands against fixed values is said before anything is asked, at the value that does."""

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
from experiments.fixing import fixing_problems
from tests.factories import float_range, metric


def choice(key: str, *values, value_type=ValueType.TEXT, **more) -> ParameterSpec:
    return ParameterSpec(
        key=key, kind=ParameterKind.CHOICE, value_type=value_type, values=values, **more
    )


def at_most(bound: float, *keys: str) -> ParameterConstraint:
    terms = tuple(Term(key) for key in keys)
    return ParameterConstraint(terms=terms, relation=Relation.AT_MOST, bound=bound)


def draft(*constraints: ParameterConstraint, **specs: ParameterSpec) -> ExperimentDraft:
    return ExperimentDraft(
        name="E",
        metrics=(metric("loss"),),
        parameters=tuple(ParameterDraft(name=n, spec=spec) for n, spec in specs.items()),
        constraints=constraints,
    )


PLAIN = draft(
    at_most(5.0, "p1", "p2"),
    x=float_range(0.0, 10.0, key="p1"),
    y=float_range(0.0, 10.0, key="p2"),
    n=ParameterSpec(
        key="p3", kind=ParameterKind.RANGE, value_type=ValueType.INT, lower=0, upper=10, step=5
    ),
    old=float_range(0.0, 1.0, key="p4", pinned=0.5),
)
BRANCHED = draft(
    at_most(1.5, "p2", "p3"),
    optimizer=choice("p1", "adam", "sgd", "lion"),
    rate=float_range(0.0, 1.0, key="p2"),
    momentum=float_range(0.0, 1.0, key="p3", condition=Condition("p1", ("sgd",))),
    nesterov=choice("p4", "on", "off", condition=Condition("p1", ("sgd", "lion"))),
)


@pytest.mark.parametrize(
    ("definition", "fixed", "key", "said"),
    [
        (PLAIN, {}, "", "Fix at least one parameter"),
        (PLAIN, {"p9": 1.0}, "", "no longer part of this experiment"),
        (PLAIN, {"p1": 50.0}, "p1", "50 lies above 10."),
        (PLAIN, {"p3": 3}, "p3", "3 is no step of 5 from 0."),
        (PLAIN, {"p4": 0.7}, "p4", "0.7 is not the fixed 0.5."),
        (PLAIN, {"p1": 9.0}, "p1", "With what is fixed, “x + y ≤ 5” can never hold"),
        (PLAIN, {"p1": 3.0, "p2": 3.0}, "p2", "These values violate “x + y ≤ 5”."),
        (PLAIN, {"p1": 1.0, "p2": 1.0, "p3": 5}, "", "Nothing is left to suggest"),
        (BRANCHED, {"p1": "nadam"}, "p1", "nadam is not among the values."),
        (BRANCHED, {"p3": 0.9}, "p3", "only where optimizer is “sgd”: fix that, too."),
        (BRANCHED, {"p4": "on"}, "p4", "only where optimizer is one of “sgd”, “lion”: fix that"),
        (
            BRANCHED,
            {"p1": "adam", "p3": 0.9},
            "p3",
            "This does not apply where optimizer is “adam”, only where it is “sgd”.",
        ),
        (BRANCHED, {"p1": "adam", "p2": 0.5}, "", "all that applies is fixed"),
        (BRANCHED, {"p1": "sgd", "p2": 0.9, "p3": 0.8}, "p3", "These values violate"),
    ],
)
def test_what_stands_against_it_is_said_where_it_stands(definition, fixed, key, said) -> None:
    problems = fixing_problems(definition, fixed)
    assert list(problems) == [key]
    assert said in problems[key]


@pytest.mark.parametrize(
    ("definition", "fixed"),
    [
        (PLAIN, {"p1": 2.0}),
        (PLAIN, {"p1": 2.0, "p2": 3.0}),  # All but one; just within the constraint.
        (PLAIN, {"p3": 10, "p4": 0.5}),
        (BRANCHED, {"p1": "adam"}),
        (BRANCHED, {"p1": "sgd", "p3": 0.9}),
        (BRANCHED, {"p1": "lion", "p4": "off"}),
        (BRANCHED, {"p2": 1.0}),  # Only in one branch does the constraint count.
    ],
)
def test_what_can_be_fixed_is_left_alone(definition, fixed) -> None:
    assert fixing_problems(definition, fixed) == {}


def test_a_constraint_through_a_derived_parameter_counts() -> None:
    total = ParameterSpec(
        key="p3",
        kind=ParameterKind.DERIVED,
        value_type=ValueType.FLOAT,
        terms=(Term("p1"), Term("p2")),
        intercept=1.0,
    )
    made = draft(
        at_most(5.0, "p3"),
        x=float_range(0.0, 10.0, key="p1"),
        y=float_range(0.0, 10.0, key="p2"),
        total=total,
        z=float_range(0.0, 1.0, key="p4"),
    )
    assert "violate" in fixing_problems(made, {"p1": 3.0, "p2": 2.0})["p2"]
    assert "can never hold" in fixing_problems(made, {"p1": 6.0})["p1"]
    assert fixing_problems(made, {"p1": 3.0, "p2": 1.0}) == {}


def test_a_parent_with_one_value_counts_as_fixed() -> None:
    made = draft(
        optimizer=ParameterSpec(
            key="p1", kind=ParameterKind.FIXED, value_type=ValueType.TEXT, value="sgd"
        ),
        momentum=float_range(0.0, 1.0, key="p2", condition=Condition("p1", ("sgd",))),
        rate=float_range(0.0, 1.0, key="p3"),
    )
    assert fixing_problems(made, {"p2": 0.9}) == {}


@given(
    st.dictionaries(
        st.sampled_from(["p1", "p2", "p3", "p4", "p9"]),
        st.one_of(st.floats(-20, 20), st.sampled_from(["adam", "sgd", "lion", "on", ""])),
    ),
    st.sampled_from([PLAIN, BRANCHED]),
)
def test_anything_fixed_is_possible_or_refused_in_words(fixed, definition) -> None:
    types = {p.spec.key: p.spec.value_type for p in definition.parameters}
    typed = {
        key: value
        for key, value in fixed.items()
        if isinstance(value, str) == (types.get(key) is ValueType.TEXT)
    }
    problems = fixing_problems(definition, typed)
    assert problems.keys() <= {"", *typed}
    assert all(problems.values())
