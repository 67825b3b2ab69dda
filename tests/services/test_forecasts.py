"""Questions to the model: one a page, the newest counts."""

import uuid

import pytest
from django.db import connection

from experiments import tasks
from experiments.models import Forecast
from experiments.services import forecasts
from tests.factories import finish, take

pytestmark = pytest.mark.django_db(transaction=True)

KEY = uuid.UUID(int=7)


def point(experiment, *values):
    keys = [parameter.key for parameter in experiment.parameters.all()]
    return dict(zip(keys, values, strict=True))


def ask(experiment, ada, *values, key=KEY):
    return forecasts.ask(experiment, key=key, parameters=point(experiment, *values), by=ada)


def run_some(experiment, ada):
    for trial in take(experiment, ada, (0, 0), (5, 5), (-5, 5), (5, -5), (1, 3)):
        x, y = trial.parameters.values()
        finish(trial, ada, x * x + y)
    experiment.refresh_from_db()


def test_a_worker_answers_with_means_and_deviations(ada, experiment):
    run_some(experiment, ada)
    asked = ask(experiment, ada, 1.0, 2.0)
    assert not asked.is_answered
    tasks.forecast(experiment_id=experiment.pk)
    answered = forecasts.find(asked)
    mean, sd = answered.answer["expected"][experiment.objective.key]
    assert sd > 0
    assert -20 < mean < 40
    assert answered.revision == experiment.revision
    assert len(answered.answer["figures"]) == 2


def test_too_few_results_are_an_answer_too(ada, experiment):
    asked = ask(experiment, ada, 1.0, 2.0)
    tasks.forecast(experiment_id=experiment.pk)
    assert forecasts.find(asked).error == "It needs 2 more results."


def test_dragging_piles_up_no_work(ada, experiment):
    for step in range(50):
        ask(experiment, ada, step / 10, 0.0)
    assert Forecast.objects.count() == 1
    assert len(forecasts.open_questions(experiment.pk)) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'",
            [f"forecast:{experiment.pk}"],
        )
        assert cursor.fetchone() == (1,)


def test_an_answer_to_an_older_question_is_not_kept(ada, experiment):
    older = ask(experiment, ada, 1.0, 2.0)
    ask(experiment, ada, 3.0, 4.0)
    forecasts.answer(older, revision=1, answer={"expected": {}})
    assert not forecasts.find(older).is_answered


def test_the_same_question_keeps_its_answer_until_something_is_learned(ada, experiment):
    asked = ask(experiment, ada, 1.0, 2.0)
    forecasts.answer(asked, revision=experiment.revision, answer={"expected": {}})
    assert ask(experiment, ada, 1.0, 2.0).is_answered
    run_some(experiment, ada)
    assert not ask(experiment, ada, 1.0, 2.0).is_answered
