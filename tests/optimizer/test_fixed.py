"""Values that somebody has fixed hold in each phase; repeats of a trial all count."""

import pytest

from experiments.domain import GenerationNode, ValueType
from experiments.fixing import with_fixed
from tests.optimizer.examples import (
    choice,
    experiment,
    fitted,
    float_range,
    int_range,
    suggestions,
    trial,
)

SPEC = experiment(
    float_range("p1", 0.0, 1.0),
    int_range("p2", 1, 8),
    choice("p3", ValueType.TEXT, "a", "b"),
)


@pytest.mark.parametrize("count", [0, 6])
def test_fixed_values_hold_while_exploring_and_with_a_model(count):
    trials = [
        trial(number, {"p1": number / 7, "p2": 1 + number, "p3": "ab"[number % 2]}, float(number))
        for number in range(count)
    ]
    spec = with_fixed(SPEC, {"p1": 0.25, "p3": "b", "gone": 1})
    made = list(suggestions(spec, trials, 3))
    assert {(s.parameters["p1"], s.parameters["p3"]) for s in made} == {(0.25, "b")}
    assert len({s.parameters["p2"] for s in made}) == 3
    if count:
        assert made[0].node is GenerationNode.BOTORCH


def test_both_results_of_a_repeated_trial_are_learnt():
    points = [0.0, 0.25, 0.5, 0.75, 1.0]
    spec = experiment(float_range("p1", 0.0, 1.0))
    once = [trial(number, {"p1": x}, 2 * x) for number, x in enumerate(points)]
    again = [*once, trial(5, {"p1": 0.5}, 3.0), trial(6, {"p1": 0.5}, 3.2)]
    before, after = (
        fitted(spec, trials).expected([{"p1": 0.5}])[0][0].mean for trials in (once, again)
    )
    adapter = fitted(spec, again)._generator.fitted_adapter
    assert sum(adapter.training_in_design) == 7
    assert after > before + 0.2
