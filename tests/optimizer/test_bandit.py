"""Bandit optimization: each combination once, then those again that may be the best."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from ax.adapter.discrete import DiscreteAdapter
from ax.adapter.registry import Generators
from ax.adapter.transforms.derelativize import Derelativize
from ax.adapter.transforms.search_space_to_choice import SearchSpaceToChoice
from ax.core.observation import ObservationFeatures

from experiments.domain import (
    Condition,
    Direction,
    GenerationMethod,
    GenerationNode,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    ResultNoise,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.optimizer import OptimizerError, SearchSpaceExhausted, suggest
from experiments.optimizer.bandit import ArmModel
from experiments.optimizer.build import build_experiment
from experiments.optimizer.errors import NoFeasibleCombination, UnfitForBandit
from experiments.optimizer.goals import goals
from experiments.optimizer.space import Space
from tests.optimizer.examples import (
    at_most,
    choice,
    experiment,
    float_range,
    int_range,
    suggestions,
    trial,
)

LETTERS = "abcdefghijkl"
TWELVE = experiment(
    choice("p1", ValueType.TEXT, *LETTERS), generation_method=GenerationMethod.BANDIT, seed=3
)
FACTORIAL, THOMPSON = GenerationNode.FACTORIAL, GenerationNode.THOMPSON


def measured(number: int, letter: str, mean: float, sem: float | None = None) -> TrialRecord:
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED,
        parameters={"p1": letter},
        observations=(ObservationRecord(metric="m1", mean=mean, sem=sem),),
    )


def noisy(count: int, sems: bool = False, seed: int = 1) -> list[TrialRecord]:
    """Each letter in turn; “e” is the best by far more than the noise."""
    draw = random.Random(seed)
    return [
        measured(
            number,
            (letter := LETTERS[number % 12]),
            abs(LETTERS.index(letter) - 4) + draw.gauss(0, 0.5),
            draw.uniform(0.3, 0.7) if sems else None,
        )
        for number in range(count)
    ]


def model_of(trials: list[TrialRecord]) -> ArmModel:
    space = Space(TWELVE)
    arms = [({"p1": a}, [t for t in trials if t.parameters["p1"] == a]) for a in LETTERS]
    return ArmModel(TWELVE, space, goals(TWELVE, trials), [arm for arm in arms if arm[1]])


def test_the_best_of_twelve_noisy_arms_is_found_and_repeated():
    draw = random.Random(5)
    trials, nodes = [], []
    for number in range(40):
        (made,) = suggestions(TWELVE, trials, 1)
        nodes.append(made.node)
        value = 0.5 * abs(LETTERS.index(made.parameters["p1"]) - 4)
        trials.append(trial(number, made.parameters, value + draw.gauss(0, 0.5)))

    counts = Counter(each.parameters["p1"] for each in trials)
    assert nodes == [FACTORIAL] * 12 + [THOMPSON] * 28
    assert len(counts) == 12
    assert counts.most_common(1)[0][0] == "e"
    assert counts["e"] > 5
    assert counts["l"] <= 3


def test_the_first_round_is_axs_full_factorial_design_in_an_order_of_its_own():
    spec = replace(
        TWELVE,
        parameters=(
            choice("p1", ValueType.TEXT, "a", "b", "c"),
            choice("p2", ValueType.BOOL, True, False),
            int_range("p3", 1, 3),
        ),
    )
    made = suggestions(spec, [], 18)
    others = suggestions(replace(spec, seed=4), [], 18)
    design = Generators.FACTORIAL(experiment=build_experiment(spec, [])).gen(n=-1)

    def sorted_points(points):
        return sorted(map(repr, points))

    points = [dict(each.parameters) for each in made]
    assert {each.node for each in made} == {FACTORIAL}
    assert sorted_points(points) == sorted_points(arm.parameters for arm in design.arms)
    assert points != [dict(each.parameters) for each in others]
    assert [dict(each.parameters) for each in suggestions(spec, [], 18)] == points


@pytest.mark.parametrize("sems", [True, False], ids=["SEMs given", "no SEMs"])
def test_repeats_are_merged_as_ax_would_see_them_merged(sems):
    trials = noisy(30, sems)
    model = model_of(trials)
    by_letter = {a: [t.observations[0] for t in trials if t.parameters["p1"] == a] for a in LETTERS}
    if not sems:
        repeats = 30 - 12
        within = sum(len(g) * np.var([o.mean for o in g]) for g in by_letter.values()) / repeats
        spread = np.var([o.mean for g in by_letter.values() for o in g], ddof=1)
        sd = np.sqrt(within**repeats * spread) ** (1 / (repeats + 1))
    merged = []
    for number, (letter, group) in enumerate(by_letter.items()):
        errors = np.array([o.sem if sems else sd for o in group])
        weights = errors**-2
        mean = np.average([o.mean for o in group], weights=weights)
        merged.append(measured(number, letter, float(mean), float(weights.sum() ** -0.5)))
    # One row a letter, in a plain script with Ax.
    plain = Generators.EMPIRICAL_BAYES_THOMPSON(
        experiment=build_experiment(TWELVE, merged),
        transforms=[Derelativize, SearchSpaceToChoice],
        min_weight=0.0,
    )
    points = [{"p1": letter} for letter in LETTERS]
    means, covariances = plain.predict([ObservationFeatures(parameters=p) for p in points])

    expected = [each for (each,) in model.expected(points)]
    assert isinstance(plain, DiscreteAdapter)
    assert [each.mean for each in expected] == pytest.approx(means["m1"])
    assert [each.sd**2 for each in expected] == pytest.approx(covariances["m1"]["m1"])
    np.random.seed(0)
    chances = model.chances()
    np.random.seed(0)
    weights = [weight for _, weight in plain.gen(n=1).gen_metadata["arms_to_weights"]]
    assert sorted(chances) == pytest.approx(sorted(weights), abs=0.02)


def test_outstanding_results_are_taken_for_partly_luck():
    trials = noisy(30)
    (at_best,), (at_worst,) = model_of(trials).expected([{"p1": "e"}, {"p1": "l"}])
    mean = np.mean([t.observations[0].mean for t in trials if t.parameters["p1"] == "e"])

    assert at_best.mean > mean
    assert at_best.mean < at_worst.mean
    assert at_best.noise == pytest.approx(0.5, rel=0.5)


def test_thompson_says_what_it_expects_and_how_likely_the_best_is():
    made = suggestions(TWELVE, noisy(24), 6)

    assert {each.node for each in made} == {THOMPSON}
    assert all(0 < each.acquisition_value <= 1 for each in made)
    assert all(each.predictions and each.outlook.results == 24 for each in made)
    for each in made:
        is_best = each.parameters == {"p1": "e"}
        assert (each.outlook.better is None) == is_best


def test_equal_rows_give_equal_suggestions_and_parallel_ones_differ():
    draw = random.Random(2)
    trials = [measured(n, LETTERS[n % 12], draw.gauss(0, 1)) for n in range(24)]
    made = [each.parameters["p1"] for each in suggestions(TWELVE, trials, 4)]
    again = [each.parameters["p1"] for each in suggestions(TWELVE, trials, 4)]
    running = [*trials, trial(24, {"p1": made[0]}, status=TrialStatus.RUNNING)]
    beside = suggestions(TWELVE, running, 3)
    beside_ready = suggestions(TWELVE, trials, 3, pending=[{"p1": made[0]}])

    assert made == again
    assert len(set(made)) == 4
    assert made[0] not in {each.parameters["p1"] for each in (*beside, *beside_ready)}


def test_without_results_the_next_round_begins():
    running = [trial(n, {"p1": a}, status=TrialStatus.RUNNING) for n, a in enumerate(LETTERS)]
    made = suggestions(TWELVE, running, 12)

    assert {each.node for each in made} == {FACTORIAL}
    assert len({each.parameters["p1"] for each in made}) == 12


def test_failed_combinations_come_once_more_and_abandoned_ones_never():
    statuses = {"a": TrialStatus.FAILED, "b": TrialStatus.ABANDONED}
    trials = [
        trial(n, {"p1": a}, None if a in statuses else 1.0 + n, status=statuses.get(a))
        for n, a in enumerate(LETTERS)
    ]
    first = suggestions(TWELVE, trials, 1)[0]
    trials.append(trial(12, {"p1": "a"}, status=TrialStatus.FAILED))
    later = suggestions(TWELVE, trials, 12)

    assert (first.node, first.parameters) == (FACTORIAL, {"p1": "a"})
    assert {each.node for each in later} == {THOMPSON}
    assert not {"a", "b"} & {each.parameters["p1"] for each in later}


def test_where_nothing_may_be_tried_people_are_told():
    trials = [trial(n, {"p1": a}, status=TrialStatus.ABANDONED) for n, a in enumerate(LETTERS)]

    with pytest.raises(SearchSpaceExhausted, match="Every combination was abandoned, or failed"):
        next(suggest(TWELVE, trials, count=1))


@pytest.mark.parametrize("value", [0.0, 1e-200, 1e15], ids=str)
def test_equal_results_are_no_trouble(value):
    trials = [trial(n, {"p1": LETTERS[n % 12]}, value) for n in range(24)]

    made = suggestions(TWELVE, trials, 3)

    assert {each.node for each in made} == {THOMPSON}


@pytest.mark.parametrize("sem", [0.0, 0.3], ids=["zeros", "some"])
def test_any_standard_errors_will_do(sem):
    trials = [replace(t) for t in noisy(24)]
    trials[3] = measured(3, "d", 1.0, sem)
    zeros = [measured(t.number, t.parameters["p1"], t.observations[0].mean, 0.0) for t in trials]

    assert {each.node for each in suggestions(TWELVE, trials, 2)} == {THOMPSON}
    assert {each.node for each in suggestions(TWELVE, zeros, 2)} == {THOMPSON}


def test_values_that_were_removed_or_added_since():
    trials = noisy(24)
    fewer = replace(TWELVE, parameters=(choice("p1", ValueType.TEXT, *"abcd"),))
    more = replace(TWELVE, parameters=(choice("p1", ValueType.TEXT, *LETTERS, "m"),))

    assert {each.parameters["p1"] for each in suggestions(fewer, trials, 4)} <= set("abcd")
    assert suggestions(more, trials, 1)[0].parameters == {"p1": "m"}


def test_constraints_and_conditions_leave_fewer_combinations():
    spec = replace(
        TWELVE,
        parameters=(
            choice("p1", ValueType.TEXT, "a", "b"),
            int_range("p2", 0, 2),
            int_range("p3", 0, 2),
            choice("p4", ValueType.BOOL, True, False, condition=Condition("p1", ("b",))),
        ),
        constraints=(at_most(2.0, p2=1.0, p3=1.0),),
    )
    made = suggestions(spec, [], 18)
    trials = [trial(n, each.parameters, n % 5 + n / 100) for n, each in enumerate(made)]
    (repeat,) = suggestions(spec, trials, 1)

    points = [tuple(sorted(each.parameters.items())) for each in made]
    assert len(set(points)) == 18
    assert repeat.node is THOMPSON
    assert tuple(sorted(repeat.parameters.items())) in points


def test_an_outcome_constraint_rules_combinations_out():
    cost = MetricSpec(key="m2", direction=Direction.MINIMIZE, role=MetricRole.CONSTRAINT, bound=5.0)
    spec = replace(TWELVE, metrics=(*TWELVE.metrics, cost))
    draw = random.Random(1)

    def both(number: int, more: float) -> TrialRecord:
        place = number % 12
        found = {"m1": float(place), "m2": 9.0 - place + more}
        observations = tuple(
            ObservationRecord(metric=key, mean=mean + draw.gauss(0, 0.3))
            for key, mean in found.items()
        )
        letter = {"p1": LETTERS[place]}
        return replace(trial(number, letter, 0.0), observations=observations)

    made = suggestions(spec, [both(number, 0.0) for number in range(36)], 3)

    # Costs fall from 9 by 1 a letter, losses grow: “e” is at the bound, “f” safely within.
    assert {each.parameters["p1"] for each in made} <= set("defgh")
    assert all(each.outlook.feasible is not None for each in made)
    with pytest.raises(NoFeasibleCombination, match="hardly any combination keeps all bounds"):
        suggestions(spec, [both(number, 50.0) for number in range(36)], 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parameters": (float_range("p1", 0.0, 1.0),)}, "range without a step"),
        ({"parameters": (int_range("p1", 0, 200),)}, "these are 201"),
        ({"noise": ResultNoise.EXACT}, "results are exact"),
        (
            {
                "metrics": tuple(
                    MetricSpec(key=k, direction=Direction.MINIMIZE) for k in ("m1", "m2")
                )
            },
            "keep one objective",
        ),
    ],
    ids=["continuum", "too many", "exact", "trade-off"],
)
def test_what_it_is_not_for_is_refused_in_words(changes, said):
    with pytest.raises(UnfitForBandit, match=said) as refused:
        suggest(replace(TWELVE, **changes), [], count=1)
    assert isinstance(refused.value, OptimizerError)


def test_a_weighted_sum_is_one_number():
    metrics = tuple(MetricSpec(key=k, direction=Direction.MINIMIZE) for k in ("m1", "m2"))
    spec = replace(TWELVE, metrics=metrics, is_weighted_sum=True)
    trials = []
    for number in range(24):
        place = number % 12
        found = {"m1": abs(place - 4.0), "m2": 0.1 * (number % 5)}
        observations = tuple(ObservationRecord(metric=k, mean=v) for k, v in found.items())
        record = trial(number, {"p1": LETTERS[place]}, 0.0)
        trials.append(replace(record, observations=observations))

    made = suggestions(spec, trials, 1)

    assert made[0].node is THOMPSON
    assert {each.metric for each in made[0].predictions} == {"m1", "m2"}
