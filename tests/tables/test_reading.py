import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.search_space import LONGEST_NAME
from experiments.tables.cells import Decimal
from experiments.tables.reading import (
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ROWS,
    Delimiter,
    Reading,
    Unreadable,
    decode,
    read,
    recoded,
)


def table_of(data: bytes):
    return read(decode(data).text)


@pytest.mark.parametrize(
    ("delimiter", "text"),
    [
        (Delimiter.COMMA, "lr,loss\n0.1,0.5\n0.2,0.4"),
        (Delimiter.SEMICOLON, "lr;loss\n0,1;0,5\n0,2;0,4"),
        (Delimiter.TAB, "lr\tloss\r\n0,1\t0,5\r\n0,2\t0,4\r\n"),
        (Delimiter.BAR, "lr|loss\n0.1|0.5"),
        (Delimiter.SEMICOLON, "note;loss\nfirst, quick, cheap;1\nsecond, slow, dear;2"),
        (Delimiter.COMMA, "loss\n1\n2"),
    ],
)
def test_delimiter_is_what_cuts_rows_alike(delimiter, text) -> None:
    assert read(text).reading.delimiter is delimiter


def test_cells_keep_quotes_commas_and_line_breaks() -> None:
    table = read('note,loss\n"said ""no"",\nthen yes",1\n')
    assert table.rows == (('said "no",\nthen yes', "1"),)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_row(line_end) -> None:
    table = read(line_end.join(["a,b", "1,2", '"x\ny",4']))
    assert table.header == ("a", "b")
    assert table.rows == (("1", "2"), ("x\ny", "4"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_with_and_without_a_mark(encoding) -> None:
    assert table_of("größe,Ausbeute\n1,2".encode(encoding)).header == ("größe", "Ausbeute")


def test_big_endian_utf_16_is_read() -> None:
    assert table_of(b"\xfe\xff" + "größe,b\n1,2".encode("utf-16-be")).header == ("größe", "b")


def test_older_encodings_are_read_and_named() -> None:
    found = decode("größe,€\n1,2".encode("cp1252"))
    assert (found.text, found.encoding) == ("größe,€\n1,2", "Windows-1252")
    assert decode(b"gr\xf6\x81e,b\n" + b"1,2\n" * 9).encoding == "Latin-1"


def test_encoding_can_be_put_right() -> None:
    found = decode("łóżko,b\n1,2".encode("cp1250"))
    assert recoded(found.text, found.encoding, "Windows-1250").startswith("łóżko")
    with pytest.raises(Unreadable, match="not written in UTF-8"):
        recoded(found.text, found.encoding, "UTF-8")


def test_nul_bytes_and_byte_order_marks_leave_no_trace() -> None:
    table = table_of(b"\xef\xbb\xbfa,b\n1\x00,2" + b"\n3,4" * 20)
    assert table.header == ("a", "b")
    assert table.rows[0] == ("1", "2")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest of a workbook", "CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "CSV"),
        (b"%PDF-1.7", "CSV"),
        (bytes(range(256)) * 4, "not text"),
        (b"", "nothing in this table"),
        (b" \n,,\n", "nothing in this table"),
        (b"lr,loss\n", "no run in it yet"),
        (b"lr,loss\n,\n", "no run in it yet"),
        (b"\xff\xfea", "says that it is UTF-16"),
        (b'a,b\n"' + b"x" * 200_000, "row 2 has more than 131072 characters: .* quotation mark"),
        (b'a,b\n1,2\n"3,4\n5,6\n', "row 3 does not end: look for a quotation mark"),
        (b'a,b\n1,"2', "row 2 does not end"),
        (b"x" * (MOST_BYTES + 1), "10 MB"),
        (b",".join([b"a"] * (MOST_COLUMNS + 1)) + b"\n1", f"at most {MOST_COLUMNS}"),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), "rows; at most 20000"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, words) -> None:
    with pytest.raises(Unreadable, match=words):
        table_of(data)


def test_names_are_made_different_and_it_is_said() -> None:
    table = read("loss,loss,,loss (2), loss \n1,2,3,4,5")
    assert table.header == ("loss", "loss (2)", "Column 3", "loss (2) (2)", "loss (3)")
    assert "Column 3" in table.notes[0]
    assert "“loss (2)”" in table.notes[1]


def test_long_and_broken_names_become_usable() -> None:
    table = read(f'"two\nlines",{"x" * 150},{"x" * 150}\n1,2,3')
    assert table.header[0] == "two lines"
    assert all(len(name) <= LONGEST_NAME for name in table.header)
    assert len(set(table.header)) == 3


def test_blank_rows_keep_the_places_of_the_others() -> None:
    table = read("\n\na,b\n1,2\n,\n\n3,4\n\n")
    assert table.first_place == 4
    assert table.rows == (("1", "2"), (), (), ("3", "4"))


def test_ragged_rows_are_filled_up_and_said() -> None:
    table = read("a,b,c\n1,2,3\n4\n5,6,7,8\n")
    assert table.header == ("a", "b", "c", "Column 4")
    assert table.rows[1] == ("4", "", "", "")
    assert any("shorter" in note for note in table.notes)


def test_commas_at_the_ends_make_no_columns() -> None:
    table = read("a,b,,\n1,2,,\n3,4,,\n")
    assert table.header == ("a", "b")
    assert table.notes == ()


def test_first_row_of_numbers_is_no_header() -> None:
    table = read("0.1,0.5\n0.2,0.4")
    assert table.header == ("Column 1", "Column 2")
    assert len(table.rows) == 2
    assert "first row has values" in table.notes[0]


def test_the_way_to_read_can_be_chosen() -> None:
    reading = Reading(delimiter=Delimiter.SEMICOLON, decimal=Decimal.COMMA, has_header=False)
    table = read("a;b\n1,5;2", reading)
    assert table.rows == (("a", "b"), ("1,5", "2"))
    assert table.reading is reading


def test_number_that_could_mean_two_things_is_pointed_out() -> None:
    table = read("size\tloss\n1,024\t2\n2,048\t3")
    assert table.decimals == (Decimal.COMMA, Decimal.COMMA)
    assert table.is_doubtful
    assert "“1,024” is read as 1.024" in table.doubts[0]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_words(data) -> None:
    try:
        table = table_of(data)
    except Unreadable as error:
        refusal = str(error)
    else:
        refusal = ""
        _is_sound(table)
    assert not refusal or refusal.endswith(".")


@given(st.text(max_size=300), st.sampled_from(Delimiter), st.sampled_from(Decimal), st.booleans())
def test_any_text_is_read_or_refused_in_words(text, delimiter, decimal, has_header) -> None:
    try:
        table = read(text, Reading(delimiter=delimiter, decimal=decimal, has_header=has_header))
    except Unreadable as error:
        refusal = str(error)
    else:
        refusal = ""
        _is_sound(table)
    assert not refusal or refusal.endswith(".")


def _is_sound(table) -> None:
    assert len(set(table.header)) == len(table.header) > 0
    assert all(name.strip() for name in table.header)
    assert all(len(row) in (0, len(table.header)) for row in table.rows)
    written = "".join(cell for row in table.rows for cell in row)
    assert "\0" not in written
    written.encode()


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), min_size=1, max_size=12
).filter(str.strip)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_csv_writers_write_comes_back(rows) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([["a", "b", "c"], *rows])
    reading = Reading(delimiter=Delimiter.SEMICOLON, decimal=Decimal.POINT)
    assert read(text.getvalue(), reading).rows == tuple(map(tuple, rows))
