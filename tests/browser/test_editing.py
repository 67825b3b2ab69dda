"""Changing a definition, alone and while somebody else does."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect


def _change(page: Page, bound: str) -> None:
    """Enter an upper bound of x1 and look at what it does."""
    page.get_by_label("Upper bound").first.fill(bound)
    page.get_by_role("button", name="Review changes").click()


def test_two_people_change_one_definition(
    sign_in: Callable[..., Page], define: Callable[..., None]
) -> None:
    first, second = sign_in(), sign_in()
    define(first, "Two at once")
    address = first.url
    for page in (first, second):
        page.goto(address)
        page.get_by_role("link", name="Edit definition").click()
        expect(page.get_by_role("heading", name="Edit definition")).to_be_visible()

    _change(first, "50")
    expect(first.get_by_role("heading", name="What changes")).to_be_visible()
    expect(first.get_by_text("upper bound 10 → 50")).to_be_visible()
    first.get_by_label("Reason").fill("best trials at the edge")
    first.get_by_role("button", name="Save").click()
    expect(first).to_have_url(address)

    second.get_by_label("Lower bound").nth(1).fill("-1")
    _change(second, "20")
    told = second.get_by_role("region", name="The definition was changed meanwhile")
    expect(told).to_contain_text("“best trials at the edge”")
    expect(told).to_contain_text("x1: upper bound 20 (meanwhile 10 → 50)")
    expect(second.get_by_label("Upper bound").first).to_have_value("20")
    expect(second.get_by_label("Lower bound").nth(1)).to_have_value("-1")
    second.get_by_role("button", name="Review changes").click()
    expect(second.get_by_text("upper bound 50 → 20")).to_be_visible()
    second.get_by_role("button", name="Save").click()
    expect(second).to_have_url(address)

    first.get_by_role("link", name="Versions").click()
    expect(first.get_by_role("listitem").filter(has_text="changed the definition")).to_have_count(2)
    first.get_by_role("button", name=re.compile("Undo version")).first.click()
    expect(first.get_by_text("was undone.")).to_be_visible()
    expect(first.get_by_text("upper bound 20 → 50")).to_be_visible()


def test_small_forms_work_on_pages_of_their_own(page: Page, define: Callable[..., None]) -> None:
    define(page, "In a tab of its own")
    address = page.url
    page.goto(f"{address}name/")
    page.get_by_label("Name").fill("In another tab")
    page.get_by_role("button", name="Rename").click()
    expect(page).to_have_url(address)
    expect(page.get_by_role("heading", name="In another tab")).to_be_visible()

    page.goto(f"{address}notes/")
    page.get_by_label("Notes in Markdown").fill("**sharp** knives")
    expect(page.locator("#notes-preview strong")).to_have_text("sharp")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(address)
    expect(page.get_by_role("region", name="Notes").locator("strong")).to_have_text("sharp")
