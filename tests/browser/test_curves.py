"""A learning curve is typed step by step, drawn, and the run is stopped early."""

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
    for step, value in enumerate(("0,9", "0.7"), 1):
        curve.get_by_role("textbox", name="booth").fill(value)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Trial 0, step {step}: booth")).to_be_visible()
        expect(curve.get_by_role("textbox", name="booth")).to_be_focused()
    expect(curve.get_by_role("textbox", name="Step")).to_have_value("3")
    expect(curve.locator(".scatterlayer .trace")).to_have_count(1, timeout=SOON)
    expect(curve.locator(".scatterlayer .point")).to_have_count(2)
    expect(curve.get_by_role("textbox")).to_have_count(3)  # Step, value, reason.

    page.get_by_role("button", name="Undo").click()  # Back to the page, without the last step.
    expect(curve.get_by_text("at step 1")).to_be_visible()
    page.get_by_role("button", name="Redo").click()
    expect(curve.get_by_text("at step 2")).to_be_visible()

    curve.get_by_label("log values").check()
    expect(page).to_have_url(re.compile("curve-log-y=on"))
    logarithmic = re.compile('"yaxis":.*"type":"log"')
    expect(curve.locator(".curve-plot")).to_have_attribute("data-figure", logarithmic)

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


def test_steps_are_typed_in_the_row_while_others_type_in_theirs(
    page: Page, sign_in, define
) -> None:
    define(page, "Steps in rows")
    ask_for(page, 2)
    first, second = (page.get_by_role("group", name=f"Trial {n}", exact=True) for n in (0, 1))
    second.get_by_label("booth").fill("0.3")
    first.get_by_label("+ Step of trial 0").dblclick()
    fields = page.get_by_role("form", name="Next intermediate value of trial 0")
    value, step = (fields.get_by_role("textbox", name=name) for name in ("booth", "Step"))
    expect(value).to_be_focused()
    for at, text in enumerate(("0.9", "0.8", "0.6"), 1):
        expect(step).to_have_value(str(at))
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(first.locator(".run-curve")).to_contain_text(f"step {at}: {text}")
        expect(value).to_be_focused()
    fields.get_by_role("button", name="Add").dblclick()
    expect(fields.get_by_role("alert")).to_have_count(0)
    expect(value).to_be_focused()
    # Advice comes into the row although somebody is busy in it.
    expect(first.locator(".run-curve")).to_contain_text("Go on.", timeout=SOON)
    expect(second.get_by_label("booth")).to_have_value("0.3")

    # Bob has entered the next step before: Ada sees both, and decides.
    bob = sign_in("bob")
    bob.goto(page.url)
    bob.get_by_label("+ Step of trial 0").click()
    bob.get_by_role("form").get_by_role("textbox", name="booth").fill("0.5")
    bob.keyboard.press("Enter")
    expect(first.locator(".run-curve")).to_contain_text("step 4: 0.5")
    value.fill("0.4")
    page.keyboard.press("Enter")
    expect(fields.get_by_role("alert")).to_contain_text(["booth at step 4 is 0.5. Save again"])
    page.reload()  # What is half typed opens the fields again.
    expect(value).to_have_value("0.4")
    expect(step).to_have_value("4")
    value.press("Enter")
    expect(page.get_by_text("step 4: booth 0.4 (it was booth 0.5)")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(first.locator(".run-curve")).to_contain_text("step 4: 0.5")
    value.press("Escape")
    expect(fields).to_have_count(0)
    expect(first.get_by_label("+ Step of trial 0")).to_be_focused()

    first.get_by_role("button", name="Stop early").click()
    expect(first).to_have_count(0)
    expect(page.locator("#finished-0")).to_contain_text("0.5")
    page.get_by_role("button", name="Undo").click()
    expect(first.locator(".run-curve")).to_contain_text("step 4: 0.5")
    expect(second.get_by_label("booth")).to_have_value("0.3")
    page.set_viewport_size({"width": 390, "height": 900})
    first.get_by_label("+ Step of trial 0").click()
    expect(value).to_be_visible()
    page.wait_for_function("document.documentElement.scrollWidth <= 390")
