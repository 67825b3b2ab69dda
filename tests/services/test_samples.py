"""Sample points: drawn once for a space, by the worker, and forgotten after a day."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from experiments import tasks
from experiments.models import SamplePreview, TableUpload
from experiments.services import jobs, samples
from tests.rules.making import MOST, choice, constraint, definition, derived, metric, range_, when

pytestmark = pytest.mark.django_db(transaction=True)

SPACE = definition(
    range_("a"),
    range_("n", 0, 10**6),
    choice("kernel", "rbf", "poly"),
    range_("gamma", 0.001, 1.0, log_scale=True, condition=when("kernel", "rbf")),
    derived("d", 1.0, a=-1.0),
    constraints=[constraint(MOST, 1.5, a=1, d=0.5)],
)


def queued(digest: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND args->>'digest' = %s",
            [jobs.SAMPLE, digest],
        )
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _no_jobs():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_five_points_of_the_space_are_drawn():
    requested = samples.request(SPACE)
    assert not samples.is_finished(requested)
    assert queued(requested.digest) == 1
    tasks.sample(digest=requested.digest)
    drawn = samples.find(requested.digest)
    assert drawn is not None
    assert samples.is_finished(drawn)
    assert drawn.error == ""
    assert len(drawn.points) == 5
    for a, n, kernel, gamma, d in drawn.points:
        assert 0 <= a <= 1
        assert isinstance(n, int)
        assert (gamma is None) == (kernel == "poly")
        assert d == pytest.approx(1 - a)
    assert {kernel for _, _, kernel, _, _ in drawn.points} == {"rbf", "poly"}


def test_names_goals_and_budgets_need_no_new_points():
    first = samples.request(SPACE)
    renamed = tuple(replace(p, name=f"{p.name}!", unit="m") for p in SPACE.parameters)
    other = replace(
        SPACE, name="Other", parameters=renamed, metrics=(metric("x"), metric("y")), trial_budget=9
    )
    assert samples.request(other) == first
    assert queued(first.digest) == 1
    assert samples.request(replace(SPACE, seed=3)) != first
    assert samples.request(replace(SPACE, constraints=())) != first


def test_what_cannot_be_drawn_says_why():
    nothing = [constraint(MOST, -1, a=1)]
    requested = samples.request(definition(range_("a"), constraints=nothing))
    tasks.sample(digest=requested.digest)
    requested.refresh_from_db()
    assert "No combination satisfies" in requested.error
    assert samples.load(requested.digest) is None


def test_a_finite_space_may_have_fewer_points():
    requested = samples.request(definition(choice("flag", True, False)))
    tasks.sample(digest=requested.digest)
    requested.refresh_from_db()
    assert sorted(requested.points) == [[False], [True]]


def test_points_that_nobody_drew_are_asked_for_again():
    requested = samples.request(SPACE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    samples.find(requested.digest)
    assert queued(requested.digest) == 1
    SamplePreview.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    samples.find(requested.digest)
    samples.request(SPACE)
    assert queued(requested.digest) == 2


def test_all_is_forgotten_after_a_day(ada):
    samples.request(SPACE)
    TableUpload.objects.create(user=ada, header=[], rows=[])
    samples.purge()
    assert SamplePreview.objects.count() == TableUpload.objects.count() == 1
    for model in (SamplePreview, TableUpload):
        model.objects.update(created_at=timezone.now() - timedelta(hours=25))
    tasks.purge(timestamp=0)
    assert not SamplePreview.objects.exists()
    assert not TableUpload.objects.exists()


def test_a_sample_that_is_gone_is_nothing_to_do():
    tasks.sample(digest="gone")
    assert samples.find("gone") is None


def test_any_worker_that_is_free_draws_them_before_all_else():
    samples.request(SPACE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, priority FROM procrastinate_jobs WHERE task_name = %s",
            [jobs.SAMPLE],
        )
        assert cursor.fetchone() == ("default", 3)
