"""Whatever is pasted: it is read or refused in words, and soon."""

import json
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments.importing import read_definition
from experiments.importing.reading import MOST_CHARACTERS

_WORDS = [
    "parameters", "metrics", "metric", "name", "type", "range", "choice", "fixed", "derived",
    "bounds", "values", "value", "value_type", "float", "int", "text", "x1", "x2",
    "log_scale", "is_ordered", "dependents", "expression_str", "min", "max", "distribution",
    "uniform", "q", "log_uniform", "q_uniform", "terms", "parameter", "coefficient",
    "only_when", "format", "axdash/1", "constraints", "objective", "create_experiment",
    "configure_experiment", "RangeParameterConfig", "ChoiceParameterConfig",
]  # fmt: skip
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, -0.0, 1e308, "1e400", "\ud800", "\x00", "<b>", "x1 + x2 <= 3"])
    | st.sampled_from(_WORDS)
    | st.text(max_size=5)
)
_THINGS = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=30,
)
_PIECES = st.sampled_from([*_WORDS, *"{}[]():,=\n'\"-+*#&!<>|%@\\", "\n  ", ": ", "- ", "1e-3"])


def check(text: str) -> None:
    """A reading has a definition, or says why there is none; all of it can be shown."""
    reading = read_definition(text)
    assert reading.draft is not None or reading.problems
    assert len(reading.problems) <= 60
    for problem in reading.problems:
        assert problem == problem.strip()
        assert "\n" not in problem
        problem.encode()
    if reading.draft is not None:
        assert 0 < len(reading.draft.parameters) <= 200
        for parameter in reading.draft.parameters:
            parameter.name.encode()
            json.dumps(parameter.spec.values)


@given(st.text() | st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")))
@example("[" * 100_000)
@example("{'a':" * 100_000)
@example("- " * 100_000)
@example("x = " + "-" * 100_000 + "1")
@example("x = " + "1 + " * 50_000 + "1")
@example("(" * 90 + ")" * 90)
@example("a: &a [*a]")
@example("a: !!binary " + "A" * 1000)
@example("x: 1e400\nparameters: {x: {value: 1e400}}")
@example("[" + "9" * 5_000 + "]")
@example("x = " + "9" * 5_000)
@example("parameters: {x: {value: " + "9" * 5_000 + "}}")
@example('{"parameters": ' + "9" * 5_000 + "}")
@example("%YAML 9.9\n---\na: b")
@example("? [a, b]\n: c")
@settings(deadline=None)
def test_any_text(text: str) -> None:
    check(text)


@given(st.lists(_PIECES, max_size=40).map("".join))
@settings(deadline=None, max_examples=300)
def test_texts_that_look_like_something(text: str) -> None:
    check(text)


@given(_THINGS)
@settings(deadline=None, max_examples=300)
def test_any_json(value: object) -> None:
    check(json.dumps(value))


@given(_THINGS)
@settings(deadline=None, max_examples=200)
def test_any_python_literal(value: object) -> None:
    check(f"create_experiment(parameters={value!r}, objectives={value!r})")
    check(f"client.configure_experiment(parameters=[{value!r}], parameter_constraints={value!r})")


@given(st.lists(_THINGS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=200)
def test_any_fields_of_parameters(values: list[object]) -> None:
    fields = ("bounds", "values", "value", "only_when", "terms", "dependents", "distribution")
    named = {field: values[place % len(values)] for place, field in enumerate(fields)}
    for kind in ("range", "choice", "fixed", "derived"):
        source = {"name": "x", "type": kind} | named
        check(json.dumps([source]))
        check(json.dumps({"parameters": [source], "metrics": [named]}))
    check(json.dumps({"parameters": {"x": named, "y": {"min": values[0], "max": values[-1]}}}))


DOUBLING = "\n".join(["a0 = [1, 2]", *(f"a{n} = [a{n - 1}, a{n - 1}]" for n in range(1, 40))])


@pytest.mark.parametrize(
    "text",
    [
        f"{DOUBLING}\ncreate_experiment(parameters=[{{'name': 'x', 'values': a39}}])",
        f"{DOUBLING}\nc = {{'parameters': {{'x': {{'values': a39}}}}}}",
        "a = [1]\n" + "a = a + a\n" * 200 + "create_experiment(parameters=a)",
        "a = 3\n" + "a = a * a\n" * 200 + "create_experiment(parameters=[a])",
        "[" + "[1]," * 200_000 + "]",
        "{" + '"a": 1,' * 100_000 + '"a": 1}',
        json.dumps([{"name": f"x{n}", "type": "range"} for n in range(20_000)]),
        "parameters:\n" + "".join(f"  x{n}: {{value: 1}}\n" for n in range(15_000)),
        "- " * 140_000,
        "a" * MOST_CHARACTERS,
        "x = f(" * 30 + "1" + ")" * 30,
    ],
    ids=range(11),
)
def test_large_texts_are_answered_soon(text: str) -> None:
    start = time.perf_counter()
    check(text)
    assert time.perf_counter() - start < 10


def test_what_is_too_long_is_refused() -> None:
    reading = read_definition("x" * (MOST_CHARACTERS + 1))
    assert reading.problems == ("This is longer than a million characters; no definition is.",)


@pytest.mark.parametrize("text", ["", "  \n", "\ufeff"])
def test_nothing(text: str) -> None:
    assert read_definition(text).problems == ("Paste a definition, or choose a file.",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "No definition was found in this."),
        ('{"a": 1', "JSON cannot be read at line 1"),
        ("a: [1, 2\nb: 3", "YAML cannot be read at line 2"),
        ("create_experiment(parameters=[", "Python cannot read line 1: '[' was never closed."),
        ('{"parameters": []}', "No definition was found in this."),
        ("SELECT 1", "No definition was found in this."),
    ],
)
def test_why_nothing_was_understood(text: str, said: str) -> None:
    reading = read_definition(text)
    assert reading.draft is None
    assert said in reading.problems[0]


def test_too_many_parameters_are_counted() -> None:
    text = json.dumps([{"name": f"x{n}", "type": "range", "bounds": [0, 1]} for n in range(201)])
    assert read_definition(text).problems == (
        "This has 201 parameters; at most 200 can be searched at once.",
    )


def test_more_than_a_form_can_have_is_counted() -> None:
    terms = [{"parameter": "x", "coefficient": 1}]
    document: dict[str, Any] = {
        "format": "axdash/1",
        "parameters": [{"name": "x", "type": "range", "bounds": [0, 1]}],
        "metrics": [{"name": f"m{n}"} for n in range(21)],
    }
    constraint = {"terms": terms, "relation": "at_most", "bound": 1}
    assert read_definition(json.dumps(document)).problems == (
        "This has 21 metrics; at most 20 can be measured.",
    )
    document |= {"metrics": [{"name": "m"}], "constraints": [constraint] * 101}
    assert read_definition(json.dumps(document)).problems == (
        "This has 101 constraints; at most 100 can be kept.",
    )


def test_circles_are_for_the_rules_to_judge() -> None:
    text = json.dumps(
        [
            {"name": "a", "type": "choice", "values": ["x", "y"], "dependents": {"x": ["b"]}},
            {"name": "b", "type": "choice", "values": ["x", "y"], "dependents": {"x": ["a"]}},
        ]
    )
    draft = read_definition(text).draft
    assert draft is not None
    assert [p.spec.condition.parameter for p in draft.parameters if p.spec.condition] == [
        "n2",
        "n1",
    ]
