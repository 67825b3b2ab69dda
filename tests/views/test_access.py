"""Who sees what: Ada owns the experiment, Vera views it, Charlie is in another team."""

import uuid

import pytest
from django.urls import reverse

from experiments.models import Membership, Role
from tests.factories import finish, make_user, store_ready, take

GET = ["detail", "live"]
POST = ["suggestions", "older", "cancel", "retry"]
POST_TRIAL = ["complete", "fail", "abandon", "explain", "reopen", "correct"]


@pytest.fixture
def charlie(db):
    return make_user("charlie")


@pytest.fixture
def vera(experiment):
    user = make_user("vera")
    Membership.objects.create(team=experiment.team, user=user, role=Role.VIEWER)
    return user


def url(name, *args):
    return reverse(f"experiments:{name}", args=args)


@pytest.mark.parametrize("name", [*GET, "events"])
def test_pages_of_another_team_do_not_exist(client, charlie, experiment, name):
    client.force_login(charlie)
    assert client.get(url(name, experiment.pk)).status_code == 404


@pytest.mark.parametrize("name", POST)
def test_acts_on_another_teams_experiment_do_not_exist(client, charlie, experiment, name):
    client.force_login(charlie)
    data = {"count": "1", "key": str(uuid.uuid4())}
    assert client.post(url(name, experiment.pk), data).status_code == 404


@pytest.mark.parametrize("name", POST_TRIAL)
def test_acts_on_another_teams_trial_do_not_exist(client, charlie, ada, experiment, name):
    (trial,) = take(experiment, ada, (1, 1))
    client.force_login(charlie)
    response = client.post(url(name, experiment.pk, trial.number), {"value": "1"})
    assert response.status_code == 404
    trial.refresh_from_db()
    assert trial.is_running


@pytest.mark.parametrize("name", GET)
def test_who_is_not_signed_in_is_asked_to(client, experiment, name):
    response = client.get(url(name, experiment.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_list_shows_only_ones_own(client, charlie, experiment):
    client.force_login(charlie)
    assert "Booth</a>" not in client.get("/").content.decode()


def test_a_viewer_reads_but_is_told_why_not_more(client, vera, ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    client.force_login(vera)
    text = client.get(url("detail", experiment.pk)).content.decode()
    assert "Get suggestions</button>" not in text
    assert "You may look at this experiment" in text
    for name in POST_TRIAL:
        response = client.post(url(name, experiment.pk, trial.number), {"value": "1"})
        assert response.status_code == 403
        assert "Your role in ada’s team is viewer" in response.content.decode()
    data = {"count": "1", "key": str(uuid.uuid4())}
    assert client.post(url("suggestions", experiment.pk), data).status_code == 403


def test_a_role_taken_away_counts_at_once(client, vera, ada, experiment):
    Membership.objects.filter(user=vera).update(role=Role.RUNNER)
    store_ready(experiment, (1, 1))
    client.force_login(vera)
    data = {"count": "1", "key": str(uuid.uuid4())}
    client.post(url("suggestions", experiment.pk), data)
    trial = experiment.trials.get()
    Membership.objects.filter(user=vera).delete()
    response = client.post(url("complete", experiment.pk, trial.number), {"value": "1"})
    assert response.status_code == 404


@pytest.mark.parametrize("pk", [0, 999_999, 2**31, 10**30])
def test_ids_that_do_not_exist(client, ada, pk):
    client.force_login(ada)
    assert client.get(f"/experiments/{pk}/").status_code == 404
    assert (
        client.post(f"/experiments/{pk}/trials/{pk}/complete/", {"value": "1"}).status_code == 404
    )


def test_forms_without_the_csrf_token_are_refused(ada, experiment):
    from django.test import Client

    (trial,) = take(experiment, ada, (1, 1))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post(url("complete", experiment.pk, trial.number), {"value": "1"})
    assert response.status_code == 403
    assert "out of date" in response.content.decode()


def test_user_text_is_escaped_everywhere(client, ada):
    from tests.factories import float_range, make_experiment

    evil = "<script>alert(1)</script>"
    experiment = make_experiment(
        ada,
        name=evil,
        description=evil,
        objective=f"m{evil}",
        parameters={f"p{evil}": float_range(), "b\"'>": float_range()},
    )
    done, _ = take(experiment, ada, (1, 1), (2, 2))
    finish(done, ada, 1.0)
    client.force_login(ada)
    for address in ("/", url("detail", experiment.pk), url("live", experiment.pk)):
        text = client.get(address).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_the_security_headers(client, ada, experiment):
    client.force_login(ada)
    response = client.get(url("detail", experiment.pk))
    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "default-src 'self'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_session_cookie_is_out_of_scripts_reach(client, ada):
    client.post("/accounts/login/", {"username": "ada", "password": "ada-password"})
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
