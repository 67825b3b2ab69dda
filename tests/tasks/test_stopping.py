"""Advice on which running trials to stop: queued after changes, computed, shown."""

import pytest
from django.urls import reverse

from experiments import tasks
from experiments.curves import Point, version_of
from experiments.models import StoppingAdvice
from experiments.services import curves
from tests.factories import finish, make_measured, metric, take

pytestmark = pytest.mark.django_db(transaction=True)


def enter(trial, by, level, steps, name=None):
    points = [Point(float(step), level + 1 / (step + 1)) for step in range(steps)]
    of = trial.experiment.metrics.get(name=name) if name else trial.experiment.objective
    seen = version_of(curves.curves_of(trial))
    return curves.enter(trial, points={of: points}, seen=seen, by=by)


def test_a_bad_run_is_advised_to_stop_and_the_advice_ages(client, ada, experiment):
    *done, bad = take(experiment, ada, (1, 2), (3, 4), (5, 6), (7, 8))
    for place, trial in enumerate(done):
        enter(trial, ada, 0.1 * place, 11)
        finish(trial, ada, 0.1 * place)
    enter(bad, ada, 0.9, 5)
    assert not StoppingAdvice.objects.get().is_fresh
    tasks.advise(experiment_id=experiment.pk)
    assert StoppingAdvice.objects.get().is_fresh
    client.force_login(ada)
    said = "its booth 1.1 is worse than that of 3 of the 3 other trials that got there"
    address = reverse("experiments:trial", args=[experiment.pk, bad.number])
    page = client.get(address).content.decode()
    assert said in page
    assert "percentile" in page
    assert said in client.get(experiment.get_absolute_url()).content.decode()
    enter(bad, ada, 0.8, 6)
    assert "being computed again" in client.get(address).content.decode()


def test_experiments_without_curves_have_no_advice(ada, experiment):
    (trial,) = take(experiment, ada, (1, 2))
    finish(trial, ada, 0.5)
    assert not StoppingAdvice.objects.exists()


def test_several_objectives_have_none_and_the_page_says_why(client, ada):
    experiment = make_measured(ada, metric("loss"), metric("cost"))
    (trial,) = take(experiment, ada, (1,))
    enter(trial, ada, 0.5, 3, "loss")
    tasks.advise(experiment_id=experiment.pk)
    client.force_login(ada)
    page = client.get(reverse("experiments:trial", args=[experiment.pk, trial.number]))
    assert "judges one objective without constraints" in page.content.decode()
