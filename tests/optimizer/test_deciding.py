"""The cards of the decision: their numbers are Ax's and BoTorch's, their words fit each state."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ax.adapter.registry import Generators
from ax.global_stopping.strategies.improvement import ImprovementGlobalStoppingStrategy
from ax.service.utils.best_point import (
    get_best_parameters_from_model_predictions_with_trial_index,
)
from botorch.acquisition.analytic import ExpectedImprovement
from botorch.models import SingleTaskGP

from experiments.cards import CardState
from experiments.domain import Direction, MetricRole, MetricSpec, ResultNoise, TrialStatus
from experiments.optimizer import analyse
from experiments.optimizer.analysis import best, compromises, enough
from experiments.optimizer.analysis.forecast import simulate
from experiments.optimizer.analysis.joint import Joint, joint
from experiments.optimizer.analysis.kinds import make_card
from experiments.optimizer.analysis.places import explored
from experiments.optimizer.analysis.stopping import stopping_rule
from experiments.optimizer.analysis.utility import expected_improvement, utility_of
from experiments.optimizer.build import build_experiment
from tests.optimizer.examples import BOOTH, trial
from tests.optimizer.studies import booth_study, measured, study_of

GOALS = (
    MetricSpec(key="m1", direction=Direction.MINIMIZE),
    MetricSpec(key="m2", direction=Direction.MAXIMIZE),
)
LIMIT = MetricSpec(key="m3", direction=Direction.MINIMIZE, role=MetricRole.CONSTRAINT, bound=5.0)


def several(*metrics: MetricSpec, count=14, **options):
    """A study whose second metric grows with the parameters, and whose third is their sum."""
    plain = booth_study(count)
    trials = []
    for each in plain.trials:
        x, y = each.parameters["p1"], each.parameters["p2"]
        values = {"m1": each.observations[0].mean, "m2": x - y, "m3": x + y}
        means = {metric.key: values[metric.key] for metric in metrics}
        trials.append(measured(each.number, each.parameters, **means))
    return study_of(replace(BOOTH, metrics=metrics, **options), trials)


def test_the_best_by_the_model_is_axs():
    study = booth_study(noise=60.0)
    experiment = build_experiment(study.spec, study.trials)
    adapter = Generators.BOTORCH_MODULAR(experiment=experiment, data=experiment.lookup_data())
    index = get_best_parameters_from_model_predictions_with_trial_index(experiment, adapter)[0]
    assert best.best_by_model(study).trial == index


def test_places_are_believed_jointly_as_each_is_predicted():
    study = booth_study(noise=5.0)
    utility = utility_of(study)
    points = [each.parameters for each in study.trials[:6]]
    belief, predicted = joint(study, utility, points), study.predict(points)["m1"]
    np.testing.assert_allclose(belief.means, -predicted.means, rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(belief.covariance)), predicted.sds, rtol=1e-6)
    _, with_noise = study.model.predict(points, with_noise=True)
    np.testing.assert_allclose(
        np.diag(belief.covariance) + belief.noise, with_noise["m1"]["m1"], rtol=1e-6
    )


def test_expected_improvement_is_botorchs():
    x = torch.linspace(0, 1, 6, dtype=torch.double)[:, None]
    model = SingleTaskGP(x, torch.sin(6 * x))
    at = torch.linspace(0.05, 0.95, 7, dtype=torch.double)[:, None]
    posterior = model.posterior(at)
    ours = expected_improvement(
        posterior.mean.detach().squeeze().numpy(),
        posterior.variance.detach().sqrt().squeeze().numpy(),
        np.asarray(0.8),
    )
    theirs = ExpectedImprovement(model, best_f=0.8)(at[:, None]).detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-12)


def test_the_stopping_rule_is_axs():
    study = booth_study(16)
    strategy = ImprovementGlobalStoppingStrategy(min_trials=10)
    stops, _ = strategy.should_stop_optimization(build_experiment(study.spec, study.trials))
    assert stopping_rule(study).stops is bool(stops) is True
    better = [*study.trials, trial(16, {"p1": 1.0, "p2": 3.0}, -1000.0)]
    stops, _ = strategy.should_stop_optimization(build_experiment(study.spec, better))
    assert stopping_rule(study_of(study.spec, better)).stops is bool(stops) is False


def test_one_simulated_trial_gains_the_expected_improvement():
    """Two places that know nothing of each other: the gain has a formula."""
    belief = Joint(np.array([1.0, 0.5]), np.diag([0.0, 4.0]), np.zeros(2))
    (ahead,) = simulate(
        belief, np.ones(2), has_incumbent=True, target=2.5, seed=1, horizon=[1], runs=20_000
    )
    formula = expected_improvement(np.array([0.5]), np.array([2.0]), np.array([1.0]))[0]
    assert ahead.gain == pytest.approx(formula, abs=0.03)
    assert ahead.chance == pytest.approx(0.1587, abs=0.01)


def test_noise_makes_a_trial_worth_less():
    belief = Joint(np.array([1.0, 0.5]), np.diag([0.0, 4.0]), np.zeros(2))
    noisy = replace(belief, noise=np.array([4.0, 4.0]))
    gains = [
        simulate(each, np.ones(2), has_incumbent=True, target=None, seed=1, horizon=[1])[0].gain
        for each in (belief, noisy)
    ]
    assert 0 < gains[1] < gains[0]


def test_chances_grow_with_trials_and_constraints_lower_them():
    random = np.random.default_rng(1)
    root = random.standard_normal((30, 30)) / 5
    belief = Joint(random.standard_normal(30), root @ root.T, np.full(30, 0.01))

    def chances(feasible):
        found = simulate(belief, feasible, has_incumbent=False, target=2.0, seed=2)
        return [each.chance for each in found]

    free, bound = chances(np.ones(30)), chances(np.full(30, 0.3))
    assert free == sorted(free)
    assert all(a >= b for a, b in zip(free, bound, strict=True))


def test_the_search_of_the_space_finds_the_models_optimum():
    study = booth_study(20)
    places = explored(study)
    grid = [{"p1": x, "p2": y} for x in np.linspace(-10, 10, 41) for y in np.linspace(-10, 10, 41)]
    assert places.utility.means.max() >= (-study.predict(grid)["m1"].means).max() - 1.0
    assert all(study.space.contains(point) for point in places.points)


def test_results_and_model_that_agree_are_said_to():
    body = best.CARD.make(booth_study())
    assert "The model agrees: nothing that was tried is expected to be better." in body.sentences
    assert body.table.trials[0] == body.facts["observed"] == body.facts["model"]


def test_noise_explains_why_they_differ_and_advises_to_repeat():
    study = booth_study(20, noise=0.0)
    lucky = [
        measured(20, {"p1": 1.0, "p2": 3.0}, m1=0.0),
        measured(21, {"p1": 1.05, "p2": 2.95}, m1=60.0),
        measured(22, {"p1": 0.95, "p2": 3.05}, m1=-50.0),
        measured(23, {"p1": 1.1, "p2": 3.1}, m1=55.0),
        measured(24, {"p1": 0.9, "p2": 2.9}, m1=-45.0),
    ]
    noisy = study_of(study.spec, [*study.trials, *lucky])
    said = " ".join(enough.CARD.make(noisy).sentences)
    assert "Repeat the best (trial 22) twice" in said
    exact = study_of(replace(study.spec, noise=ResultNoise.EXACT), [*study.trials, *lucky])
    assert "Repeat" not in " ".join(enough.CARD.make(exact).sentences)


def test_repeated_often_enough_the_best_needs_no_more():
    study = booth_study(16, noise=40.0)
    point = {"p1": 1.0, "p2": 3.0}
    again = [measured(16 + n, point, m1=-100.0 - n) for n in range(3)]
    assert "Repeat" not in " ".join(
        enough.CARD.make(study_of(study.spec, [*study.trials, *again])).sentences
    )


def test_a_target_has_a_chance_until_it_is_reached():
    study = booth_study(target=0.5)
    body = enough.CARD.make(study)
    assert any("The chance to reach the target (metric m1 0.5 ms)" in s for s in body.sentences)
    assert body.table.head[-1] == "Chance to reach the target"
    reached = enough.CARD.make(booth_study(target=500.0))
    assert reached.sentences[0] == "The target is reached: metric m1 500 ms."
    assert all(each["chance"] is None for each in reached.facts["ahead"])


def test_compromises_are_axs_front():
    study = several(*GOALS)
    body = compromises.CARD.make(study)
    assert set(body.facts["observed"]) == set(study.ranking.front)
    assert set(body.table.trials) == {*body.facts["observed"], *body.facts["model"]}
    assert not best.CARD.applies(study)
    said = " ".join(enough.CARD.make(study).sentences)
    assert "enlarge the hypervolume" in said
    assert "The last trial to join the Pareto front" in said


def test_a_weighted_sum_has_one_best():
    study = several(*GOALS, is_weighted_sum=True)
    assert not compromises.CARD.applies(study)
    assert "weighted sum" in best.CARD.make(study).sentences[0]
    said = " ".join(enough.CARD.make(study).sentences)
    assert "Ax’s stopping rule does not judge weighted sums." in said


def test_constraints_that_are_never_met_leave_their_chance():
    study = several(GOALS[0], replace(LIMIT, bound=-100.0))
    assert "No trial meets the constraints." in best.CARD.make(study).sentences[0]
    body = enough.CARD.make(study)
    assert "The chance that one more trial meets the constraints" in " ".join(body.sentences)
    assert body.facts["ahead"][0]["gain"] is None


@pytest.mark.parametrize(
    "trials",
    [
        [],
        [trial(0, {"p1": 0.0, "p2": 0.0}, 3.0)],
        [trial(n, {"p1": float(n), "p2": 0.0}, status=TrialStatus.FAILED) for n in range(6)],
    ],
    ids=["none", "one", "all failed"],
)
def test_without_results_the_cards_say_what_is_lacking(trials):
    cards = {card.name: card for card in analyse(study_of(BOOTH, trials))}
    for name in ("best", "enough"):
        assert cards[name].state is CardState.WAITING
        assert "more result" in cards[name].message


@pytest.mark.filterwarnings("ignore")
def test_results_that_are_all_equal_are_judged():
    trials = [
        trial(n, each.parameters, 2.0, sem=0.0) for n, each in enumerate(booth_study(12).trials)
    ]
    study = study_of(BOOTH, trials)
    for kind in (best.CARD, enough.CARD):
        card = make_card(kind, study, 0)
        assert card.state is CardState.READY, card.message


def test_a_best_trial_that_no_model_can_learn_from_is_still_the_best_by_observation():
    study = booth_study(16)
    later = [
        *study.trials,
        measured(16, {"p1": 1.0}, m1=-500.0),
        measured(17, {"p1": 1.0, "p2": 3.0}, m1=-20.0),
    ]
    found = study_of(study.spec, later)
    body = best.CARD.make(found)
    assert (body.facts["observed"], body.facts["model"]) == (16, 17)
    assert "trial 16 is none that it can learn from" in " ".join(body.sentences)
    assert body.table.rows[0][3] == "–"
    assert enough.CARD.make(found).facts["ahead"][0]["gain"] is not None
    several_goals = several(*GOALS)
    odd = measured(14, {"p1": 1.0}, m1=-500.0, m2=500.0)
    front = study_of(several_goals.spec, [*several_goals.trials, odd])
    assert 14 in compromises.CARD.make(front).table.trials
    assert enough.CARD.make(front).sentences


def test_the_lead_of_a_lucky_result_is_doubted():
    study = booth_study(20)
    near = [measured(20 + n, {"p1": 7.0 + n / 10, "p2": 7.0}, m1=230.0 + n) for n in range(6)]
    odd = measured(26, {"p1": 7.25, "p2": 7.02}, m1=-100.0)
    body = best.CARD.make(study_of(study.spec, [*study.trials, *near, odd]))
    assert body.facts["observed"] == 26 != body.facts["model"]
    assert body.sentences[2].startswith("They differ because results are noisy")
    assert body.sentences[2].endswith("measured once: part of its lead may be luck.")
