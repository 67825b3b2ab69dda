"""Taking trials along: copied as flags, and on paper."""

import re
import shlex

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


def test_a_trial_is_copied_as_flags_and_so_is_the_next_one(page: Page, define) -> None:
    define(page, "Carried")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask_for(page, 2)
    first, second = running(page).all()
    copy = second.get_by_role("button", name="Copy")
    expect(copy).to_have_attribute("title", "Copy the parameters as JSON")

    menu = first.get_by_role("button", name="Other forms of trial")
    menu.focus()
    page.keyboard.press("Enter")
    flags = first.get_by_role("button", name=re.compile("^Flags --x1"))
    expect(flags).to_be_visible()
    flags.focus()
    page.keyboard.press("Enter")
    expect(first.get_by_role("button", name=re.compile("^Copied --x1"))).to_be_visible()
    words = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    assert [word for word in words if word.startswith("--")] == ["--x1", "--x2"]

    expect(copy).to_have_attribute("title", "Copy the parameters as Flags")
    copy.click()
    expect(second.get_by_role("button", name="Copied")).to_be_visible()
    assert shlex.split(page.evaluate("navigator.clipboard.readText()")) == shlex.split(
        copy.or_(second.get_by_role("button", name="Copied")).get_attribute("data-copy")
    )

    page.get_by_role("link", name="Copy or print all").click()
    page.get_by_role("link", name="Run sheet").click()
    expect(page.get_by_role("article")).to_have_count(2)
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 2
