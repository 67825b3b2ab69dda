"""Drafts, and questions about slips, through a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, enter, running

pytestmark = pytest.mark.browser


def test_what_is_half_typed_survives_a_reload(page: Page, define) -> None:
    define(page, "Drafted")
    ask_for(page, 2)
    field = running(page).first.get_by_label("booth")
    field.press_sequentially("0.2")
    page.reload()
    expect(field).to_have_value("0.2")
    field.press("End")
    field.press_sequentially("5")
    field.press("Enter")
    expect(running(page)).to_have_count(1)
    page.reload()
    expect(running(page).first.get_by_label("booth")).to_have_value("")


def test_a_slip_is_asked_about_and_mended_with_a_click(page: Page, define) -> None:
    define(page, "Slips")
    ask_for(page, 5)
    for number, value in enumerate(("1", "2", "3", "4")):
        enter(page, f"Trial {number}", value)
        expect(running(page)).to_have_count(4 - number)
    row = running(page).first
    enter(page, "Trial 4", "210")
    expect(row.get_by_role("alert").first).to_contain_text("210 is 52 times the largest so far")
    row.get_by_role("button", name="It is 2.1").click()
    expect(row.get_by_label("booth")).to_have_value("2.1")
    page.keyboard.press("Enter")
    expect(running(page)).to_have_count(0)
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_text("because smaller is better")).to_have_count(0)
