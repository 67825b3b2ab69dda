"""Insights: cards arrive by themselves, one metric is chosen for all, marks lead to trials."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.house.serving import Serve, run_command

pytestmark = pytest.mark.browser

MAKE = """
import random
from django.contrib.auth.models import User
from experiments.drafts import ParameterDraft
from experiments.services import trials
from tests.factories import float_range, make_measured, measured, metric, take

ada, draw = User.objects.get(username="ada"), random.Random(3)
made = make_measured(
    ada, metric("error", unit="%"), metric("cost", unit="<b>€</b>"),
    parameters=[ParameterDraft(name=n, spec=float_range(0, 1)) for n in ("heat", "<i>time</i>")],
    is_weighted_sum=True,
)
for trial in take(made, ada, *[(draw.random(), draw.random()) for _ in range(8)]):
    heat, time = trial.parameters.values()
    values = measured(made, error=(heat - 0.4) ** 2, cost=time)
    trials.complete(trial, values=values, by=ada)
print("made", made.pk)
"""


def test_cards_arrive_share_a_metric_and_lead_to_trials(page: Page, axdash: Serve) -> None:
    done, said, error = run_command("shell", "-v0", "-c", MAKE, AXDASH_DATA_DIR=axdash.data_dir)
    assert done == 0, error
    page.goto(f"/experiments/{said.split()[-1]}/insights/")
    short = page.get_by_role("region", name="In short")
    expect(short).to_contain_text("8 trials have results.", timeout=60_000)
    expect(short).to_contain_text("error depends almost only on “heat”")
    checks = page.get_by_role("region", name="Checks")
    expect(checks.get_by_role("cell", name="Failed trials")).to_be_visible(timeout=60_000)

    matters = page.get_by_role("region", name="What matters")
    planes = page.get_by_role("region", name="Two parameters at once")
    planes.scroll_into_view_if_needed()  # Figures are drawn when they come into sight.
    expect(planes.locator(".plot")).to_have_count(2)
    expect(planes.locator("figcaption").first).to_contain_text("expected error (%)")
    matters.get_by_label("Metric").select_option("cost")
    expect(planes.get_by_label("Metric")).to_have_value("cost")
    expect(planes.locator("figcaption").first).to_contain_text("expected cost (<b>€</b>)")
    expect(page.locator(".insights :is(b, i)")).to_have_count(0)

    with page.expect_download() as saved:
        planes.get_by_role("button", name="CSV").click()
    assert len(saved.value.path().read_text().splitlines()) > 900

    results = page.get_by_role("region", name="Results, and what the model makes of them")
    results.scroll_into_view_if_needed()
    dot = results.locator(".scatterlayer .trace .points path").first
    expect(dot).to_be_visible()
    box = dot.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile(r"/trials/\d+/$"))
