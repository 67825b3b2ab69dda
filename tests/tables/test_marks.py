"""Decimal marks: each column by its own numbers, else by those of the others, else asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.tables.cells import Decimal, number_of
from experiments.tables.marks import marks_of
from experiments.tables.reading import Delimiter, Reading, read

POINT, COMMA = Decimal.POINT, Decimal.COMMA


def written(number: float, decimal: Decimal) -> str:
    text = f"{number:,.2f}"
    return text if decimal is POINT else text.translate(str.maketrans(",.", ".,"))


@given(
    st.lists(st.sampled_from(Decimal), min_size=1, max_size=4).flatmap(
        lambda marks: st.tuples(
            st.just(marks),
            st.lists(
                st.tuples(*(st.integers(-(10**9), 10**9) for _ in marks)), min_size=1, max_size=5
            ),
        )
    )
)
def test_columns_of_different_countries_are_read_as_they_were_meant(made) -> None:
    marks, rows = made
    numbers = [[cents / 100 for cents in row] for row in rows]
    cells = [[written(n, mark) for n, mark in zip(row, marks, strict=True)] for row in numbers]
    text = "\n".join("\t".join(row) for row in [[f"c{i}" for i in range(len(marks))], *cells])
    table = read(text, Reading(delimiter=Delimiter.TAB))
    assert table.decimals == tuple(marks)
    assert not table.unclear
    assert [
        [number_of(cell, mark) for cell, mark in zip(row, table.decimals, strict=True)]
        for row in table.rows
    ] == numbers


@pytest.mark.parametrize(
    ("rows", "decimals", "unclear"),
    [
        ([("1,234", "0.5")], (POINT, POINT), {0: False}),
        ([("1.234", "0,5")], (COMMA, COMMA), {0: False}),
        ([("1,234", "0,5", "0.5")], (COMMA, COMMA, POINT), {0: True}),
        ([("1,234", "7")], (COMMA, POINT), {0: True}),
        ([("1,234",), ("2.345",), ("3.456",)], (POINT,), {0: True}),
        ([("1,234",), ("0,5",)], (COMMA,), {}),
        ([("0,123",)], (COMMA,), {}),
        ([(), ("text, more", "1")], (POINT, POINT), {}),
    ],
)
def test_what_settles_a_mark(rows, decimals, unclear) -> None:
    found, open_ones = marks_of(rows, len(decimals), POINT)
    assert found == decimals
    assert {each.column: each.is_asked for each in open_ones} == unclear


def test_numbers_that_a_spreadsheet_wrote_are_clear_and_typed_ones_are_not() -> None:
    rows = [("1.234", "1,234")]
    decimals, unclear = marks_of(rows, 2, POINT, has_points=True)
    assert decimals == (POINT, POINT)
    assert [(each.column, each.is_asked) for each in unclear] == [(1, False)]
    assert marks_of([("1,234",)], 1, POINT, has_points=True)[1][0].is_asked


def test_both_readings_can_be_told() -> None:
    _, (unclear,) = marks_of([("1,234",)], 1, POINT)
    assert unclear.readings == {POINT: "1234", COMMA: "1.234"}


def test_commas_between_cells_leave_nothing_open() -> None:
    assert marks_of([("1,234", "1.234")], 2, POINT, is_comma_taken=True) == ((POINT, POINT), ())
