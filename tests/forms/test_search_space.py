"""The rules, and that they agree with Ax: what they accept is searched, what Ax refuses is not."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import (
    Direction,
    ExperimentSpec,
    MetricSpec,
    ObservationRecord,
    ParameterKind,
    ParameterSpec,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.optimizer.declared import make_axis
from experiments.search_space import (
    LARGEST_BOUND,
    MOST_PARAMETERS,
    cardinality,
    name_problem,
    parameter_problems,
    space_problems,
)

INF = float("inf")
UNIT = ParameterSpec(
    key="p2", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=0.0, upper=1.0
)


def floats(lower, upper, **kwargs) -> ParameterSpec:
    return replace(UNIT, key="p1", lower=lower, upper=upper, **kwargs)


def ints(lower, upper, **kwargs) -> ParameterSpec:
    return floats(lower, upper, value_type=ValueType.INT, **kwargs)


def choice(*values, value_type=ValueType.TEXT, is_ordered=False) -> ParameterSpec:
    return ParameterSpec(
        key="p1",
        kind=ParameterKind.CHOICE,
        value_type=value_type,
        values=values,
        is_ordered=is_ordered,
    )


def numbers(*values, is_ordered=True) -> ParameterSpec:
    return choice(*values, value_type=ValueType.FLOAT, is_ordered=is_ordered)


def fixed(value, value_type=ValueType.FLOAT) -> ParameterSpec:
    return ParameterSpec(key="p1", kind=ParameterKind.FIXED, value_type=value_type, value=value)


REFUSED = [
    # Bounds.
    (floats(None, 1.0), "lower", "Enter a number."),
    (floats(0.0, None), "upper", "Enter a number."),
    (floats(0.0, INF), "upper", "finite"),
    (floats(float("nan"), 1.0), "lower", "finite"),
    (floats(-1e300, 1e300), "lower", "1e30"),
    (floats(-1e300, 1e300), "upper", "1e30"),
    (floats(-1e31, 1.0), "lower", "1e30"),
    (floats(1.0, 1.0), "upper", "must lie above 1."),
    (floats(1.0, 1e-5), "upper", "must lie above 1."),
    (floats(1e-5, 1e-6), "upper", "must lie above 1e-5."),
    (floats(0.0, 1e-31), "upper", "at least 1e-30 apart"),
    (floats(0.0, 1e-40), "upper", "smaller unit"),
    (floats(1e15, 1e15 + 1), "upper", "too close together for their size (1e15)"),
    (floats(1e9, 1e9 + 100), "upper", "too close together"),
    (ints(10**15, 10**15 + 5000), "upper", "too close together"),
    (ints(2**53 - 900, 2**53), "upper", "too close together"),
    (ints(0, 2**53 + 1), "upper", "9007199254740992"),
    (ints(-(10**400), 0), "lower", "9007199254740992"),
    (ints(0.5, 3), "lower", "whole numbers"),
    (floats(True, 2.0), "lower", "Enter a number."),
    (floats("0", 2.0), "lower", "Enter a number."),
    (floats(0.0, 1.0, value_type=ValueType.TEXT), "value_type", "Only numbers"),
    # Log scale.
    (floats(0.0, 1.0, log_scale=True), "lower", "must lie above 0"),
    (floats(-1.0, 1.0, log_scale=True), "lower", "must lie above 0"),
    (ints(0, 10, log_scale=True), "lower", "must lie above 0"),
    (floats(1e-300, 1.0, log_scale=True), "lower", "at 1e-30 at least"),
    (floats(1.0, 1.00002, log_scale=True), "upper", "too close together for a log scale"),
    (ints(10**9, 10**9 + 900, log_scale=True), "upper", "too close together for a log scale"),
    (floats(1.0, 101.0, log_scale=True, step=10.0), "step", "log scale"),
    # Steps.
    (floats(0.0, 1.0, step=0.0), "step", "greater than 0"),
    (floats(0.0, 1.0, step=-0.1), "step", "greater than 0"),
    (floats(0.0, 1.0, step=INF), "step", "finite"),
    (floats(0.0, 1.0, step=2.0), "step", "1 at most"),
    (floats(0.0, 1.0, step=0.3), "step", "The nearest upper bound that fits is 0.9."),
    (floats(0.0, 1.0, step=0.35), "step", "The nearest upper bound that fits is 1.05."),
    (floats(0.0, 1.0, step=1e-25), "step", "too small"),
    (ints(1, 10, step=2), "step", "The nearest upper bound that fits is 9."),
    (ints(1, 10, step=1.5), "step", "whole numbers"),
    # Choices.
    (choice(), "values", "at least two"),
    (choice("a"), "values", "Fixed"),
    (choice("a", "b", "a"), "values", "a is listed twice."),
    (numbers(1.0, 2.0, 1), "values", "1 is listed twice."),
    (choice(*map(str, range(1001))), "values", "these are 1001"),
    (choice("a", "b" * 201), "values", "200 characters at most"),
    (choice("a", " "), "values", "cannot be blank"),
    (choice("a", "b\nc"), "values", "control characters"),
    (choice("a", "b\x00"), "values", "control characters"),
    (choice("a", 1), "values", "This is not a text."),
    (choice(1, "b", value_type=ValueType.INT), "values", "This is not a whole number."),
    (choice(1, True, value_type=ValueType.INT), "values", "This is not a whole number."),
    (choice(True, "no", value_type=ValueType.BOOL), "values", "This is not yes or no."),
    (choice(True, True, value_type=ValueType.BOOL), "values", "listed twice"),
    (numbers(1.0, INF), "values", "finite"),
    (numbers(1.0, float("nan")), "values", "finite"),
    (numbers(-1e100, 1e100, 1.0), "values", "1e30"),
    (numbers(0.1, 0.1 + 1e-12), "values", "too close together"),
    (numbers(1e15, 1e15 + 1, is_ordered=False), "values", "too close together"),
    (
        choice(2**53 - 1, 2**53, value_type=ValueType.INT, is_ordered=True),
        "values",
        "too close together",
    ),
    # Fixed.
    (fixed(None), "value", "Enter the value"),
    (fixed(float("nan")), "value", "finite"),
    (fixed("0.5"), "value", "This is not a number."),
    (fixed(True), "value", "This is not a number."),
    (fixed(" ", ValueType.TEXT), "value", "cannot be blank"),
]


@pytest.mark.parametrize(("spec", "field", "message"), REFUSED, ids=str)
def test_refused(spec, field, message):
    problems = dict(parameter_problems(spec))
    assert message in problems[field]


ACCEPTED = [
    floats(-10.0, 10.0),
    floats(-LARGEST_BOUND, LARGEST_BOUND),
    floats(0.0, 1e-9),
    floats(0.0, 1e-8, step=1e-9),
    floats(1e-7, 1e-5, log_scale=True),
    floats(-1e30, 1e30),
    floats(1e15, 1e15 + 1.1e10),
    floats(1e9, 1e9 + 1.1e4),
    floats(1e-30, 1e30, log_scale=True),
    floats(1e-5, 1e3, log_scale=True),
    floats(1.0, 1.0001, log_scale=True),
    floats(0.0, 1.0, step=0.1),
    floats(0.1, 0.7, step=0.1),
    floats(0.0, 1.0, step=1.0),
    floats(0.0, 1.0, step=1e-9),
    floats(1e9, 1e9 + 1.1e4, step=1.0),
    ints(0, 1),
    ints(-(2**53), 2**53),
    ints(0, 1_000_000),
    ints(10**5, 10**5 + 2),
    ints(10**12, 10**12 + 2 * 10**7),
    ints(1, 2**53, log_scale=True),
    ints(1, 2, log_scale=True),
    ints(0, 100, step=10),
    choice("a", "b"),
    choice("s", "m", "l", is_ordered=True),
    choice("<b>", "__import__('os')", 'a"b', "ß" * 200),
    choice(*map(str, range(100))),
    choice(False, True, value_type=ValueType.BOOL),
    choice(True, False, value_type=ValueType.BOOL),
    choice(16, 32, 64, value_type=ValueType.INT, is_ordered=True),
    choice(2**53 - 10**11, 2**53, value_type=ValueType.INT, is_ordered=True),
    numbers(1e-5, 1e-6, 1e-7),
    numbers(-1e30, 0.0, 1e30),
    numbers(1e9, 1e9 + 1.1e4, 1e9 + 5),
    numbers(1e15, 1e15 + 1, 1e15 + 2, is_ordered=False),
    fixed(0.5),
    fixed(-1e30),
    fixed("adam", ValueType.TEXT),
    fixed(False, ValueType.BOOL),
]


@pytest.mark.parametrize("spec", ACCEPTED, ids=str)
def test_what_is_accepted_ax_searches_until_the_model_decides(spec):
    from experiments.optimizer import suggest

    assert parameter_problems(spec) == []
    experiment = ExperimentSpec(
        parameters=(spec, UNIT), metrics=(MetricSpec(key="m1", direction=Direction.MINIMIZE),)
    )
    trials: list[TrialRecord] = []
    for number in range(7):
        suggestion = next(iter(suggest(experiment, trials, count=1)))
        observation = ObservationRecord(
            metric="m1", mean=(suggestion.parameters["p2"] - 0.3) ** 2 + number % 2
        )
        trials.append(
            TrialRecord(
                number=number,
                status=TrialStatus.COMPLETED,
                parameters=suggestion.parameters,
                observations=(observation,),
            )
        )
    assert {type(trial.parameters["p1"]) for trial in trials} <= {
        {"float": float, "int": int, "text": str, "bool": bool}[spec.value_type]
    }


any_float = st.floats(allow_nan=True, allow_infinity=True) | st.none()


@settings(max_examples=500)
@given(lower=any_float, upper=any_float, step=any_float, log_scale=st.booleans())
def test_any_bounds_are_judged(lower, upper, step, log_scale):
    spec = floats(lower, upper, step=step, log_scale=log_scale)
    if not parameter_problems(spec):
        make_axis(spec).parameter()


@given(
    st.lists(
        st.integers() | st.floats() | st.text(max_size=5) | st.booleans() | st.none(), max_size=5
    ),
    st.sampled_from(ValueType),
    st.booleans(),
)
def test_any_values_are_judged(values, value_type, is_ordered):
    spec = choice(*values, value_type=value_type, is_ordered=is_ordered)
    if not parameter_problems(spec):
        make_axis(spec).parameter()


@pytest.mark.parametrize(
    "name",
    [
        "lambda",
        "learning rate",
        "β",
        "acc%",
        "yield",
        "<script>alert(1)</script>",
        "__import__('os')",
        "1",
        "a,b",
        "x" * 100,
        "👩‍🔬",
    ],
)
def test_names_as_people_type_them(name):
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "Give the parameter a name."),
        (" \u00a0 ", "Give the parameter a name."),
        ("\u200b\u200d", "Give the parameter a name."),
        ("x" * 101, "100 characters at most; this one has 101"),
        ("a\nb", "line breaks"),
        ("a\x00b", "control characters"),
        ("abc\u202edef", "control characters"),
    ],
)
def test_names_that_are_none(name, message):
    assert message in (name_problem(name) or "")


def test_the_same_name_twice_stands_at_the_second():
    problems = space_problems([("é", UNIT), ("x", UNIT), (" e\u0301 ", UNIT)])
    assert problems == [(2, "name", "Parameter 1 has this name already.")]


def test_something_must_vary():
    for parameters in ([], [("a", fixed(1.0))]):
        (problem,) = space_problems(parameters)
        assert (problem.place, problem.field) == (None, "")
        assert "at least one parameter that varies" in problem.message


def test_not_too_many():
    parameters = [(f"x{n}", UNIT) for n in range(MOST_PARAMETERS + 1)]
    assert space_problems(parameters[:-1]) == []
    assert [problem.place for problem in space_problems(parameters)] == [None]


def test_cardinality():
    assert cardinality(UNIT) is None
    assert cardinality(ints(1, 10)) == 10
    assert cardinality(floats(0.0, 1.0, step=0.1)) == 11
    assert cardinality(choice("a", "b")) == 2
    assert cardinality(fixed(1.0)) == 1
