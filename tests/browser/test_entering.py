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


def test_what_is_read_shows_while_typing_and_keys_move_as_in_a_spreadsheet(
    page: Page, define
) -> None:
    define(page, "Reading")
    ask_for(page, 2)
    first, second = running(page).nth(0), running(page).nth(1)
    field = first.get_by_label("booth")
    field.press_sequentially("0,91 0,93 0,90")
    expect(first.locator("output.reading")).to_have_text("= 0.9133 ± 0.0088, of 3")
    field.press("Alt+ArrowDown")
    expect(second.get_by_label("booth")).to_be_focused()
    page.keyboard.press("Tab")
    expect(second.get_by_label("SEM")).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(first.get_by_label("SEM")).to_be_focused()
    field.press("Escape")
    expect(field).to_have_value("")
    expect(first.locator("output.reading")).to_be_hidden()
    page.reload()
    expect(running(page).nth(0).get_by_label("booth")).to_have_value("")


def test_two_enter_one_result_and_the_second_decides(page: Page, sign_in, define) -> None:
    define(page, "Overtaken")
    ask_for(page, 2)
    other = sign_in("bob")
    other.goto(page.url)
    other.get_by_role("group", name="Trial 0", exact=True).get_by_label("booth").fill("0.7")
    other.get_by_role("group", name="Trial 1", exact=True).get_by_label("booth").fill("0.3")
    enter(page, "Trial 0", "0.5")
    enter(page, "Trial 1", "0.4")
    row = other.get_by_role("group", name="Trial 0", exact=True)
    expect(row).to_contain_text("Somebody finished this trial meanwhile")
    row.get_by_label("booth").press("Enter")
    expect(row).to_contain_text("completed meanwhile by ada: 0.5. Save again to enter yours")
    row.get_by_role("button", name="Save mine instead").click()
    expect(row).to_have_count(0)
    expect(page.locator("#finished-0")).to_contain_text("0.7")
    # What was typed for the other one outlives a reload, although there is no field for it now.
    expect(other.get_by_role("group", name="Trial 1", exact=True)).to_contain_text("Somebody")
    other.reload()
    expect(other.get_by_text("What you typed for trial 1 was not saved: 0.3")).to_be_visible()
    whole = other.url
    other.goto(f"{whole}?run=overdue")  # Nothing is said of trials that may only be filtered out.
    expect(other.get_by_role("region", name="Running trials")).to_be_visible()
    expect(other.get_by_text("What you typed for trial 1")).to_have_count(0)
    other.goto(whole)
    other.get_by_role("button", name="Drop it").click()
    other.reload()
    expect(other.get_by_role("region", name="Running trials")).to_be_visible()
    expect(other.get_by_text("What you typed for trial 1")).to_have_count(0)
