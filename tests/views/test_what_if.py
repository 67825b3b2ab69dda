"""The page that asks the model, and makes what was asked a trial."""

import uuid

import pytest

from experiments.models import ExperimentStatus, TrialOrigin
from experiments.services import forecasts
from tests.factories import finish, make_user, store_ready, take

pytestmark = pytest.mark.django_db


def address(experiment, rest=""):
    return f"/experiments/{experiment.pk}/what-if/{rest}"


def keys(experiment):
    return [parameter.key for parameter in experiment.parameters.all()]


def typed(experiment, *texts, **more):
    return dict(zip(keys(experiment), texts, strict=True)) | more


def shown(response):
    form = response.context["form"]
    return [form[key].value() for key in form.fields]


def test_it_starts_in_the_middle_then_at_the_best(page, ada, experiment):
    assert shown(page.get(address(experiment))) == ["0", "0"]
    one, two = take(experiment, ada, (1.0, 2.0), (3.123456789, 4.0))
    finish(one, ada, 5.0)
    finish(two, ada, 1.0)
    assert shown(page.get(address(experiment))) == ["3.12346", "4"]
    assert shown(page.get(address(experiment, "?trial=0"))) == ["1", "2"]


def test_it_starts_from_a_suggestion_or_from_the_address(page, experiment):
    store_ready(experiment, (7.0, 8.0))
    suggestion = experiment.suggestions.get()
    assert shown(page.get(address(experiment, f"?suggestion={suggestion.pk}"))) == ["7", "8"]
    first, second = keys(experiment)
    found = page.get(address(experiment, f"?{first}=lion&{second}=2"))
    assert "“lion” is not a number." in found.content.decode()
    assert shown(found) == ["lion", "2"]


@pytest.mark.parametrize("query", ["?trial=99", "?trial=x", "?suggestion=0", "?trial=" + "9" * 30])
def test_what_is_not_there_is_not_found(page, experiment, query):
    assert page.get(address(experiment, query)).status_code == 404


def test_an_answer_is_shown_with_its_interval_and_chances(page, ada, experiment, monkeypatch):
    monkeypatch.setattr("experiments.views.what_if.PATIENCE", 0.0)
    (trial,) = take(experiment, ada, (1.0, 2.0))
    finish(trial, ada, 5.0)
    experiment.refresh_from_db()
    key = uuid.uuid4()
    values = dict(zip(keys(experiment), (1.0, 2.0), strict=True))
    asked = forecasts.ask(experiment, key=key, parameters=values, by=ada)
    expected = {experiment.objective.key: [5.0, 1.0]}
    forecasts.answer(asked, revision=experiment.revision, answer={"expected": expected})
    sent = typed(experiment, "1", "2", key=str(key))
    text = page.post(address(experiment, "predict/"), sent).content.decode()
    assert "3.04" in text
    assert "6.96" in text
    assert "50 %" in text


def test_wrong_values_are_said_by_field(page, experiment):
    found = page.post(address(experiment, "predict/"), typed(experiment, "1", ""))
    assert found.status_code == 422
    assert "Enter a value." in found.content.decode()
    assert page.get(address(experiment, "predict/")).status_code == 405


def test_run_this_makes_one_trial_of_mine_however_often_it_is_sent(page, ada, experiment):
    sent = typed(experiment, "1.5", "-2", run_key=str(uuid.uuid4()))
    for _ in range(2):
        assert page.post(address(experiment, "run/"), sent).status_code == 302
    trial = experiment.trials.get()
    assert (trial.origin, trial.taken_by, trial.is_running) == (TrialOrigin.OWN, ada, True)
    assert list(trial.parameters.values()) == [1.5, -2.0]


def test_values_outside_need_an_explicit_yes(page, experiment):
    sent = typed(experiment, "11", "0", run_key=str(uuid.uuid4()))
    refused = page.post(address(experiment, "run/"), sent)
    assert refused.status_code == 422
    assert "11 lies above 10." in refused.content.decode()
    assert shown(refused) == ["11", "0"]
    assert not experiment.trials.exists()
    page.post(address(experiment, "run/"), sent | {"is_outside": "on"})
    assert experiment.trials.get().parameters[keys(experiment)[0]] == 11.0


def test_nothing_runs_where_the_experiment_does_not(page, experiment):
    experiment.status = ExperimentStatus.ARCHIVED
    experiment.save(update_fields=["status"])
    refused = page.post(address(experiment, "run/"), typed(experiment, "1", "2"))
    assert refused.status_code == 422
    assert "archived: reopen it to add trials." in refused.content.decode()


def test_others_see_nothing(client, experiment):
    client.force_login(make_user("bob"))
    for rest, method in (("", "get"), ("predict/", "post"), ("run/", "post")):
        assert getattr(client, method)(address(experiment, rest)).status_code == 404
