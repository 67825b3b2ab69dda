"""Learning curves in the browser's words: the trial's page, pasting, stopping early."""

import json
import re

import pytest
from django.urls import reverse

from experiments.curves import Point, version_of
from experiments.models import Membership, Role, Trial
from experiments.services import curves
from experiments.views.curves import drawn_curves
from tests.factories import finish, take


def url(name, trial):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number])


@pytest.fixture
def trial(ada, experiment, client):
    client.force_login(ada)
    return take(experiment, ada, (1, 2))[0]


def enter(trial, by, *means):
    points = [Point(float(step), mean) for step, mean in enumerate(means, 1)]
    seen = version_of(curves.curves_of(trial))
    curves.enter(trial, points={trial.experiment.objective: points}, seen=seen, by=by)


def seen_on(text):
    return re.search(r'name="seen" value="(\w+)"', text)[1]


def test_a_point_is_added_on_the_page_and_drawn(client, ada, trial):
    page = client.get(url("trial", trial)).content.decode()
    assert "No intermediate results" in page
    sent = {"step": "1", "value": "0,75", "save": "1", "seen": seen_on(page)}
    page = client.post(url("curve", trial), sent, follow=True).content.decode()
    assert "Trial 0: 1 point was entered." in page
    assert "step 1: 0.75" in page
    assert 'value="2"' in page
    assert "curves of booth" in page


def test_a_pasted_block_is_shown_before_it_is_saved(client, ada, trial):
    sent = {"text": "step,booth\n1,0.9\n2,oops\n3,0.7"}
    answer = client.post(url("curve", trial), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 3: “oops” is not a number" in page
    assert "2,oops" in page
    page = client.post(url("curve", trial), sent | {"leaves_out": "1"}).content.decode()
    assert "Save 2 points" in page
    assert not trial.observations.exists()
    client.post(url("curve", trial), sent | {"leaves_out": "1", "save": "1"})
    assert [p.mean for p in curves.curves_of(trial)[trial.experiment.objective.key]] == [0.9, 0.7]


def test_what_others_entered_is_told_and_what_was_typed_is_kept(client, ada, trial):
    enter(trial, ada, 0.5)
    sent = {"step": "1", "value": "0.6", "save": "1", "seen": "another"}
    page = client.post(url("curve", trial), sent).content.decode()
    assert "booth at step 1 is 0.5" in page
    assert 'value="0.6"' in page
    client.post(url("curve", trial), sent | {"seen": seen_on(page)})
    assert trial.observations.get().mean == 0.6


def test_a_trial_is_stopped_early_and_counts_everywhere(client, ada, trial):
    enter(trial, ada, 0.5, 0.25)
    sent = {"how": "stop", "seen": seen_on(client.get(url("trial", trial)).content.decode())}
    page = client.post(url("curve_end", trial), sent, follow=True).content.decode()
    assert "stopped early: its last value is its result" in page
    assert "early stopped" in page
    page = client.get(trial.experiment.get_absolute_url()).content.decode()
    assert "1 done" in page
    assert re.search(r'class="best num[^>]*>0\.25<', page)
    assert client.get(url("correct", trial)).status_code == 200


def test_a_point_is_removed(client, ada, trial):
    enter(trial, ada, 0.5, 0.25)
    page = client.get(url("curve", trial)).content.decode()
    point = re.search(r'name="point" value="([^"]+)"', page)[1]
    client.post(url("curve_remove", trial), {"point": point, "seen": seen_on(page)})
    assert trial.observations.get().mean == 0.5


@pytest.mark.parametrize(
    "sent",
    [
        {"step": "-1", "value": "1"},
        {"step": "1e999", "value": "1" * 400},
        {"step": "nan", "value": "inf"},
        {"text": "x\x00y"},
        {"text": "1 2", "metric": "m999999999999"},
        {"text": "7" * 500_001},
        {},
    ],
)
def test_bad_input_is_told_beside_its_field(client, ada, trial, sent):
    answer = client.post(url("curve", trial), sent | {"save": "1"})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not trial.observations.exists()


def test_viewers_see_curves_and_enter_none(client, ada, trial):
    enter(trial, ada, 0.5)
    Membership.objects.filter(user=ada).update(role=Role.VIEWER)
    page = client.get(url("trial", trial)).content.decode()
    assert "Learning curve" in page
    assert "Stop early" not in page
    for name in ("curve", "curve_end", "curve_remove"):
        assert client.post(url(name, trial), {}).status_code == 403


def test_the_best_result_stands_behind_running_curves(client, ada, experiment, trial):
    (other,) = take(experiment, ada, (3, 4))
    enter(trial, ada, 0.5, 0.25)
    finish(trial, ada, 0.25)
    enter(other, ada, 0.6)
    page = client.get(url("trial", other)).content.decode()
    assert "Thin: other trials." in page
    assert Trial.objects.get(pk=other.pk).is_running


def test_all_curves_are_drawn_on_the_page_of_plots(client, ada, experiment, trial):
    page = reverse("experiments:plots", args=[experiment.pk])
    assert "Learning curves" not in client.get(page).content.decode()
    (other,) = take(experiment, ada, (3, 4))
    enter(trial, ada, 0.5, 0.25)
    finish(trial, ada, 0.25)
    enter(other, ada, 0.6, -0.5)
    figure = json.loads(client.get(page + "?curve-log-y=on").context["plots"].figures["curves"])
    assert [trace["name"] for trace in figure["data"]] == ["running", "the best trial"]
    assert figure["data"][0]["y"] == [0.6, None]
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_many_long_curves_are_drawn_with_few_points(ada, experiment, trial, monkeypatch):
    monkeypatch.setattr("experiments.views.curves.MOST_DRAWN", 100)
    enter(trial, ada, *(float(step) for step in range(1000)))
    (curve,), of = drawn_curves(experiment.objective, most=5)
    assert of == 1
    assert len(curve.points) <= 101
    assert curve.points[-1].step == 1000
