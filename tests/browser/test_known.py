"""A second experiment starts from the first; both are compared, and so are trials."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


def test_from_what_is_known_to_a_comparison(page: Page, define) -> None:
    define(page, "Known one")
    ask_for(page, 2)
    for left, result in ((1, "7"), (0, "5")):
        field = running(page).first.get_by_label("booth")
        field.fill(result)
        field.press("Enter")
        expect(running(page)).to_have_count(left)
    page.get_by_label("Compare trial 0").check()
    page.get_by_label("Compare trial 1").check()
    page.get_by_role("button", name="Compare ticked").click()
    side = page.get_by_role("group", name="Trials side by side")
    expect(side.get_by_role("row", name="booth")).to_contain_text("best of these")
    side.get_by_role("link", name="What if, from here: trial 1").click()
    expect(page.get_by_role("link", name="What if", exact=True)).to_have_attribute(
        "aria-current", "page"
    )

    page.goto("/experiments/start/")
    page.get_by_role("link", name="Start from what we know").click()
    page.get_by_label("Search").fill("Known one")
    page.get_by_label("Search").press("Enter")
    page.get_by_role("checkbox", name="Known one").check()
    page.get_by_role("button", name="See how they overlap").click()
    expect(page.get_by_role("radio", name="Learn how alike they are")).to_be_checked()
    page.get_by_role("radio", name="Take their trials along as ours").check()
    page.get_by_role("button", name="Update what is shown").click()
    expect(page.get_by_text("2 trials come along.")).to_be_visible()
    page.get_by_text("Leave single trials out").click()
    page.get_by_role("checkbox", name="leave out").first.check()
    page.get_by_role("button", name="Update what is shown").click()
    expect(page.get_by_text("1 trial comes along.")).to_be_visible()
    page.get_by_role("button", name="Open the form").click()
    expect(page.get_by_role("listitem").filter(has_text="1 trial comes along")).to_be_visible()
    page.get_by_role("button", name="Change what comes along").click()
    expect(page.get_by_text("1 trial comes along.")).to_be_visible()
    page.get_by_role("button", name="Back to the form with them").click()
    page.get_by_role("button", name="Create experiment").click()
    expect(page.get_by_role("heading", name="After Known one")).to_be_visible()
    page.get_by_role("link", name="copied").click()
    expect(page.get_by_role("heading", name="Trial 1")).to_be_visible()

    page.goto("/?q=Known+one")
    for name in ("Compare Known one", "Compare After Known one"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    page.get_by_role("button", name="Compare ticked").click()
    expect(page.get_by_role("row", name="best booth")).to_contain_text("5")
    expect(page.locator(".plot svg.main-svg").first).to_be_visible()


def test_learning_from_another_experiment_and_leaving_it_out(page: Page, define) -> None:
    define(page, "Old rig")
    ask_for(page, 1)
    field = running(page).first.get_by_label("booth")
    field.fill("70")
    field.press("Enter")
    expect(running(page)).to_have_count(0)
    page.goto("/experiments/known/?q=Old+rig")
    page.get_by_role("checkbox", name="Old rig").check()
    page.get_by_role("button", name="See how they overlap").click()
    expect(page.get_by_text("The model learns from 1 trial.")).to_be_visible()
    page.get_by_role("button", name="Open the form").click()
    page.get_by_role("button", name="Create experiment").click()
    page.get_by_role("link", name="Learns from 1 other experiment").click()
    page.get_by_role("button", name="Leave out").click()
    expect(page.get_by_text("left out", exact=True)).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Leave out")).to_be_visible()
