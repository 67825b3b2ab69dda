"""Spreadsheets: which sheet is read, what is said of it, and files that want to do harm."""

import struct

import pytest

from experiments.tables.reading import SPREADSHEET, read
from experiments.tables.spreadsheets import Unreadable, open_book
from tests.spreadsheets import formula, sheet, xlsx

RUNS = [["x", "loss"], [1, 2.5], [2.0, "n/a"]]


def test_the_first_sheet_that_is_neither_hidden_nor_empty_is_read() -> None:
    data = xlsx(
        {"Lists": [["no"]], "Blank": [], "Runs": RUNS, "More": [["y"], [3]]}, hidden=["Lists"]
    )
    book = open_book(data)
    assert (book.sheets, book.sheet) == (("Blank", "Runs", "More"), "Runs")
    assert book.text == "x\tloss\n1\t2.5\n2\tn/a\n"
    assert book.notes == ("Hidden sheets are left out: “Lists”.",)
    assert open_book(data, "More").text == "y\n3\n"
    assert open_book(data, "Blank").text == ""
    for other in ("Lists", "no such\x00sheet"):
        assert open_book(data, other).sheet == "Runs"


@pytest.mark.parametrize("sheets", [{"A": [], "B": []}, {"A": [["", " "]]}])
def test_there_may_be_nothing_in_any_sheet(sheets) -> None:
    with pytest.raises(Unreadable, match="nothing in this table"):
        read(open_book(xlsx(sheets)).text)


def test_merged_cells_and_formulas_that_nobody_computed_are_told() -> None:
    rows = [["x", "loss"], ["red", formula(0.5)], ["", formula()], ["blue", formula()]]
    book = open_book(xlsx({"Runs": sheet(rows, merged="A2:A3")}))
    assert read(book.text).rows == (("red", "0.5"), (), ("blue", ""))
    assert book.notes == (
        "Of merged cells, the first has the value, and the others are blank.",
        "2 formulas count as blank, because the file has no value: open it in a spreadsheet and "
        "save it.",
    )


def test_one_column_of_texts_stays_one_column() -> None:
    book = open_book(xlsx({"Runs": [["note"], ["a, b"], ["c, d"]]}))
    table = read(book.text, encoding=SPREADSHEET)
    assert (table.header, table.rows) == (("note",), (("a, b",), ("c, d",)))


def test_an_empty_text_is_a_value_of_a_formula() -> None:
    cell = '<row r="1"><c r="A1" t="str"><f>IF(1,"")</f><v></v></c><c r="B1"><v>1</v></c></row>'
    xml = sheet([]).replace("<sheetData>", f"<sheetData>{cell}")
    assert open_book(xlsx({"Runs": xml})).notes == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("9" * 400, "inf"),
        ("-" + "9" * 400, "-inf"),
        (1e300, "1e+300"),
        (-0.0, "0"),
        ("1e-400", "0"),
    ],
)
def test_numbers_beyond_all_bounds_do_no_harm(value, text) -> None:
    cell = f'<row r="1"><c r="A1"><v>{value}</v></c></row>'
    xml = sheet([]).replace("<sheetData>", f"<sheetData>{cell}")
    assert open_book(xlsx({"Runs": xml})).text == f"{text}\n"


def far_apart() -> bytes:
    """A kilobyte of file whose two cells stand in the corners of the largest sheet."""
    corners = '<row r="1"><c r="A1"><v>1</v></c></row>' + (
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    return xlsx({"Runs": sheet([]).replace("<sheetData>", f"<sheetData>{corners}")})


def lying() -> bytes:
    """A file that unpacks to far more than it says."""
    row = "<row>" + "<c><v>1</v></c>" * 1_000 + "</row>"
    data = bytearray(xlsx({"Runs": sheet([]).replace("<sheetData>", "<sheetData>" + row * 25_000)}))
    at = data.rindex(b"PK\x01\x02")  # The entry of the sheet, in the list of all parts.
    data[at + 24 : at + 28] = struct.pack("<I", 1_000)
    return bytes(data)


@pytest.mark.parametrize("made", [far_apart, lying])
def test_small_files_that_become_huge_end_nothing_but_their_own_reading(made) -> None:
    data = made()
    assert len(data) < 10_000_000
    with pytest.raises(Unreadable, match="Save the sheet with the runs as CSV"):
        open_book(data)


def test_what_says_that_it_is_huge_is_not_even_unpacked() -> None:
    data = bytearray(xlsx({"Runs": RUNS}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)
    with pytest.raises(Unreadable, match="too large"):
        open_book(bytes(data))


@pytest.mark.parametrize("text", ["<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>", "no xml", ""])
def test_sheets_that_are_none(text) -> None:
    with pytest.raises(Unreadable):
        read(open_book(xlsx({"Runs": text})).text)
