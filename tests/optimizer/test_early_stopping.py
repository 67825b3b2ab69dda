"""Advice on running trials, beside a direct use of Ax's own strategy."""

import random
from importlib import import_module

import pytest
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
from ax.early_stopping.strategies.percentile import PercentileEarlyStoppingStrategy

from experiments.curves import Line
from experiments.domain import Direction, MetricSpec, TrialStatus
from experiments.optimizer import early_stopping


def curve(level, steps):
    return Line([10.0 * s for s in range(steps)], [level + 1 / (s + 1) for s in range(steps)])


def advice(curves, direction=Direction.MINIMIZE):
    return early_stopping(MetricSpec(key="m1", direction=direction), "loss", "nats", curves)


def some(done=4):
    """Four completed trials, a bad one and a good one that run."""
    curves = {n: (TrialStatus.COMPLETED, curve(0.1 * n, 11)) for n in range(done)}
    curves[7] = (TrialStatus.RUNNING, curve(0.9, 5))
    curves[8] = (TrialStatus.RUNNING, curve(0.01, 5))
    return curves


def test_the_bad_one_is_advised_to_stop_with_the_reason():
    told = advice(some())
    assert {n: each["stops"] for n, each in told["trials"].items()} == {"7": True, "8": False}
    assert told["trials"]["7"]["text"] == (
        "Ax advises to stop it. After step 40, its loss 1.1 nats is worse than that of 5 of the 5 "
        "other trials that got there."
    )
    assert "among the best 3" in told["trials"]["8"]["text"]
    assert "50th percentile" in told["rule"]


@pytest.mark.parametrize("direction", Direction)
def test_it_is_what_ax_says_of_the_same_facts(direction):
    curves = some()
    client = Client()
    client.configure_experiment(
        [RangeParameterConfig(name="x", bounds=(0, 10), parameter_type="float")]
    )
    client.configure_optimization("-loss" if direction is Direction.MINIMIZE else "loss")
    client.set_early_stopping_strategy(
        PercentileEarlyStoppingStrategy(
            percentile_threshold=50, min_curves=3, min_progression=0.2, max_progression=0.9,
            normalize_progressions=True, n_best_trials_to_complete=3, check_safe=True,
        )
    )  # fmt: skip
    indices = {}
    for number, (status, points) in curves.items():
        indices[number] = client.attach_trial({"x": float(number)})
        for step, mean in zip(*points, strict=True):
            client.attach_data(indices[number], {"loss": mean}, progression=step)
        if status is TrialStatus.COMPLETED:
            client.complete_trial(indices[number])
    told = advice(curves, direction)["trials"]
    for number in (7, 8):
        assert told[str(number)]["stops"] == client.should_stop_trial_early(indices[number])


@pytest.mark.parametrize(
    ("curves", "said"),
    [
        (some(done=1), "needs 3 completed trials with a curve to compare with; there is 1."),
        (some() | {7: (TrialStatus.RUNNING, curve(0.9, 2))}, "too early"),
        (some() | {7: (TrialStatus.RUNNING, curve(0.9, 11))}, "nearly through"),
    ],
)
def test_why_there_is_no_advice_is_told(curves, said):
    told = advice(curves)["trials"]["7"]
    assert not told["stops"]
    assert said in told["text"]


def test_long_curves_are_judged_at_few_steps_as_at_all(monkeypatch):
    """Also where trials run at other steps than those that stay, and have steps of their own."""
    draw = random.Random(5)
    curves = {}
    for number in range(14):
        count = 60 if number < 9 else draw.randint(15, 50)
        steps = sorted(draw.sample(range(200 if number < 9 else 120), count))
        means = [0.1 * draw.random() + number % 5 + 20 / (step + 5) for step in steps]
        status = TrialStatus.COMPLETED if number < 9 else TrialStatus.RUNNING
        curves[number] = (status, Line([float(step) for step in steps], means))
    few = advice(curves)
    module = import_module("experiments.optimizer.early_stopping")
    monkeypatch.setattr(module, "MOST_STEPS", 1_000)
    assert few.pop("rule").endswith("are compared at 40 of their steps.")
    every = advice(curves)
    assert every.pop("rule").endswith("never one of the best 3.")
    assert few == every
    assert {each["stops"] for each in few["trials"].values()} == {True, False}


def test_nothing_runs_nothing_is_advised():
    assert advice({})["trials"] == {}
