"""What if: sliders ask the model, and what they say becomes a trial."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import SOON, ask_for, run_one

pytestmark = pytest.mark.browser


def test_a_slider_asks_the_model_and_its_values_are_run(page: Page, define) -> None:
    define(page, "What if it were")
    ask_for(page, 5)
    for _ in range(5):
        run_one(page)
    page.get_by_role("link", name="What if", exact=True).click()
    expected = page.get_by_role("region", name="Expected")
    expect(expected.get_by_role("rowheader", name="booth")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("img", name="booth by x1")).to_be_visible(timeout=SOON)
    before = expected.get_by_role("cell").first.inner_text()

    page.get_by_label("x1, slider").press("Home")
    expect(page.get_by_label("x1", exact=True)).to_have_value("-10")
    expect(expected.get_by_role("cell").first).not_to_have_text(before, timeout=SOON)
    expect(page).to_have_url(re.compile(r"\?p\d+=-10&"))

    page.get_by_label("x2", exact=True).fill("eleven")
    expect(page.get_by_text("“eleven” is not a number.")).to_be_visible(timeout=SOON)
    page.get_by_label("x2", exact=True).fill("2")
    expect(page.get_by_text("“eleven” is not a number.")).to_have_count(0, timeout=SOON)

    page.get_by_role("button", name="Run this").click()
    expect(page.get_by_text("Trial 5 is yours: it is running.")).to_be_visible()
    expect(page.get_by_role("group", name="Trial 5", exact=True)).to_contain_text("-10")
