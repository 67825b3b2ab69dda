"""A block of cells is pasted into an experiment, looked at, imported, and taken back."""

import re

import pytest
from playwright.sync_api import Page, expect

from axdash.embedded import database_url
from tests.database import held

pytestmark = pytest.mark.browser


# While a page waits for its answer, only other pages can be asked what it shows.
NOTE_DOWN = """
new MutationObserver(() => {
  const shown = document.querySelector("form .at-work:not([hidden])");
  if (shown) localStorage.waiting = `${shown.innerText} ${shown.querySelector("progress")?.value}`;
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


def test_a_pasted_block_and_its_undo(page: Page, define, axdash) -> None:
    page.add_init_script(NOTE_DOWN)
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
    rows = page.url
    other = page.context.new_page()
    with held("experiments_observation", database_url(axdash.data_dir)):
        page.get_by_role("button", name="Import 9 rows").click(no_wait_after=True)
        other.goto(rows.partition("import/")[0])
        other.wait_for_function("localStorage.waiting === 'Writing the results: 0 of 9 0.55'")
        other.goto(rows)
        expect(other.get_by_text("This table is being imported right now.")).to_be_visible()
        expect(other.get_by_text("Writing the results: 0 of 9")).to_be_visible()
    expect(other.get_by_text("This table was imported")).to_be_visible()
    expect(page.get_by_text("9 trials imported.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="completed")).to_have_count(9)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="No trial yet")).to_be_visible()
