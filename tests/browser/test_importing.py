"""A block of cells is pasted into an experiment, looked at, imported, and taken back."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_pasted_block_and_its_undo(page: Page, define) -> None:
    define(page, "Pasted into")
    page.get_by_role("link", name="Import a table").click()
    page.get_by_label("Or paste the cells").fill(
        "x1\tx2\tbooth\n" + "\n".join(f"{n}\t{n / 2}\t{10 - n}" for n in range(9)) + "\n1\t2\tx\n"
    )
    page.get_by_role("button", name="Read the table").click()
    expect(page.get_by_label("booth", exact=True)).to_have_value(re.compile("^metric:"))
    page.get_by_role("button", name="Look at the rows").click()
    expect(page.get_by_role("link", name="9 new")).to_be_visible()
    page.get_by_role("link", name="1 rejected").click()
    expect(page.get_by_text("“x” is not a number that can be used.")).to_be_visible()
    page.get_by_role("button", name="Import 9 rows").click()
    expect(page.get_by_text("9 trials imported.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="completed")).to_have_count(9)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="No trial yet")).to_be_visible()
