"""Constraints in the form of a definition, and what refers to other rows."""

import pytest

from tests.forms.defining import DEPENDENT, define, html

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
