"""The page of a trial, and who has which: as two people use them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


def test_a_trial_handed_over_leaves_the_list_of_mine_but_not_what_was_typed(
    page: Page, sign_in, define
) -> None:
    define(page, "Mine")
    ask_for(page, 2)
    first, second = [row.get_attribute("aria-label") for row in running(page).all()]
    other = sign_in("bob")
    other.goto(page.url)
    page.get_by_role("navigation", name="Which running trials").get_by_text("Mine").click()
    expect(page).to_have_url(re.compile(r"\?run=mine"))
    expect(running(page)).to_have_count(2)
    typed = page.get_by_role("group", name=first).get_by_label("booth")
    typed.fill("12.")
    for name in (first, second):
        other.get_by_role("group", name=name).get_by_title("Claim, hand over, due date").click()
        other.get_by_label("Who has it", exact=True).select_option("bob")
        other.get_by_role("button", name="Save").click()
        expect(other.get_by_role("group", name=name).locator(".who")).to_contain_text("you")
    expect(page.get_by_role("group", name=second)).to_have_count(0)
    expect(page.get_by_text("This trial was finished or handed over meanwhile")).to_be_visible()
    expect(typed).to_have_value("12.")


def test_notes_and_files_reach_a_page_that_is_open(
    page: Page, sign_in, define, tmp_path: Path
) -> None:
    define(page, "Surroundings")
    ask_for(page, 1)
    page.locator(".run-number a").click()
    other = sign_in("bob")
    other.goto(page.url)
    page.get_by_role("link", name="Edit notes").click()
    page.get_by_label("Notes in Markdown").fill("It was **hot**.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong")).to_have_text("hot")
    expect(page.get_by_label("Notes in Markdown")).to_have_value("It was **hot**.")
    page.get_by_role("button", name="Save").click()
    expect(other.locator(".prose strong")).to_have_text("hot")

    log = tmp_path / "run.log"
    log.write_text("step 1\n<b>step 2</b>\n")
    files = page.get_by_label("Add files")
    files.focus()  # As who chooses a file does: news leave the field alone then.
    files.set_input_files(log)
    page.get_by_role("button", name="Upload").click()
    other.get_by_text("What it says").click()
    expect(other.get_by_label("run.log", exact=True)).to_have_text("step 1\n<b>step 2</b>\n")
    page.get_by_role("button", name="Remove run.log").click()
    expect(other.get_by_text("What it says")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(other.get_by_text("What it says")).to_be_visible()
