"""The table of trials through a browser."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running
from tests.house.serving import Serve, run_command

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
    expect(page.locator("#picked-count")).to_have_text("2 selected")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Add these tags").fill("good")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(".message")).to_contain_text("2 trials tagged.")
    expect(page).to_have_url(re.compile("status=completed"))
    expect(rows.filter(has_text="good")).to_have_count(2)
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


MAKE = """
from django.contrib.auth.models import User
from tests.factories import make_experiment, take
ada = User.objects.get(username="ada")
made = make_experiment(ada, name="Sixty")
take(made, ada, *((n / 10, -n / 10) for n in range(60)))
print(made.pk)
"""


@pytest.fixture(scope="module")
def sixty(axdash: Serve) -> str:
    """The address of the table of sixty trials that run."""
    done, said, error = run_command("shell", "-v0", "-c", MAKE, AXDASH_DATA_DIR=axdash.data_dir)
    assert done == 0, error
    return f"/experiments/{said.strip()}/trials/"


def test_a_selection_goes_from_page_to_page_until_it_is_dealt_with(page: Page, sixty: str) -> None:
    page.goto(sixty)
    count = page.locator("#picked-count")
    page.get_by_label("Select trial 59", exact=True).check()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#trials-count")).to_have_text("51–60 of 60")
    expect(count).to_have_text("1 selected, 0 of them on this page")
    page.get_by_label("this page").check()
    expect(count).to_have_text("11 selected, 10 of them on this page")
    page.get_by_label("Select trial 3", exact=True).uncheck()
    page.reload()
    expect(count).to_have_text("10 selected, 9 of them on this page")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.get_by_role("heading", name="Tag: 10 trials")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(count).to_have_text("10 selected, 9 of them on this page")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Add these tags").fill("far")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(".message")).to_contain_text("10 trials tagged.")
    expect(count).to_have_text("0 selected")
    page.get_by_label("all 60 that match").check()
    expect(page.get_by_label("Select trial 5", exact=True)).to_be_checked()
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#trials-count")).to_have_text("1–50 of 60")
    expect(count).to_have_text("all selected")
    page.wait_for_load_state()  # Until then, filters reload the page.
    page.get_by_label("Tag", exact=True).select_option("far")
    expect(page.locator("#trials-rows tr")).to_have_count(10)
    expect(count).to_have_text("0 selected")
    page.get_by_label("this page").check()
    page.get_by_role("button", name="Clear").click()
    expect(count).to_have_text("0 selected")


def test_columns_and_order_by_keyboard(page: Page, sixty: str) -> None:
    page.goto(sixty)
    heads = page.locator("thead th a")
    page.get_by_text("Columns", exact=True).click()
    left = page.get_by_role("button", name="Move x1 to the left")
    left.focus()
    left.press("Enter")
    expect(heads).to_have_text(["trial ↓", "status", "x1", "booth", "x2", "who", "ended", "tags"])
    expect(left).to_be_focused()
    left.press("Enter")
    expect(heads).to_have_text(["trial ↓", "x1", "status", "booth", "x2", "who", "ended", "tags"])
    expect(page.get_by_role("status").get_by_text("x1 is column 2 of 8.")).to_be_attached()
    page.get_by_role("button", name="Order by status").press("Enter")
    turn = page.get_by_role("button", name="status is number 1 of the order, ascending")
    expect(turn).to_be_focused()
    page.get_by_role("columnheader").get_by_role("link", name="x1").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("sort=status&sort=p[0-9]+#"))
    page.get_by_role("columnheader").get_by_role("link", name="x1").press("Shift+Enter")
    expect(page).to_have_url(re.compile("sort=status&sort=-p[0-9]+#"))
    expect(heads.nth(1)).to_have_text("x1 ↓2, then by this, descending")
    page.get_by_text("By values", exact=True).click()
    field = page.get_by_label("x2 from")
    field.fill("much")
    field.press("Tab")
    expect(page.get_by_role("alert").get_by_text("“much” is not a number.")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("-1")
    field.press("Tab")
    expect(page.locator("#trials-count")).to_contain_text("that match, of 60")
    expect(page.get_by_text("is not a number")).to_have_count(0)
    expect(page).to_have_url(re.compile("-from=-1&.*sort=status&sort=-p"))


def test_news_of_rows_before_a_filter_do_not_bring_them_back(page: Page, define) -> None:
    define(page, "Overtaken")
    ask_for(page, 2)
    enter(page, "3")
    page.get_by_role("link", name="Trials", exact=True).click()
    rows = page.locator("#trials-rows tr")
    expect(rows).to_have_count(2)
    held, holds = [], [True]
    page.route(
        "**/trials/live/**",
        lambda route: held.append(route) if holds else route.continue_(),
    )
    page.evaluate("document.dispatchEvent(new Event('axdash:news'))")
    page.get_by_label("completed").check()
    expect(rows).to_have_count(1)
    holds.clear()
    with page.expect_response("**/trials/live/?status=completed*"):
        held.pop(0).continue_()
    expect(rows).to_have_count(1)
