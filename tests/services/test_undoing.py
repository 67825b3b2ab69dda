"""Acts on trials, and taking them back."""

import contextlib
import uuid

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.domain import Result
from experiments.models import ChangeKind, Trial
from experiments.services import own_trials, trial_details, trials, undoing
from experiments.services.errors import Conflict, Refused
from experiments.services.trial_states import kept_states, states_of
from tests.factories import finish, make_experiment, make_user, take

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


class _Acts:
    """Random acts of one person on a few trials."""

    def __init__(self, data, experiment, by) -> None:
        self.data, self.experiment, self.by = data, experiment, by
        self.metric = experiment.objective
        self.keys = [parameter.key for parameter in experiment.parameters.all()]

    def values(self):
        return {key: float(self.data.draw(st.integers(-10, 10))) for key in self.keys}

    def result(self) -> Result:
        raw = self.data.draw(st.sampled_from([(), (1.0, 3.0)]))
        mean = self.data.draw(st.floats(allow_nan=False, allow_infinity=False))
        return Result(mean, self.data.draw(st.none() | st.just(0.5)), raw)

    def act(self) -> None:
        """Do one thing to one trial, if it can be done; who is too late is told."""
        trial = self.data.draw(st.sampled_from(list(Trial.everything.all()) or [None]))
        kind = self.data.draw(st.sampled_from([*_KINDS] if trial else ["add"]))
        with contextlib.suppress(Conflict, Refused):
            _KINDS[kind](self, trial)

    def add(self, _) -> None:
        own_trials.add(self.experiment, parameters=self.values(), key=uuid.uuid4(), by=self.by)

    def complete(self, trial) -> None:
        trials.complete(trial, values={self.metric: self.result()}, by=self.by)

    def correct(self, trial) -> None:
        found = trial.observations.first()
        seen = Result(found.mean, found.sem, tuple(found.raw or ())) if found else Result(0.0)
        trials.correct(
            trial, values={self.metric: self.result()}, seen={self.metric: seen}, by=self.by
        )

    def fail(self, trial) -> None:
        trials.fail(trial, by=self.by, reason="smoke", is_avoided=self.data.draw(st.booleans()))

    def reopen(self, trial) -> None:
        trials.reopen(trial, by=self.by)

    def delete(self, trial) -> None:
        trials.delete(trial, by=self.by)

    def use(self, trial) -> None:
        trial_details.use(trial, values=self.values(), seen=trial.parameters, by=self.by)

    def release(self, trial) -> None:
        trial_details.assign([trial], to=None, by=self.by)

    def tag(self, trial) -> None:
        trial_details.tag([trial], add=[self.data.draw(st.sampled_from("abc"))], by=self.by)

    def undo(self, _) -> None:
        changes = self.experiment.changes.filter(after__has_key="states")
        change = self.data.draw(st.sampled_from(list(changes)))
        wanted = kept_states(change.before)
        undoing.undo(self.experiment, revision=change.revision, by=self.by)
        now = states_of(self.experiment)
        for number, state in wanted.items():
            assert {field: now[number][field] for field in state} == state


_KINDS = {
    name: getattr(_Acts, name)
    for name in (
        "add",
        "complete",
        "correct",
        "fail",
        "reopen",
        "delete",
        "use",
        "release",
        "tag",
        "undo",
    )
}


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_acts_and_undos_end_where_they_should(db, data):
    """Each undo restores its fields exactly; all of them, newest first, lead back."""
    with transaction.atomic():
        ada = make_user("ada")
        experiment = make_experiment(ada)
        acts = _Acts(data, experiment, ada)
        states = {0: {}}
        for _ in range(data.draw(st.integers(1, 10))):
            acts.act()
            revision = experiment.changes.first().revision
            states[revision] = states_of(experiment)
        changes = list(experiment.changes.filter(after__has_key="states"))
        for place, change in enumerate(changes):
            undoing.undo(experiment, revision=change.revision, by=ada)
            earlier = changes[place + 1].revision if place + 1 < len(changes) else 0
            now = states_of(experiment)
            there = {n: s for n, s in now.items() if s["exists"] or n in states[earlier]}
            assert there == states[earlier]
        transaction.set_rollback(True)
