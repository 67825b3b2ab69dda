import re
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.forms.numbers import parse_integer, parse_number
from experiments.search_space import LARGEST

usable = st.floats(min_value=-LARGEST, max_value=LARGEST)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e-3", 0.001),
        ("1E-3", 0.001),
        ("0,5", 0.5),
        (" .5 ", 0.5),
        (",5", 0.5),
        ("5.", 5),
        ("-3", -3),
        ("+2", 2),
        ("−3", -3),
        ("- 3", -3),
        ("0", 0),
        ("0,000", 0),
        ("0,123", 0.123),
        ("1234,567", 1234.567),
        ("1,234e-5", 1.234e-5),
        ("10^-3", 1e-3),
        ("-10^(3)", -1000),
        ("2*10^5", 2e5),
        ("1.2·10^-3", 1.2e-3),
        ("1,2 × 10⁻³", 1.2e-3),
        ("1,234×10³", 1234),
        ("−3x10^2", -300),
        ("10⁻³", 1e-3),
        ("1 000", 1000),
        ("1 000,5", 1000.5),
        ("1\u202f000\u202f000.25", 1000000.25),
        ("1'000", 1000),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1.234", 1.234),
        ("１２．５", 12.5),
        ("٣٫٥", 3.5),
        ("1e100", 1e100),
    ],
)
def test_numbers_as_people_write_them(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Enter a number."),
        (" \n", "Enter a number."),
        ("nan", "“nan” is not a number."),
        ("abc", "“abc” is not a number."),
        ("inf", "“inf” is not a number that can be used: it is infinite."),
        ("-Infinity", "“-Infinity” is not a number that can be used: it is infinite."),
        (
            "1,234",
            "“1,234” could be 1.234 or 1234: write it with a point or without separators.",
        ),
        ("12,345e3", "“12,345e3” could be 12.345e3 or 12345e3"),
        ("O.42", "“O.42” is not a number. Did you mean 0.42?"),
        ("1_000", "“1_000” is not a number. Did you mean 1000?"),
        ("10^(-3", "“10^(-3” is not a number."),
        ("10^400", "“10^400” is too large: 1e100 is the most that can be used."),
        ("a·10^3", "“a·10^3” is not a number."),
        ("0x10", "“0x10” is not a number."),
        ("10²", "“10²” is not a number."),
        ("½", "“½” is not a number."),
        ("1 23", "“1 23” is not a number."),
        ("1..5", "“1..5” is not a number."),
        ("0\x00", "“0�” is not a number."),
        ("9" * 400, f"“{'9' * 29}…” is too large: 1e100 is the most that can be used."),
        ("1e101", "“1e101” is too large"),
        ("-1e999999999999", "is too large"),
        ("1e-400", "“1e-400” is too close to zero. Write 0 if that is meant."),
        ("1e-999999999999", "is too close to zero"),
        ("1" * 2000, "is too long for a number."),
    ],
)
def test_refused_in_words(text, message):
    with pytest.raises(ValidationError) as refusal:
        parse_number(text)
    assert message in refusal.value.messages[0]


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("3.0", 3), ("1e3", 1000), ("−7", -7), ("9007199254740993", 2**53 + 1)],
)
def test_integers_are_exact(text, number):
    assert parse_integer(text) == number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3.5", "“3.5” is not a whole number."),
        ("1e-999", "is not a whole number."),
        ("1.000", "“1.000” could be 1 or 1000: write it without separators."),
        ("1e999999999", "is too large"),
        ("", "Enter a number."),
    ],
)
def test_what_is_no_integer(text, message):
    with pytest.raises(ValidationError) as refusal:
        parse_integer(text)
    assert message in refusal.value.messages[0]


@given(usable)
def test_every_float_comes_back(number):
    assert parse_number(repr(number)) == number


@given(usable)
def test_every_float_with_a_decimal_comma_comes_back_or_is_asked_about(number):
    text = repr(number).replace(".", ",")
    if re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", text):
        with pytest.raises(ValidationError, match="could be"):
            parse_number(text)
    else:
        assert parse_number(text) == number


@given(st.integers(min_value=-(2**60), max_value=2**60))
def test_every_integer_comes_back_in_groups_too(number):
    assert parse_integer(str(number)) == number
    assert parse_integer(f"{number:,}".replace(",", "\u2009")) == number


typed = st.text() | st.text(alphabet="0123456789+-−.,eE '_^*()O١²\u202f\x00", max_size=30)


@given(typed)
@example("1e" + "9" * 900)
@example("." + "0" * 990 + "1")
def test_nothing_that_can_be_typed_breaks_it(text):
    for parse in (parse_number, parse_integer):
        with suppress(ValidationError):
            assert abs(parse(text)) <= LARGEST
