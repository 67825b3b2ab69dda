"""Results entered when something else has happened meanwhile: a person decides."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from experiments.domain import TrialStatus
from experiments.models import Change, ChangeKind, Membership, Metric, Role
from experiments.services import trials, undoing
from tests.factories import finish, make_measured, make_user, metric, take


def url(name, trial):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number])


def said(answer):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def fields(answer):
    """What the form of the answer would send."""
    text = answer.content.decode()
    return dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]*? value="([^"]*)"', text))


@pytest.fixture
def timed(ada):
    return make_measured(ada, metric("time", unit="ms"))


@pytest.fixture
def trial(ada, timed):
    return take(timed, ada, (1,))[0]


@pytest.fixture
def bob(timed):
    made = make_user("bob")
    Membership.objects.create(team=timed.team, user=made, role=Role.RUNNER)
    return made


def test_the_second_of_two_sees_the_first_result_and_may_replace_it(htmx, ada, bob, trial):
    finish(trial, bob, 0.5)
    key = trial.experiment.objective.key
    answer = htmx.post(url("complete", trial), {key: "0.7"})
    assert answer.status_code == 422
    assert "completed meanwhile by bob: 0.5. Save again to enter yours instead." in said(answer)
    again = fields(answer)
    assert again[key] == "0.7"
    assert f'action="{url("correct", trial)}"' in answer.content.decode()
    assert htmx.post(url("correct", trial), again).status_code == 200
    assert trial.observations.get().mean == 0.7
    assert Change.objects.latest("revision").kind == ChangeKind.TRIAL_CORRECTED


def test_a_third_value_is_told_too_before_it_is_replaced(htmx, bob, trial):
    finish(trial, bob, 0.5)
    key = trial.experiment.objective.key
    again = fields(htmx.post(url("complete", trial), {key: "0.7"}))
    trials.reopen(trial, by=bob)
    finish(trial, bob, 0.6)
    answer = htmx.post(url("correct", trial), again)
    assert answer.status_code == 422
    assert "0.6 was entered for this trial" in said(answer)
    assert 'class="run"' in answer.content.decode()
    assert htmx.post(url("correct", trial), fields(answer)).status_code == 200
    assert trial.observations.get().mean == 0.7


def test_what_is_typed_for_a_trial_that_failed_meanwhile_can_be_entered(htmx, bob, trial):
    trials.fail(trial, by=bob, reason="smoke", is_avoided=True)
    key = trial.experiment.objective.key
    answer = htmx.post(url("complete", trial), {key: "0.7"})
    assert "failed meanwhile by bob. Save again to enter yours instead." in said(answer)
    assert htmx.post(url("correct", trial), fields(answer)).status_code == 200
    trial.refresh_from_db()
    assert (trial.status, trial.reason, trial.is_avoided) == (TrialStatus.COMPLETED, "", False)


@pytest.mark.parametrize("act", [trials.fail, trials.abandon])
def test_a_trial_that_had_ended_gets_its_result_later(htmx, ada, trial, act):
    act(trial, by=ada, reason="no answer")
    assert (
        "Enter the result of trial 0"
        in htmx.get(trial.experiment.get_absolute_url()).content.decode()
    )
    form = htmx.get(url("correct", trial))
    assert form.status_code == 200
    key = trial.experiment.objective.key
    answer = htmx.post(url("correct", trial), fields(form) | {key: ""})
    assert answer.status_code == 422
    assert "A result for “time” is missing." in said(answer)
    answer = htmx.post(url("correct", trial), fields(form) | {key: "1,5 1,7"})
    assert answer.status_code == 200
    trial.refresh_from_db()
    assert trial.status == TrialStatus.COMPLETED
    assert trial.observations.get().raw == [1.5, 1.7]
    change = Change.objects.latest("revision")
    assert change.kind == ChangeKind.TRIAL_COMPLETED
    undoing.undo(trial.experiment, revision=change.revision, by=ada)
    trial.refresh_from_db()
    assert trial.reason == "no answer"
    assert trial.status in (TrialStatus.FAILED, TrialStatus.ABANDONED)
    assert not trial.observations.exists()


def test_a_correction_of_a_trial_that_failed_meanwhile_is_told(htmx, ada, bob, trial):
    finish(trial, ada, 0.5)
    form = fields(htmx.get(url("correct", trial)))
    trials.reopen(trial, by=bob)
    trials.fail(trial, by=bob)
    answer = htmx.post(url("correct", trial), form | {trial.experiment.objective.key: "0.6"})
    assert answer.status_code == 422
    assert "failed meanwhile by bob" in said(answer)
    assert not trial.observations.exists()


def test_the_same_result_sent_twice_is_one_act(htmx, ada, trial):
    key = trial.experiment.objective.key
    for _ in range(2):
        assert htmx.post(url("complete", trial), {key: "1.5; 1.7"}).status_code == 200
    assert Change.objects.filter(kind=ChangeKind.TRIAL_COMPLETED).count() == 1


def test_a_result_for_a_deleted_trial_is_not_found_and_changes_nothing(htmx, ada, trial):
    trials.delete(trial, by=ada)
    before = Change.objects.count()
    for name in ("complete", "correct", "fail", "abandon", "reopen", "explain"):
        assert htmx.post(url(name, trial), {trial.experiment.objective.key: "1"}).status_code == 404
    assert Change.objects.count() == before


@pytest.mark.parametrize("name", ["complete", "correct", "fail", "abandon", "reopen", "explain"])
def test_a_role_taken_away_refuses_with_the_reason(bob, trial, name):
    client = Client(headers={"HX-Request": "true"})
    client.force_login(bob)
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    before = Change.objects.count()
    answer = client.post(url(name, trial), {trial.experiment.objective.key: "1"})
    assert answer.status_code == 403
    assert "is viewer" in said(answer)
    assert Change.objects.count() == before


def test_a_metric_renamed_meanwhile_takes_what_was_typed(htmx, trial):
    Metric.objects.filter(experiment=trial.experiment).update(name="duration")
    assert (
        htmx.post(url("complete", trial), {trial.experiment.objective.key: "3"}).status_code == 200
    )
    assert trial.observations.get().mean == 3.0


def test_a_metric_removed_meanwhile_is_left_out(htmx, ada):
    several = make_measured(ada, metric("time"), metric("memory"))
    (trial,) = take(several, ada, (1,))
    time, memory = several.metrics.all()
    sent = {time.key: "3", memory.key: "9"}
    memory.delete()
    assert htmx.post(url("complete", trial), sent).status_code == 200
    assert [(o.metric_id, o.mean) for o in trial.observations.all()] == [(time.pk, 3.0)]


def test_an_error_on_half_of_the_trials_and_one_of_zero(htmx, ada, timed):
    key = timed.objective.key
    for trial, sem in zip(take(timed, ada, (1,), (2,), (3,)), ("0", "", "0.1"), strict=True):
        answer = htmx.post(url("complete", trial), {key: "3", f"{key}-sem": sem})
        assert answer.status_code == 200
    sems = [o.sem for t in timed.trials.all() for o in t.observations.all()]
    assert sems == [0.0, None, 0.1]


@pytest.mark.parametrize("typed", ["\ud800", "1\0", "9" * 400, "-inf", "1,234", "½", "0x1F"])
def test_what_is_no_number_stays_in_a_correction(ada, trial, typed):
    finish(trial, ada, 1.0)
    client = Client(headers={"HX-Request": "true"})
    client.force_login(ada)
    key = trial.experiment.objective.key
    form = fields(client.get(url("correct", trial)))
    body = "&".join(
        f"{name}={value}" for name, value in (form | {key: "%ED%A0%80" if typed == "\ud800" else
        typed.replace("\0", "%00")}).items()
    )  # fmt: skip
    answer = client.generic(
        "POST", url("correct", trial), body.encode(), "application/x-www-form-urlencoded"
    )
    assert answer.status_code == 422
    assert trial.observations.get().mean == 1.0
