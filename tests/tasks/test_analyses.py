"""The cards of an analysis: made by the worker from real rows with real Ax."""

import pytest
from django.db import connection

from experiments import tasks
from experiments.cards import CARD_NAMES, Card, CardPage, CardState
from experiments.models import Experiment
from experiments.services import analyses, trials
from tests.analyses.making import forget_jobs, make_cards
from tests.factories import finish, take

pytestmark = pytest.mark.django_db(transaction=True)

NO_WORKER = "No worker is running, so no new cards are made."
POINTS = [(0, 0), (5, 5), (-5, 5), (5, -5), (-5, -5), (1, 3)]


def booth(x: float, y: float) -> float:
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2


def run_all(experiment, ada, points=POINTS):
    for trial in take(experiment, ada, *points):
        finish(trial, ada, booth(*trial.parameters.values()))


def queued(experiment):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = %s",
            [f"analysis:{experiment.pk}"],
        )
        return cursor.fetchone()[0]


def card(name="importance", **kwargs):
    return Card(name=name, title="T", reading="", position=0, state=CardState.READY, **kwargs)


def test_results_queue_one_analysis_that_makes_every_card(ada, experiment):
    run_all(experiment, ada)
    assert queued(experiment) == 1
    make_cards(experiment)
    cards = list(experiment.cards.all())
    assert {c.name for c in cards} >= {"importance", "effects"}
    assert {c.revision for c in cards} == {experiment.revision} == {experiment.analysed_revision}
    assert [c.message for c in cards if c.has_failed] == []
    assert {c.name for c in cards if c.page == CardPage.DECIDE} == {"best", "enough"}


def test_few_results_say_how_many_more_are_needed(ada, experiment):
    run_all(experiment, ada, POINTS[:1])
    make_cards(experiment)
    importance = experiment.cards.get(name="importance")
    assert importance.state == CardState.WAITING
    assert importance.message == "It needs 1 more result."


def test_cards_of_an_older_definition_are_not_kept(ada, experiment):
    run_all(experiment, ada)
    experiment.refresh_from_db()
    older = experiment.revision
    Experiment.objects.filter(pk=experiment.pk).update(
        revision=older + 1, definition_revision=older + 1
    )
    assert not analyses.store(experiment.pk, revision=older, card=card())
    assert not experiment.cards.exists()


def test_an_older_card_never_takes_the_place_of_a_newer_one(experiment):
    assert analyses.store(experiment.pk, revision=5, card=card(message="new"))
    assert analyses.store(experiment.pk, revision=4, card=card(message="old"))
    assert experiment.cards.get().message == "new"


def test_a_correction_is_analysed_again_and_an_explanation_is_not(ada, experiment):
    run_all(experiment, ada)
    make_cards(experiment)
    trial = experiment.trials.order_by("number").first()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    finished = experiment.trials.get(pk=trial.pk)
    trials.reopen(finished, by=ada)
    assert queued(experiment) == 1


@pytest.mark.parametrize("tab", ["insights", "decide"])
def test_a_new_kind_of_card_is_made_once_somebody_looks(client, ada, experiment, tab):
    """The others stay; a kind that makes no sense for the experiment is not asked for again."""
    run_all(experiment, ada)
    make_cards(experiment)
    before = dict(experiment.cards.values_list("name", "made_at"))
    assert "choices" not in before
    new = {"choices", "checks"}
    known = [name for name in CARD_NAMES if name not in new]
    Experiment.objects.filter(pk=experiment.pk).update(analysed_kinds=known)
    experiment.cards.filter(name__in=new).delete()
    forget_jobs()
    client.force_login(ada)
    page = f"/experiments/{experiment.pk}/{tab}/"
    assert NO_WORKER in client.get(page).content.decode()
    assert queued(experiment) == 1
    tasks.analyse(experiment_id=experiment.pk)
    after = dict(experiment.cards.values_list("name", "made_at"))
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == {"checks"}
    forget_jobs()
    assert NO_WORKER not in client.get(page).content.decode()
    assert queued(experiment) == 0
