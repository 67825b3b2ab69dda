"""The form in which an experiment is defined: what it makes of what was typed."""

import re

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.domain import (
    Condition,
    Direction,
    MetricRole,
    ParameterKind,
    ParameterSpec,
    Relation,
    Term,
    ValueType,
)
from experiments.forms.constraints import ConstraintRow
from experiments.forms.experiment import DefinitionForm
from experiments.forms.linear import TermRow
from experiments.forms.metrics import MetricRow
from experiments.forms.parameters import ParameterRow
from experiments.forms.settings import ExperimentRow, has_quality

GOOD = {
    "name": "Booth",
    "m1-name": "booth",
    "m1-goal": "minimize",
    "p1-name": "x1",
    "p1-kind": "float",
    "p1-lower": "-10",
    "p1-upper": "10",
}


def _field(name: str) -> str:
    """``p1_t2_parameter`` stands for ``p1-t2-parameter``."""
    return re.sub(r"^([pmc]\d+)_(?:(t\d+)_)?", _dashed, name)


def _dashed(match: re.Match[str]) -> str:
    return "".join(f"{part}-" for part in match.groups() if part)


def define(**changes: str) -> DefinitionForm:
    """Send the good form with changes; ``p1_name`` stands for ``p1-name``."""
    query = QueryDict(mutable=True)
    query.update(GOOD | {_field(name): text for name, text in changes.items()})
    return DefinitionForm.read(query)


def row(**fields: str) -> ParameterRow:
    texts = {"key": "n1", "name": "x", "kind": "float"} | fields
    data = QueryDict(mutable=True)
    data.update({f"p1-{name}": text for name, text in texts.items()})
    return DefinitionForm.read(data).parameters[0]


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
        key="n1", kind=ParameterKind.RANGE, value_type=ValueType.FLOAT, lower=-10.0, upper=10.0
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


@pytest.mark.parametrize(
    ("field", "text", "error_at", "message"),
    [
        ("m1_name", " ", "name", "Give the objective a name."),
        ("m1_name", "a\nb", "name", "line breaks"),
        ("m1_goal", "up", "goal", "Choose one of these."),
        ("m1_target", "soon", "target", "“soon” is not a number."),
    ],
)
def test_errors_of_a_metric(field, text, error_at, message):
    form = define(**{field: text})
    assert form.draft() is None
    assert message in " ".join(form.metrics[0].errors[error_at])


def test_metrics_with_bounds_and_tracked_ones():
    form = define(
        m2_name="latency", m2_goal="at_most", m2_bound="50", m2_unit="ms",
        m3_name="recall", m3_goal="at_least", m3_bound="-5", m3_bound_kind="relative",
        m4_name="epochs", m4_goal="track", m4_better="maximize", m4_bound="nonsense",
        m5_goal="maximize", baseline="values", p1_baseline="1",
    )  # fmt: skip
    draft = form.draft()
    assert draft is not None
    _, latency, recall, epochs = draft.metrics
    assert latency.unit == "ms"
    assert (latency.spec.role, latency.spec.relation, latency.spec.bound) == (
        MetricRole.CONSTRAINT, Relation.AT_MOST, 50.0,
    )  # fmt: skip
    assert recall.spec.is_relative
    assert (epochs.spec.role, epochs.spec.direction) == (MetricRole.TRACKED, Direction.MAXIMIZE)
    assert draft.baseline_values == {"n1": 1.0}


def test_weights_and_thresholds_count_where_they_are_shown():
    two = {"m1_weight": "2", "m1_threshold": "0.5", "m2_name": "b", "m2_goal": "maximize"}
    assert define(**two).draft().metrics[0].spec.threshold == 0.5
    assert define(**two).draft().metrics[0].spec.weight == 1.0
    summed = define(**two, trade="sum").draft()
    assert (summed.is_weighted_sum, summed.metrics[0].spec.weight) == (True, 2.0)
    assert not define(m1_weight="2", trade="sum").draft().is_weighted_sum
    assert define(m1_weight="heavy").draft()


def test_a_relative_bound_asks_for_a_baseline():
    form = define(m2_name="b", m2_goal="at_most", m2_bound="1", m2_bound_kind="relative")
    assert "needs a baseline" in form.metrics[1].errors["bound_kind"][0]


def test_a_baseline_has_to_lie_in_the_space():
    assert "there is no value" in define(baseline="values").experiment.errors["baseline"][0]
    wrong = define(baseline="values", p1_baseline="much")
    assert "is not a number" in wrong.parameters[0].errors["baseline"][0]
    assert define(baseline="trial").experiment.errors["baseline"] == ["Choose one of these."]


DEPENDENT = {
    "p1_key": "n1",
    "p2_key": "n2", "p2_name": "kernel", "p2_kind": "choice", "p2_values": "rbf, poly",
    "p3_key": "n3", "p3_name": "degree", "p3_kind": "int", "p3_lower": "2", "p3_upper": "5",
    "p3_parent": "n2", "p3_parent_values": "poly",
}  # fmt: skip


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


TWO = {"p2_name": "x2", "p2_lower": "-10", "p2_upper": "10", "p2_key": "n2", "p1_key": "n1"}


@pytest.mark.parametrize(
    ("constraint", "terms", "bound"),
    [
        ({"shape": "order"}, (1.0, -1.0), 0.0),
        ({"shape": "sum", "bound": "3"}, (1.0, 1.0), 3.0),
        ({"shape": "linear", "bound": "3", "t2-coefficient": "-2,5"}, (1.0, -2.5), 3.0),
        ({"bound": "3"}, (1.0, 1.0), 3.0),
    ],
)
def test_constraints(constraint, terms, bound):
    fields = {"t1-parameter": "n1", "t2-parameter": "n2", "relation": "at_most"} | constraint
    draft = define(**TWO, **{f"c1_{name}": text for name, text in fields.items()}).draft()
    (found,) = draft.constraints
    assert tuple(term.coefficient for term in found.terms) == terms
    assert found.bound == bound


@pytest.mark.parametrize(
    ("constraint", "where", "message"),
    [
        ({"t1_parameter": "n1"}, "bound", "Enter a number."),
        ({"t1_parameter": "n1", "bound": "x"}, "bound", "“x” is not a number."),
        ({"bound": "1"}, "terms", "at least one parameter"),
        ({"shape": "order", "t1_parameter": "n1", "t2_parameter": ""}, "terms", "both"),
    ],
)
def test_constraints_that_are_unfinished(constraint, where, message):
    form = define(**TWO, **{f"c1_{name}": text for name, text in constraint.items()})
    assert message in " ".join(form.constraints[0].errors[where])


def test_a_constraint_on_a_removed_parameter_says_so_and_loses_nothing():
    form = define(c1_t1_parameter="n1", c1_t2_parameter="n9", c1_bound="3")
    assert "was removed" in form.constraints[0].terms[1].errors["parameter"][0]
    assert '<option value="n9" selected>(gone)</option>' in html(form)


def test_what_refers_to_a_wrong_row_waits_for_it():
    form = define(**DEPENDENT | {"p2_data_type": "int"}, c1_t1_parameter="n1", c1_bound="1")
    assert form.parameters[2].errors == {}
    assert list(form.parameters[1].errors) == ["values"]
    form = define(p1_lower="x", c1_t1_parameter="n1", c1_bound="1")
    assert form.constraints[0].errors == {}


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
