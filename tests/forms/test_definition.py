"""The form in which an experiment is defined: what it makes of what was typed."""

import re

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import (
    Direction,
    ParameterKind,
    ParameterSpec,
    ValueType,
)
from experiments.forms.constraints import ConstraintRow
from experiments.forms.experiment import DefinitionForm
from experiments.forms.linear import TermRow
from experiments.forms.metrics import MetricRow
from experiments.forms.parameters import ParameterRow
from experiments.forms.settings import ExperimentRow, has_quality
from tests.forms.defining import GOOD, define, html


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
        key="n1", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=-10.0, upper=10.0
    )


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
        ("trial_budget", "many", "“many” is not a number."),
        ("trial_budget", "2.5", "is not a whole number."),
        ("trial_budget", "0", "from 1 to 1000000."),
        ("description", "x" * 10_001, "10000 characters at most"),
        ("description", "a\x00", "control characters"),
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
        *("Kind of values", "Values", "Order", "Value"),
    ):
        assert re.search(rf'<label for="[^"]+">{label}</label>', text), label
    for direction in ("Minimize", "Maximize"):
        assert re.search(rf"<label[^>]*><input[^>]*> {direction}</label>", text), direction
    assert ">Parameter 1</legend>" in text


fields = st.sampled_from(
    [*GOOD, *ExperimentRow.FIELDS, "key", "action", "source", "notices"]
    + [f"p{n}-{field}" for n in (1, 2, 999999) for field in ParameterRow.FIELDS]
    + [f"m{n}-{field}" for n in (1, 2, 999999) for field in MetricRow.FIELDS]
    + [f"c1-{field}" for field in ConstraintRow.FIELDS]
    + [f"{row}-t{n}-{field}" for row in ("c1", "p1") for n in (1, 2) for field in TermRow.FIELDS]
    + ["p-name", "p1-", "p1-odd"]
)
texts = st.text() | st.sampled_from(
    [
        *("0", "1", "1e-5", "-1", "1e400", "999999999999999999999", "a, b", "yes", "x1", '"'),
        *("n1", "n2", "q1", "derived", "order", "sum", "at_most", "track", "relative", "values"),
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


def test_keys_stay_and_new_rows_get_their_own():
    form = define(p1_key="p12", p2_key="p12", p3_key="<b>", p2_name="a", p3_name="b")
    assert [row.key for row in form.parameters] == ["p12", "n1", "n2"]


def test_without_jax_quality_says_so():
    form = define(generation_method="quality")
    if has_quality():
        assert form.draft()
    else:
        assert "jax and numpyro" in form.experiment.errors["generation_method"][0]


def test_a_bandit_is_refused_in_words_where_it_cannot_be():
    form = define(generation_method="bandit")
    (error,) = form.experiment.errors["generation_method"]
    assert "make each range a choice, give it a step" in error
    assert 'value="bandit" checked' in html(form)
