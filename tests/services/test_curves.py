"""Learning curves: entering and correcting points, stopping early, taking it back."""

from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps

from experiments.curves import Point, version_of, version_of_ends
from experiments.domain import MetricRole, TrialStatus
from experiments.models import ChangeKind, Trial
from experiments.services import curves, editing, trials, undoing
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import states_of
from tests.factories import make_measured, metric, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(ada, experiment):
    return take(experiment, ada, (1, 2))[0]


def enter(trial, by, *points, seen=None, **kwargs):
    metric = trial.experiment.objective
    found = [Point(float(step), float(mean)) for step, mean in points]
    seen = version_of(curves.curves_of(trial)) if seen is None else seen
    return curves.enter(trial, points={metric: found}, seen=seen, by=by, **kwargs)


def ends_of(trial, mean=0.9):
    """What stands for one point of the curve, and for its last one if none is asked for."""
    ((key, curve),) = curves.curves_of(trial).items()
    return version_of_ends({key: next(point for point in curve if point.mean == mean)})


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
    with pytest.raises(Refused, match="10,001 points; 10,000"):
        enter(trial, ada, *((step, 1) for step in range(10_001)))


def test_one_point_is_taken_back_and_later_ones_stay(ada, trial):
    first = enter(trial, ada, (1, 0.9))
    second = enter(trial, ada, (2, 0.8))
    third = enter(trial, ada, (2, 0.7))
    states = [change.after["states"]["0"]["points"] for change in (first, second, third)]
    assert [list(each.values()) for each in states] == [
        [[[1.0, 0.9, None]]],
        [[[2.0, 0.8, None]]],
        [[[2.0, 0.7, None]]],
    ]
    undoing.undo(trial.experiment, revision=first.revision, by=ada)
    assert points_of(trial) == [(2, 0.7)]
    with pytest.raises(Conflict, match="its learning curve at these steps"):
        undoing.undo(trial.experiment, revision=second.revision, by=ada)
    undoing.undo(trial.experiment, revision=third.revision, by=ada)
    assert points_of(trial) == [(2, 0.8)]


def test_points_of_a_metric_that_is_gone_are_not_brought_back(ada):
    experiment = make_measured(ada, metric("loss"), metric("cost", role=MetricRole.TRACKED))
    (trial,) = take(experiment, ada, (1,))
    cost = experiment.metrics.get(name="cost")
    none = version_of({})
    curves.enter(trial, points={cost: [Point(1.0, 3.0)]}, seen=none, by=ada)
    removed = curves.enter(
        trial, points={cost: []}, removed=[1.0], seen=version_of(curves.curves_of(trial)), by=ada
    )
    experiment.refresh_from_db()
    draft = experiment.definition
    editing.edit(
        experiment,
        draft=replace(draft, metrics=draft.metrics[:1]),
        base_revision=experiment.revision,
        by=ada,
    )
    with pytest.raises(Conflict, match="A metric of which trial 0 had values is gone"):
        undoing.undo(experiment, revision=removed.revision, by=ada)


def test_changes_that_kept_whole_curves_can_be_undone_after_the_migration(ada, trial):
    change = enter(trial, ada, (1, 0.9), (2, 0.6), (4, 0.5))
    key = trial.experiment.objective.key
    change.before = {"states": {"0": {"curves": {key: [[1, 0.9, None], [2, 0.8, 0.1]]}}}}
    change.after = {
        "states": {"0": {"curves": {key: [[1, 0.9, None], [2, 0.6, None], [4, 0.5, None]]}}}
    }
    change.save()
    migration = import_module("experiments.migrations.0020_points_in_history")
    migration.keep_points(apps, None)
    undoing.undo(trial.experiment, revision=change.revision, by=ada)
    assert curves.curves_of(trial) == {key: [Point(1.0, 0.9), Point(2.0, 0.8, 0.1)]}


def test_a_trial_stopped_early_has_its_last_value_and_is_reopened_with_its_curve(ada, trial):
    with pytest.raises(Refused, match="no intermediate result"):
        curves.stop_early(trial, seen=version_of_ends({}), by=ada)
    enter(trial, ada, (1, 0.5), (2, 0.9))
    seen = ends_of(trial)
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
    seen = ends_of(trial, mean)
    curves.finish(trial, seen=seen, by=ada, is_best=is_best)
    assert Trial.objects.get().status == TrialStatus.COMPLETED
    assert trial.observations.get(step=None).mean == mean
