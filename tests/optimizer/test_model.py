import random

import numpy as np
import pytest
import torch
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
from ax.utils.common.random import with_rng_seed

from experiments.domain import Direction, GenerationNode, TrialStatus, ValueType
from experiments.optimizer import suggest
from tests.optimizer.examples import (
    BOOTH,
    booth,
    choice,
    experiment,
    fitted,
    float_range,
    played,
    suggestions,
    trial,
)

DRAW = random.Random(7)
POINTS = [{"p1": DRAW.uniform(-10, 10), "p2": DRAW.uniform(-10, 10)} for _ in range(8)]
TRIALS = [trial(number, point, booth(point)) for number, point in enumerate(POINTS)]


def with_means(means, sems=None):
    sems = sems or [None] * len(POINTS)
    return [
        trial(number, point, mean, sem=sem)
        for number, (point, mean, sem) in enumerate(zip(POINTS, means, sems, strict=True))
    ]


def test_rebuilt_at_each_step_it_finds_the_minimum():
    trials, _ = played(BOOTH, 20, booth)

    assert min(row.observations[0].mean for row in trials) < 1


def test_equal_arguments_give_equal_suggestions():
    assert suggestions(BOOTH, TRIALS, 2) == suggestions(BOOTH, TRIALS, 2)


def test_the_callers_random_numbers_are_left_alone():
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)
    expected = (torch.rand(1).item(), np.random.random(), random.random())
    torch.manual_seed(1)
    np.random.seed(1)
    random.seed(1)

    stream = suggest(BOOTH, TRIALS, count=2)
    next(stream)

    assert (torch.rand(1).item(), np.random.random(), random.random()) == expected


def test_a_batch_spreads_and_pending_points_are_kept_away_from():
    batch = suggestions(BOOTH, TRIALS, 3)
    points = [suggestion.parameters for suggestion in batch]
    (after_pending,) = suggestions(BOOTH, TRIALS, 1, pending=points[:1])
    (after_running,) = suggestions(BOOTH, [*TRIALS, trial(8, points[0])], 1)

    assert len({tuple(point.values()) for point in points}) == 3
    assert after_pending.parameters == after_running.parameters
    distance = max(abs(after_pending.parameters[key] - points[0][key]) for key in points[0])
    assert distance > 0.05


def test_one_thread():
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize("direction", Direction)
def test_predictions_are_in_the_metrics_unit(direction):
    spec = experiment(
        float_range("p1", -10.0, 10.0), float_range("p2", -10.0, 10.0), direction=direction
    )
    means = [1000 + 10 * point["p1"] for point in POINTS]

    (made,) = suggestions(spec, with_means(means), 1)

    (prediction,) = made.predictions
    uphill = 1 if direction is Direction.MAXIMIZE else -1
    assert uphill * made.parameters["p1"] > 5
    assert uphill * (prediction.mean - 1000) > 20
    assert abs(prediction.mean - 1000) < 150
    assert 0 < prediction.sd < 150


@pytest.mark.parametrize(
    "means",
    [
        [3.0] * 8,
        [point["p1"] * 1e30 for point in POINTS],
        [point["p1"] * 1e100 for point in POINTS],
        [*(point["p1"] for point in POINTS[:7]), 1e100],
    ],
    ids=["equal", "1e30", "1e100", "one 1e100"],
)
def test_odd_values_work(means):
    (made,) = suggestions(BOOTH, with_means(means), 1)

    assert made.node is GenerationNode.BOTORCH
    assert np.isfinite(made.predictions[0].mean)


def test_what_cannot_be_said_of_the_largest_numbers_is_left_out():
    means = [point["p1"] * 1e300 for point in POINTS]

    (made,) = suggestions(BOOTH, with_means(means), 1)

    assert all(np.isfinite((found.mean, found.sd)).all() for found in made.predictions)


@pytest.mark.parametrize(
    "sems",
    [[0.0] * 8, [0.1, *[None] * 7], [0.0, *[0.1] * 7]],
    ids=["zeros", "one given", "one zero"],
)
def test_any_mix_of_standard_errors_works(sems):
    (made,) = suggestions(BOOTH, with_means([booth(point) for point in POINTS], sems), 1)

    assert made.node is GenerationNode.BOTORCH


def test_history_out_of_range_teaches_but_is_not_suggested():
    spec = experiment(float_range("p1", 0.0, 1.0), choice("p2", ValueType.TEXT, "a", "b", "c"))
    trials = [
        trial(number, {"p1": number / 2 - 1, "p2": "abcd"[number % 4]}, float(number))
        for number in range(9)
    ]

    (made,) = suggestions(spec, trials, 1)

    assert made.node is GenerationNode.BOTORCH
    assert 0 <= made.parameters["p1"] <= 1
    assert made.parameters["p2"] in "abc"


def test_all_statuses_together():
    trials = [
        *TRIALS,
        trial(8, {"p1": 0.5, "p2": 0.5}, status=TrialStatus.FAILED),
        trial(9, {"p1": 0.6, "p2": 0.5}, status=TrialStatus.ABANDONED),
        trial(10, {"p1": 0.7, "p2": 0.5}),
        trial(11, {"p1": 0.8, "p2": 0.5}, 3.0, status=TrialStatus.EARLY_STOPPED),
        trial(12, POINTS[0], booth(POINTS[0]) + 1),
    ]

    (made,) = suggestions(BOOTH, trials, 1)

    assert made.node is GenerationNode.BOTORCH


def test_the_model_is_that_of_axs_own_client():
    client = Client(random_seed=5)
    client.configure_experiment(
        [RangeParameterConfig(name=key, bounds=(-10, 10), parameter_type="float") for key in "ab"]
    )
    client.configure_optimization("-loss")
    client.configure_generation_strategy(initialize_with_center=False)
    for row in TRIALS:
        index = client.attach_trial(dict(zip("ab", row.parameters.values(), strict=True)))
        client.complete_trial(index, {"loss": row.observations[0].mean})
    ((_, expected),) = client.get_next_trials(1).items()

    with with_rng_seed(5):
        proposed = fitted(BOOTH, TRIALS).propose()[0].parameters

    assert list(proposed.values()) == pytest.approx(list(expected.values()))
