"""Parameters in the form of a definition: each type, values, conditions, derived ones."""

import re

import pytest

from experiments.domain import (
    Condition,
    Term,
    ValueType,
)
from tests.forms.defining import DEPENDENT, define, html, row


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lower": "0,5", "upper": " 1e3 ", "log_scale": "on"}, (0.5, 1000.0, True, None)),
        ({"lower": "0", "upper": "1", "step": ".1"}, (0.0, 1.0, False, 0.1)),
        ({"kind": "int", "lower": "−3", "upper": "1e3"}, (-3, 1000, False, None)),
        ({"kind": "int", "lower": "0", "upper": "9007199254740991"}, (0, 2**53 - 1, False, None)),
    ],
)
def test_ranges(fields, expected):
    draft = row(**fields).draft
    assert draft is not None
    spec = draft.spec
    assert (spec.lower, spec.upper, spec.log_scale, spec.step) == expected
    assert type(spec.lower) is (int if fields.get("kind") == "int" else float)


@pytest.mark.parametrize(
    ("fields", "value_type", "values", "is_ordered"),
    [
        ({"values": "rbf, poly"}, ValueType.TEXT, ("rbf", "poly"), False),
        ({"values": "16, 32", "is_ordered": "on"}, ValueType.INT, (16, 32), True),
        ({"values": "16, 32", "data_type": "text"}, ValueType.TEXT, ("16", "32"), False),
        ({"values": "1, 2", "data_type": "float"}, ValueType.FLOAT, (1.0, 2.0), False),
        ({"values": "0,5\n0,7"}, ValueType.FLOAT, (0.5, 0.7), False),
        ({"values": "", "data_type": "bool"}, ValueType.BOOL, (False, True), False),
        ({"values": "yes,no", "is_ordered": "on"}, ValueType.BOOL, (True, False), False),
    ],
)
def test_choices(fields, value_type, values, is_ordered):
    draft = row(kind="choice", **fields).draft
    assert draft is not None
    assert draft.spec.values == values
    assert [type(value) for value in draft.spec.values] == [type(value) for value in values]
    assert (draft.spec.value_type, draft.spec.is_ordered) == (value_type, is_ordered)


@pytest.mark.parametrize(
    ("fields", "value"),
    [({"value": "0,5"}, 0.5), ({"value": " adam "}, "adam"), ({"value": "no"}, False)],
)
def test_fixed_parameters(fields, value):
    draft = row(kind="fixed", **fields).draft
    assert draft is not None
    assert draft.spec.value == value


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"lower": "", "upper": "1"}, "lower", "Enter a number."),
        ({"lower": "abc", "upper": "1"}, "lower", "“abc” is not a number."),
        ({"lower": "0", "upper": "1,234"}, "upper", "could be 1.234 or 1234"),
        ({"lower": "2", "upper": "1"}, "upper", "must lie above 2"),
        ({"lower": "0", "upper": "1", "log_scale": "on"}, "lower", "above 0"),
        ({"lower": "0", "upper": "1", "step": "nan"}, "step", "“nan” is not a number."),
        ({"kind": "int", "lower": "0.5", "upper": "2"}, "lower", "is not a whole number."),
        ({"kind": "choice"}, "values", "at least two"),
        ({"kind": "choice", "values": "1, x", "data_type": "int"}, "values", "“x” is not a number"),
        ({"kind": "choice", "values": "1", "data_type": "hm"}, "data_type", "Choose one of these."),
        ({"kind": "fixed"}, "value", "Enter the value"),
        ({"kind": "fixed", "value": "x", "data_type": "bool"}, "value", "neither yes nor no"),
        ({"kind": "odd"}, "kind", "Choose one of these."),
        ({"name": "", "lower": "0", "upper": "1"}, "name", "Give the parameter a name."),
        ({"name": "a\x00b", "lower": "0", "upper": "1"}, "name", "control characters"),
    ],
)
def test_errors_stand_at_their_field(fields, field, message):
    form = row(**fields)
    assert message in " ".join(form.errors[field])


def test_fields_of_other_types_do_not_count():
    junk = {"values": "a\x00", "data_type": "hm", "value": "\x00"}
    assert row(lower="0", upper="1", **junk).draft
    assert row(kind="choice", values="a, b", lower="nonsense", upper="\x00", step="x").draft


def test_dependents_stand_beneath_the_value_that_activates_them():
    form = define(**DEPENDENT, p4_name="z", p4_kind="fixed", p4_value="1")
    draft = form.draft()
    assert draft is not None
    assert draft.parameters[2].spec.condition == Condition("n2", ("poly",))
    steps = [step.row.number if step.row else step.title or "end" for step in form.arranged]
    assert steps == [1, 2, "when kernel is poly", 3, "end", 4]
    assert "when kernel is poly" in html(form)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"p3_parent": "n7"}, "parent", "was removed"),
        ({"p3_parent": "n1"}, "parent", "is a range"),
        ({"p3_parent": "n3"}, "parent", "is a range|itself"),
        ({"p3_parent_values": ""}, "parent", "Choose the values"),
        ({"p3_parent_values": "linear"}, "parent", "has no value “linear”"),
        ({"p3_parent": "", "p3_parent_name": "colonel"}, "parent", "no parameter of this name"),
        ({"p2_parent": "n3", "p2_parent_values": "2"}, "parent", "break this circle"),
    ],
)
def test_conditions_that_cannot_hold(changes, field, message):
    form = define(**DEPENDENT | changes)
    assert re.search(message, " ".join(form.parameters[2].errors[field]))
    assert html(form)


def test_names_can_be_typed_instead_of_chosen():
    typed = DEPENDENT | {"p3_parent": "", "p3_parent_name": " kernel "}
    assert define(**typed).draft().parameters[2].spec.condition == Condition("n2", ("poly",))


def test_a_derived_parameter_is_built_from_pickers():
    whole = {
        "p1_key": "n1",
        "p2_name": "n", "p2_kind": "int", "p2_lower": "1", "p2_upper": "9", "p2_key": "n2",
        "p3_name": "twice", "p3_kind": "derived", "p3_intercept": "1",
        "p3_t1_parameter": "n2", "p3_t1_coefficient": "2",
    }  # fmt: skip
    spec = define(**whole).draft().parameters[2].spec
    assert (spec.terms, spec.intercept) == ((Term("n2", 2.0),), 1.0)
    assert spec.value_type is ValueType.INT
    half = define(**whole, p3_t2_parameter="n1", p3_t2_coefficient="0.5").draft()
    assert half.parameters[2].spec.value_type is ValueType.FLOAT
    gone = define(**whole, p3_t2_parameter="n8")
    assert "was removed" in gone.parameters[2].terms[1].errors["parameter"][0]
    twice = define(**whole, p3_t2_parameter="n2")
    assert "is there twice" in twice.parameters[2].terms_errors[0]


def test_a_thousand_choices():
    values = "\n".join(f"value {n}" for n in range(1000))
    assert len(define(p1_kind="choice", p1_values=values).draft().parameters[0].spec.values) == 1000
    too_many = define(p1_kind="choice", p1_values=values + "\none more")
    assert "At most 1000 values" in too_many.parameters[0].errors["values"][0]


def test_a_large_space_lists_only_what_is_chosen():
    rows = {f"p{n}_name": f"x{n}" for n in range(1, 201)}
    rows |= {f"p{n}_kind": "bool" for n in range(1, 201)}
    rows |= {f"p{n}_key": f"n{n}" for n in range(1, 201)}
    form = define(**rows, p7_parent="n3", p7_parent_values="yes")
    assert form.draft()
    text = html(form)
    assert text.count("<option") < 6_000
    assert '<option value="n3" selected>x3</option>' in text
    assert '<datalist id="parameter-names">' in text
