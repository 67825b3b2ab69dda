"""Parameters that apply only where others have some value."""

from dataclasses import replace

import pytest

from experiments.domain import Condition, GenerationNode, ValueType
from experiments.optimizer import SearchSpaceExhausted, sample, suggest
from experiments.optimizer.space import Space
from tests.optimizer.examples import (
    choice,
    derived,
    experiment,
    fixed,
    float_range,
    int_range,
    played,
    suggestions,
    trial,
)

FAMILIES = experiment(
    choice("p1", ValueType.TEXT, "svm", "tree"),
    float_range("p2", 1e-3, 1e3, log_scale=True, condition=Condition("p1", ("svm",))),
    int_range("p3", 1, 20, condition=Condition("p1", ("tree",))),
    float_range("p4", 0.0, 1.0),
    derived("p5", 1.0, p3=2.0),
)
NESTED = experiment(
    choice("p1", ValueType.TEXT, "a", "b", "c"),
    choice("p2", ValueType.BOOL, True, False, condition=Condition("p1", ("a", "b"))),
    int_range("p3", 1, 3, condition=Condition("p2", (True,))),
    initialization_budget=3,
)


def error(point):
    return point["p4"] + (abs(point["p3"] - 7) / 20 if point["p1"] == "tree" else 0.5)


def test_suggestions_have_what_applies_and_nothing_else():
    trials, made = played(FAMILIES, 9, error)

    assert {row.parameters["p1"] for row in trials} == {"svm", "tree"}
    for row in trials:
        expected = ["p1", "p2", "p4"] if row.parameters["p1"] == "svm" else ["p1", "p3", "p4", "p5"]
        assert list(row.parameters) == expected
        if "p3" in row.parameters:
            assert row.parameters["p5"] == 1 + 2 * row.parameters["p3"]
    assert made[-1].node is GenerationNode.BOTORCH
    assert made[-1].predictions


def test_values_that_do_not_apply_make_no_difference():
    trials, _ = played(FAMILIES, 6, error)
    noisy = [
        replace(row, parameters={"p2": 7.0, "p3": 3, **row.parameters, "p5": 99.0})
        for row in trials
    ]

    assert suggestions(FAMILIES, noisy, 1) == suggestions(FAMILIES, trials, 1)


def test_only_combinations_that_apply_are_counted():
    space = Space(NESTED)

    assert space.size == 2 * (3 + 1) + 1
    combinations = [tuple(space.forest.nth(index).items()) for index in range(9)]
    assert len(set(combinations)) == 9
    assert (("p1", "c"),) in combinations
    assert (("p1", "b"), ("p2", False)) in combinations


def test_each_combination_that_applies_comes_once():
    trials, _ = played(NESTED, 9, lambda point: float(len(point)))

    assert len({tuple(row.parameters.items()) for row in trials}) == 9
    with pytest.raises(SearchSpaceExhausted):
        next(suggest(NESTED, trials, count=1))


def test_many_branches_are_explored_one_at_a_time():
    spec = experiment(
        choice("p1", ValueType.TEXT, *"abcdefgh"),
        float_range("p2", 0.0, 1.0, condition=Condition("p1", ("a", "b"))),
        float_range("p3", 0.0, 1.0),
    )
    points = sample(spec, 10)
    trials = [trial(n, p, p["p3"] + p.get("p2", 0.6)) for n, p in enumerate(points)]

    made = suggestions(spec, trials, 3)

    assert GenerationNode.BOTORCH in {each.node for each in made}
    assert all(("p2" in each.parameters) == (each.parameters["p1"] in "ab") for each in made)


def test_what_depends_on_a_fixed_value_always_applies_or_never():
    spec = experiment(
        fixed("p1", ValueType.TEXT, "on"),
        float_range("p2", 0.0, 1.0, condition=Condition("p1", ("on",))),
        float_range("p3", 0.0, 1.0, condition=Condition("p1", ("off",))),
    )

    trials, _ = played(spec, 6, lambda point: point["p2"])

    assert all(list(row.parameters) == ["p1", "p2"] for row in trials)


@pytest.mark.parametrize(
    "conditions", [("p9", "p1"), ("p2", "p1")], ids=["on nothing", "in a circle"]
)
def test_conditions_that_make_no_sense_are_refused(conditions):
    spec = experiment(
        choice("p1", ValueType.BOOL, True, False, condition=Condition(conditions[0], (True,))),
        choice("p2", ValueType.BOOL, True, False, condition=Condition(conditions[1], (True,))),
    )

    with pytest.raises(ValueError, match="depend"):
        suggestions(spec, [], 1)
