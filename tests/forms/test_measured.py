"""One number or several measurements in one field, as people write them."""

import math
from decimal import Decimal
from statistics import fmean, stdev

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from experiments.forms.measured import Ambiguous, Measured, read_measured


@pytest.mark.parametrize(
    ("typed", "unit", "value"),
    [
        ("0.91", "", 0.91),
        ("0,91", "", 0.91),
        (" 1e-3 ", "", 1e-3),
        ("−2", "", -2.0),
        ("1 000", "", 1000.0),
        ("1\u202f234,5", "", 1234.5),
        ("1 234", "", 1234.0),
        ("12 %", "%", 12.0),
        ("12%", "%", 12.0),
        ("2.5 ms", "ms", 2.5),
        ("2,5ms", "ms", 2.5),
        ("2.5 MS", "ms", 2.5),
        ("-40 °C", "°C", -40.0),
        ("7 m/s²", "m/s²", 7.0),
    ],
)
def test_one_number(typed, unit, value):
    assert read_measured(typed, unit) == Measured(value)


@pytest.mark.parametrize(
    ("typed", "unit", "values"),
    [
        ("0.91 0.93 0.90", "", (0.91, 0.93, 0.90)),
        ("0,91 0,93 0,90", "", (0.91, 0.93, 0.90)),
        ("0.91, 0.93, 0.90", "", (0.91, 0.93, 0.90)),
        ("0.91,0.93,0.90", "", (0.91, 0.93, 0.90)),
        ("0.91; 0.93;0.90", "", (0.91, 0.93, 0.90)),
        ("0.91\n0.93\t0.90\n", "", (0.91, 0.93, 0.90)),
        ("12 ms 13 ms", "ms", (12.0, 13.0)),
        ("12ms; 13 ms", "ms", (12.0, 13.0)),
        ("120; 130", "", (120.0, 130.0)),
        ("1e-3 2e-3", "", (1e-3, 2e-3)),
        ("5 -3", "", (5.0, -3.0)),
    ],
)
def test_measurements(typed, unit, values):
    measured = read_measured(typed, unit)
    assert measured.raw == values
    assert measured.mean == pytest.approx(fmean(values))
    assert measured.sem == pytest.approx(stdev(values) / math.sqrt(len(values)))


def test_equal_measurements_have_no_error():
    assert read_measured("0.5 0.5 0.5").sem == 0


@pytest.mark.parametrize(
    ("typed", "unit", "choices"),
    [
        ("1,234", "", ["1.234", "1234"]),
        ("12 %", "", ["0.12", "12"]),
        ("120 130", "", ["120130", "120; 130"]),
        ("120 130 125", "", ["120130125", "120; 130; 125"]),
        ("1,234 1,240", "", ["1.234; 1.240", "1234; 1240"]),
        ("1,234 0.5", "", ["1.234; 0.5", "1234; 0.5"]),
        ("12 % 13.5 %", "", ["0.12; 0.135", "12; 13.5"]),
        ("12.3456789 %", "", ["0.123456789", "12.3456789"]),
        ("7 %", "", ["0.07", "7"]),
    ],
)
def test_what_could_be_two_things_is_asked(typed, unit, choices):
    with pytest.raises(Ambiguous) as asked:
        read_measured(typed, unit)
    assert asked.value.choices == choices


@pytest.mark.parametrize("typed", ["1,234", "12 %", "120 130", "1,234 1,240", "12 % 13 %"])
def test_each_choice_can_be_typed(typed):
    with pytest.raises(Ambiguous) as asked:
        read_measured(typed)
    one, other = [read_measured(choice) for choice in asked.value.choices]
    assert one != other


@given(st.floats(1e-3, 1e3).map(lambda value: round(value, 12)))
def test_no_choice_rounds_what_was_typed(value):
    typed = f"{value:.12f}"
    with pytest.raises(Ambiguous) as asked:
        read_measured(f"{typed} %")
    share, whole = [read_measured(choice).mean for choice in asked.value.choices]
    assert whole == float(typed)
    assert share == float(Decimal(typed) / 100)


def test_what_is_no_number_beside_an_unclear_one_is_said():
    with pytest.raises(ValidationError, match="has the unit “kg”") as error:
        read_measured("1,234 3kg")
    assert not isinstance(error.value, Ambiguous)


@pytest.mark.parametrize(
    ("typed", "unit", "said"),
    [
        ("3 s", "ms", "has the unit “s”, but this metric is in ms"),
        ("3 kg", "", "has the unit “kg”, but this metric has no unit"),
        ("12 %", "ms", "is in percent, but this metric is in ms"),
        ("ms", "ms", "not a number"),
        ("inf", "", "infinite"),
        ("-inf", "", "infinite"),
        ("nan", "", "not a number"),
        ("9" * 400, "", "too large"),
        ("0.1 0.2 x", "", "has the unit “x”"),
        (" ".join(["1.5"] * 101), "", "100 measurements at most"),
        ("1e308 -1e308", "", ""),
        ("0x10", "", ""),
    ],
)
def test_what_makes_no_sense_is_said(typed, unit, said):
    with pytest.raises(ValidationError) as error:
        read_measured(typed, unit)
    assert said in " ".join(error.value.messages)


numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


@given(st.lists(numbers, min_size=2, max_size=8))
def test_measurements_apart_by_semicolons_are_always_understood(values):
    measured = read_measured("; ".join(map(repr, values)))
    assert measured.raw == tuple(values)
    assert min(values) - 1e-9 <= measured.mean <= max(values) + 1e-9


def outcome(typed, unit):
    """What was read, or the reason why nothing was."""
    try:
        return read_measured(typed, unit)
    except ValidationError as error:
        return " ".join(error.messages)


@given(
    st.text(max_size=30) | st.text(alphabet="0123456789.,; -e%ms", max_size=16),
    st.sampled_from(["", "%", "ms", "€"]),
)
def test_any_text_is_a_number_or_a_reason(typed, unit):
    found = outcome(typed, unit)
    assert found
    assert isinstance(found, str) or math.isfinite(found.mean)
