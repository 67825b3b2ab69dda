"""“Undo” wherever an act has just been done."""

import re

import pytest
from django.urls import reverse

from experiments.models import Membership, Role
from experiments.services import trials
from tests.factories import finish, take


def url(name, trial):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number])


def undo_in(text):
    """The address and the label of the undo button."""
    button = r'action="([^"]+/undo/[^"]+)".*?<button[^>]*>(\w+)</button>'
    return re.search(button, text, re.S).groups()


def undo_newest(trial):
    """The address that undoes what happened last."""
    experiment = trial.experiment
    return reverse("experiments:undo", args=[experiment.pk, experiment.changes.first().revision])


@pytest.fixture
def trial(ada, experiment):
    return take(experiment, ada, (1, 2))[0]


@pytest.mark.parametrize("act", ["complete", "fail", "abandon"])
def test_each_end_is_undone_and_done_again(htmx, trial, act):
    data = {trial.experiment.objective.key: "0.5"} if act == "complete" else {}
    address, label = undo_in(htmx.post(url(act, trial), data).content.decode())
    assert label == "Undo"
    text = htmx.post(address).content.decode()
    trial.refresh_from_db()
    assert trial.is_running
    assert not trial.observations.exists()
    address, label = undo_in(text)
    assert label == "Redo"
    htmx.post(address)
    trial.refresh_from_db()
    assert not trial.is_running
    assert trial.observations.exists() == (act == "complete")


def test_reopening_is_undone_with_the_result(htmx, ada, trial):
    finish(trial, ada, 0.25, 0.5)
    address, _ = undo_in(htmx.post(url("reopen", trial)).content.decode())
    htmx.post(address)
    observation = trial.observations.get()
    assert (observation.mean, observation.sem) == (0.25, 0.5)


def test_without_javascript_the_next_page_has_the_button(page, trial):
    answer = page.post(url("fail", trial), {"next": url("trial", trial)}, follow=True)
    assert answer.redirect_chain[0][0] == url("trial", trial)
    address, _ = undo_in(answer.content.decode())
    answer = page.post(address, {"next": url("trial", trial)}, follow=True)
    assert answer.redirect_chain[0][0] == url("trial", trial)
    assert "That was undone." in answer.content.decode()
    trial.refresh_from_db()
    assert trial.is_running


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:1",
        "\x00",
        "0",
        "a.b",
        "experiments:list",
    ],
)
def test_nobody_is_sent_elsewhere(page, trial, elsewhere):
    answer = page.post(url("fail", trial), {"next": elsewhere})
    assert answer["Location"] == trial.experiment.get_absolute_url()


def test_two_people_undo_the_same(htmx, ada, trial):
    trials.fail(trial, by=ada)
    address = undo_newest(trial)
    assert "That was undone." in htmx.post(address).content.decode()
    assert "That was undone already." in htmx.post(address).content.decode()
    assert trial.experiment.changes.filter(kind="trials_undone").count() == 1


def test_what_was_changed_again_says_so(htmx, ada, trial):
    trials.fail(trial, by=ada)
    address = undo_newest(trial)
    trials.reopen(trial, by=ada)
    trials.abandon(trial, by=ada)
    text = htmx.post(address).content.decode()
    assert re.search(r"Trial 0 was changed again since \(status.*\): take that back first", text)


def test_a_viewer_undoes_nothing(htmx, ada, trial):
    trials.fail(trial, by=ada)
    Membership.objects.update(role=Role.VIEWER)
    address = undo_newest(trial)
    assert htmx.post(address).status_code == 403
    trial.refresh_from_db()
    assert not trial.is_running
