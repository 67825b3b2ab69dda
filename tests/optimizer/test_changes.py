"""A space that changed: earlier trials stay in the model, suggestions keep to the new space."""

from dataclasses import replace

import pytest

from experiments.domain import GenerationMethod, GenerationNode, ValueType
from experiments.optimizer import sample
from tests.optimizer.examples import (
    choice,
    experiment,
    fitted,
    fixed,
    float_range,
    int_range,
    suggestions,
    trial,
)

MIXED = experiment(
    float_range("p1", 0.0, 1.0),
    float_range("p2", 1e-4, 1.0, log_scale=True),
    choice("p3", ValueType.TEXT, "a", "b", "c"),
    int_range("p4", 1, 8),
)


def evaluated(spec, count=8):
    return [
        trial(number, point, sum(v for v in point.values() if not isinstance(v, str)))
        for number, point in enumerate(sample(spec, count))
    ]


def changed(spec, key, **fields):
    return replace(
        spec,
        parameters=tuple(
            replace(each, **fields) if each.key == key else each for each in spec.parameters
        ),
    )


def learnt(spec, trials):
    """How many results the model uses."""
    adapter = fitted(spec, trials)._generator.fitted_adapter
    return sum(adapter.training_in_design)


@pytest.mark.parametrize(
    ("key", "value"),
    [("p1", 0.3), ("p1", 5.0), ("p2", 0.01), ("p3", "b"), ("p3", "new"), ("p4", 3), ("p4", 12)],
)
def test_a_pinned_parameter_has_its_value_and_the_model_learns_from_others(key, value):
    trials = evaluated(MIXED)
    pinned = changed(MIXED, key, pinned=value)

    (made,) = suggestions(pinned, trials, 1)

    assert made.node is GenerationNode.BOTORCH
    assert made.parameters[key] == value
    assert type(made.parameters[key]) is type(value)
    assert learnt(pinned, trials) == 8


def test_pinned_holds_for_exploration_too():
    pinned = changed(MIXED, "p1", pinned=0.3)

    assert {point["p1"] for point in sample(pinned, 6)} == {0.3}
    random = replace(pinned, generation_method=GenerationMethod.RANDOM_SEARCH)
    assert {each.parameters["p1"] for each in suggestions(random, evaluated(MIXED), 4)} == {0.3}


@pytest.mark.parametrize("is_ordered", [False, True])
@pytest.mark.parametrize(
    ("value_type", "values"),
    [
        (ValueType.TEXT, ("a", "b", "c", "d")),
        (ValueType.TEXT, ("a", "b", "c")),
        (ValueType.TEXT, ("a", "b")),
        (ValueType.INT, (1, 2, 8, 16)),
        (ValueType.BOOL, (True, False)),
    ],
)
def test_removed_values_stay_in_the_model_and_are_never_suggested(value_type, values, is_ordered):
    def space(*kept):
        return experiment(
            choice("p1", value_type, *kept, is_ordered=is_ordered), float_range("p2", 0.0, 1.0)
        )

    old, new = space(*values), space(*values[1:])
    trials = [
        trial(n, point, (point["p2"] - 0.4) ** 2 + (point["p1"] != values[0]))
        for n, point in enumerate(sample(old, 8))
    ]

    (made,) = suggestions(new, trials, 1)

    assert made.node is GenerationNode.BOTORCH
    assert made.parameters["p1"] in values[1:]
    assert learnt(new, trials) == 8


def test_many_values_with_one_removed():
    values = [f"v{number}" for number in range(12)]
    old = experiment(choice("p1", ValueType.TEXT, *values), float_range("p2", 0.0, 1.0))
    new = experiment(choice("p1", ValueType.TEXT, *values[:-3]), float_range("p2", 0.0, 1.0))
    trials = [
        trial(n, point, float(point["p1"] not in values[-3:]) + point["p2"])
        for n, point in enumerate(sample(old, 12))
    ]

    made = suggestions(new, trials, 2)

    assert all(each.parameters["p1"] in values[:-3] for each in made)


def test_another_fixed_value_leaves_earlier_trials_in_the_model():
    spec = experiment(
        fixed("p1", ValueType.FLOAT, 2.0),
        float_range("p2", 0.0, 1.0),
        fixed("p3", ValueType.TEXT, "x"),
    )
    trials = [
        trial(n, {"p1": float(n % 3), "p2": n / 10, "p3": "xyz"[n % 3]}, float(n)) for n in range(8)
    ]

    (made,) = suggestions(spec, trials, 1)

    assert made.node is GenerationNode.BOTORCH
    assert (made.parameters["p1"], made.parameters["p3"]) == (2.0, "x")
    assert learnt(spec, trials) == 8


def test_narrowed_bounds_and_another_scale_keep_earlier_trials():
    trials = evaluated(MIXED)
    narrowed = changed(changed(MIXED, "p1", upper=0.2), "p2", log_scale=False, lower=0.5)

    (made,) = suggestions(changed(narrowed, "p4", upper=3), trials, 1)

    assert made.node is GenerationNode.BOTORCH
    assert made.parameters["p1"] <= 0.2
    assert made.parameters["p2"] >= 0.5
    assert made.parameters["p4"] <= 3
    assert learnt(narrowed, trials) == 8


def test_a_parameter_that_earlier_trials_lack_leaves_them_out():
    trials = evaluated(MIXED)
    added = replace(MIXED, parameters=(*MIXED.parameters, float_range("p5", 0.0, 1.0)))

    (made,) = suggestions(added, trials, 1)

    assert made.node is GenerationNode.SOBOL
    assert "p5" in made.parameters
