"""Acts on trials, and taking them back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from experiments.domain import Result
from experiments.models import ChangeKind, Trial
from experiments.services import lifecycle, trial_details, trials, undoing
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import states_of
from tests.factories import finish, take

pytestmark = pytest.mark.django_db


def undo_last(experiment, by):
    return undoing.undo(experiment, revision=experiment.changes.first().revision, by=by)


def test_an_entered_result_is_taken_back_and_entered_again(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    before = states_of(experiment)
    finish(trial, ada, 0.25, 0.01)
    after = states_of(experiment)
    undone = undo_last(experiment, ada)
    assert undone.kind == ChangeKind.TRIALS_UNDONE
    assert undone.is_model_change
    assert states_of(experiment) == before
    undo_last(experiment, ada)
    assert states_of(experiment) == after


def test_what_was_changed_again_since_is_not_taken_back(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 25.0)
    entered = experiment.changes.first()
    metric = experiment.objective
    trials.correct(trial, values={metric: Result(0.25)}, seen={metric: Result(25.0)}, by=ada)
    with pytest.raises(Conflict, match=r"changed again since \(results\)"):
        undoing.undo(experiment, revision=entered.revision, by=ada)
    assert trial.observations.get().mean == 0.25


def test_a_deleted_trial_comes_back_with_everything(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 0.25)
    trial_details.set_notes(trial, notes="The *good* one", seen="", by=ada)
    trials.delete(trial, by=ada)
    assert not experiment.trials.exists()
    assert not trials.delete(trial, by=ada)
    with pytest.raises(Conflict, match="deleted meanwhile"):
        trials.reopen(trial, by=ada)
    undo_last(experiment, ada)
    found = experiment.trials.get()
    assert (found.notes, found.observations.get().mean) == ("The *good* one", 0.25)


def test_taken_suggestions_are_given_back(ada, experiment):
    one, _ = take(experiment, ada, (1, 2), (3, 4))
    taken = experiment.changes.first()
    finish(one, ada, 1.0)
    with pytest.raises(Conflict, match="Trial 0 was changed again since"):
        undoing.undo(experiment, revision=taken.revision, by=ada)
    undo_last(experiment, ada)
    undoing.undo(experiment, revision=taken.revision, by=ada)
    assert not experiment.trials.exists()
    assert Trial.everything.count() == 2


def test_the_number_of_a_deleted_trial_is_never_given_again(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    trials.delete(trial, by=ada)
    (other,) = take(experiment, ada, (3, 4))
    assert (trial.number, other.number) == (0, 1)


def test_the_baseline_and_the_choice_stay(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    experiment.baseline = trial
    experiment.save()
    with pytest.raises(Refused, match="Trial 0 is the baseline"):
        trials.delete(trial, by=ada)
    taken = experiment.changes.first()
    with pytest.raises(Refused, match="Trial 0 is the baseline"):
        undoing.undo(experiment, revision=taken.revision, by=ada)


def test_where_it_started_is_not_undone(ada, experiment):
    with pytest.raises(Refused, match="where the experiment started"):
        undoing.undo(experiment, revision=1, by=ada)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_undo_at_the_same_moment_one_does(ada, experiment):
    finish(take(experiment, ada, (1, 2))[0], ada, 0.25)
    renamed = lifecycle.rename(experiment, name="Valley", by=ada)
    entered = experiment.changes.get(revision=renamed.revision - 1)
    start = Barrier(4)

    def undo(revision):
        try:
            start.wait()
            return undoing.undo(experiment, revision=revision, by=ada)
        finally:
            connection.close()

    revisions = [entered.revision, renamed.revision] * 2
    with ThreadPoolExecutor(4) as pool:
        undone = list(pool.map(undo, revisions))
    assert sorted(each.undoes for each in undone if each) == revisions[:2]
    assert experiment.changes.exclude(undoes=None).count() == 2
