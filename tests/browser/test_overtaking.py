"""Answers overtake each other on a slow line or a busy server: what is over stays over."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.test_loop import ask_for, enter, run_one, running

pytestmark = pytest.mark.browser

WATCH = """() => {
  const list = document.getElementById("running-list");
  window.added = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const { id } of addedNodes) if (id) window.added.push(id);
  }).observe(list, { childList: true });
}"""

NOTICE_DELIVERY = """(path) => document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.pathInfo.requestPath.split("?")[0] === path) document.body.dataset.delivered = "true";
})"""


class Held:
    """The next request to an address: answered, and the answer delivered, when the test says so."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._route: Route | None = None
        self._answer: APIResponse | None = None
        page.route(re.compile(address), self._hold, times=1)

    def _hold(self, route: Route) -> None:
        self._route = route
        self._page.evaluate("document.body.dataset.held = 'true'")

    def answer(self) -> None:
        """Let the server do what was asked for, and keep what it answers."""
        expect(self._page.locator("body[data-held]")).to_have_count(1)
        assert self._route
        self._answer = self._route.fetch()

    def deliver(self) -> None:
        """Let the answer arrive, and wait until the page has taken it in."""
        assert self._route
        assert self._answer
        self._page.evaluate(NOTICE_DELIVERY, urlsplit(self._route.request.url).path)
        self._route.fulfill(response=self._answer)
        expect(self._page.locator("body[data-delivered]")).to_have_count(1)


def names_of(page: Page) -> list[str]:
    return [row.get_attribute("aria-label") or "" for row in running(page).all()]


def expect_gone(page: Page, name: str) -> None:
    expect(page.get_by_role("group", name=name, exact=True)).to_have_count(0)


def test_what_the_page_asked_for_before_an_act_brings_nothing_back(page: Page, define) -> None:
    define(page, "Overtaken by an act")
    ask_for(page, 2)
    first, second = names_of(page)
    held = Held(page, "/live/")
    page.evaluate("document.dispatchEvent(new CustomEvent('axdash:news'))")
    held.answer()
    enter(page, first, "7")
    expect_gone(page, first)
    page.evaluate(WATCH)
    held.deliver()
    assert page.evaluate("added") == []
    assert names_of(page) == [second]
    expect(page.get_by_text("1 done")).to_be_visible()


def test_a_late_answer_to_get_suggestions_brings_nothing_back(page: Page, define) -> None:
    define(page, "Overtaken twice")
    ask_for(page, 1)
    held = Held(page, "/suggestions/$")
    page.get_by_role("button", name="Get suggestions").click()
    held.answer()
    expect(running(page)).to_have_count(2, timeout=30_000)
    first, second = names_of(page)
    enter(page, second, "7")
    expect_gone(page, second)
    page.evaluate(WATCH)
    held.deliver()
    assert page.evaluate("added") == []
    assert names_of(page) == [first]


def test_results_whose_answers_cross_are_both_done(page: Page, define) -> None:
    define(page, "Crossing")
    ask_for(page, 3)
    first, second, third = names_of(page)
    held = Held(page, r"/complete/$")
    enter(page, first, "7")
    held.answer()
    enter(page, second, "8")
    expect_gone(page, second)
    page.evaluate(WATCH)
    held.deliver()
    assert page.evaluate("added") == []
    assert names_of(page) == [third]
    expect(page.get_by_role("status").get_by_text(f"{first}: booth 7")).to_be_visible()
    finished = page.get_by_role("region", name="Finished trials")
    expect(finished.get_by_role("row")).to_have_count(3)


def test_who_types_on_below_a_row_that_waits_keeps_the_focus(page: Page, define) -> None:
    define(page, "Typing on")
    ask_for(page, 2)
    first, second = names_of(page)
    held = Held(page, r"/complete/$")
    enter(page, first, "7")
    below = page.get_by_role("group", name=second, exact=True).get_by_label("booth")
    below.click()
    page.keyboard.type("12")
    held.answer()
    expect(page.get_by_text("1 done")).to_be_visible()
    page.keyboard.type(".5")
    expect(below).to_have_value("12.5")
    held.deliver()
    expect_gone(page, first)
    expect(below).to_be_focused()


def test_a_suggestion_whose_taking_is_seen_before_it_is_answered(page: Page, define) -> None:
    define(page, "Taken late")
    page.locator("summary", has_text="3 suggestions ready").click(timeout=30_000)
    held = Held(page, "/take/$")
    page.locator("#ready-list").get_by_role("button", name="Take").first.click()
    held.answer()
    expect(running(page)).to_have_count(1)
    held.deliver()
    expect(running(page).get_by_label("booth")).to_be_focused()
    assert len(names_of(page)) == 1


def test_an_answer_from_before_a_range_was_typed_does_not_stand_for_its_own(
    page: Page, define
) -> None:
    define(page, "Typed meanwhile")
    ask_for(page, 1)
    run_one(page)
    page.get_by_role("link", name="Plots", exact=True).click()
    kept = page.get_by_role("region", name="Parallel coordinates")
    kept.get_by_text("Keep a range by numbers").click()
    held = Held(page, "/plots/live/")
    page.evaluate("document.dispatchEvent(new CustomEvent('axdash:news'))")
    held.answer()
    kept.get_by_label("From").fill("minus two")
    kept.get_by_label("From").press("Enter")
    held.deliver()
    expect(kept.get_by_text("“minus two” is not a number.")).to_be_visible()
    expect(kept.get_by_label("From")).to_be_focused()
