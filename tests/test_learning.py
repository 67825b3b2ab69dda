"""Which trials the model learns from where there are very many."""

from dataclasses import replace
from itertools import pairwise

import pytest

from experiments.domain import (
    Direction,
    ExperimentSpec,
    MetricRole,
    MetricSpec,
    ObservationRecord,
    TrialRecord,
    TrialStatus,
)
from experiments.learning import MOST_LEARNT, too_many

LOSS = MetricSpec(key="m1", direction=Direction.MINIMIZE)
GAIN = MetricSpec(key="m2", direction=Direction.MAXIMIZE)
SPEC = ExperimentSpec(parameters=(), metrics=(LOSS,))
COUNT = 4 * MOST_LEARNT


def trial(number: int, **means: float) -> TrialRecord:
    observations = tuple(ObservationRecord(metric=key, mean=mean) for key, mean in means.items())
    return TrialRecord(
        number=number,
        status=TrialStatus.COMPLETED if means else TrialStatus.RUNNING,
        parameters={},
        observations=observations,
    )


def learnt(spec: ExperimentSpec, trials: list[TrialRecord]) -> list[int]:
    left_out = too_many(spec, trials)
    return [each.number for each in trials if each.number not in left_out]


def scattered(number: int) -> float:
    return float(number * 7919 % COUNT)


def test_of_as_many_as_can_be_learnt_from_none_is_left_out():
    trials = [trial(number, m1=1.0) for number in range(MOST_LEARNT)]
    assert not too_many(SPEC, [*trials, trial(MOST_LEARNT)])


def test_the_best_stay_and_the_others_are_spread_evenly():
    trials = [trial(number, m1=scattered(number)) for number in range(COUNT)]
    kept = learnt(SPEC, [*trials, trial(COUNT)])
    assert len(kept) == MOST_LEARNT + 1
    assert COUNT in kept, "It is running: the model keeps away from it."
    best = {number for number in range(COUNT) if scattered(number) < MOST_LEARNT // 2}
    assert best <= set(kept)
    gaps = [later - earlier for earlier, later in pairwise(kept)]
    assert max(gaps) < 20


@pytest.mark.parametrize("is_weighted_sum", [False, True])
def test_several_objectives_share_the_best(is_weighted_sum):
    spec = replace(SPEC, metrics=(LOSS, GAIN), is_weighted_sum=is_weighted_sum)
    trials = [trial(n, m1=scattered(n), m2=scattered(n) - 0.5 * n) for n in range(COUNT)]
    kept = set(learnt(spec, trials))
    gain = {each.number: each.observations[1].mean for each in trials}
    loss = {each.number: each.observations[0].mean for each in trials}
    if is_weighted_sum:
        assert max(trials, key=lambda t: gain[t.number] - loss[t.number]).number in kept
    else:
        assert {max(gain, key=gain.__getitem__), min(loss, key=loss.__getitem__)} <= kept


def test_what_keeps_the_constraints_is_better_than_what_does_not():
    limit = replace(LOSS, key="m3", role=MetricRole.CONSTRAINT, bound=1.0)
    spec = replace(SPEC, metrics=(LOSS, limit))
    trials = [trial(n, m1=float(n), m3=0.0 if n >= COUNT - 100 else 2.0) for n in range(COUNT)]
    assert set(range(COUNT - 100, COUNT)) <= set(learnt(spec, trials))


def test_trials_without_all_results_do_not_count_as_best():
    spec = replace(SPEC, metrics=(LOSS, GAIN))
    trials = [trial(number, m1=1.0) for number in range(COUNT)]
    assert len(learnt(spec, trials)) == MOST_LEARNT
