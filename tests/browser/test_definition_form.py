"""The form in which an experiment is defined, as people use it."""

import re

from playwright.sync_api import Page, Route, expect


def _start(page: Page, name: str) -> None:
    page.goto("/experiments/new/")
    page.wait_for_load_state()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Objective").fill("error")


def _parameter(page: Page, number: int, name: str, kind: str, **fields: str) -> None:
    """Fill in a row, which is added if it is not there."""
    row = page.get_by_role("group", name=f"Parameter {number}", exact=True)
    if not row.count():
        page.get_by_role("button", name="Add parameter").click()
    row.get_by_label("Parameter name").fill(name)
    row.get_by_label("Type").select_option(kind)
    for label, text in fields.items():
        row.get_by_label(label.replace("_", " "), exact=True).fill(text)


def test_dependent_derived_and_constrained_parameters(page: Page):
    _start(page, "Two families")
    _parameter(page, 1, "family", "Choice", Values="svm, forest")
    _parameter(page, 2, "depth", "Integer", Lower_bound="1", Upper_bound="9")
    row = page.get_by_role("group", name="Parameter 2", exact=True)
    row.get_by_text("⋯").click()
    row.get_by_label("Only when", exact=True).select_option("family")
    row.get_by_label("forest", exact=True).check()
    expect(page.get_by_text("when family is forest")).to_be_visible()
    expect(row.get_by_label("forest", exact=True)).to_be_focused()
    row.get_by_label("What it is").fill("Leaves.")
    _parameter(page, 3, "flour", "Float", Lower_bound="0", Upper_bound="1")
    _parameter(page, 4, "water", "Float", Lower_bound="0", Upper_bound="1")
    _parameter(page, 5, "rest", "Derived", Constant="1")
    derived = page.get_by_role("group", name="Parameter 5", exact=True)
    derived.get_by_label("Factor 1").fill("-1")
    derived.get_by_label("Parameter 1", exact=True).select_option("flour")
    page.get_by_role("button", name="Sum, a + b ≤ 1").click()
    constraint = page.get_by_role("group", name="Constraint 1")
    constraint.get_by_label("Parameter 1", exact=True).select_option("flour")
    constraint.get_by_label("Parameter 2", exact=True).select_option("water")
    constraint.get_by_label("Bound").fill("1")
    page.get_by_role("button", name="Add metric").click()
    metric = page.get_by_role("group", name="Metric 2")
    metric.get_by_label("Metric name").fill("fit time")
    metric.get_by_label("Bound", exact=True).fill("50")
    page.get_by_role("button", name="Create experiment").click()
    expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))
    expect(page.get_by_role("heading", name="Two families")).to_be_visible()
    page.get_by_text("What is varied and what is measured").click()
    definition = page.locator("#outline")
    for said in (
        "integer from 1 to 9, only when family = “forest”",
        "Leaves.",
        "derived, −flour + 1",
        "flour + water ≤ 1",
        "keep ≤ 50",
    ):
        expect(definition.get_by_text(said)).to_be_visible()


def test_what_is_typed_while_rows_are_on_their_way_is_kept(page: Page):
    _start(page, "Hasty")
    _parameter(page, 1, "family", "Choice", Values="svm, forest")
    _parameter(page, 2, "depth", "Integer", Lower_bound="1", Upper_bound="9")
    row = page.get_by_role("group", name="Parameter 2", exact=True)
    row.get_by_text("⋯").click()
    row.get_by_label("Only when", exact=True).select_option("family")
    row.get_by_label("forest", exact=True).check()
    _parameter(page, 3, "rest", "Derived", Constant="1")
    terms = page.get_by_role("group", name="Parameter 3", exact=True).get_by_label("Factor")
    expect(terms).to_have_count(1)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/experiments/new/", slowly)
    page.get_by_role("button", name="Add term").click()
    page.get_by_label("Name", exact=True).fill("Hasty, but kept")
    family = page.get_by_role("group", name="Parameter 1", exact=True)
    family.get_by_label("Parameter name").focus()
    page.keyboard.press("End")
    page.keyboard.type(" of models")
    expect(terms).to_have_count(2)
    expect(family.get_by_label("Parameter name")).to_have_value("family of models")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Hasty, but kept")
    expect(page.get_by_role("group", name="Parameter 2", exact=True)).to_be_visible()


def test_ordered_values_are_moved_by_keyboard_and_by_mouse(page: Page):
    _start(page, "Ordered")
    _parameter(page, 1, "size", "Choice", Values="small, huge, large")
    page.get_by_label("Order", exact=True).select_option("Ordered")
    page.get_by_text("Change the order").click()
    values = page.get_by_label("Values", exact=True)
    button = page.get_by_role("button", name="Move down huge")
    button.focus()
    page.keyboard.press("Enter")
    expect(values).to_have_value("small, large, huge")
    expect(button).to_be_focused()
    items = page.get_by_role("list", name="Values in order").get_by_role("listitem")
    items.nth(2).drag_to(items.nth(0), target_position={"x": 5, "y": 2})
    expect(values).to_have_value("huge, small, large")
    _parameter(page, 2, "twice", "Derived")  # Its first term comes with new rows.
    expect(page.get_by_label("Factor 1")).to_be_visible()
    expect(items).to_have_text([re.compile("huge"), re.compile("small"), re.compile("large")])
    expect(button).to_be_visible()


def test_a_thousand_values_can_be_put_in_order(page: Page):
    _start(page, "Long")
    _parameter(page, 1, "gene", "Choice", Values="\n".join(f"g{n}" for n in range(1000)))
    page.get_by_label("Order", exact=True).select_option("Ordered")
    page.get_by_text("Change the order").click()
    page.get_by_role("button", name="Move down g0", exact=True).click()
    expect(page.get_by_label("Values", exact=True)).to_have_value(re.compile(r"^g1\ng0\ng2\n"))


def test_names_that_change_are_shown_where_they_were_chosen(page: Page):
    _start(page, "Renamed")
    _parameter(page, 1, "a", "Float", Lower_bound="0", Upper_bound="1")
    _parameter(page, 2, "b", "Float", Lower_bound="0", Upper_bound="1")
    page.get_by_role("button", name="Order, a ≤ b").click()
    constraint = page.get_by_role("group", name="Constraint 1")
    constraint.get_by_label("Parameter 1", exact=True).select_option("a")
    page.get_by_label("Parameter name").first.fill("<b>warmup</b>")
    chosen = constraint.get_by_label("Parameter 1", exact=True).locator("option:checked")
    expect(chosen).to_have_text("<b>warmup</b>")


def test_what_is_open_stays_open_when_rows_change(page: Page):
    _start(page, "Open")
    _parameter(page, 1, "a", "Float", Lower_bound="0", Upper_bound="1")
    _parameter(page, 2, "b", "Float", Lower_bound="0", Upper_bound="1")
    first = page.get_by_role("group", name="Parameter 1", exact=True)
    first.get_by_text("⋯").click()
    first.get_by_label("Unit").fill("mm")
    page.get_by_role("button", name="Move up b").click()
    expect(page.get_by_label("Parameter name").first).to_have_value("b")
    second = page.get_by_role("group", name="Parameter 2", exact=True)
    expect(second.get_by_label("Unit")).to_be_visible()
    expect(second.get_by_label("Unit")).to_have_value("mm")


def test_a_removed_row_can_be_put_back(page: Page):
    _start(page, "Undone")
    _parameter(page, 1, "family", "Choice", Values="svm, forest")
    _parameter(page, 2, "depth", "Integer", Lower_bound="1", Upper_bound="9")
    page.get_by_role("button", name="Remove family Parameter 1").press("Enter")
    names = page.get_by_label("Parameter name")
    expect(names).to_have_count(1)
    notice = page.get_by_role("status").filter(has_text="“family” is removed.")
    notice.get_by_role("button", name="Undo").press("Enter")
    expect(names).to_have_count(2)
    expect(names.first).to_be_focused()
    expect(page.get_by_label("Values", exact=True).first).to_have_value("svm, forest")
    expect(page.get_by_label("Type").first).to_have_value("choice")
    page.get_by_role("button", name="Move down family Parameter 1").click()
    expect(names.first).to_have_value("depth")
    page.get_by_role("button", name="Remove depth Parameter 1").click()
    expect(page.get_by_text("“depth” is removed.")).to_be_visible()
    names.first.press_sequentially("x")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_without_javascript(sign_in):
    page = sign_in(java_script_enabled=False)
    _start(page, "No scripts")
    _parameter(page, 1, "kernel", "Choice", Values="rbf, poly")
    _parameter(page, 2, "degree", "Integer", Lower_bound="2", Upper_bound="5")
    row = page.get_by_role("group", name="Parameter 2", exact=True)
    row.get_by_text("⋯").click()
    row.get_by_label("Only when", exact=True).select_option("kernel")
    row.get_by_label("is one of").fill("poly")
    page.get_by_role("button", name="Order, a ≤ b").click()
    expect(page.get_by_text("when kernel is poly")).to_be_visible()
    constraint = page.get_by_role("group", name="Constraint 1")
    constraint.get_by_role("button", name="Remove").click()
    expect(constraint).to_have_count(0)
    page.get_by_role("button", name="Save as draft").click()
    expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))


def test_on_a_phone_nothing_is_cut_off(sign_in):
    page = sign_in(viewport={"width": 390, "height": 844})
    _start(page, "Phone")
    _parameter(page, 1, "kernel", "Choice", Values="rbf, poly")
    _parameter(page, 2, "x", "Derived")
    page.get_by_role("button", name="Any linear").click()
    page.get_by_role("button", name="Add metric").click()
    page.get_by_text("More settings").click()
    expect(page.get_by_role("group", name="Metric 2")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_click_right_after_a_name_is_typed_is_not_lost(page: Page):
    _start(page, "Quick")
    _parameter(page, 1, "family", "Choice", Values="svm, forest")
    _parameter(page, 2, "depth", "Integer", Lower_bound="1", Upper_bound="9")
    depth = page.get_by_role("group", name="Parameter 2", exact=True)
    depth.get_by_text("⋯").click()
    depth.get_by_label("Only when", exact=True).select_option("family")
    depth.get_by_label("forest", exact=True).check()
    family = page.get_by_role("group", name="Parameter 1", exact=True)
    family.get_by_label("Parameter name").click()
    page.keyboard.press("End")
    page.keyboard.type(" of models")
    expect(page.get_by_text("when family of models is forest")).to_be_visible()
    family.get_by_text("⋯").click()
    expect(family.get_by_label("Unit")).to_be_visible()
