"""Looking at ready suggestions, taking one of them, and what its page says."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SOON = 30_000  # Milliseconds: what the optimizer may take on a busy machine.


def test_a_suggestion_is_looked_at_before_it_is_taken(page, define):
    define(page, "Reasons")
    opener = page.locator("summary", has_text="3 suggestions ready: look at them, take one")
    expect(opener).to_be_visible(timeout=SOON)
    opener.focus()
    page.keyboard.press("Enter")
    ready = page.locator("#ready-list").get_by_role("group", name="Suggestion")
    expect(ready).to_have_count(3)

    first, second = ready.nth(0), ready.nth(1)
    first.get_by_text("Why: center").click()
    expect(first).to_contain_text("The middle of the search space")
    expect(first).to_contain_text("No other trial has a result yet.")
    values = second.locator(".chips").inner_text()
    second.get_by_role("button", name="Take").click()

    running = page.get_by_role("region", name="Running trials").get_by_role("group")
    expect(running).to_have_count(1)
    expect(running.locator(".chips")).to_contain_text(values, use_inner_text=True)
    expect(running.get_by_label("booth")).to_be_focused()
    # Another one is made meanwhile; what is open stays open.
    expect(ready).to_have_count(3, timeout=SOON)
    expect(first).to_contain_text("The middle of the search space")

    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(running).to_have_count(0)
    page.get_by_role("row").get_by_role("link", name="0", exact=True).click()
    expect(page).to_have_url(re.compile(r"/trials/0/$"))
    expect(page.get_by_role("region", name="Results")).to_contain_text("booth7")
    why = page.get_by_role("region", name="Why this suggestion")
    expect(why).to_contain_text("Exploring evenly")
    story = page.get_by_role("region", name="What happened").get_by_role("listitem")
    expect(story).to_have_text(
        [re.compile("entered a result: booth 7"), re.compile("took suggestions")]
    )
