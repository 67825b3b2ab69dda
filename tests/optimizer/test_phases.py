import importlib.util
from dataclasses import replace

import pytest

from experiments.domain import GenerationMethod, GenerationNode, TrialStatus, ValueType
from experiments.optimizer import MethodUnavailable, OptimizerError, suggest, warm_up
from tests.optimizer.examples import (
    BOOTH,
    booth,
    choice,
    experiment,
    fixed,
    float_range,
    int_range,
    played,
    suggestions,
    trial,
)

CENTER, SOBOL, BOTORCH = GenerationNode.CENTER, GenerationNode.SOBOL, GenerationNode.BOTORCH


def nodes(made):
    return [suggestion.node for suggestion in made]


def points(made):
    return [suggestion.parameters for suggestion in made]


def test_center_then_sobol_then_model():
    _, made = played(BOOTH, 6, booth)

    assert nodes(made) == [CENTER] + [SOBOL] * 4 + [BOTORCH]
    assert made[0].parameters == {"p1": 0.0, "p2": 0.0}
    assert all(not suggestion.predictions for suggestion in made[:5])
    (prediction,) = made[5].predictions
    assert prediction.metric == "m1"
    assert prediction.sd > 0
    assert made[5].acquisition_value is not None


def test_the_center_is_geometric_on_a_log_scale():
    spec = experiment(
        float_range("p1", 1e-4, 1.0, log_scale=True),
        int_range("p2", 1, 10**6, log_scale=True),
        choice("p3", ValueType.TEXT, "a", "b", "c"),
    )

    (center,) = suggestions(spec, [], 1)

    assert center.parameters == {"p1": pytest.approx(1e-2), "p2": 1000, "p3": "b"}


def test_no_center_once_there_is_a_trial_or_a_pending_suggestion():
    assert nodes(suggestions(BOOTH, [trial(0, {"p1": 3.0, "p2": 3.0})], 1)) == [SOBOL]
    assert nodes(suggestions(BOOTH, [], 1, pending=[{"p1": 3.0, "p2": 3.0}])) == [SOBOL]


def test_thirty_before_any_result():
    made = suggestions(BOOTH, [], 30)

    assert nodes(made) == [CENTER] + [SOBOL] * 29
    assert len({tuple(point.values()) for point in points(made)}) == 30


def test_rebuilding_goes_on_in_one_sequence():
    at_once = points(suggestions(BOOTH, [], 12))
    _, rebuilt = played(BOOTH, 12, lambda parameters: None)
    some_pending = suggestions(
        BOOTH,
        [trial(number, point) for number, point in enumerate(at_once[:4])],
        4,
        pending=at_once[4:8],
    )

    assert points(rebuilt) == at_once
    assert points(some_pending) == at_once[8:]


def test_another_seed_is_another_sequence():
    other = suggestions(replace(BOOTH, seed=1), [], 2)

    assert other[1].parameters != suggestions(BOOTH, [], 2)[1].parameters


def test_a_deleted_trial_repeats_no_point():
    trials, _ = played(BOOTH, 4, lambda parameters: None)
    left = [trials[0], *trials[2:]]

    (made,) = suggestions(BOOTH, left, 1)

    assert made.parameters not in [row.parameters for row in left]


@pytest.mark.parametrize("status", [TrialStatus.FAILED, TrialStatus.ABANDONED])
def test_sobol_goes_on_when_all_came_to_nothing(status):
    _, made = played(BOOTH, 8, lambda parameters: None, status=status)

    assert nodes(made) == [CENTER] + [SOBOL] * 7
    assert len({tuple(point.values()) for point in points(made)}) == 8


def test_sobol_goes_on_while_too_few_have_results():
    trials, _ = played(BOOTH, 6, lambda parameters: None)
    one_result = [trial(0, trials[0].parameters, 1.0), *trials[1:]]
    two_results = [*one_result[:1], trial(1, trials[1].parameters, 2.0), *trials[2:]]

    assert nodes(suggestions(BOOTH, one_result, 1)) == [SOBOL]
    assert nodes(suggestions(BOOTH, two_results, 1)) == [BOTORCH]


def test_pending_suggestions_count_towards_the_budget():
    trials, _ = played(BOOTH, 4, booth)

    assert nodes(suggestions(BOOTH, trials, 2)) == [SOBOL, BOTORCH]
    assert nodes(suggestions(BOOTH, trials, 1, pending=[{"p1": 1.0, "p2": 1.0}])) == [BOTORCH]


def test_failed_and_abandoned_trials_do_not_count_towards_the_budget():
    trials, _ = played(BOOTH, 3, booth)
    lost = [
        trial(3, {"p1": 1.0, "p2": 2.0}, status=TrialStatus.FAILED),
        trial(4, {"p1": 2.0, "p2": 2.0}, status=TrialStatus.ABANDONED),
    ]

    assert nodes(suggestions(BOOTH, trials + lost, 3)) == [SOBOL, SOBOL, BOTORCH]


def test_completed_without_results_is_no_result():
    trials = [
        trial(number, {"p1": float(number), "p2": 0.0}, status=TrialStatus.COMPLETED)
        for number in range(6)
    ]

    assert nodes(suggestions(BOOTH, trials, 1)) == [SOBOL]


def test_results_that_no_model_can_learn_from_do_not_count():
    spec = experiment(float_range("p1", 0.1, 1.0, log_scale=True), fixed("p2", ValueType.INT, 3))
    trials = [trial(number, {"p1": -number / 9, "p2": 3}, float(number)) for number in range(6)]

    assert nodes(suggestions(spec, trials, 1)) == [SOBOL]


def test_without_a_budget_one_result_is_enough():
    spec = replace(BOOTH, initialization_budget=0)

    assert nodes(suggestions(spec, [], 2)) == [CENTER, SOBOL]
    assert nodes(suggestions(spec, [trial(0, {"p1": 1.0, "p2": 1.0}, 4.0)], 1)) == [BOTORCH]


def test_random_search_never_asks_the_model():
    spec = replace(BOOTH, generation_method=GenerationMethod.RANDOM_SEARCH)

    _, made = played(spec, 8, booth)

    assert nodes(made) == [CENTER] + [SOBOL] * 7


@pytest.mark.skipif(
    importlib.util.find_spec("jax") is not None and importlib.util.find_spec("numpyro") is not None,
    reason="jax and numpyro are installed",
)
def test_quality_needs_its_packages():
    with pytest.raises(MethodUnavailable, match="numpyro") as refusal:
        suggest(replace(BOOTH, generation_method=GenerationMethod.QUALITY), [], count=1)

    assert isinstance(refusal.value, OptimizerError)


def test_warm_up_works():
    warm_up()
