import threading
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from experiments.domain import GenerationNode, Suggestion
from experiments.models import Membership, Role, SuggestionStatus
from experiments.services import suggestions, trials
from experiments.services.errors import Conflict, Refused
from tests.factories import ask, finish, make_user, store_ready, take

pytestmark = pytest.mark.django_db


def fresh_count(experiment):
    return experiment.suggestions.ready().fresh().count()


def test_ready_suggestions_become_trials_at_once(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2), (3, 3))
    made = ask(experiment, ada, 2)
    assert made.filled == 2
    assert [t.number for t in experiment.trials.running()] == [0, 1]
    assert all(t.taken_by == ada for t in experiment.trials.all())


def test_taking_one_leaves_the_rest_fresh(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2), (3, 3))
    ask(experiment, ada, 1)
    assert fresh_count(experiment) == 2


def test_a_result_makes_the_rest_older(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2))
    ask(experiment, ada, 1)
    finish(experiment.trials.get(), ada, 1.0)
    assert fresh_count(experiment) == 0
    assert experiment.suggestions.ready().stale().count() == 1


def test_what_is_missing_arrives_when_it_is_made(ada, experiment):
    store_ready(experiment, (1, 1))
    made = ask(experiment, ada, 3)
    assert (made.filled, made.missing) == (1, 2)
    store_ready(experiment, (2, 2), (3, 3), (4, 4))
    made.refresh_from_db()
    assert made.missing == 0
    assert experiment.trials.count() == 3
    assert fresh_count(experiment) == 1


def test_those_who_wait_longest_are_served_first(ada, experiment):
    bob = make_user("bob")
    Membership.objects.create(team=experiment.team, user=bob, role=Role.RUNNER)
    ask(experiment, ada, 1)
    ask(experiment, bob, 1)
    store_ready(experiment, (1, 1))
    assert experiment.trials.get().taken_by == ada
    store_ready(experiment, (2, 2))
    assert experiment.trials.get(number=1).taken_by == bob


def test_the_same_request_twice_hands_out_once(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2))
    key = uuid.uuid4()
    for _ in range(3):
        suggestions.request(experiment, wanted=1, key=key, by=ada)
    assert experiment.trials.count() == 1


def test_a_suggestion_made_from_older_rows_is_not_kept(ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    experiment.refresh_from_db()
    old = experiment.revision
    finish(trial, ada, 1.0)
    store_ready(experiment, (5, 5), revision=old)
    assert not experiment.suggestions.ready().exists()


def test_fresh_ones_replace_older_ones(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2))
    ask(experiment, ada, 1)
    finish(experiment.trials.get(), ada, 1.0)
    store_ready(experiment, (3, 3))
    statuses = list(experiment.suggestions.order_by("pk").values_list("status", flat=True))
    assert statuses == [SuggestionStatus.TAKEN, SuggestionStatus.SUPERSEDED, SuggestionStatus.READY]


def test_older_ones_can_be_taken_instead_of_waiting(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2), (3, 3))
    ask(experiment, ada, 1)
    finish(experiment.trials.get(), ada, 1.0)
    made = ask(experiment, ada, 2)
    assert made.missing == 2
    assert suggestions.take_older(experiment, by=ada) == 2
    made.refresh_from_db()
    assert made.missing == 0
    assert experiment.trials.running().count() == 2


def test_waiting_can_be_given_up(ada, experiment):
    ask(experiment, ada, 2)
    suggestions.cancel(experiment, by=ada)
    store_ready(experiment, (1, 1))
    assert not experiment.trials.exists()
    assert fresh_count(experiment) == 1


def test_an_error_is_shown_until_something_changes(ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    experiment.refresh_from_db()
    suggestions.report_error(experiment.pk, revision=experiment.revision, message="No way.")
    experiment.refresh_from_db()
    assert experiment.current_optimizer_error == "No way."
    trials.fail(trial, by=ada)
    experiment.refresh_from_db()
    assert experiment.current_optimizer_error == ""


def test_an_error_about_older_rows_is_not_shown(ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    experiment.refresh_from_db()
    old = experiment.revision
    finish(trial, ada, 1.0)
    suggestions.report_error(experiment.pk, revision=old, message="Too late.")
    experiment.refresh_from_db()
    assert experiment.current_optimizer_error == ""


def test_viewers_may_not_take_suggestions(experiment):
    viewer = make_user("vera")
    Membership.objects.create(team=experiment.team, user=viewer, role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        ask(experiment, viewer, 1)


@pytest.mark.django_db(transaction=True)
def test_people_who_ask_at_the_same_moment_never_get_the_same(ada, experiment):
    store_ready(experiment, *[(i, i) for i in range(8)])
    start = threading.Barrier(4)

    def ask_in_parallel():
        start.wait()
        try:
            ask(experiment, ada, 2)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask_in_parallel) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [tuple(trial.parameters.values()) for trial in experiment.trials.all()]
    assert len(taken) == len(set(taken)) == 8
    assert sorted(t.number for t in experiment.trials.all()) == list(range(8))


def test_one_of_several_is_taken_and_is_one_change(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2), (3, 3))
    wanted = experiment.suggestions.ready()[1]
    trial = suggestions.take(wanted, by=ada)
    assert list(trial.parameters.values()) == [2, 2]
    assert (trial.number, trial.taken_by, trial.is_running) == (0, ada, True)
    change = experiment.changes.first()
    assert (change.kind, change.trial_numbers) == ("suggestions_taken", [0])
    assert fresh_count(experiment) == 2


def test_taken_twice_by_the_same_person_it_is_one_trial(ada, experiment):
    store_ready(experiment, (1, 1))
    wanted = experiment.suggestions.ready().get()
    assert suggestions.take(wanted, by=ada) == suggestions.take(wanted, by=ada)
    assert experiment.trials.count() == 1


def test_who_comes_second_is_told_who_was_first(ada, experiment):
    bob = make_user("bob")
    Membership.objects.create(team=experiment.team, user=bob, role=Role.RUNNER)
    store_ready(experiment, (1, 1))
    wanted = experiment.suggestions.ready().get()
    suggestions.take(wanted, by=bob)
    with pytest.raises(Conflict, match="taken meanwhile by bob: trial 0"):
        suggestions.take(wanted, by=ada)


def test_an_older_one_that_is_taken_is_news_to_the_model(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2))
    ask(experiment, ada, 1)
    finish(experiment.trials.get(), ada, 1.0)
    suggestions.take(experiment.suggestions.ready().get(), by=ada)
    assert experiment.changes.first().is_model_change


def test_what_newer_ones_have_replaced_is_not_taken(ada, experiment):
    store_ready(experiment, (1, 1), (2, 2))
    ask(experiment, ada, 1)
    older = experiment.suggestions.ready().get()
    finish(experiment.trials.get(), ada, 1.0)
    store_ready(experiment, (5, 5))
    with pytest.raises(Refused, match="Newer suggestions"):
        suggestions.take(older, by=ada)


def test_nothing_is_taken_while_the_experiment_rests(ada, experiment):
    store_ready(experiment, (1, 1))
    experiment.status = "paused"
    experiment.save(update_fields=["status"])
    with pytest.raises(Refused, match="paused"):
        suggestions.take(experiment.suggestions.ready().get(), by=ada)


def test_a_viewer_takes_nothing(ada, experiment):
    vera = make_user("vera")
    Membership.objects.create(team=experiment.team, user=vera, role=Role.VIEWER)
    store_ready(experiment, (1, 1))
    with pytest.raises(PermissionDenied):
        suggestions.take(experiment.suggestions.ready().get(), by=vera)


@pytest.mark.parametrize("is_fixed", [False, True])
def test_who_may_not_run_any_more_gets_nothing_that_comes_later(experiment, is_fixed):
    bob = make_user("bob")
    member = Membership.objects.create(team=experiment.team, user=bob, role=Role.RUNNER)
    point = {parameter.key: 1.0 for parameter in experiment.parameters.all()}
    fixed = dict([*point.items()][:1]) if is_fixed else {}
    asked = suggestions.request(experiment, wanted=1, key=uuid.uuid4(), by=bob, fixed=fixed)
    member.role = Role.VIEWER
    member.save(update_fields=["role"])
    if is_fixed:
        made = Suggestion(parameters=point, node=GenerationNode.SOBOL)
        revision = experiment.revision
        assert not suggestions.store_for(asked.pk, revision=revision, suggestion=made)
    else:
        store_ready(experiment, (1, 1))
        assert fresh_count(experiment) == 1  # It is there for the others.
    assert not experiment.trials.exists()
    assert not experiment.requests.waiting().exists()
