"""Values that somebody has fixed hold in each phase; repeats of a trial all count."""

from dataclasses import replace

import pytest

from experiments.domain import Condition, GenerationMethod, GenerationNode, ValueType
from experiments.fixing import with_fixed
from experiments.optimizer import InfeasibleSpace, MethodUnavailable, SearchSpaceExhausted, suggest
from tests.optimizer.examples import (
    at_most,
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


EVERY_KIND = experiment(
    float_range("p1", 1e-3, 10.0, log_scale=True),
    int_range("p2", 1, 8),
    choice("p3", ValueType.TEXT, "a", "b", "c"),
    float_range("p4", 0.0, 3.0, step=0.5),
)
KNOWN = [
    trial(n, {"p1": 10 ** (n / 2 - 3), "p2": 1 + n, "p3": "abc"[n % 3], "p4": n / 2}, float(n % 4))
    for n in range(6)
]


@pytest.mark.parametrize(
    "fixed",
    [{"p1": 1e-3}, {"p2": 8}, {"p3": "c"}, {"p4": 1.5}, {"p1": 0.5, "p2": 4, "p3": "a"}],
    ids=["log scale", "integer", "choice", "step", "all but one"],
)
def test_each_kind_of_parameter_can_be_fixed(fixed):
    (made,) = suggestions(with_fixed(EVERY_KIND, fixed), KNOWN, 1)
    assert made.parameters.items() >= fixed.items()
    assert made.parameters["p4"] in [step / 2 for step in range(7)]
    assert made.node is GenerationNode.BOTORCH
    assert made.parameters not in [known.parameters for known in KNOWN]


@pytest.mark.parametrize("count", [0, 6])
def test_constraints_hold_around_fixed_values(count):
    spec = experiment(
        float_range("p1", 0.0, 10.0), float_range("p2", 0.0, 10.0), float_range("p3", 0.0, 10.0),
        constraints=(at_most(5.0, p1=1.0, p2=1.0),),
    )  # fmt: skip
    known = [
        trial(n, {"p1": n / 2, "p2": 2.0, "p3": float(n)}, float((n - 3) ** 2))
        for n in range(count)
    ]
    made = suggestions(with_fixed(spec, {"p1": 4.5}), known, 2)
    assert all(s.parameters["p1"] == 4.5 and s.parameters["p2"] <= 0.5 + 1e-6 for s in made)
    assert len({s.parameters["p3"] for s in made}) == 2
    with pytest.raises(InfeasibleSpace):
        suggestions(with_fixed(spec, {"p1": 9.0}), known, 1)


BRANCHED = experiment(
    choice("p1", ValueType.TEXT, "adam", "sgd"),
    float_range("p2", 0.0, 1.0),
    float_range("p3", 0.0, 1.0, condition=Condition("p1", ("sgd",))),
)


@pytest.mark.parametrize("count", [0, 6])
def test_a_fixed_parent_switches_its_dependents_on_and_off(count):
    known = [
        trial(n, {"p1": "sgd", "p2": n / 6, "p3": n / 7} if n % 2 else {"p1": "adam", "p2": n / 6},
              float(n))
        for n in range(count)
    ]  # fmt: skip
    (off,) = suggestions(with_fixed(BRANCHED, {"p1": "adam"}), known, 1)
    assert off.parameters.keys() == {"p1", "p2"}
    (on,) = suggestions(with_fixed(BRANCHED, {"p1": "sgd", "p3": 0.9}), known, 1)
    assert on.parameters.items() >= {"p1": "sgd", "p3": 0.9}.items()
    assert 0.0 <= on.parameters["p2"] <= 1.0


def test_combinations_around_fixed_values_run_out():
    spec = experiment(choice("p1", ValueType.TEXT, "a", "b"), int_range("p2", 1, 3))
    known = [trial(n, {"p1": "a", "p2": n + 1}, float(n)) for n in range(2)]
    known += [trial(2 + n, {"p1": "b", "p2": n + 1}, float(n)) for n in range(3)]
    some = suggest(with_fixed(spec, {"p1": "a"}), known, count=2)
    assert next(some).parameters == {"p1": "a", "p2": 3}
    with pytest.raises(SearchSpaceExhausted):
        next(some)


@pytest.mark.parametrize("results", [0, 2])
def test_the_bandit_repeats_only_what_has_the_fixed_values(results):
    spec = experiment(
        choice("p1", ValueType.TEXT, "a", "b"), int_range("p2", 1, 3),
        generation_method=GenerationMethod.BANDIT,
    )  # fmt: skip
    points = [{"p1": letter, "p2": n} for letter in "ab" for n in (1, 2, 3)]
    known = [trial(n, point, float(n)) for n, point in enumerate(points * results)]
    made = suggestions(with_fixed(spec, {"p1": "b"}), known, 4)
    assert {s.parameters["p1"] for s in made} == {"b"}
    node = GenerationNode.THOMPSON if results else GenerationNode.FACTORIAL
    assert made[0].node is node


def test_a_method_that_is_not_there_says_so_around_fixed_values_too():
    spec = replace(with_fixed(SPEC, {"p1": 0.5}), generation_method=GenerationMethod.QUALITY)
    with pytest.raises(MethodUnavailable, match="numpyro"):
        suggest(spec, [], count=1)


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
