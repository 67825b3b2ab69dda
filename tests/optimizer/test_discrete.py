import resource
import time
from decimal import Decimal

import pytest
from ax.utils.common.random import with_rng_seed

from experiments.domain import Condition, GenerationNode, TrialStatus, ValueType
from experiments.optimizer import SearchSpaceExhausted, suggest
from experiments.optimizer.space import Space
from tests.optimizer.examples import (
    at_most,
    choice,
    experiment,
    fitted,
    fixed,
    float_range,
    int_range,
    played,
    suggestions,
    trial,
)

COLOURS = choice("p1", ValueType.TEXT, "red", "green", "blue")
SWITCH = choice("p2", ValueType.BOOL, True, False)
SIX = experiment(COLOURS, SWITCH, initialization_budget=3)


def combination(suggestion_or_trial):
    return tuple(suggestion_or_trial.parameters.values())


def test_each_combination_comes_once_and_then_the_space_is_exhausted():
    trials, made = played(SIX, 6, lambda p: len(p["p1"]) + p["p2"])

    assert len({combination(suggestion) for suggestion in made}) == 6
    assert [each.node for each in made[3:]] == [GenerationNode.BOTORCH] * 3
    assert all(type(suggestion.parameters["p2"]) is bool for suggestion in made)
    with pytest.raises(SearchSpaceExhausted, match="Every combination has been tried"):
        next(suggest(SIX, trials, count=1))


def test_the_model_finds_the_best_of_64_and_never_falls_back():
    spec = experiment(*(choice(f"p{n}", ValueType.TEXT, *"abcd") for n in (1, 2, 3)))
    costs = {letter: place for place, letter in enumerate("cadb")}

    trials, made = played(spec, 20, lambda p: sum(costs[value] ** 2 for value in p.values()))

    assert [each.node for each in made[5:]] == [GenerationNode.BOTORCH] * 15
    assert all(each.predictions and each.acquisition_value is not None for each in made[5:])
    assert len({combination(suggestion) for suggestion in made}) == 20
    assert min(each.observations[0].mean for each in trials) == 0.0


def test_proposals_are_those_of_axs_mixed_generator():
    spec = experiment(*(choice(f"p{n}", ValueType.TEXT, *"abcd") for n in (1, 2, 3)))
    costs = {letter: place for place, letter in enumerate("cadb")}
    trials, _ = played(spec, 9, lambda p: sum(costs[value] ** 2 for value in p.values()))
    model = fitted(spec, trials)
    seen = {Space(spec).signature(each.parameters) for each in trials}
    with with_rng_seed(1):
        ours = model.propose(seen)[0]
    with with_rng_seed(1):
        theirs = model.adapter.gen(1)

    assert ours.parameters == theirs.arms[0].parameters
    assert ours.acquisition_value == pytest.approx(
        theirs.gen_metadata["expected_acquisition_value"]
    )


def test_the_model_respects_constraints_and_conditions_among_combinations():
    spec = experiment(
        choice("p1", ValueType.TEXT, "a", "b"),
        int_range("p2", 0, 4),
        int_range("p3", 0, 4),
        choice("p4", ValueType.BOOL, True, False, condition=Condition("p1", ("b",))),
        constraints=(at_most(4.0, p2=1.0, p3=1.0),),
        initialization_budget=3,
    )

    _, made = played(spec, 12, lambda p: p["p2"] - p["p3"] + p.get("p4", 0.5))

    assert {each.node for each in made[3:]} == {GenerationNode.BOTORCH}
    assert all(each.parameters["p2"] + each.parameters["p3"] <= 4 for each in made)
    assert all(("p4" in each.parameters) == (each.parameters["p1"] == "b") for each in made)
    assert len({tuple(sorted(each.parameters.items())) for each in made}) == 12


def test_failed_combinations_are_left_alone_while_others_are_untried():
    spec = experiment(choice("p1", ValueType.TEXT, *"abcdefgh"), initialization_budget=2)
    trials = [trial(n, {"p1": letter}, float(n)) for n, letter in enumerate("hgf")]
    trials.append(trial(3, {"p1": "a"}, status=TrialStatus.FAILED))

    made = suggestions(spec, trials, 4)

    assert {each.parameters["p1"] for each in made} == set("bcde")


def test_what_cannot_be_listed_may_fall_back_and_says_so():
    spec = experiment(int_range("p1", 0, 20_000), initialization_budget=3)

    _, made = played(spec, 9, lambda p: float(p["p1"]))

    fallbacks = [each for each in made if each.node is GenerationNode.FALLBACK_SOBOL]
    assert fallbacks
    # The model was asked, and knows what to expect of what stands in for its own proposal.
    assert all(each.predictions and each.outlook.better is not None for each in fallbacks)


def test_a_batch_ends_where_the_space_does():
    stream = suggest(SIX, [], count=10)

    made = [next(stream) for _ in range(6)]

    assert len({combination(suggestion) for suggestion in made}) == 6
    with pytest.raises(SearchSpaceExhausted):
        next(stream)


def test_failed_combinations_come_again_when_nothing_else_is_left():
    trials, _ = played(SIX, 6, lambda p: 1.0)
    trials[2] = trial(2, trials[2].parameters, status=TrialStatus.FAILED)

    (made,) = suggestions(SIX, trials, 1)

    assert made.parameters == trials[2].parameters


def test_abandoned_combinations_never_come_again():
    trials, _ = played(SIX, 6, lambda p: 1.0)
    trials[2] = trial(2, trials[2].parameters, status=TrialStatus.ABANDONED)

    with pytest.raises(SearchSpaceExhausted):
        next(suggest(SIX, trials, count=1))


def test_history_outside_the_space_exhausts_nothing():
    trials = [trial(n, {"p1": f"old {n}", "p2": True}, 1.0) for n in range(6)]

    assert len(suggestions(SIX, trials, 6)) == 6


def test_pending_suggestions_are_taken():
    made = suggestions(SIX, [], 3)

    more = suggestions(SIX, [], 3, pending=[suggestion.parameters for suggestion in made])

    assert len({combination(suggestion) for suggestion in made + more}) == 6


def test_the_last_of_many_combinations_is_found():
    spec = experiment(int_range("p1", 0, 49), int_range("p2", 0, 49))
    trials = [
        trial(n, {"p1": n // 50, "p2": n % 50}) for n in range(2500) if (n // 50, n % 50) != (31, 7)
    ]

    (made,) = suggestions(spec, trials, 1)

    assert made.parameters == {"p1": 31, "p2": 7}


def test_all_fixed_is_one_trial():
    spec = experiment(fixed("p1", ValueType.TEXT, "a"), fixed("p2", ValueType.INT, 3))

    (made,) = suggestions(spec, [], 1)

    assert made.parameters == {"p1": "a", "p2": 3}
    with pytest.raises(SearchSpaceExhausted):
        next(suggest(spec, [trial(0, made.parameters, 1.0)], count=1))


@pytest.mark.parametrize("step", [0.1, 0.0001], ids=["known to Ax", "as a continuum"])
def test_steps_are_exact(step):
    spec = experiment(float_range("p1", 0.0, 1.0, step=step), float_range("p2", 0.0, 1.0))

    _, made = played(spec, 8, lambda p: (p["p1"] - 0.3) ** 2 + p["p2"])

    for suggestion in made:
        value = suggestion.parameters["p1"]
        assert 0 <= value <= 1
        assert Decimal(repr(value)) % Decimal(repr(step)) == 0
        assert len(repr(value)) <= 6


def test_a_step_counts_from_the_lower_bound_and_stays_in_bounds():
    spec = experiment(float_range("p1", 0.05, 1.0, step=0.3), int_range("p2", 1, 10**6, step=7))

    made = suggestions(spec, [], 20)

    assert {suggestion.parameters["p1"] for suggestion in made} == {0.05, 0.35, 0.65, 0.95}
    assert all(suggestion.parameters["p2"] % 7 == 1 for suggestion in made)


@pytest.mark.parametrize("log_scale", [False, True])
def test_huge_integers_cost_nothing(log_scale):
    spec = experiment(
        int_range("p1", 1, 10**18, log_scale=log_scale),
        float_range("p2", 0.0, 1.0),
        initialization_budget=3,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()

    _, made = played(spec, 5, lambda p: p["p2"])

    assert time.perf_counter() - start < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert all(type(suggestion.parameters["p1"]) is int for suggestion in made)
    assert all(1 <= suggestion.parameters["p1"] <= 10**18 for suggestion in made)
    assert made[-1].node is GenerationNode.BOTORCH


def test_rounding_repeats_nothing():
    spec = experiment(int_range("p1", 0, 1000), initialization_budget=3)

    _, made = played(spec, 9, lambda p: float(p["p1"]))

    assert len({combination(suggestion) for suggestion in made}) == 9
