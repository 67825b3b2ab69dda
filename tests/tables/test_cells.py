import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain import TrialStatus
from experiments.search_space import LARGEST, LARGEST_INTEGER
from experiments.tables.cells import (
    Decimal,
    Evidence,
    bool_of,
    decimal_of,
    evidence_of,
    is_blank,
    is_no_number,
    number_of,
    status_of,
    text_of,
)

POINT, COMMA = Decimal.POINT, Decimal.COMMA


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("0.5", POINT, 0.5), (" .5 ", POINT, 0.5), ("5.", POINT, 5.0), ("-3", POINT, -3),
        ("−3", POINT, -3), ("+3", POINT, 3), ("1e-3", POINT, 0.001), ("1E05", POINT, 1e5),
        ("0,5", COMMA, 0.5), ("1.234,5", COMMA, 1234.5), ("1,234.5", POINT, 1234.5),
        ("1,234", POINT, 1234), ("1,234", COMMA, 1.234), ("1.234.567", COMMA, 1234567),
        ("1 234,5", COMMA, 1234.5), ("1\u202f234", POINT, 1234), ("1'234.5", POINT, 1234.5),
        ("0", POINT, 0), ("-0", POINT, 0), ("0.0", POINT, 0.0),
        ("99999999999999999999", POINT, 1e20),
    ],
)  # fmt: skip
def test_numbers_are_understood(cell, decimal, number) -> None:
    found = number_of(cell, decimal)
    assert found == number
    assert type(found) is type(number)


@pytest.mark.parametrize(
    "cell",
    ["", "abc", "=1+1", "007", "00.5", "1,23,456", "2024-01-05", "01.02.2024", "12:30", "1.2.3",
     "1e", "e5", ".", "+", "1 2", "5 %", "1_000", "٣", "nan", "inf", "1e400", "1e-400", "0x10"],
)  # fmt: skip
def test_what_is_no_number_stays_a_text(cell) -> None:
    assert number_of(cell, POINT) is None


def test_percent_signs_go_with_percentages_only() -> None:
    assert number_of("85 %", POINT, is_percent=True) == 85
    assert number_of("8,5%", COMMA, is_percent=True) == 8.5
    assert number_of("85", POINT, is_percent=True) is None


@given(st.floats(-LARGEST, LARGEST, allow_subnormal=False))
def test_floats_come_back_as_they_were_written(number) -> None:
    assert number_of(repr(number), POINT) == number
    assert number_of(repr(number).replace(".", ","), COMMA) == number


@given(st.integers(-LARGEST_INTEGER, LARGEST_INTEGER))
def test_integers_come_back_with_and_without_groups(number) -> None:
    assert number_of(str(number), POINT) == number
    assert number_of(f"{number:,}", POINT) == number
    assert number_of(f"{number:,}".replace(",", "."), COMMA) == number


@given(st.text(max_size=30), st.sampled_from(Decimal), st.booleans())
def test_no_text_breaks_anything(cell, decimal, is_percent) -> None:
    number = number_of(cell, decimal, is_percent=is_percent)
    assert number is None or abs(number) <= LARGEST
    assert is_no_number(cell) or not is_blank(cell)
    assert "\n" not in text_of(cell)
    bool_of(cell)
    status_of(cell)
    decimal_of([cell])


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1.5", "2"], POINT), (["1,5", "2"], COMMA), (["1.234,5"], COMMA), (["1,234.5"], POINT),
        (["0,123"], COMMA), (["1,234", "0.5"], POINT), (["1.234", "0,5"], COMMA), ([], POINT),
        (["a", "12,5%"], COMMA),
    ],
)  # fmt: skip
def test_decimal_mark_is_that_of_the_clear_numbers(cells, decimal) -> None:
    assert decimal_of(cells) is decimal


def test_groups_are_thousands_where_commas_separate_cells() -> None:
    assert decimal_of(["1,024", "2,048"], is_comma_taken=True) is POINT
    assert decimal_of(["1,024", "2,048"]) is COMMA
    assert evidence_of(["1,024", "2,048"]) == Evidence(None, COMMA, "1,024")


@pytest.mark.parametrize("cell", ["", " ", "-", "–", "n/a", "N/A", "NaN", "#N/A", "null"])
def test_blanks_are_blank_everywhere(cell) -> None:
    assert is_blank(cell)
    assert is_no_number(cell)


@pytest.mark.parametrize("cell", ["none", "inf", "-Infinity", "#DIV/0!"])
def test_some_words_are_no_numbers_but_may_be_choices(cell) -> None:
    assert is_no_number(cell)
    assert not is_blank(cell)


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("COMPLETE", TrialStatus.COMPLETED), ("finished", TrialStatus.COMPLETED),
        ("TrialState.FAIL", TrialStatus.FAILED), ("crashed", TrialStatus.FAILED),
        ("PRUNED", TrialStatus.ABANDONED), (" Running ", TrialStatus.RUNNING), ("blue", None),
    ],
)  # fmt: skip
def test_statuses_of_other_tools_are_known(cell, status) -> None:
    assert status_of(cell) is status
