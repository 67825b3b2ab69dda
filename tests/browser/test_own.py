"""Values of one's own, typed and fixed, from the page to the running trials."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_loop import SOON
from tests.house.serving import Serve, run_command

pytestmark = pytest.mark.browser

MAKE = """
from django.contrib.auth.models import User
from experiments.domain import Condition, ParameterKind, ParameterSpec, ValueType
from experiments.drafts import ParameterDraft
from tests.factories import float_range, make_measured, metric, take
ada = User.objects.get(username="ada")
optimizer = ParameterSpec(
    key="n1", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("adam", "sgd")
)
parameters = [
    ParameterDraft(name="optimizer", spec=optimizer),
    ParameterDraft(name="rate", spec=float_range(0.0, 1.0)),
    ParameterDraft(
        name="momentum", spec=float_range(0.0, 1.0, condition=Condition("n1", ("sgd",)))
    ),
]
made = make_measured(ada, metric("loss"), parameters=parameters, name="Tuned by hand")
print("MADE", made.pk)
"""


def test_an_own_trial_and_a_suggestion_around_fixed_values(page: Page, axdash: Serve) -> None:
    done, said, error = run_command("shell", "-v0", "-c", MAKE, AXDASH_DATA_DIR=axdash.data_dir)
    assert done == 0, error
    number = re.search(r"MADE (\d+)", said)
    assert number
    page.goto(f"/experiments/{number[1]}/")

    page.get_by_role("link", name="Add my own").click()
    momentum = page.get_by_label("momentum")
    expect(momentum).to_be_hidden()  # It starts with adam.
    page.get_by_label("optimizer", exact=True).select_option("sgd")
    expect(momentum).to_be_visible()
    momentum.fill("0.75")
    page.get_by_label("rate", exact=True).fill("0,125")
    page.get_by_label("optimizer", exact=True).select_option("adam")
    expect(momentum).to_be_hidden()
    page.get_by_role("button", name="the center").click()
    expect(page.get_by_text("What you changed by hand has stayed: rate, momentum.")).to_be_visible()
    expect(page.get_by_text("the center has 0.5").first).to_be_visible()
    expect(page.get_by_label("rate", exact=True)).to_have_value("0,125")
    expect(momentum).to_be_hidden()
    page.get_by_label("optimizer", exact=True).select_option("sgd")
    expect(momentum).to_have_value("0.75")  # What is hidden is not lost.
    page.get_by_label("rate", exact=True).press(
        "Enter"
    )  # The first button is to add it, not to start again.
    own = page.get_by_role("group", name="Trial 0", exact=True)
    expect(own).to_contain_text("rate 0.125")
    expect(own).to_contain_text("momentum 0.75")

    page.get_by_role("link", name="Fix some values").click()
    momentum = page.get_by_label("momentum")
    expect(momentum).to_be_hidden()  # Its parent is free.
    page.get_by_label("optimizer", exact=True).select_option("sgd")
    momentum.fill("0.25")
    page.get_by_label("optimizer", exact=True).select_option("adam")
    expect(momentum).to_be_visible()  # It would be sent: nothing typed is out of sight.
    page.get_by_role("button", name="Get suggestions").click()
    expect(page.get_by_text("This does not apply where optimizer is “adam”")).to_be_visible()
    expect(momentum).to_have_value("0.25")
    page.get_by_label("optimizer", exact=True).select_option("sgd")
    page.get_by_role("button", name="Get suggestions").click()
    made = page.get_by_role("group", name="Trial 1", exact=True)
    expect(made).to_contain_text("momentum 0.25", timeout=SOON)
    expect(made).to_contain_text("optimizer sgd")
    made.get_by_role("link", name="1", exact=True).click()
    reason = "ada asked for it with some values fixed: optimizer at sgd, momentum at 0.25."
    expect(page.get_by_text(reason)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    for name in ("Add my own", "Fix some values"):
        page.goto(f"/experiments/{number[1]}/")
        page.get_by_role("link", name=name).click()
        page.wait_for_function("document.documentElement.scrollWidth <= 390")
