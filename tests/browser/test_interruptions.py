"""What is typed survives a lost connection and a lost session; the keyboard keeps its place."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, enter, running

pytestmark = pytest.mark.browser


def test_a_result_is_sent_once_the_connection_is_back(page: Page, define, problems) -> None:
    define(page, "Offline")
    ask_for(page, 1)
    field = running(page).get_by_label("booth")
    page.context.set_offline(True)
    field.fill("3.25")
    field.press("Enter")
    expect(page.get_by_text("No connection to AxDash")).to_be_visible()
    expect(field).to_have_value("3.25")
    page.context.set_offline(False)
    expect(running(page)).to_have_count(0, timeout=15_000)
    expect(page.get_by_role("region", name="Best so far")).to_contain_text("3.25")
    expect(page.get_by_text("No connection to AxDash")).to_be_hidden()
    assert all("htmx:" in said or "ERR_INTERNET_DISCONNECTED" in said for said in problems)
    problems.clear()


def test_a_result_that_nobody_answers_is_sent_again(page: Page, define, problems) -> None:
    define(page, "Silence")
    ask_for(page, 1)
    page.evaluate("htmx.config.timeout = 500")
    page.route("**/complete/", lambda route: None, times=1)
    enter(page, "Trial 0", "3.25")
    expect(page.get_by_text("No connection to AxDash")).to_be_visible()
    page.evaluate("htmx.config.timeout = 60000")
    expect(running(page)).to_have_count(0)
    expect(page.get_by_role("region", name="Best so far")).to_contain_text("3.25")
    expect(page.get_by_text("No connection to AxDash")).to_be_hidden()
    assert all("htmx:" in said for said in problems)
    problems.clear()


def test_news_that_could_not_be_read_are_read_later(page: Page, sign_in, define, problems) -> None:
    define(page, "Interrupted news")
    ask_for(page, 1)
    page.get_by_text("Manage").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("paused").first).to_be_visible()  # No suggestions: no more news.
    other = sign_in("bob")
    other.goto(page.url)
    other.route("**/live/", lambda route: route.abort())
    enter(page, "Trial 0", "3.25")
    expect(other.get_by_text("No connection to AxDash")).to_be_visible()
    expect(running(page)).to_have_count(0)
    other.unroute("**/live/")
    expect(other.get_by_role("region", name="Best so far")).to_contain_text("3.25")
    expect(other.get_by_text("No connection to AxDash")).to_be_hidden()
    assert all("htmx:" in said or "ERR_FAILED" in said for said in problems)
    problems.clear()


def test_who_is_signed_out_keeps_what_was_typed(page: Page, define, problems) -> None:
    define(page, "Signed out")
    ask_for(page, 1)
    field = running(page).get_by_label("booth")
    page.context.clear_cookies(name="sessionid")
    field.fill("3.25")
    field.press("Enter")
    expect(page.get_by_role("alert").get_by_text("You are signed out")).to_be_visible()
    expect(field).to_have_value("3.25")
    expect(page.get_by_role("heading", name="Sign in")).to_have_count(0)
    page.goto("about:blank")  # The page would go on asking, and be refused.
    assert all("401" in said for said in problems)
    problems.clear()


def test_the_focus_stays_near_after_each_act(page: Page, define) -> None:
    define(page, "Focus")
    ask_for(page, 3)
    names = [row.get_attribute("aria-label") for row in running(page).all()]
    second = page.get_by_role("group", name=names[1])
    page.get_by_role("group", name=names[0]).get_by_role("button", name="Fail").press("Enter")
    expect(second.get_by_label("booth")).to_be_focused()
    second.get_by_role("button", name="Abandon").press("Enter")
    third = page.get_by_role("group", name=names[2]).get_by_label("booth")
    expect(third).to_be_focused()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(second.get_by_label("booth")).to_be_focused()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(third).to_be_focused()
    correct = page.get_by_role("link", name="Correct trial 1")
    correction = page.get_by_role("region", name="Finished trials").get_by_label("booth")
    correct.press("Enter")
    expect(correction).to_be_focused()
    correction.press("Escape")
    expect(correct).to_be_focused()
    correct.press("Enter")
    expect(correction).to_be_focused()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(correct).to_be_focused()
