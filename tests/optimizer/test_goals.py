"""Several metrics: objectives to trade off or to sum up, bounds on others, gaps in the results."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from ax.api.client import Client
from ax.api.configs import RangeParameterConfig
from ax.utils.common.random import with_rng_seed

from experiments.domain import (
    Direction,
    GenerationNode,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    Relation,
    ResultNoise,
    TrialRecord,
    TrialStatus,
)
from experiments.noise import NoiseTreatment, consistent_sems
from experiments.optimizer import sample
from experiments.optimizer.build import build_experiment
from experiments.optimizer.goals import goals
from tests.optimizer.examples import BOOTH, booth, fitted, suggestions

LOSS = MetricSpec(key="m1", direction=Direction.MINIMIZE)
GAIN = MetricSpec(key="m2", direction=Direction.MAXIMIZE)
LIMIT = MetricSpec(
    key="m3",
    direction=Direction.MINIMIZE,
    role=MetricRole.CONSTRAINT,
    relation=Relation.AT_MOST,
    bound=4.0,
)
TRACKED = MetricSpec(key="m4", direction=Direction.MINIMIZE, role=MetricRole.TRACKED)


def measured(number, point, *metrics):
    means = {
        "m1": booth(point),
        "m2": point["p1"] - point["p2"],
        "m3": point["p1"] + point["p2"],
        "m4": 1.0,
    }
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED,
        parameters=point,
        observations=tuple(ObservationRecord(metric=key, mean=means[key]) for key in metrics),
    )


POINTS = sample(BOOTH, 9)
TRIALS = [measured(number, point, "m1", "m2", "m3", "m4") for number, point in enumerate(POINTS)]


def aiming_at(*metrics, **options):
    return replace(BOOTH, metrics=metrics, **options)


def predicted(suggestion):
    return {prediction.metric for prediction in suggestion.predictions}


def test_two_objectives_are_traded_off(monkeypatch):
    compiled = []
    monkeypatch.setattr("torch.utils.cpp_extension.load", lambda **what: compiled.append(what))
    (made,) = suggestions(aiming_at(LOSS, GAIN), TRIALS, 1)

    assert made.node is GenerationNode.BOTORCH
    assert predicted(made) == {"m1", "m2"}
    assert compiled == []


def test_the_model_is_that_of_axs_own_client_with_two_objectives():
    client = Client(random_seed=5)
    client.configure_experiment(
        [RangeParameterConfig(name=key, bounds=(-10, 10), parameter_type="float") for key in "ab"]
    )
    client.configure_optimization("-m1, m2", ["m3 <= 4"])
    client.configure_generation_strategy(initialize_with_center=False)
    for row in TRIALS:
        index = client.attach_trial(dict(zip("ab", row.parameters.values(), strict=True)))
        means = [observation.mean for observation in row.observations]
        client.complete_trial(index, dict(zip(("m1", "m2", "m3"), means, strict=False)))
    ((_, expected),) = client.get_next_trials(1).items()

    with with_rng_seed(5):
        proposed = fitted(aiming_at(LOSS, GAIN, LIMIT), TRIALS).propose()[0].parameters

    assert list(proposed.values()) == pytest.approx(list(expected.values()), abs=1e-4)


def test_thresholds_say_which_part_of_the_front_matters():
    spec = aiming_at(replace(LOSS, threshold=150.0), replace(GAIN, threshold=-1.0))

    config = build_experiment(spec, TRIALS).optimization_config

    bounds = {each.metric_names[0]: each.bound for each in config.objective_thresholds}
    assert bounds == {"m1": 150.0, "m2": -1.0}
    assert suggestions(spec, TRIALS, 1)[0].node is GenerationNode.BOTORCH


@pytest.mark.parametrize("threshold", [-1e6, 1e6])
def test_thresholds_that_nothing_reaches_or_everything_work(threshold):
    spec = aiming_at(replace(LOSS, threshold=threshold), GAIN)

    assert suggestions(spec, TRIALS, 1)[0].node is GenerationNode.BOTORCH


def test_a_weighted_sum_goes_where_the_weights_say():
    for loss_weight, expected in ((1e-6, 15), (1e3, -5)):
        spec = aiming_at(replace(LOSS, weight=loss_weight), GAIN, is_weighted_sum=True)
        (made,) = suggestions(spec, TRIALS, 1)
        gain = made.parameters["p1"] - made.parameters["p2"]
        assert gain > expected if expected > 0 else gain < 15
        assert predicted(made) == {"m1", "m2"}


def test_a_weighted_sum_has_the_signs_of_its_directions():
    spec = aiming_at(replace(LOSS, weight=0.5), replace(GAIN, weight=2.0), is_weighted_sum=True)

    objective = build_experiment(spec, []).optimization_config.objective

    assert dict(objective.metric_weights) == {"m1": -0.5, "m2": 2.0}
    assert objective.is_scalarized_objective


def test_an_outcome_constraint_is_kept():
    (made,) = suggestions(aiming_at(LOSS, replace(LIMIT, bound=-4.0)), TRIALS, 1)

    assert predicted(made) == {"m1", "m3"}
    assert made.parameters["p1"] + made.parameters["p2"] < 0


@pytest.mark.parametrize("bound", [-1e9, 1e9, 1e-30])
def test_constraints_that_nothing_or_everything_satisfies_work(bound):
    (made,) = suggestions(aiming_at(LOSS, replace(LIMIT, bound=bound)), TRIALS, 1)

    assert made.node is GenerationNode.BOTORCH


def test_two_objectives_work_where_nothing_satisfies_the_constraint():
    (made,) = suggestions(aiming_at(LOSS, GAIN, replace(LIMIT, bound=-1e3)), TRIALS, 1)

    assert made.node is GenerationNode.BOTORCH


def test_tracked_metrics_are_not_modelled():
    (made,) = suggestions(aiming_at(LOSS, TRACKED), TRIALS, 1)

    assert predicted(made) == {"m1"}
    (alone,) = suggestions(BOOTH, [measured(n, p, "m1") for n, p in enumerate(POINTS)], 1)
    assert replace(made, outlook=None) == replace(alone, outlook=None)


@pytest.mark.parametrize(("baseline", "percent", "bound"), [(1, 10.0, 1.1), (2, -10.0, 0.9)])
def test_a_relative_constraint_compares_with_the_baseline(baseline, percent, bound):
    metric = replace(LIMIT, bound=percent, is_relative=True)
    means = {row.number: row.observations[2].mean for row in TRIALS}

    (constraint,) = goals(aiming_at(LOSS, metric, baseline=baseline), TRIALS).constraints

    size = abs(means[baseline])
    assert constraint.bound == pytest.approx(means[baseline] + (bound - 1) * size)
    assert suggestions(aiming_at(LOSS, metric, baseline=baseline), TRIALS, 1)


@pytest.mark.parametrize("baseline", [None, 99])
def test_without_the_baselines_result_a_relative_constraint_waits(baseline):
    metric = replace(LIMIT, bound=10.0, is_relative=True)

    (made,) = suggestions(aiming_at(LOSS, metric, baseline=baseline), TRIALS, 1)

    assert made.node is GenerationNode.BOTORCH
    assert predicted(made) == {"m1"}


def test_gaps_in_the_results_break_nothing():
    for metrics in ((LOSS, GAIN), (LOSS, LIMIT), (LOSS, GAIN, LIMIT)):
        gappy = [
            measured(number, point, *(("m1", "m2", "m3") if number % 3 == 0 else ("m1",)))
            for number, point in enumerate(POINTS)
        ]
        (made,) = suggestions(aiming_at(*metrics), gappy, 1)
        assert made.node is GenerationNode.BOTORCH
        assert predicted(made) == {metric.key for metric in metrics}


def test_a_constraint_without_results_waits_an_objective_is_explored():
    trials = [measured(number, point, "m1") for number, point in enumerate(POINTS)]

    (with_limit,) = suggestions(aiming_at(LOSS, LIMIT), trials, 1)
    (with_gain,) = suggestions(aiming_at(LOSS, GAIN), trials, 1)

    assert with_limit.node is GenerationNode.BOTORCH
    assert with_gain.node is GenerationNode.SOBOL


def test_constraints_never_measured_together_do_not_all_count():
    other = replace(LIMIT, key="m5")
    trials = [
        replace(
            measured(number, point, "m1"),
            observations=(
                ObservationRecord(metric="m1", mean=booth(point)),
                ObservationRecord(metric="m3" if number % 2 else "m5", mean=1.0),
            ),
        )
        for number, point in enumerate(POINTS)
    ]

    (made,) = suggestions(aiming_at(LOSS, LIMIT, other), trials, 1)

    assert predicted(made) == {"m1", "m3"}


def test_exact_results_have_no_standard_error():
    built = build_experiment(replace(BOOTH, noise=ResultNoise.EXACT), TRIALS)

    assert set(built.lookup_data().df["sem"]) == {0.0}
    assert consistent_sems([None, 0.0], ResultNoise.EXACT) == ([0.0, 0.0], NoiseTreatment.EXACT)
    assert consistent_sems([], ResultNoise.EXACT) == ([], NoiseTreatment.NO_RESULTS)
    mixed, treatment = consistent_sems([None, 0.2, 0.0], ResultNoise.EXACT)
    assert (mixed, treatment) == ([0.2, 0.2, 0.2], NoiseTreatment.GIVEN_ZEROS_RAISED)


def test_an_experiment_without_an_objective_is_refused():
    with pytest.raises(ValueError, match="objective"):
        suggestions(aiming_at(TRACKED), [], 1)


TWO_OBJECTIVES = """
from dataclasses import replace
from experiments import optimizer
from experiments.domain import Direction, MetricSpec, ObservationRecord, TrialRecord, TrialStatus
from tests.optimizer.examples import experiment, float_range

metrics = tuple(MetricSpec(key=key, direction=Direction.MINIMIZE) for key in ("m1", "m2"))
spec = replace(experiment(float_range("p1", 0.0, 1.0)), metrics=metrics)
trials = [
    TrialRecord(
        number=n,
        status=TrialStatus.COMPLETED,
        parameters={"p1": n / 6},
        observations=(
            ObservationRecord(metric="m1", mean=n / 6),
            ObservationRecord(metric="m2", mean=(1 - n / 6) ** 2),
        ),
    )
    for n in range(6)
]
print(next(optimizer.suggest(spec, trials, count=1)).node.value)
"""


def test_nothing_waits_for_a_compiler(tmp_path) -> None:
    """Where a process died while it compiled BoTorch's kernel, its lock stays."""
    (tmp_path / "logei_fused_ext").mkdir()
    (tmp_path / "logei_fused_ext" / "lock").touch()
    done = subprocess.run(
        [sys.executable, "-c", TWO_OBJECTIVES],
        env=os.environ | {"TORCH_EXTENSIONS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.strip() == "botorch", done.stderr
