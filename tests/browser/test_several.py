"""Experiments with several metrics, a constraint and dependent parameters, in the browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import ask_for, running
from tests.house.serving import Serve, run_command

pytestmark = pytest.mark.browser

MAKE = """
from django.contrib.auth.models import User
from experiments.domain import Condition, Direction, MetricRole, ParameterKind, ParameterSpec
from experiments.domain import ValueType
from experiments.drafts import ParameterDraft
from tests.factories import float_range, make_measured, metric

model = ParameterSpec(
    key="n1", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("svm", "forest")
)
made = make_measured(
    User.objects.get(username="ada"),
    metric("error", unit="%", target=3.0),
    metric("gain", direction=Direction.MAXIMIZE),
    metric("fit time", unit="s", role=MetricRole.CONSTRAINT, bound=0.5),
    parameters=[
        ParameterDraft(name="model", spec=model),
        ParameterDraft(
            name="depth", spec=float_range(1, 9, condition=Condition("n1", ("forest",)))
        ),
        ParameterDraft(name="heat", spec=float_range(0, 90), unit="°C"),
    ],
)
print("made", made.pk)
"""


@pytest.fixture
def several(page: Page, axdash: Serve) -> Page:
    """Ada's browser on the page of such an experiment."""
    done, said, error = run_command("shell", "-v0", "-c", MAKE, AXDASH_DATA_DIR=axdash.data_dir)
    assert done == 0, error
    page.goto(f"/experiments/{said.split()[-1]}/")
    page.wait_for_load_state()
    return page


def field(page: Page, trial: str, metric: str):
    group = page.get_by_role("group", name=trial, exact=True)
    return group.get_by_role("textbox", name=re.compile(f"^{metric}"))


def test_enter_goes_from_metric_to_metric_and_sends_at_the_last(several: Page) -> None:
    page = several
    ask_for(page, 2)
    first, second = (row.get_attribute("aria-label") for row in running(page).all())
    field(page, first, "error").click()
    for typed, after in (("2,5", "gain"), ("7", "fit time")):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        expect(field(page, first, after)).to_be_focused()
    page.keyboard.type("0.25")
    page.keyboard.press("Enter")
    expect(running(page)).to_have_count(1)
    expect(field(page, second, "error")).to_be_focused()
    best = page.get_by_role("region", name="Best so far")
    expect(best).to_contain_text("1 Pareto point")
    expect(best).to_contain_text("target error ≤ 3 % reached")


def test_what_is_missing_is_asked_for_and_what_was_typed_stays(several: Page) -> None:
    page = several
    ask_for(page, 1)
    trial = running(page).first.get_attribute("aria-label")
    field(page, trial, "error").fill("2")
    field(page, trial, "fit time").fill("abc")
    running(page).get_by_role("button", name="Save").click()
    expect(running(page).get_by_text("Type the result, too")).to_be_visible()
    expect(running(page).get_by_text("“abc” is not a number")).to_be_visible()
    expect(field(page, trial, "error")).to_have_value("2")
    expect(field(page, trial, "gain")).to_be_focused()
    page.keyboard.type("1")
    field(page, trial, "fit time").fill("")
    running(page).get_by_role("button", name="Save").click()
    expect(running(page)).to_have_count(0)
    finished = page.get_by_role("region", name="Finished trials")
    finished.get_by_role("link", name="Correct").click()
    time = finished.get_by_role("textbox", name=re.compile("^fit time"))
    time.fill("0.75")
    time.press("Enter")
    expect(finished).to_contain_text("> 0.5 s")
    expect(page.get_by_role("region", name="Best so far")).to_contain_text(
        "No trial meets the constraints yet."
    )


def test_each_metric_can_be_plotted(several: Page) -> None:
    page = several
    ask_for(page, 2)
    for results in (("1", "2", "0.75"), ("2", "1", "0.25")):
        trial = running(page).first.get_attribute("aria-label")
        for metric, typed in zip(("error", "gain", "fit time"), results, strict=True):
            field(page, trial, metric).fill(typed)
        page.keyboard.press("Enter")
        expect(page.get_by_role("group", name=trial, exact=True)).to_have_count(0)
    plot = page.get_by_role("region", name="Progress")
    expect(plot).to_contain_text("Hollow diamonds: outside the constraints.")
    expect(plot.locator(".xtitle")).to_have_text("error (%)")
    plot.get_by_label("What to plot").select_option("error")
    expect(plot.locator(".xtitle")).to_have_text("trial")
    expect(plot.locator(".ytitle")).to_have_text("error (%)")
    plot.get_by_label("What to plot").select_option("fit time")
    expect(plot.locator(".ytitle")).to_have_text("fit time (s)")
    expect(plot).to_contain_text("bound ≤ 0.5 s")
    plot.get_by_label("What to plot").select_option("error against gain")
    expect(plot.locator(".xtitle")).to_have_text("error (%)")
    page.get_by_role("link", name="Correct trial").first.click()
    page.keyboard.press("Escape")
    expect(plot.get_by_label("What to plot")).to_have_value("error against gain")


@pytest.mark.parametrize("width", [1440, 390])
def test_it_fits_the_screen(several: Page, width: int) -> None:
    page = several
    page.set_viewport_size({"width": width, "height": 844})
    ask_for(page, 2)
    expect(running(page).first).to_contain_text("°C")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
