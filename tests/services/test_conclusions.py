"""Conclusions: frozen, once, by those who may, of what the person looked at."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from experiments.models import Change, ChangeKind, ExperimentStatus, Membership, Role
from experiments.services import conclusions, lifecycle
from experiments.services.errors import Conflict
from tests.factories import finish, make_user, take

pytestmark = pytest.mark.django_db


def conclude(experiment, by, key=None, **kwargs):
    experiment.refresh_from_db()
    given = {
        "document": {"summary": "Enough."},
        "revision": experiment.revision,
        "seen": experiment.cards_revision,
        "key": key or uuid.uuid4(),
    }
    return conclusions.conclude(experiment, by=by, **(given | kwargs))


def test_a_conclusion_is_one_change_and_no_news_for_the_model(ada, experiment):
    experiment.refresh_from_db()
    before, cards = experiment.revision, experiment.cards_revision
    made = conclude(experiment, ada)
    experiment.refresh_from_db()
    assert (made.number, made.revision) == (1, before)
    assert (experiment.revision, experiment.cards_revision) == (before + 1, cards)
    assert experiment.status == ExperimentStatus.RUNNING
    change = Change.objects.get(kind=ChangeKind.CONCLUDED)
    assert (change.after, change.reason) == ({"conclusion": 1}, "Enough.")


def test_sent_twice_it_is_one(ada, experiment):
    key = uuid.uuid4()
    first = conclude(experiment, ada, key)
    assert conclude(experiment, ada, key) == first
    assert conclude(experiment, ada).number == 2


def test_it_may_complete_the_experiment_and_reopening_works(ada, experiment):
    conclude(experiment, ada, completes=True)
    experiment.refresh_from_db()
    assert experiment.status == ExperimentStatus.COMPLETED
    lifecycle.change_status(experiment, status=ExperimentStatus.RUNNING, by=ada)
    conclude(experiment, ada, completes=True)
    conclude(experiment, ada, completes=True)
    assert experiment.conclusions.count() == 3


def test_new_results_are_to_be_looked_at_first(ada, experiment):
    experiment.refresh_from_db()
    seen = experiment.cards_revision
    (trial,) = take(experiment, ada, (0, 0))
    finish(trial, ada, 1.0)
    with pytest.raises(Conflict, match="look at what is new"):
        conclude(experiment, ada, seen=seen)
    assert not experiment.conclusions.exists()


def test_a_document_of_older_rows_is_not_kept(ada, experiment):
    experiment.refresh_from_db()
    before = experiment.revision
    lifecycle.rename(experiment, name="Other", by=ada)
    with pytest.raises(conclusions.Outdated):
        conclude(experiment, ada, revision=before)


def test_runners_do_not_conclude(ada, experiment):
    made = conclude(experiment, ada)
    bob = make_user("bob")
    Membership.objects.create(team=experiment.team, user=bob, role=Role.RUNNER)
    with pytest.raises(PermissionDenied):
        conclude(experiment, bob)
    with pytest.raises(PermissionDenied):
        conclusions.withdraw(made, by=bob)


def test_it_is_withdrawn_and_restored(ada, experiment):
    made = conclude(experiment, ada)
    assert conclusions.withdraw(made, by=ada).kind == ChangeKind.CONCLUSION_WITHDRAWN
    assert conclusions.withdraw(made, by=ada) is None
    made.refresh_from_db()
    assert (made.withdrawn_by, made.document) == (ada, {"summary": "Enough."})
    assert conclusions.restore(made, by=ada).kind == ChangeKind.CONCLUSION_RESTORED
    assert conclusions.restore(made, by=ada) is None
    made.refresh_from_db()
    assert made.withdrawn_at is None
