"""Numbers on cards against Ax's own, from an Ax experiment that is written down independently."""

import random

import numpy as np
import pytest
from ax.adapter.cross_validation import compute_diagnostics, cross_validate
from ax.adapter.torch import TorchAdapter
from ax.analysis.plotly.arm_effects import ArmEffectsPlot
from ax.analysis.plotly.cross_validation import CrossValidationPlot
from ax.analysis.plotly.marginal_effects import MarginalEffectsPlot
from ax.analysis.utils import prepare_arm_data
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.core.experiment import Experiment
from ax.core.observation import ObservationFeatures
from ax.service.utils.best_point import get_trace
from ax.utils.sensitivity.sobol_measures import ax_parameter_sens

from experiments.domain import MetricRole, ValueType
from experiments.optimizer import Study, analyse
from experiments.optimizer.analysis.sensitivity import SAMPLES
from tests.optimizer.analysis.studies import bowl, drawn, minimized, space_of, study
from tests.optimizer.examples import choice, float_range

pytestmark = pytest.mark.filterwarnings("ignore")
"""Ax warns of its own deprecations."""

SPEC = space_of(
    float_range("p1", 0.0, 1.0),
    float_range("p2", 1e-3, 10.0, log_scale=True),
    choice("p3", ValueType.TEXT, "a", "b", "c"),
    metrics=(minimized(), minimized("m2", role=MetricRole.CONSTRAINT, bound=3.0)),
)


def results(point):
    noise = random.Random(str(sorted(point.items())))
    return {"m1": bowl(point) + noise.gauss(0, 0.3), "m2": 5 * point["p1"] + noise.gauss(0, 0.2)}


@pytest.fixture(scope="module")
def ours() -> Study:
    return study(SPEC, results, 12, running=2)


@pytest.fixture(scope="module")
def bare() -> tuple[Experiment, TorchAdapter]:
    """The same rows, as somebody would give them to Ax in a script."""
    client = Client()
    client.configure_experiment(
        parameters=[
            RangeParameterConfig("p1", (0.0, 1.0), "float"),
            RangeParameterConfig("p2", (1e-3, 10.0), "float", scaling="log"),
            ChoiceParameterConfig("p3", ["a", "b", "c"], "str", is_ordered=False),
        ]
    )
    client.configure_optimization(objective="-m1", outcome_constraints=["m2 <= 3.0"])
    client.configure_generation_strategy(
        method="fast", initialization_budget=5, initialize_with_center=False
    )
    for place, point in enumerate(drawn(SPEC, 14)):
        index = client.attach_trial(parameters=dict(point))
        if place < 12:
            client.complete_trial(index, raw_data=results(point))
    strategy = client._generation_strategy
    strategy.experiment = client._experiment
    strategy.current_generator_run_limit()  # Moves on to the model.
    strategy.fit(experiment=client._experiment)
    return client._experiment, strategy.adapter


@pytest.fixture(scope="module")
def cards(ours):
    return {card.name: card.body for card in analyse(ours)}


def test_the_predictions_are_axs(ours, bare):
    _, adapter = bare
    points = drawn(SPEC, 20, seed=9)
    means, covariances = adapter.predict([ObservationFeatures(parameters=dict(p)) for p in points])
    for key, predicted in ours.predict(points).items():
        assert predicted.means == pytest.approx(means[key], rel=1e-3, abs=1e-3)
        assert predicted.sds == pytest.approx(np.sqrt(covariances[key][key]), rel=1e-2, abs=1e-3)


def test_cross_validation_is_axs(ours, bare, cards):
    _, adapter = bare
    for found, tolerance in ((ours.model.adapter, 1e-6), (adapter, 2e-2)):
        results = cross_validate(found, untransform=True)
        for key, facts in cards["fit"].facts["validation"].items():
            by_trial = sorted(results, key=lambda each: each.observed.features.trial_index)
            means = [each.predicted.means_dict[key] for each in by_trial]
            sds = [each.predicted.covariance_matrix[key][key] ** 0.5 for each in by_trial]
            assert facts["means"] == pytest.approx(means, rel=tolerance, abs=tolerance)
            assert facts["sds"] == pytest.approx(sds, rel=5 * tolerance, abs=tolerance)
        diagnostics = compute_diagnostics(results)
        rank = cards["fit"].facts["validation"]["m1"]["rank_correlation"]
        assert rank == pytest.approx(diagnostics["Rank correlation"]["m1"], abs=1e-6)


def test_r2_is_that_of_axs_plot(ours, bare, cards):
    experiment, _ = bare
    plot = CrossValidationPlot(untransform=True)
    plot.compute(experiment=experiment, adapter=ours.model.adapter)
    for key, facts in cards["fit"].facts["validation"].items():
        assert facts["r2"] == pytest.approx(plot._r2s[key], abs=1e-6)


def test_what_is_expected_of_trials_is_that_of_axs_plot(bare, cards):
    experiment, adapter = bare
    facts = cards["arms"].facts
    for key, expected in facts["expected"].items():
        table = ArmEffectsPlot(key).compute(experiment=experiment, adapter=adapter).df
        table = table.sort_values("trial_index")
        assert [number - 1 for number in facts["trials"]] == list(table["trial_index"])
        assert expected["means"] == pytest.approx(list(table[f"{key}_mean"]), rel=1e-3, abs=1e-3)
        assert expected["sds"] == pytest.approx(list(table[f"{key}_sem"]), rel=1e-2, abs=1e-3)


def test_shares_are_axs_total_order_indices(ours, bare, cards):
    _, adapter = bare
    found = ax_parameter_sens(
        adapter, ["m1", "m2"], order="total", num_mc_samples=SAMPLES, input_qmc=True
    )
    for key, shares in cards["importance"].facts["shares"].items():
        sizes = {"p1": abs(found[key]["p1"]), "p2": abs(found[key]["p2"])}
        sizes["p3"] = sum(abs(v) for name, v in found[key].items() if name.startswith("p3"))
        total = sum(sizes.values())
        for parameter, size in sizes.items():
            assert abs(shares[parameter]) == pytest.approx(size / total, abs=2e-2)


def test_slices_and_planes_are_axs_predictions(ours, bare, cards):
    _, adapter = bare
    anchor = ours.anchor
    for key, by_parameter in cards["effects"].facts["slices"].items():
        for parameter, along in by_parameter.items():
            points = [{**anchor, parameter: value} for value in along["values"]]
            means, _ = adapter.predict([ObservationFeatures(parameters=p) for p in points])
            assert along["means"] == pytest.approx(means[key], rel=2e-3, abs=2e-3)


def test_planes_are_axs_predictions(ours, bare, cards):
    _, adapter = bare
    figures = cards["pairs"].figures
    surfaces = {figure["name"]: figure["data"][0] for figure in figures}
    names = {f"x{key[1:]}": key for key in ours.anchor}
    one, other = (names[name] for name in figures[0]["layout"]["meta"]["group"].split(" and "))
    for what, metric in (("loss", "m1"), ("cost", "m2")):
        surface = surfaces[f"{what} by x{one[1:]} and x{other[1:]}, expected"]
        unsure = surfaces[f"{what} by x{one[1:]} and x{other[1:]}, unsure by ±"]
        points = [{**ours.anchor, one: x, other: y} for y in surface["y"][:2] for x in surface["x"]]
        means, covariances = adapter.predict([ObservationFeatures(parameters=p) for p in points])
        flat = [z for row in surface["z"][:2] for z in row]
        shade = np.ptp(surface["z"]) / 1000  # Planes are rounded to what one can see.
        assert flat == pytest.approx(means[metric], abs=shade)
        halves = 1.959964 * np.sqrt(covariances[metric][metric])
        flat = [z for row in unsure["z"][:2] for z in row]
        assert flat == pytest.approx(halves, rel=2e-2, abs=np.ptp(unsure["z"]) / 1000)


def test_chances_to_be_feasible_are_axs(bare, cards):
    experiment, adapter = bare
    table = prepare_arm_data(
        experiment, ["m1", "m2"], use_model_predictions=True, adapter=adapter
    ).sort_values("trial_index")
    facts = cards["feasibility"].facts
    assert [number - 1 for number in facts["trials"]] == list(table["trial_index"])
    assert facts["chances"] == pytest.approx(list(table["p_feasible_mean"]), abs=1e-2)


def test_what_has_been_reached_is_axs_trace(bare, cards):
    experiment, _ = bare
    reached = cards["progress"].facts["reached"]
    trace = {n: value for n, value in get_trace(experiment).items() if np.isfinite(value)}
    assert {number - 1: value for number, value in reached.items()} == pytest.approx(trace)


def test_interactions_are_axs_second_order_indices(bare, cards):
    _, adapter = bare
    found = ax_parameter_sens(
        adapter, ["m1", "m2"], order="second", signed=False, num_mc_samples=SAMPLES, input_qmc=True
    )
    for key, pairs in cards["interactions"].facts["interactions"].items():
        assert pairs["p1 p2"] == pytest.approx(max(float(found[key]["p1 & p2"]), 0.0), abs=2e-2)


def test_averages_of_choices_are_axs_marginal_effects(ours, bare, cards):
    experiment, adapter = bare
    (table,) = (
        card.df
        for card in MarginalEffectsPlot("m1", ["p3"]).compute(experiment, adapter=adapter).flatten()
    )
    levels = {value: mean for value, mean, *_ in cards["choices"].facts["levels"]["m1"]["p3"]}
    assert levels.keys() == set(table["Level"])
    # Ax gives effects relative to the average over all, corrected for how unsure that is.
    effects = table.set_index("Level")["Beta"]
    assert sorted(levels, key=levels.get) == sorted(levels, key=effects.get)
