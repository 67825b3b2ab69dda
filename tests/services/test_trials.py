import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from experiments.domain import Direction, Result, TrialStatus
from experiments.models import Change, ChangeKind, Membership, Role
from experiments.services import trials
from experiments.services.errors import Conflict
from tests.factories import finish, make_experiment, make_user, take

pytestmark = pytest.mark.django_db


def with_role(experiment, role, username="bob"):
    user = make_user(username)
    Membership.objects.create(team=experiment.team, user=user, role=role)
    return user


def test_a_result_completes_the_trial_and_is_one_change(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    before = experiment.changes.count()
    finish(trial, ada, 0.25, 0.01)
    trial.refresh_from_db()
    assert trial.status == TrialStatus.COMPLETED
    assert trial.finished_by == ada
    observation = trial.observations.get()
    assert (observation.mean, observation.sem) == (0.25, 0.01)
    assert experiment.changes.count() == before + 1
    change = experiment.changes.first()
    assert change.kind == ChangeKind.TRIAL_COMPLETED
    assert (change.user, change.trial) == (ada, trial)
    assert change.before["values"] == {}
    assert list(change.after["values"].values()) == [{"mean": 0.25, "sem": 0.01}]


def test_each_change_makes_one_revision(ada, experiment):
    one, two = take(experiment, ada, (1, 2), (3, 4))
    finish(one, ada, 1.0)
    trials.fail(two, by=ada, reason="the oven broke")
    experiment.refresh_from_db()
    revisions = list(experiment.changes.order_by("revision").values_list("revision", flat=True))
    assert revisions == list(range(1, experiment.revision + 1))
    assert experiment.model_revision == experiment.revision


def test_the_same_result_twice_is_one_act(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 0.25)
    revision = experiment.changes.count()
    finish(trial, ada, 0.25)
    assert experiment.changes.count() == revision


def test_another_result_for_a_completed_trial_is_refused_in_words(ada, experiment):
    bob = with_role(experiment, Role.RUNNER)
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 0.25)
    with pytest.raises(Conflict, match=r"completed meanwhile by ada: 0\.25"):
        finish(trial, bob, 0.5)
    assert trial.observations.get().mean == 0.25


def test_a_correction_replaces_the_result_and_keeps_the_old_one_in_the_history(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 25.0)
    metric = experiment.objective
    trials.correct(
        trial, values={metric: Result(0.25)}, seen={metric: Result(25.0)}, by=ada, reason="typo"
    )
    assert trial.observations.get().mean == 0.25
    change = experiment.changes.first()
    assert change.reason == "typo"
    assert change.before["values"][metric.key]["mean"] == 25.0
    assert change.after["values"][metric.key]["mean"] == 0.25
    assert change.is_model_change


def test_two_people_who_correct_one_result_are_told(ada, experiment):
    bob = with_role(experiment, Role.RUNNER)
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 25.0)
    metric = experiment.objective
    seen = {metric: Result(25.0)}
    trials.correct(trial, values={metric: Result(2.5)}, seen=seen, by=ada)
    with pytest.raises(Conflict, match=r"2\.5 was entered"):
        trials.correct(trial, values={metric: Result(0.25)}, seen=seen, by=bob)
    assert trial.observations.get().mean == 2.5


@pytest.mark.parametrize(
    ("act", "status"),
    [(trials.fail, TrialStatus.FAILED), (trials.abandon, TrialStatus.ABANDONED)],
)
def test_a_trial_can_end_without_a_result_and_be_reopened(ada, experiment, act, status):
    (trial,) = take(experiment, ada, (1, 2))
    act(trial, by=ada, reason="no power")
    trial.refresh_from_db()
    assert (trial.status, trial.reason) == (status, "no power")
    trials.reopen(trial, by=ada)
    trial.refresh_from_db()
    assert trial.is_running
    assert (trial.reason, trial.finished_at, trial.finished_by) == ("", None, None)
    assert experiment.changes.first().before["reason"] == "no power"


def test_reopening_a_completed_trial_keeps_its_result_in_the_history(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 7.0)
    trials.reopen(trial, by=ada)
    assert not trial.observations.exists()
    metric = experiment.objective
    assert experiment.changes.first().before["values"][metric.key]["mean"] == 7.0


def test_a_reason_can_be_given_afterwards(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    trials.fail(trial, by=ada)
    experiment.refresh_from_db()
    model_revision = experiment.model_revision
    trials.explain(trial, by=ada, reason="out of memory")
    trial.refresh_from_db()
    experiment.refresh_from_db()
    assert trial.reason == "out of memory"
    assert experiment.model_revision == model_revision


@pytest.mark.parametrize("direction", Direction)
def test_best_follows_direction_and_ignores_failed_and_abandoned(ada, direction):
    experiment = make_experiment(ada, direction=direction)
    a, b, c, d = take(experiment, ada, (1, 1), (2, 2), (3, 3), (4, 4))
    finish(a, ada, 5.0)
    finish(b, ada, 1.0)
    finish(c, ada, 9.0)
    extreme = c if direction == Direction.MAXIMIZE else b
    assert experiment.trials.best(experiment.objective) == extreme
    trials.reopen(extreme, by=ada)
    trials.fail(extreme, by=ada)
    assert experiment.trials.best(experiment.objective) == a
    trials.abandon(d, by=ada)
    assert experiment.trials.best(experiment.objective) == a


def test_viewers_may_not_enter_results(ada, experiment):
    viewer = with_role(experiment, Role.VIEWER)
    (trial,) = take(experiment, ada, (1, 2))
    with pytest.raises(PermissionDenied, match="you need to be runner"):
        finish(trial, viewer, 1.0)
    assert not Change.objects.filter(user=viewer).exists()


def test_huge_and_tiny_numbers_survive_the_database(ada, experiment):
    (trial,) = take(experiment, ada, (1e-300, 1e22))
    finish(trial, ada, 1e100)
    trial.refresh_from_db()
    values = trial.named_parameters(list(experiment.parameters.all()))
    assert values == {"x1": 1e-300, "x2": 1e22}
    assert all(isinstance(value, float) for value in values.values())
    assert trial.observations.get().mean == 1e100


def test_each_act_queues_one_job(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 1.0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone()[0] == 1
