"""Pages fit the screen, in both themes, and hold what assistive technology needs."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/accounts/password/",
    "/experiments/start/",
    "/experiments/new/?example=booth",
    "/experiments/paste/",
    "/experiments/tables/",
    "/experiments/copy/",
    "/experiments/deleted/",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_screen(sign_in, define, width: int, scheme: str) -> None:
    page: Page = sign_in(viewport={"width": width, "height": 844}, color_scheme=scheme)
    parameters = (("a_name_without_a_blank_" * 4, "-10", "10"), ("x2", "-10", "10"))
    define(page, "A name that needs more than one line on a small phone" * 3, parameters=parameters)
    ask_for(page, 2)
    field = running(page).first.get_by_label("booth")
    field.fill("1e-3")
    field.press("Enter")
    expect(running(page)).to_have_count(1)
    for address in (*_pages_of(page), *PAGES):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_fields_and_buttons_have_names(page: Page, define) -> None:
    define(page, "Named")
    ask_for(page, 1)
    for address in (*_pages_of(page), *PAGES):
        page.goto(address)
        unnamed = page.locator(
            "input:visible, select:visible, textarea:visible, button:visible"
        ).evaluate_all(
            "all => all.filter(e => !(e.ariaHidden || e.labels?.length || e.ariaLabel"
            " || e.textContent.trim()))"
            ".map(e => e.outerHTML)"
        )
        assert unnamed == []


def _pages_of(page: Page) -> list[str]:
    """The pages of the experiment that is open."""
    return [page.url, *(page.url + each for each in ("edit/", "definition/", "carry/", "sheet/"))]


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
