"""Pages fit the screen, in both themes, and hold what assistive technology needs."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_screen(sign_in, define, width: int, scheme: str) -> None:
    page: Page = sign_in(viewport={"width": width, "height": 844}, color_scheme=scheme)
    define(page, "A name that is long enough to need more than one line on a small phone")
    ask_for(page, 2)
    field = running(page).first.get_by_label("booth")
    field.fill("1e-3")
    field.press("Enter")
    expect(running(page)).to_have_count(1)
    for address in (page.url, "/", "/experiments/new/?example=booth", "/accounts/password/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_fields_and_buttons_have_names(page: Page, define) -> None:
    define(page, "Named")
    ask_for(page, 1)
    for address in (page.url, "/experiments/new/"):
        page.goto(address)
        unnamed = page.locator(
            "input:visible, select:visible, textarea:visible, button:visible"
        ).evaluate_all(
            "all => all.filter(e => !(e.ariaHidden || e.labels?.length || e.ariaLabel"
            " || e.textContent.trim()))"
            ".map(e => e.outerHTML)"
        )
        assert unnamed == []


def test_the_plot_is_drawn(page: Page, define) -> None:
    define(page, "Plotted")
    expect(page.get_by_text("No result yet.")).to_be_visible()
    ask_for(page, 2)
    for value in ("3", "0.5"):
        field = running(page).first.get_by_label("booth")
        field.fill(value)
        field.press("Enter")
        expect(page.get_by_role("region", name="Best so far")).to_contain_text(value)
    expect(page.locator("#progress .points path")).to_have_count(2)
    expect(page.locator("#progress .js-line")).to_have_count(1)
