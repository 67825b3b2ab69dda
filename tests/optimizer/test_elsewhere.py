"""What a model learns from other experiments, by Ax's transfer learning."""

import random

import pytest

from experiments.cards import CardState
from experiments.domain import (
    Direction,
    ExperimentSpec,
    GenerationMethod,
    GenerationNode,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    Relation,
    TrialRecord,
    TrialStatus,
    ValueType,
)
from experiments.learning import MOST_ELSEWHERE, MOST_TOGETHER, why_not_elsewhere
from experiments.optimizer import analyse
from experiments.optimizer.build import learnt
from experiments.optimizer.elsewhere import rows_elsewhere
from experiments.optimizer.space import Space
from tests.optimizer.examples import (
    BOOTH,
    booth,
    choice,
    experiment,
    fitted,
    float_range,
    int_range,
    suggestions,
    trial,
)
from tests.optimizer.studies import study_of

DRAW = random.Random(3)


def points(count: int) -> list[dict[str, float]]:
    return [{"p1": DRAW.uniform(-10, 10), "p2": DRAW.uniform(-10, 10)} for _ in range(count)]


def higher(count: int) -> list[TrialRecord]:
    """Results of Booth, all of them 1000 higher."""
    return [trial(n, point, booth(point) + 1000) for n, point in enumerate(points(count))]


OWN = [trial(number, point, booth(point)) for number, point in enumerate(points(2))]


def test_it_finds_the_minimum_from_results_that_are_all_higher():
    trials = list(OWN)
    for number in range(2, 5):
        (made,) = suggestions(BOOTH, trials, 1, elsewhere={7: higher(20)})
        assert made.node is GenerationNode.BOTORCH
        assert made.outlook.elsewhere == ((7, 20),)
        assert made.outlook.results == number
        trials.append(trial(number, made.parameters, booth(made.parameters)))
    assert min(row.observations[0].mean for row in trials) < 5
    assert abs(made.predictions[0].mean) < 300


def test_two_trials_explore_and_then_the_model_knows_the_others():
    made = suggestions(BOOTH, [], 2, elsewhere={7: higher(5)})
    assert [each.node for each in made] == [GenerationNode.CENTER, GenerationNode.SOBOL]
    assert [each.outlook.elsewhere for each in made] == [(), ()]


def test_equal_arguments_give_equal_suggestions():
    others = {7: higher(8)}
    assert suggestions(BOOTH, OWN, 1, elsewhere=others) == suggestions(
        BOOTH, OWN, 1, elsewhere=others
    )


def test_where_nothing_is_to_be_learnt_all_is_as_without_others():
    running = [trial(0, {"p1": 1.0, "p2": 2.0})]
    alone = suggestions(BOOTH, OWN, 1)
    assert suggestions(BOOTH, OWN, 1, elsewhere={7: [], 8: running}) == alone


@pytest.mark.parametrize("method", [m for m in GenerationMethod if m is not GenerationMethod.FAST])
def test_other_methods_learn_from_own_trials_alone(method):
    assert "fast" in why_not_elsewhere(method, BOOTH.parameters)


def test_so_do_spaces_of_choices():
    only = choice("p1", ValueType.TEXT, "a", "b")
    retired = float_range("p2", 0.0, 1.0, pinned=0.5)
    assert why_not_elsewhere(GenerationMethod.FAST, (only, retired))
    assert not why_not_elsewhere(GenerationMethod.FAST, (only, float_range("p2", 0.0, 1.0)))


def test_cards_are_made_by_the_model_that_makes_suggestions():
    own = [trial(number, point, booth(point)) for number, point in enumerate(points(4))]
    others = {7: higher(12)}
    known = study_of(BOOTH, own, elsewhere=others)
    (made,) = suggestions(BOOTH, own, 1, elsewhere=others)
    (expected,) = made.predictions
    predicted = known.predict([made.parameters])["m1"]
    assert predicted.means[0] == pytest.approx(expected.mean, rel=1e-3)
    assert predicted.sds[0] == pytest.approx(expected.sd, rel=1e-2)
    cards = {card.name: card for card in analyse(known)}
    assert {card.state for card in cards.values()} <= {CardState.READY, CardState.WAITING}
    said = cards["summary"].body.sentences
    assert "The model also learns from 12 results of another experiment." in said
    assert "4 trials have results." in said


class TestHowMany:
    def counts(self, *sizes: int, own: int = 0) -> list[int]:
        elsewhere = {place: higher(size) for place, size in enumerate(sizes)}
        rows = rows_elsewhere(BOOTH, Space(BOOTH), elsewhere, [OWN[0]] * own)
        return [len(learnt(rows[place])) for place in rows]

    def test_each_has_its_share_of_what_can_be_learnt_from(self):
        assert self.counts(10, 20) == [10, 20]
        assert self.counts(MOST_ELSEWHERE + 1) == [MOST_ELSEWHERE]
        third = MOST_ELSEWHERE // 3
        assert sum(self.counts(500, 500, 500)) == MOST_ELSEWHERE
        assert min(self.counts(500, 500, 500)) >= third
        assert self.counts(500, 10) == [MOST_ELSEWHERE - 10, 10]

    def test_many_own_results_leave_less_room(self):
        assert self.counts(500, own=MOST_TOGETHER - 10) == [10]
        assert self.counts(500, 500, own=MOST_TOGETHER - 1) == []
        assert self.counts(500, own=2 * MOST_TOGETHER) == []

    def test_the_best_are_among_them(self):
        trials = higher(3 * MOST_ELSEWHERE)
        rows = rows_elsewhere(BOOTH, Space(BOOTH), {7: trials}, OWN)[7]
        best = min(trials, key=lambda each: each.observations[0].mean)
        assert best.number not in rows.left_out


def record(number: int, parameters, **means: float) -> TrialRecord:
    found = [ObservationRecord(metric=key, mean=mean) for key, mean in means.items()]
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED,
        parameters=parameters,
        observations=tuple(found),
    )


LOSS = MetricSpec(key="m1", direction=Direction.MINIMIZE)
GAIN = MetricSpec(key="m2", direction=Direction.MAXIMIZE)
BOUND = MetricSpec(
    key="m2",
    direction=Direction.MAXIMIZE,
    role=MetricRole.CONSTRAINT,
    relation=Relation.AT_LEAST,
    bound=0.0,
)


@pytest.mark.parametrize("second", [GAIN, BOUND], ids=["two objectives", "outcome constraint"])
def test_several_metrics_of_which_others_lack_one(second):
    spec = ExperimentSpec(parameters=BOOTH.parameters, metrics=(LOSS, second))
    own = [record(n, p, m1=booth(p), m2=p["p1"]) for n, p in enumerate(points(3))]
    both = [record(n, p, m1=booth(p), m2=p["p1"] + 9) for n, p in enumerate(points(6))]
    (made,) = suggestions(spec, own, 1, elsewhere={7: both, 8: higher(6)})
    assert {each.metric for each in made.predictions} == {"m1", "m2"}
    assert made.outlook.elsewhere == ((7, 6), (8, 6))


def test_whole_numbers_and_standard_errors_that_some_lack():
    spec = experiment(int_range("p1", 0, 4), int_range("p2", 0, 4))
    own = [trial(n, {"p1": n, "p2": n}, float(n)) for n in range(3)]
    others = [trial(n, {"p1": n % 5, "p2": 4 - n % 3}, 9.0 + n, sem=0.5) for n in range(8)]
    (made,) = suggestions(spec, own, 1, elsewhere={7: others})
    assert made.node is GenerationNode.BOTORCH
    assert all(isinstance(value, int) for value in made.parameters.values())


def test_trials_far_outside_are_learnt_from_here_and_there():
    far = trial(2, {"p1": 80.0, "p2": 0.0}, 5000.0)
    others = [
        trial(n, {"p1": 10 * point["p1"], "p2": point["p2"]}, 10 * point["p1"])
        for n, point in enumerate(points(12))
    ]
    model = fitted(BOOTH, [*OWN, far], [others])
    (expected,) = model.expected([far.parameters])
    assert expected[0].mean == pytest.approx(5000.0, rel=0.2)
    (data,) = model.adapter.get_transferable_datasets(
        parameters=model.adapter.parameters, target_outcome="m1"
    )["elsewhere0"]
    assert len(data.Y) == len(others)


@pytest.mark.parametrize("mean", [3.0, 1e30], ids=["equal", "1e30"])
def test_odd_values_work(mean):
    others = [trial(n, point, mean) for n, point in enumerate(points(6))]
    (made,) = suggestions(BOOTH, OWN, 1, elsewhere={7: others})
    assert made.node is GenerationNode.BOTORCH
