"""What one person does shows on the pages of the others."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_loop import ask_for, enter, running

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
    expect(other.get_by_role("region", name="Best so far")).to_contain_text("7")
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


def test_news_arrive_by_themselves(page: Page, sign_in, define) -> None:
    define(page, "News")
    ask_for(page, 1)
    other = sign_in("bob")
    other.goto(page.url)
    enter(page, "Trial 0", "3.25")
    for one in (page, other):
        expect(one.get_by_role("region", name="Best so far")).to_contain_text("3.25")


def test_what_happens_while_a_page_opens_is_not_missed(page: Page, sign_in, define) -> None:
    define(page, "Opening")
    ask_for(page, 2)
    other = sign_in("bob")
    other.goto(page.url)
    enter(page, "Trial 0", "7")
    expect(other.get_by_role("region", name="Best so far")).to_contain_text("7")

    streams: list[Route] = []
    page.route("**/events/", lambda route: streams.append(route))
    page.reload()
    enter(other, "Trial 1", "3.25")
    expect(other.get_by_role("region", name="Best so far")).to_contain_text("3.25")
    best = page.get_by_role("region", name="Best so far")
    expect(best).to_contain_text("7")
    streams.pop().continue_()
    expect(best).to_contain_text("3.25")


def test_a_trial_that_runs_again_is_not_marked_as_finished(page: Page, sign_in, define) -> None:
    define(page, "Back again")
    ask_for(page, 1)
    other = sign_in("bob")
    other.goto(page.url)
    theirs = running(other).get_by_label("booth")
    theirs.click()
    other.keyboard.type("12.")
    running(page).get_by_role("button", name="Fail").click()
    note = other.get_by_text("Somebody finished this trial meanwhile")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(note).to_have_count(0)
    other.keyboard.type("5")
    other.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Best so far")).to_contain_text("12.5")


def test_the_page_of_a_trial_follows_and_the_focus_stays(page: Page, sign_in, define) -> None:
    define(page, "Followed")
    ask_for(page, 1)
    other = sign_in("bob")
    other.goto(f"{page.url}trials/0/")
    results = other.get_by_role("region", name="Results")
    expect(results).to_contain_text("No result yet: it is running.")
    copy = other.get_by_role("button", name="Copy the parameters as JSON")
    copy.focus()
    enter(page, "Trial 0", "3.25")
    expect(results).to_contain_text("booth3.25")
    expect(other.locator(".head")).to_contain_text("completed")
    story = other.get_by_role("region", name="What happened")
    expect(story).to_contain_text("ada entered a result: booth 3.25")
    expect(copy).to_be_focused()

    kept = results.element_handle()
    ask_for(page, 1)
    expect(other.get_by_role("link", name="Trial 1 →")).to_be_visible()
    assert kept.evaluate("element => element.isConnected"), "What did not change is left alone."
    expect(copy).to_be_focused()
