"""Plots: keeping a range filters everything, marks lead to trials, figures can be saved."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import SOON, ask_for, run_one

pytestmark = pytest.mark.browser


def test_a_kept_range_filters_and_stays_in_the_address(page: Page, define) -> None:
    define(page, "Booth, plotted")
    ask_for(page, 4)
    for _ in range(4):
        run_one(page)
    page.get_by_role("link", name="Plots", exact=True).click()
    table = page.get_by_role("region", name="Trials", exact=True)
    lines = page.locator("#plot-parallel path[data-number]")
    expect(table.get_by_role("row")).to_have_count(5, timeout=SOON)
    expect(lines).to_have_count(4, timeout=SOON)

    grip = page.locator("#plot-parallel svg > rect").nth(1)
    box = grip.bounding_box()
    x, top, bottom = box["x"] + box["width"] / 2, box["y"] + 6, box["y"] + box["height"] - 6
    page.mouse.move(x, top)
    page.mouse.down()
    page.mouse.move(x, (top + bottom) / 2 - 8, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"b-p\d+="))
    expect(table.get_by_text(re.compile(r"\d of 4 pass"))).to_be_visible(timeout=SOON)
    kept = table.get_by_role("row").count() - 1
    assert kept < 4
    expect(lines).to_have_count(kept)
    page.reload()
    expect(lines).to_have_count(kept, timeout=SOON)
    page.get_by_role("button", name="Keep all again").click()
    expect(table.get_by_role("row")).to_have_count(5, timeout=SOON)

    progress = page.get_by_role("region", name="Progress")
    for kind in ("png", "svg"):
        with page.expect_download() as saved:
            progress.get_by_role("button", name=kind.upper()).click()
        assert saved.value.suggested_filename.endswith(f".{kind}")
    with page.expect_download() as saved:
        progress.get_by_role("link", name="CSV").click()
    assert saved.value.suggested_filename == "booth-plotted-progress.csv"
    assert len(saved.value.path().read_text().splitlines()) == 5

    lines.first.dispatch_event("click")
    expect(page).to_have_url(re.compile(r"/trials/\d+/$"))


def test_a_typed_range_is_judged_in_place_and_a_new_result_leaves_the_focus(
    page: Page, define
) -> None:
    define(page, "Booth, typed")
    ask_for(page, 2)
    run_one(page)
    run = page.url
    page.get_by_role("link", name="Plots", exact=True).click()
    table = page.get_by_role("region", name="Trials", exact=True)
    expect(table.get_by_role("row")).to_have_count(3, timeout=SOON)
    kept = page.get_by_role("region", name="Parallel coordinates")
    kept.get_by_text("Keep a range by numbers").click()
    kept.get_by_label("Axis").select_option("x1")
    kept.get_by_label("From").fill("minus two")
    kept.get_by_label("From").press("Enter")
    expect(kept.get_by_text("“minus two” is not a number.")).to_be_visible(timeout=SOON)
    expect(kept.get_by_label("From")).to_have_value("minus two")
    expect(kept.get_by_label("From")).to_be_focused()
    kept.get_by_label("From").fill("-100")
    kept.get_by_role("button", name="Keep", exact=True).click()
    expect(kept.get_by_text("from -100")).to_be_visible(timeout=SOON)
    expect(page).to_have_url(re.compile(r"b-p\d+=-100%3A(&|$)"))

    link = table.get_by_role("link", name="0", exact=True)
    link.focus()
    other = page.context.new_page()
    other.goto(run)
    run_one(other)
    other.close()
    expect(table.get_by_text("Running")).to_have_count(0, timeout=SOON)
    expect(link).to_be_focused()
    kept.get_by_role("button", name="Let go of x1").click()
    expect(page).not_to_have_url(re.compile("b-p"), timeout=SOON)
