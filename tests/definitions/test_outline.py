"""A whole definition in words."""

from dataclasses import replace

from hypothesis import given, settings

from experiments.domain import Direction, MetricRole
from experiments.drafts import ExperimentDraft
from experiments.outline import DEEPEST, Outline, outline_of
from tests.rules.making import (
    MOST,
    choice,
    constraint,
    definition,
    derived,
    fixed,
    metric,
    range_,
    sound_drafts,
    when,
)


def outline(*parameters, **kwargs) -> Outline:
    return outline_of(definition(*parameters, **kwargs), limits={})


def test_every_part_is_said():
    found = outline(
        replace(
            range_("lr", 1e-4, 1.0, log_scale=True),
            unit="1/step",
            description="How fast it learns.",
        ),
        fixed("epochs", 3),
        range_("old", 0.0, 1.0, pinned=0.5),
        constraints=[constraint(MOST, 1, lr=1, old=2)],
        metrics=(
            metric(target=0.1, description="On the second day."),
            metric("latency", role=MetricRole.CONSTRAINT, bound=50.0, unit="ms"),
            metric("recall", Direction.MAXIMIZE, role=MetricRole.TRACKED),
        ),
    )
    lr, epochs, old = found.parameters
    assert (lr.name, lr.unit, lr.description) == ("lr", "1/step", "How fast it learns.")
    assert lr.words == "number from 0.0001 to 1, log scale"
    assert (epochs.words, old.words) == ("fixed at 3", "fixed from now on at 0.5")
    assert found.constraints == ("lr + 2·old ≤ 1",)
    assert [(line.name, line.words) for line in found.metrics] == [
        ("loss", "minimize, good enough: loss ≤ 0.1"),
        ("latency", "keep ≤ 50 ms"),
        ("recall", "only tracked, larger is better"),
    ]
    assert found.metrics[0].description == "On the second day."
    assert dict(found.settings)["Exploring trials"] == "5"


def test_weights_and_thresholds_are_said_where_they_count():
    metrics = (metric(weight=2.0, threshold=0.5), metric("auc", Direction.MAXIMIZE))
    traded = outline(range_("x"), metrics=metrics)
    assert [line.words for line in traded.metrics] == ["minimize, of interest ≤ 0.5", "maximize"]
    added = outline(range_("x"), metrics=metrics, is_weighted_sum=True)
    assert [line.words for line in added.metrics] == ["minimize, weight 2", "maximize, weight 1"]


def test_dependents_stand_below_what_switches_them_on():
    found = outline(
        range_("momentum", condition=when("optimizer", "sgd")),
        range_("x"),
        choice("optimizer", "sgd", "adam"),
        range_("beta", condition=when("optimizer", "adam")),
        derived("y", x=2),
    )
    assert [(line.name, line.depth) for line in found.parameters] == [
        ("x", 0),
        ("optimizer", 0),
        ("momentum", 1),
        ("beta", 1),
        ("y", 0),
    ]
    assert found.parameters[2].words.endswith("only when optimizer = “sgd”")


@settings(max_examples=100, deadline=None)
@given(draft=sound_drafts())
def test_nothing_is_left_out(draft: ExperimentDraft):
    found = outline_of(draft, limits={})
    assert sorted(line.name for line in found.parameters) == sorted(
        parameter.name for parameter in draft.parameters
    )
    assert len(found.constraints) == len(draft.constraints)
    assert all(line.words and line.depth <= DEEPEST for line in found.parameters)
