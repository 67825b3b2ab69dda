import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from experiments.domain import Direction, MetricRole, Result, TrialStatus
from experiments.models import Change, ChangeKind, Membership, Role
from experiments.services import trials
from experiments.services.errors import Conflict, Refused
from tests.factories import finish, make_measured, make_user, measured, metric, take

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
    assert (change.user, change.trial_numbers) == (ada, [trial.number])
    before, after = (side["states"]["0"]["results"] for side in (change.before, change.after))
    assert before == {}
    assert list(after.values()) == [{"mean": 0.25, "sem": 0.01}]


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
    assert change.before["states"]["0"]["results"][metric.key]["mean"] == 25.0
    assert change.after["states"]["0"]["results"][metric.key]["mean"] == 0.25
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
    assert experiment.changes.first().before["states"]["0"]["reason"] == "no power"


def test_reopening_a_completed_trial_keeps_its_result_in_the_history(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 7.0)
    trials.reopen(trial, by=ada)
    assert not trial.observations.exists()
    metric = experiment.objective
    assert experiment.changes.first().before["states"]["0"]["results"][metric.key]["mean"] == 7.0


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
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %s",
            [f"experiment:{experiment.pk}"],
        )
        assert cursor.fetchone()[0] == 1


@pytest.fixture
def tuned(ada):
    """An experiment with two objectives, a constraint, and a metric that is only tracked."""
    return make_measured(
        ada,
        metric("error"),
        metric("yield", direction=Direction.MAXIMIZE),
        metric("fit time", role=MetricRole.CONSTRAINT, bound=0.5, unit="s"),
        metric("memory", role=MetricRole.TRACKED),
    )


def values_of(trial):
    return {o.metric.name: o.mean for o in trial.observations.all()}


def test_each_objective_needs_a_result_and_nothing_else(ada, tuned):
    (trial,) = take(tuned, ada, (1,))
    with pytest.raises(Refused, match="“yield” is missing"):
        trials.complete(trial, values=measured(tuned, error=0.5, fit_time=0.1), by=ada)
    assert not trial.observations.exists()
    trials.complete(trial, values=measured(tuned, **{"error": 0.5, "yield": 2.0}), by=ada)
    assert values_of(trial) == {"error": 0.5, "yield": 2.0}


def test_metrics_of_other_experiments_are_refused(ada, tuned, experiment):
    (trial,) = take(tuned, ada, (1,))
    with pytest.raises(Refused, match="“booth” is not a metric"):
        trials.complete(trial, values={experiment.objective: Result(1.0)}, by=ada)


def test_a_correction_adds_and_removes_results(ada, tuned):
    (trial,) = take(tuned, ada, (1,))
    first = measured(tuned, **{"error": 0.5, "yield": 2.0, "memory": 7.0})
    trials.complete(trial, values=first, by=ada)
    second = measured(tuned, **{"error": 0.5, "yield": 2.0, "fit time": 0.1})
    trials.correct(trial, values=second, seen=first, by=ada)
    assert values_of(trial) == {"error": 0.5, "yield": 2.0, "fit time": 0.1}
    change = tuned.changes.first()
    states = (side["states"]["0"]["results"] for side in (change.before, change.after))
    assert [len(results) for results in states] == [3, 3]


def test_the_last_objective_cannot_lose_its_result(ada, tuned):
    (trial,) = take(tuned, ada, (1,))
    first = measured(tuned, **{"error": 0.5, "yield": 2.0, "memory": 7.0})
    trials.complete(trial, values=first, by=ada)
    second = measured(tuned, memory=7.0)
    with pytest.raises(Refused, match="Reopen it"):
        trials.correct(trial, values=second, seen=first, by=ada)
    trials.correct(trial, values=measured(tuned, error=0.5), seen=first, by=ada)
    assert values_of(trial) == {"error": 0.5}


def test_two_people_may_correct_different_metrics_of_one_trial(ada, tuned):
    bob = with_role(tuned, Role.RUNNER)
    (trial,) = take(tuned, ada, (1,))
    seen = measured(tuned, **{"error": 0.5, "yield": 2.0, "memory": 7.0})
    trials.complete(trial, values=seen, by=ada)
    mine = seen | measured(tuned, error=0.25)
    trials.correct(trial, values=mine, seen=seen, by=ada)
    theirs = {m: r for m, r in seen.items() if m.name != "memory"}
    trials.correct(trial, values=theirs, seen=seen, by=bob)
    assert values_of(trial) == {"error": 0.25, "yield": 2.0}
    both = seen | measured(tuned, error=0.1, memory=8.0)
    with pytest.raises(Conflict, match=r"error 0\.25 was entered .* result of memory was removed"):
        trials.correct(trial, values=both, seen=seen, by=bob)
    assert values_of(trial) == {"error": 0.25, "yield": 2.0}


def test_how_a_trial_ended_names_each_metric(ada, tuned):
    (trial,) = take(tuned, ada, (1,))
    trials.complete(
        trial, values=measured(tuned, **{"fit time": 0.1, "error": 0.5, "yield": 2.0}), by=ada
    )
    with pytest.raises(Conflict, match=r"by you: error 0\.5, yield 2, fit time 0\.1\."):
        trials.complete(trial, values=measured(tuned, **{"error": 1, "yield": 1}), by=ada)
