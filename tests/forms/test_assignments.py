"""Which values a trial has, when parameters depend on each other or came later."""

from hypothesis import given
from hypothesis import strategies as st

from experiments.assignments import assigned
from experiments.domain import Condition, ParameterKind, ParameterSpec, Term, ValueType


def number(key: str, value_type: ValueType = ValueType.FLOAT, **kwargs) -> ParameterSpec:
    lower, upper = (0, 10) if value_type is ValueType.INT else (0.0, 10.0)
    return ParameterSpec(
        key=key, kind=ParameterKind.RANGE, value_type=value_type, lower=lower, upper=upper, **kwargs
    )


def choice(key: str, *values: str | bool, **kwargs) -> ParameterSpec:
    value_type = ValueType.BOOL if isinstance(values[0], bool) else ValueType.TEXT
    return ParameterSpec(
        key=key, kind=ParameterKind.CHOICE, value_type=value_type, values=values, **kwargs
    )


def derived(key: str, *terms: Term, intercept: float = 0.0, **kwargs) -> ParameterSpec:
    return ParameterSpec(
        key=key,
        kind=ParameterKind.DERIVED,
        value_type=kwargs.pop("value_type", ValueType.FLOAT),
        terms=terms,
        intercept=intercept,
        **kwargs,
    )


OPTIMIZER = choice("p1", "sgd", "adam")
MOMENTUM = number("p2", condition=Condition("p1", ("sgd",)))


def test_only_what_applies_is_kept() -> None:
    specs = [OPTIMIZER, MOMENTUM]
    assert assigned(specs, {"p1": "sgd", "p2": 0.9}) == {"p1": "sgd", "p2": 0.9}
    assert assigned(specs, {"p1": "adam", "p2": 0.9}) == {"p1": "adam"}


def test_what_depends_on_something_that_does_not_apply_does_not_apply() -> None:
    nested = [
        OPTIMIZER,
        choice("p3", True, False, condition=Condition("p1", ("sgd",))),
        number("p4", condition=Condition("p3", (True,))),
    ]
    stored = {"p1": "adam", "p3": True, "p4": 1.0}
    assert assigned(nested, stored) == {"p1": "adam"}
    assert assigned(nested, stored | {"p1": "sgd"}) == stored | {"p1": "sgd"}


def test_yes_is_not_one() -> None:
    parent = number("p1", ValueType.INT)
    child = number("p2", condition=Condition("p1", (True,)))
    assert assigned([parent, child], {"p1": 1, "p2": 2.0}) == {"p1": 1}


def test_an_earlier_trial_has_the_backfill_of_a_later_parameter() -> None:
    assert assigned([number("p1"), number("p2", backfill=5.0)], {"p1": 1.0}) == {
        "p1": 1.0,
        "p2": 5.0,
    }
    assert assigned([number("p1"), number("p2")], {"p1": 1.0}) == {"p1": 1.0}


def test_whole_numbers_of_a_column_are_floats_again() -> None:
    value = assigned([number("p1")], {"p1": 10})["p1"]
    assert isinstance(value, float)


def test_a_derived_value_is_computed_without_drift() -> None:
    rest = derived("p3", Term("p1", -1.0), Term("p2", -1.0), intercept=1.0)
    specs = [number("p1"), number("p2"), rest]
    assert assigned(specs, {"p1": 0.1, "p2": 0.2, "p3": 99.0})["p3"] == 0.7
    assert "p3" not in assigned(specs, {"p1": 0.1})


def test_a_whole_derived_value_is_an_integer_where_that_is_declared() -> None:
    total = derived("p3", Term("p1", 2.0), value_type=ValueType.INT)
    value = assigned([number("p1", ValueType.INT), total], {"p1": 4})["p3"]
    assert (value, type(value)) == (8, int)


def test_circles_apply_nowhere() -> None:
    one = choice("p1", "a", "b", condition=Condition("p2", ("a",)))
    other = choice("p2", "a", "b", condition=Condition("p1", ("a",)))
    assert assigned([one, other], {"p1": "a", "p2": "a"}) == {}


@given(st.dictionaries(st.sampled_from(["p1", "p2", "p3", "p9"]), st.sampled_from(["sgd", "adam"])))
def test_nothing_is_made_up(stored: dict[str, str]) -> None:
    specs = [OPTIMIZER, choice("p3", "sgd", "adam", condition=Condition("p1", ("sgd",)))]
    found = assigned(specs, stored)
    assert found.items() <= stored.items()
    assert ("p3" in found) == (stored.get("p1") == "sgd" and "p3" in stored)
