"""The form in which an experiment is defined: what it makes of what was typed."""

import re

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import Direction, ParameterKind, ParameterSpec, ValueType
from experiments.forms.experiment import DefinitionForm
from experiments.forms.parameters import ParameterForm

GOOD = {
    "name": "Booth",
    "objective": "booth",
    "direction": "minimize",
    "p1-name": "x1",
    "p1-kind": "float",
    "p1-lower": "-10",
    "p1-upper": "10",
}


def define(**changes: str) -> DefinitionForm:
    """Send the good form with changes; ``p1_name`` stands for ``p1-name``."""
    query = QueryDict(mutable=True)
    query.update(GOOD | {re.sub(r"^(p\d+)_", r"\1-", key): text for key, text in changes.items()})
    return DefinitionForm.read(query)


def row(**fields: str) -> ParameterForm:
    return ParameterForm({"name": "x", "kind": "float"} | fields, number=1, is_checked=True)


def html(form: DefinitionForm) -> str:
    return render_to_string("experiments/_new_form.html", {"form": form})


def test_a_good_form_becomes_a_draft():
    form = define(description="Try it.", trial_budget="20")
    draft = form.draft()
    assert draft is not None
    assert (draft.name, draft.metrics[0].name) == ("Booth", "booth")
    assert draft.metrics[0].spec.direction is Direction.MINIMIZE
    assert (draft.description, draft.trial_budget) == ("Try it.", 20)
    (parameter,) = draft.parameters
    assert parameter.name == "x1"
    assert parameter.spec == ParameterSpec(
        key="", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=-10.0, upper=10.0
    )


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
        ({"kind": "choice", "values": "1", "data_type": "hm"}, "data_type", "Choose one"),
        ({"kind": "fixed"}, "value", "Enter the value"),
        ({"kind": "fixed", "value": "x", "data_type": "bool"}, "value", "neither yes nor no"),
        ({"kind": "odd"}, "kind", "Choose one of these types."),
        ({"name": "", "lower": "0", "upper": "1"}, "name", "Give the parameter a name."),
        ({"name": "a\x00b", "lower": "0", "upper": "1"}, "name", "ull characters"),
    ],
)
def test_errors_stand_at_their_field(fields, field, message):
    form = row(**fields)
    assert form.draft is None
    assert message in " ".join(form.errors[field])


def test_fields_of_other_types_do_not_count():
    junk = {"values": "a\x00", "data_type": "hm", "value": "\x00"}
    assert row(lower="0", upper="1", **junk).draft
    assert row(kind="choice", values="a, b", lower="nonsense", upper="\x00", step="x").draft


def test_blank_rows_are_ignored_and_the_numbers_stay():
    form = define(p2_name=" ", p2_kind="choice", p3_name="x1", p3_kind="fixed", p3_value="1")
    assert form.parameters[1].errors == {}
    assert form.parameters[2].errors["name"] == ["Parameter 1 has this name already."]


def test_nothing_varies():
    form = define(p1_kind="fixed", p1_value="3")
    assert form.draft() is None
    assert "at least one parameter that varies" in html(form)
    # While it is still being written, it is no error of the whole.
    assert define(p1_lower="").space_errors == []


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("name", "", "Give the experiment a name."),
        ("name", "x" * 201, "200 characters at most"),
        ("objective", " ", "Give the objective a name."),
        ("objective", "a\nb", "line breaks"),
        ("direction", "", "Choose which way is better."),
        ("direction", "up", "Choose which way is better."),
        ("trial_budget", "many", "“many” is not a number."),
        ("trial_budget", "2.5", "is not a whole number."),
        ("trial_budget", "0", "from 1 to 1000000"),
        ("description", "x" * 10_001, "10000 characters at most"),
        ("description", "a\x00", "ull characters"),
        ("team", "12", "Choose one of your teams."),
    ],
)
def test_errors_of_the_experiment(field, text, message):
    form = define(**{field: text})
    assert form.draft() is None
    assert message in " ".join(form.experiment.errors[field])


def test_errors_are_shown_beside_the_field_with_what_was_typed():
    text = html(define(p1_upper="1,234", name='<b>"x"</b>' * 30))
    (field,) = re.findall(r'<input[^>]*name="p1-upper"[^>]*>', text)
    assert 'value="1,234"' in field
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_p1-upper_error"' in field
    (error,) = re.findall(r'<p class="error" id="id_p1-upper_error">(.*?)</p>', text)
    assert "could be 1.234 or 1234" in error
    assert "&lt;b&gt;&quot;x&quot;&lt;/b&gt;" in text
    assert "<b>" not in text
    assert "2 things below need" in text


def test_the_first_wrong_field_gets_the_focus():
    form = define(p1_upper="-20", trial_budget="x")
    form.focus_on_first_error()
    focused = re.findall(r"<[^>]*autofocus[^>]*>", html(form))
    assert len(focused) == 1
    assert 'name="p1-upper"' in focused[0]


def test_accessible_names():
    text = html(define())
    for label in (
        *("Name", "Description", "Objective", "Trial budget"),
        *("Parameter name", "Type", "Lower bound", "Upper bound", "Log scale", "Step"),
        *("Data", "Values", "Ordered", "Value"),
    ):
        assert re.search(rf'<label for="[^"]+">{label}</label>', text), label
    for direction in ("Minimize", "Maximize"):
        assert re.search(rf"<label[^>]*><input[^>]*> {direction}</label>", text), direction
    assert ">Parameter 1</legend>" in text


fields = st.sampled_from(
    [*GOOD, "key", "action", "description", "trial_budget", "team"]
    + [f"p{n}-{field}" for n in (1, 2, 999999) for field in ParameterForm.base_fields]
    + ["p-name", "p1-", "p1-odd"]
)
texts = st.text() | st.sampled_from(
    [
        *("0", "1", "1e-5", "-1", "1e400", "999999999999999999999", "a, b", "yes", "x1", '"'),
        *("float", "int", "choice", "fixed", "bool", "text", "on", "\ufdd0"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(fields, texts, max_size=25), st.booleans())
def test_whatever_is_sent_is_answered(data, starts_good):
    query = QueryDict(mutable=True)
    query.update((GOOD if starts_good else {}) | data)
    form = DefinitionForm.read(query)
    draft = form.draft()
    assert (draft is None) == bool(form.error_count)
    assert html(form)
