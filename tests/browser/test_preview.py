"""What the form means, said while it is filled in, with points that a real worker draws."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import SOON

pytestmark = pytest.mark.browser


def test_sample_points_appear_beside_the_form(page: Page):
    page.goto("/experiments/new/?example=booth")
    meaning = page.get_by_role("complementary", name="What this means")
    expect(meaning.get_by_text("2 dimensions")).to_be_visible()
    points = meaning.get_by_role("table", name="Points like these will be tried")
    expect(points.get_by_role("row")).to_have_count(2, timeout=SOON)
    expect(points.get_by_role("row").first.get_by_role("cell")).to_have_count(5)

    page.locator("[name='p1-lower']").fill("20")
    expect(meaning.get_by_text("Sample points appear when")).to_be_visible()
    page.locator("[name='p1-upper']").fill("30")
    expect(points.get_by_role("row")).to_have_count(2, timeout=SOON)
    expect(points.get_by_role("row", name="x1").get_by_role("cell").first).to_contain_text("2")
    expect(meaning.get_by_text("Drawing")).to_have_count(0)
