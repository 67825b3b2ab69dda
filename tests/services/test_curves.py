"""Learning curves: entering and correcting points, stopping early, taking it back."""

import pytest

from experiments.curves import Point, version_of
from experiments.domain import TrialStatus
from experiments.models import ChangeKind, Trial
from experiments.services import curves, trials, undoing
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import states_of
from tests.factories import take

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(ada, experiment):
    return take(experiment, ada, (1, 2))[0]


def enter(trial, by, *points, seen=None, **kwargs):
    metric = trial.experiment.objective
    found = [Point(float(step), float(mean)) for step, mean in points]
    seen = version_of(curves.curves_of(trial)) if seen is None else seen
    return curves.enter(trial, points={metric: found}, seen=seen, by=by, **kwargs)


def points_of(trial):
    return [(p.step, p.mean) for p in next(iter(curves.curves_of(trial).values()), [])]


def test_points_are_added_corrected_and_removed_and_all_of_it_undone(ada, trial):
    before = states_of(trial.experiment)
    change = enter(trial, ada, (1, 0.9), (2, 0.7))
    assert (change.kind, change.is_model_change) == (ChangeKind.CURVE_ENTERED, False)
    assert enter(trial, ada, (1, 0.9)) is None
    enter(trial, ada, (2, 0.6), (3, 0.5))
    enter(trial, ada, removed=[1.0])
    assert points_of(trial) == [(2, 0.6), (3, 0.5)]
    enter(trial, ada, (7, 0.1), is_whole=True)
    assert points_of(trial) == [(7, 0.1)]
    for revision in [c.revision for c in trial.experiment.changes.all()[:4]]:
        undoing.undo(trial.experiment, revision=revision, by=ada)
    assert states_of(trial.experiment) == before


def test_two_people_may_add_steps_but_not_replace_unseen_ones(ada, trial):
    empty = version_of({})
    enter(trial, ada, (1, 0.9), seen=empty)
    enter(trial, ada, (2, 0.8), seen=empty)
    with pytest.raises(Conflict, match=r"booth at step 1 is 0\.9"):
        enter(trial, ada, (1, 0.7), seen=empty)
    assert points_of(trial) == [(1, 0.9), (2, 0.8)]


def test_too_many_points_are_refused_in_words(ada, trial):
    with pytest.raises(Refused, match="2,001 points; 2,000"):
        enter(trial, ada, *((step, 1) for step in range(2001)))


def test_a_trial_stopped_early_has_its_last_value_and_is_reopened_with_its_curve(ada, trial):
    with pytest.raises(Refused, match="no intermediate result"):
        curves.stop_early(trial, seen=version_of({}), by=ada)
    enter(trial, ada, (1, 0.5), (2, 0.9))
    seen = version_of(curves.curves_of(trial))
    with pytest.raises(Conflict, match="its curve was changed"):
        curves.stop_early(trial, seen="old", by=ada)
    change = curves.stop_early(trial, seen=seen, by=ada, reason="flat")
    assert change.kind == ChangeKind.TRIAL_STOPPED_EARLY
    assert change.is_model_change
    assert curves.stop_early(trial, seen=seen, by=ada) is None
    found = Trial.objects.get()
    assert (found.status, found.reason) == (TrialStatus.EARLY_STOPPED, "flat")
    assert found.observations.get(step=None).mean == 0.9
    trials.reopen(trial, by=ada)
    assert not trial.observations.filter(step=None).exists()
    assert points_of(trial) == [(1, 0.5), (2, 0.9)]


@pytest.mark.parametrize(("is_best", "mean"), [(True, 0.5), (False, 0.9)])
def test_a_trial_is_completed_with_its_best_or_last_value(ada, trial, is_best, mean):
    enter(trial, ada, (1, 0.5), (2, 0.9))
    seen = version_of(curves.curves_of(trial))
    curves.finish(trial, seen=seen, by=ada, is_best=is_best)
    assert Trial.objects.get().status == TrialStatus.COMPLETED
    assert trial.observations.get(step=None).mean == mean
