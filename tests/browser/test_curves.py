"""A learning curve is typed point by point, drawn, and the run is stopped early."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import SOON, ask_for

pytestmark = pytest.mark.browser


def test_a_curve_is_typed_drawn_and_the_run_stopped(page: Page, define) -> None:
    define(page, "Booth, by epoch")
    ask_for(page, 2)
    page.locator("#running-list .run-number a").first.click()
    curve = page.get_by_role("region", name="Learning curve")
    for value in ("0,9", "0.7"):
        curve.get_by_role("textbox", name="booth").fill(value)
        curve.get_by_role("textbox", name="booth").press("Enter")
        expect(page.get_by_text("1 point was entered")).to_be_visible()
    expect(curve.get_by_role("textbox", name="Step")).to_have_value("3")
    expect(curve.locator(".scatterlayer .trace")).to_have_count(1, timeout=SOON)
    expect(curve.locator(".scatterlayer .point")).to_have_count(2)
    expect(curve.get_by_role("textbox")).to_have_count(3)  # Step, value, reason.

    curve.get_by_role("link", name="Paste or correct points").click()
    page.get_by_label("Or paste many").fill("3\t0.6\n4\t0.65")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Save 2 points").click()
    expect(curve.get_by_text(re.compile("at step 4"))).to_be_visible()
    expect(curve.get_by_text(re.compile("needs 3 completed trials"))).to_be_visible(timeout=SOON)
    curve.get_by_role("button", name="Stop early").click()
    expect(page.get_by_text("early stopped").first).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function("document.documentElement.scrollWidth <= 390")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Booth, by epoch").first.click()
    page.get_by_role("link", name="Plots", exact=True).click()
    expect(page.locator("#plot-curves .scatterlayer .trace")).to_have_count(1, timeout=SOON)
