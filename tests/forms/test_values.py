from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import ValueType
from experiments.forms.values import detect_type, join_values, parse_values, split_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("rbf, poly,sigmoid", ["rbf", "poly", "sigmoid"]),
        ("rbf\npoly\r\n\nsigmoid\n", ["rbf", "poly", "sigmoid"]),
        ("0,5\n0,7", ["0,5", "0,7"]),
        ("a, b,\nc, d", ["a", "b", "c", "d"]),
        ('"a, b", c', ["a, b", "c"]),
        ('"a, b"\nc', ["a, b", "c"]),
        ("a,,b,", ["a", "b"]),
        ("", []),
    ],
)
def test_lists_as_people_write_them(text, values):
    assert split_values(text) == values


@pytest.mark.parametrize(
    ("values", "value_type"),
    [
        (["16", "32", "-1"], ValueType.INT),
        (["16", "0.5"], ValueType.FLOAT),
        (["1e-3", "1e-4"], ValueType.FLOAT),
        (["−1", "0,5"], ValueType.FLOAT),
        (["yes", "No"], ValueType.BOOL),
        (["true", "false"], ValueType.BOOL),
        (["007", "008"], ValueType.TEXT),
        (["rbf", "1"], ValueType.TEXT),
        (["nan"], ValueType.TEXT),
    ],
)
def test_what_values_are_is_seen(values, value_type):
    assert detect_type(values) is value_type


def test_values_of_their_type():
    assert parse_values(["yes", "OFF"], ValueType.BOOL) == (True, False)
    assert parse_values(["0,5", "1e-3"], ValueType.FLOAT) == (0.5, 0.001)
    with pytest.raises(ValidationError, match="“maybe” is neither yes nor no"):
        parse_values(["maybe"], ValueType.BOOL)


@given(st.text(), st.sampled_from(ValueType))
def test_nothing_that_can_be_typed_breaks_it(text, value_type):
    with suppress(ValidationError):
        values = split_values(text)
        parse_values(values, detect_type(values))
        parse_values(values, value_type)


def test_too_much_text():
    with pytest.raises(ValidationError, match="too long"):
        split_values("x" * 300_000)
    with pytest.raises(ValidationError, match="quotes"):
        split_values("x" * 200_000)


@pytest.mark.parametrize("text", ['"a, b', '"a, b\nc', 'a, "b" c', '"a" b\nc'])
def test_quotes_that_do_not_match_are_pointed_out(text):
    with pytest.raises(ValidationError, match="check the quotes"):
        split_values(text)


def test_lists_with_quotes_are_written_so_that_they_are_understood():
    values = ('"a', 'b" c', '5" disk')
    for separator in ("\n", ", "):
        assert tuple(split_values(join_values(values, separator))) == values
