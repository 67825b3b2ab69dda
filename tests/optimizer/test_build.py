import math
import time

import pytest
from ax.core.trial_status import TrialStatus as AxTrialStatus

from experiments.domain import ExperimentSpec, MetricSpec, TrialStatus, ValueType
from experiments.learning import MOST_LEARNT
from experiments.optimizer import left_out
from experiments.optimizer.build import build_experiment
from tests.optimizer.examples import (
    BOOTH,
    choice,
    experiment,
    fixed,
    float_range,
    int_range,
    trial,
)


def test_3000_trials_are_read_in_bulk_and_1000_of_them_built():
    trials = [trial(n, {"p1": n / 3000, "p2": 1.0}, float(n)) for n in range(3000)]
    start = time.perf_counter()

    built = build_experiment(BOOTH, trials)

    assert time.perf_counter() - start < 5
    assert len(built.trials) == MOST_LEARNT
    assert len(built.lookup_data().df) == MOST_LEARNT


def test_only_keys_reach_ax():
    built = build_experiment(BOOTH, [trial(0, {"p1": 1.0, "p2": 2.0}, 3.0)])

    assert set(built.search_space.parameters) == {"p1", "p2"}
    assert set(built.metrics) == {"m1"}
    assert built.optimization_config.objective.expression == "-m1"


@pytest.mark.parametrize("key", ['__import__("os").getcwd()', "E", "m1 - m2", "loss", "m1\n", ""])
def test_a_metric_key_that_ax_would_evaluate_is_refused(key):
    spec = ExperimentSpec(
        parameters=BOOTH.parameters,
        metrics=(MetricSpec(key=key, direction=BOOTH.metrics[0].direction),),
    )

    with pytest.raises(ValueError, match="metric key"):
        build_experiment(spec, [])


def test_a_parameter_key_that_is_a_name_is_refused():
    with pytest.raises(ValueError, match="parameter key"):
        build_experiment(experiment(float_range("learning rate", 0.0, 1.0)), [])


def test_statuses_are_kept_and_only_results_count():
    parameters = {"p1": 1.0, "p2": 2.0}
    trials = [trial(n, parameters, 1.0, status=status) for n, status in enumerate(TrialStatus)]

    built = build_experiment(
        BOOTH, [*trials, trial(5, parameters, status=TrialStatus.EARLY_STOPPED)]
    )

    assert [built.trials[n].status for n in range(len(trials))] == [
        AxTrialStatus.RUNNING,
        AxTrialStatus.COMPLETED,
        AxTrialStatus.FAILED,
        AxTrialStatus.ABANDONED,
        AxTrialStatus.EARLY_STOPPED,
    ]
    assert built.lookup_data().trial_indices == {1, 4}


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ([None, None, None], [math.nan] * 3),
        ([0.1, None, 0.3], [math.nan] * 3),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]),
        ([0.0, 0.2, 0.3], [0.2, 0.2, 0.3]),
        ([0.0, 0.0, 0.0], [0.0] * 3),
    ],
)
def test_standard_errors_become_one_column(given, column):
    trials = [trial(n, {"p1": float(n), "p2": 0.0}, 1.0, sem=sem) for n, sem in enumerate(given)]

    built = build_experiment(BOOTH, trials)

    assert built.lookup_data().df["sem"].tolist() == pytest.approx(column, nan_ok=True)


def test_values_take_the_declared_type():
    spec = experiment(
        float_range("p1", 0.0, 10.0), float_range("p2", 0.0, 1e5), int_range("p3", 0, 9)
    )

    built = build_experiment(spec, [trial(0, {"p1": 1, "p2": 10**22, "p3": 3.0}, 1.0)])

    parameters = built.trials[0].arm.parameters
    assert parameters == {"p1": 1.0, "p2": 1e22, "p3": 3}
    assert [type(parameters[key]) for key in ("p1", "p3")] == [float, int]


def test_history_out_of_range_is_built():
    spec = experiment(
        float_range("p1", 0.0, 1.0),
        choice("p2", ValueType.TEXT, "a", "b", "c"),
        fixed("p3", ValueType.BOOL, True),
    )

    built = build_experiment(spec, [trial(0, {"p1": 7.0, "p2": "gone", "p3": False}, 1.0)])

    assert len(built.trials) == 1
    assert "gone" in built.search_space.parameters["p2"].values


def test_trials_that_no_model_can_learn_from_are_left_out_with_a_reason():
    spec = experiment(float_range("p1", 0.1, 1.0, log_scale=True), float_range("p2", 0.0, 1.0))
    trials = [
        trial(3, {"p1": 0.5, "p2": 0.5}, 1.0),
        trial(4, {"p1": 0.5}, 2.0),
        trial(7, {"p1": -1.0, "p2": 0.5}, 3.0),
    ]

    built = build_experiment(spec, trials)

    assert built.lookup_data().df["mean"].tolist() == [1.0]
    assert left_out(spec, trials, {"p1": "rate", "p2": "dropout"}) == {
        4: "It has no value for “dropout”.",
        7: "Its value of “rate” is not above 0, and so has no place on a log scale.",
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {"p1": 1.0, "p2": 1.0, "p3": 1.0},
        {"p1": 1.0, "p2": math.nan},
        {"p1": 1.0, "p2": None},
        {"p1": 1.0, "p2": "0.5"},
        {"p1": 1.0, "p2": True},
        {"p1": 1.0, "p2": 10**400},
    ],
)
def test_unusable_parameters_name_the_trial(parameters):
    with pytest.raises(ValueError, match="Trial 41"):
        build_experiment(BOOTH, [trial(41, parameters, 1.0)])


def test_bool_choices_are_real_bools_in_order():
    built = build_experiment(experiment(choice("p1", ValueType.BOOL, True, False)), [])

    assert [value is True for value in built.search_space.parameters["p1"].values] == [False, True]


def test_text_stands_for_no_bool():
    with pytest.raises(ValueError, match="true nor false"):
        build_experiment(experiment(choice("p1", ValueType.BOOL, "true", "false")), [])


@pytest.mark.parametrize(
    "parameter",
    [
        float_range("p1", 1.0, 0.0),
        float_range("p1", 0.0, 1.0, log_scale=True),
        float_range("p1", 0.0, 1.0, step=0.0),
        float_range("p1", 0.0, math.inf),
        int_range("p1", 0, 10, step=0.5),
        choice("p1", ValueType.TEXT),
        choice("p1", ValueType.INT, 1, "2"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameter):
    with pytest.raises(ValueError, match=r"\S"):
        build_experiment(experiment(parameter), [])
