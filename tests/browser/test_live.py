"""What one person does shows on the pages of the others."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


def test_two_people_at_once(page: Page, sign_in, define) -> None:
    define(page, "Together")
    ask_for(page, 3)
    names = [row.get_attribute("aria-label") for row in running(page).all()]
    other = sign_in("bob")
    other.goto(page.url)
    theirs = other.get_by_role("group", name=names[1]).get_by_label("booth")
    theirs.click()
    other.keyboard.type("12.")

    mine = page.get_by_role("group", name=names[0]).get_by_label("booth")
    mine.fill("7")
    mine.press("Enter")
    expect(other.get_by_role("region", name="Best so far")).to_contain_text("7", timeout=3000)
    expect(other.get_by_role("group", name=names[0])).to_have_count(0)

    expect(theirs).to_be_focused()
    other.keyboard.type("75")
    expect(theirs).to_have_value("12.75")

    same = page.get_by_role("group", name=names[1]).get_by_label("booth")
    same.fill("5")
    same.press("Enter")
    expect(other.get_by_text("Somebody finished this trial meanwhile")).to_be_visible()
    expect(theirs).to_have_value("12.75")
    theirs.press("Enter")
    expect(other.get_by_text("completed meanwhile by ada: 5")).to_be_visible()
    expect(theirs).to_have_value("12.75")


def test_two_people_never_get_the_same(page: Page, sign_in, define) -> None:
    define(page, "Both ask")
    other = sign_in("bob")
    other.goto(page.url)
    for one in (page, other):
        one.get_by_label("How many").fill("2")
    for one in (page, other):
        one.get_by_role("button", name="Get suggestions").click()
    for one in (page, other):
        expect(running(one)).to_have_count(4, timeout=30_000)
        expect(running(one).filter(has_text="you,")).to_have_count(2)
    copies = page.locator("#running-list [data-copy]").all()
    assert len({copy.get_attribute("data-copy") for copy in copies}) == 4


def test_news_arrive_within_a_second(page: Page, sign_in, define) -> None:
    define(page, "News")
    ask_for(page, 1)
    other = sign_in("bob")
    other.goto(page.url)
    other.wait_for_timeout(1000)  # Its stream of news is open by then.
    field = running(page).get_by_label("booth")
    field.fill("3.25")
    field.press("Enter")
    expect(page.get_by_role("region", name="Best so far")).to_contain_text("3.25")
    start = time.monotonic()
    expect(other.get_by_role("region", name="Best so far")).to_contain_text("3.25", timeout=5000)
    assert time.monotonic() - start < 5
