"""The team's choice and the cost of a trial: roles, undo, and two people at once."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from experiments.models import Change, ChangeKind, Membership, Role, TeamChoice
from experiments.services import decisions, trials
from experiments.services.errors import Conflict, Refused
from tests.factories import finish, make_user, take

pytestmark = pytest.mark.django_db


def member(experiment, name, role):
    user = make_user(name)
    user.memberships.all().delete()
    Membership.objects.create(team=experiment.team, user=user, role=role)
    return user


@pytest.fixture
def two(ada, experiment):
    """Two trials with results."""
    return [
        finish(t, ada, mean)
        for t, mean in zip(take(experiment, ada, (0, 0), (1, 3)), (74, 0), strict=True)
    ]


def chosen(experiment):
    now = decisions.current_choice(experiment)
    return now and (now.trial.number, now.reason)


def test_a_choice_is_one_change_of_one_revision(ada, experiment, two):
    experiment.refresh_from_db()
    before, cards = experiment.revision, experiment.cards_revision
    change = decisions.choose(two[1], reason=" Robust ", seen=0, by=ada)
    experiment.refresh_from_db()
    assert (experiment.revision, experiment.cards_revision) == (before + 1, cards)
    assert (change.kind, change.trial_numbers, change.after) == (
        ChangeKind.TEAM_CHOICE_CHANGED, [1], {"trial": 1, "reason": "Robust"},
    )  # fmt: skip
    assert chosen(experiment) == (1, "Robust")


def test_the_same_choice_again_changes_nothing(ada, experiment, two):
    decisions.choose(two[1], reason="Robust", seen=0, by=ada)
    assert decisions.choose(two[1], reason="Robust", seen=0, by=ada) is None
    assert Change.objects.filter(kind=ChangeKind.TEAM_CHOICE_CHANGED).count() == 1


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_choice_needs_a_reason(ada, two, reason):
    with pytest.raises(Refused, match="Say why"):
        decisions.choose(two[0], reason=reason, seen=0, by=ada)


def test_a_trial_without_results_is_no_choice(ada, experiment):
    (trial,) = take(experiment, ada, (0, 0))
    with pytest.raises(Refused, match="has no results"):
        decisions.choose(trial, reason="why not", seen=0, by=ada)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RUNNER])
def test_who_may_not_define_may_not_decide(experiment, two, role):
    bob = member(experiment, "bob", role)
    with pytest.raises(PermissionDenied, match="to choose a trial for the team or conclude"):
        decisions.choose(two[0], reason="mine", seen=0, by=bob)
    with pytest.raises(PermissionDenied):
        decisions.set_trial_cost(experiment, cost=3.0, unit="h", by=bob)
    with pytest.raises(PermissionDenied):
        decisions.withdraw_choice(experiment, seen=0, by=bob)


def test_the_second_of_two_is_told_what_the_first_chose(ada, experiment, two):
    bob = member(experiment, "bob", Role.EDITOR)
    decisions.choose(two[0], reason="Cheap", seen=0, by=bob)
    with pytest.raises(Conflict, match="Meanwhile, bob chose trial 0: Cheap"):
        decisions.choose(two[1], reason="Good", seen=0, by=ada)
    with pytest.raises(Conflict, match="bob chose trial 0"):
        decisions.withdraw_choice(experiment, seen=0, by=ada)
    decisions.choose(
        two[1], reason="Good", seen=decisions.current_choice(experiment).revision, by=ada
    )
    assert chosen(experiment) == (1, "Good")


def test_a_choice_is_undone_step_by_step(ada, experiment, two):
    first = decisions.choose(two[0], reason="Cheap", seen=0, by=ada)
    second = decisions.choose(two[1], reason="Good", seen=first.revision, by=ada)
    with pytest.raises(Conflict, match="changed again"):
        decisions.undo_choice(first, by=ada)
    decisions.undo_choice(second, by=ada)
    assert chosen(experiment) == (0, "Cheap")
    assert decisions.undo_choice(second, by=ada) is None
    decisions.undo_choice(first, by=ada)
    assert chosen(experiment) is None


def test_undo_gives_the_choice_back_to_whoever_made_it(ada, experiment, two):
    ben = make_user("ben")
    Membership.objects.create(team=experiment.team, user=ben, role=Role.EDITOR)
    first = decisions.choose(two[0], reason="Cheap", seen=0, by=ada)
    made = decisions.current_choice(experiment)
    second = decisions.choose(two[1], reason="Good", seen=first.revision, by=ben)
    decisions.undo_choice(second, by=ben)
    again = decisions.current_choice(experiment)
    assert (again.chosen_by, again.chosen_at) == (ada, made.chosen_at)


def test_a_choice_whose_trial_is_deleted_does_not_come_back(ada, experiment, two):
    first = decisions.choose(two[0], reason="Cheap", seen=0, by=ada)
    second = decisions.choose(two[1], reason="Good", seen=first.revision, by=ada)
    trials.delete(two[0], by=ada)
    with pytest.raises(Conflict, match="Trial 0, which was chosen before, is deleted"):
        decisions.undo_choice(second, by=ada)
    assert chosen(experiment) == (1, "Good")


def test_a_withdrawn_choice_comes_back(ada, experiment, two):
    made = decisions.choose(two[0], reason="Cheap", seen=0, by=ada)
    gone = decisions.withdraw_choice(experiment, seen=made.revision, by=ada)
    assert chosen(experiment) is None
    assert decisions.withdraw_choice(experiment, seen=0, by=ada) is None
    decisions.undo_choice(gone, by=ada)
    assert chosen(experiment) == (0, "Cheap")


def test_a_cost_beyond_all_integers_of_floats_is_undone_and_set_again(ada, experiment):
    change = decisions.set_trial_cost(experiment, cost=1e300, unit="h", by=ada)
    change.refresh_from_db()
    undone = decisions.undo_cost(change, by=ada)
    decisions.undo_cost(Change.objects.get(pk=undone.pk), by=ada)
    experiment.refresh_from_db()
    assert (experiment.trial_cost, experiment.trial_cost_unit) == (1e300, "h")


def test_a_trial_that_was_deleted_meanwhile_is_not_chosen(ada, experiment, two):
    trials.delete(two[0], by=ada)
    with pytest.raises(Conflict, match="Trial 0 was deleted meanwhile"):
        decisions.choose(two[0], reason="Cheap", seen=0, by=ada)


def test_what_a_trial_costs_is_set_and_undone(ada, experiment):
    change = decisions.set_trial_cost(experiment, cost=2.5, unit="h", by=ada)
    experiment.refresh_from_db()
    assert (experiment.trial_cost, experiment.trial_cost_unit) == (2.5, "h")
    assert decisions.set_trial_cost(experiment, cost=2.5, unit="h", by=ada) is None
    decisions.undo_cost(change, by=ada)
    experiment.refresh_from_db()
    assert (experiment.trial_cost, experiment.trial_cost_unit) == (None, "")
    with pytest.raises(Refused, match="above 0"):
        decisions.set_trial_cost(experiment, cost=0.0, unit="h", by=ada)


def test_the_choice_stays_when_its_trial_is_reopened(ada, experiment, two):
    decisions.choose(two[0], reason="Cheap", seen=0, by=ada)
    trials.reopen(two[0], by=ada)
    assert chosen(experiment) == (0, "Cheap")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_told(ada, experiment, two):
    bob = member(experiment, "bob", Role.EDITOR)
    start, ends = threading.Barrier(2), []

    def act(trial, by):
        try:
            start.wait()
            decisions.choose(trial, reason=by.username, seen=0, by=by)
            ends.append("chosen")
        except Conflict:
            ends.append("told")
        finally:
            connection.close()

    both = [threading.Thread(target=act, args=pair) for pair in zip(two, (ada, bob), strict=True)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(ends) == ["chosen", "told"]
    assert TeamChoice.objects.count() == 1
