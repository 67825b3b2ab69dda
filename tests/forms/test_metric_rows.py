"""Metrics in the form of a definition: goals, bounds, weights, the baseline."""

import pytest

from experiments.domain import (
    Direction,
    MetricRole,
    Relation,
)
from tests.forms.defining import define


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
