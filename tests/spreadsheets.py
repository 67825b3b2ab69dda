"""Spreadsheets as programs write them, made by hand."""

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

Rows = Sequence[Sequence[object]]


def formula(value: object = "") -> tuple[str, object]:
    """Return a cell with a formula and the value that was stored for it; "": none was."""
    return ("formula", value)


def sheet(rows: Rows, *, merged: str = "") -> str:
    """Return a sheet's XML: numbers, texts, formulas; ``merged`` is a range such as A1:B2."""
    cells = "".join(
        f'<row r="{place}">{"".join(_cell(c, place, value) for c, value in enumerate(row))}</row>'
        for place, row in enumerate(rows, 1)
    )
    merges = f'<mergeCells><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData>{merges}</worksheet>'


def _cell(column: int, row: int, value: object) -> str:
    at = f'r="{chr(65 + column)}{row}"'
    if isinstance(value, tuple):
        stored = f"<v>{value[1]}</v>" if value[1] != "" else ""
        return f"<c {at}><f>1+1</f>{stored}</c>"
    if isinstance(value, int | float):
        return f"<c {at}><v>{value}</v></c>"
    return f'<c {at} t="inlineStr"><is><t>{value}</t></is></c>'


def xlsx(sheets: dict[str, str | Rows], *, hidden: Sequence[str] = ()) -> bytes:
    """Return a spreadsheet with sheets by name: rows, or XML."""
    relation = '<Relationship Id="{}" Type="{}" Target="{}"/>'
    relations = f'<Relationships xmlns="{RELATIONS}">{{}}</Relationships>'
    states = {name: 'state="hidden" ' if name in hidden else "" for name in sheets}
    listed = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="r{i}" {states[name]}/>'
        for i, name in enumerate(sheets, 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"/>',
        "_rels/.rels": relations.format(
            relation.format("r1", f"{OFFICE}/officeDocument", "xl/workbook.xml")
        ),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations.format(
            "".join(
                relation.format(f"r{i}", f"{OFFICE}/worksheet", f"worksheets/sheet{i}.xml")
                for i in range(1, len(sheets) + 1)
            )
        ),
    }
    for i, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = rows if isinstance(rows, str) else sheet(rows)
    data = BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return data.getvalue()
