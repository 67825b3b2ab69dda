"""The table of trials through a browser."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


def enter(page: Page, value: str) -> None:
    """Type the result of the first running trial."""
    count = running(page).count()
    field = running(page).first.locator("input[data-mean]")
    field.fill(value)
    field.press("Enter")
    expect(running(page)).to_have_count(count - 1)


def test_filter_select_tag_and_undo(page: Page, define) -> None:
    define(page, "Tabled")
    ask_for(page, 3)
    enter(page, "3")
    enter(page, "1")
    page.get_by_role("link", name="Trials", exact=True).click()
    rows = page.locator("#trials-rows tr")
    expect(rows).to_have_count(3)
    page.get_by_label("completed").check()
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile("status=completed"))
    page.get_by_label("Select trial 0", exact=True).check()
    expect(page.locator("#picked-count")).to_have_text("1 selected")
    page.get_by_role("columnheader").get_by_role("link", name="booth").click()
    expect(rows.first).to_contain_text("1")
    page.get_by_label("Select trial 1", exact=True).check()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Add these tags").fill("good")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(".message")).to_contain_text("1 trial tagged.")
    expect(page).to_have_url(re.compile("status=completed"))
    expect(rows.filter(has_text="good")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".message")).to_contain_text("That was undone.")
    expect(rows.filter(has_text="good")).to_have_count(0)


def test_rows_follow_and_the_selection_stays(page: Page, define) -> None:
    define(page, "Followed")
    ask_for(page, 2)
    other = page.context.new_page()
    other.goto(f"{page.url}trials/")
    other.get_by_label("Select trial 0", exact=True).check()
    page.bring_to_front()
    enter(page, "0.25")
    other.bring_to_front()
    expect(other.locator("#trial-0")).to_contain_text("0.25")
    expect(other.get_by_label("Select trial 0", exact=True)).to_be_checked()


def test_a_day_is_over_where_the_browser_is(page: Page, sign_in, define) -> None:
    """25 hours lie between the two: there, it is always a later day."""
    define(page, "Far apart")
    ask_for(page, 1)
    kiritimati = sign_in(timezone_id="Pacific/Kiritimati")
    pago_pago = sign_in("bob", timezone_id="Pacific/Pago_Pago")
    due = datetime.now(ZoneInfo("Pacific/Kiritimati")).date() - timedelta(days=1)
    page.goto(f"{page.url}trials/0/who/")
    page.get_by_label("Due").fill(due.isoformat())
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/trials/0/$"))
    for there in (kiritimati, pago_pago):
        there.goto(page.url)
        expect(there.get_by_text(re.compile(" it, due on"))).to_be_visible()
    expect(kiritimati.get_by_text("overdue", exact=True)).to_be_visible()
    expect(pago_pago.get_by_text("overdue", exact=True)).to_have_count(0)
    pago_pago.get_by_text("bob", exact=True).click()
    expect(pago_pago.get_by_text("Days and times: Pacific/Pago_Pago")).to_be_visible()
