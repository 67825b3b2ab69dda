"""A team decides: cards arrive, a choice shows at once on other pages, a conclusion is printed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


def test_from_results_to_a_printed_conclusion(page: Page, sign_in, define) -> None:
    define(page, "Decided")
    ask_for(page, 2)
    for left, result in ((1, "7"), (0, "5")):
        field = running(page).first.get_by_label("booth")
        field.fill(result)
        field.press("Enter")
        expect(running(page)).to_have_count(left)
    expect(page.locator("#parallelism")).to_contain_text("the first 5 trials explore")
    page.get_by_role("link", name="Decide", exact=True).click()
    best = page.get_by_role("region", name="Best by observation and by the model")
    expect(best).to_contain_text("trial 1 is the best: booth 5", timeout=60_000)
    enough = page.get_by_role("region", name="Is it enough?")
    expect(enough.get_by_role("img").locator("svg").first).to_be_visible(timeout=60_000)

    other = sign_in("bob")
    other.goto(page.url)
    expect(other.get_by_role("button", name="Mark as the team’s choice")).to_have_count(0)
    choice = page.get_by_role("region", name="The team’s choice")
    expect(choice.get_by_label("Trial")).to_have_value("1")
    choice.get_by_role("button", name="Mark as the team’s choice").click()
    expect(choice.get_by_text("Say why: others will read it.")).to_be_visible()
    choice.get_by_label("Reason").fill("Robust")
    choice.get_by_role("button", name="Mark as the team’s choice").click()
    expect(page.get_by_text("Trial 1 is the team’s choice.")).to_be_visible()
    expect(other.get_by_role("region", name="The team’s choice")).to_contain_text("Robust")

    costs = page.get_by_role("region", name="What more trials cost")
    costs.get_by_label("One more trial costs").fill("3")
    costs.get_by_label("Unit").fill("hours")
    costs.get_by_role("button", name="Save").click()
    expect(costs.get_by_role("cell", name="60 hours", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(costs.get_by_label("One more trial costs")).to_have_value("")

    page.get_by_label("What we conclude").fill("Good enough.")
    page.get_by_label("The experiment is completed with this").check()
    page.get_by_role("button", name="Conclude").click()
    page.wait_for_url(re.compile(r"/conclusions/1/$"))
    expect(page.get_by_role("heading", name="Decided: conclusion 1")).to_be_visible()
    expect(page.locator(".plot svg.main-svg").first).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_text("Good enough.")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Decided", exact=True).click()
    expect(page.get_by_text("This experiment is completed", exact=True)).to_be_visible()
