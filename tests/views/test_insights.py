"""The page of insights: cards as they are, and how far behind they are."""

import json

import pytest

from experiments.cards import Card, CardBody, CardState
from experiments.services import analyses
from tests.factories import finish, make_user, take

pytestmark = pytest.mark.django_db


def address(experiment):
    return f"/experiments/{experiment.pk}/insights/"


def store(experiment, state=CardState.READY, message="", **body):
    experiment.refresh_from_db()
    made = Card(
        name="importance", title="What matters", reading="Read it so.", position=0, state=state,
        message=message, body=CardBody(**body),
    )  # fmt: skip
    assert analyses.store(experiment.pk, revision=experiment.revision, card=made)


def test_without_results_the_page_says_what_will_be_there(page, experiment):
    assert "No result yet." in page.get(address(experiment)).content.decode()


def test_a_card_shows_what_it_says_and_from_which_revision(page, ada, experiment):
    store(experiment, sentences=["<b>x1</b> matters most."], facts={"sd": float("nan")})
    text = page.get(address(experiment)).content.decode()
    assert "&lt;b&gt;x1&lt;/b&gt; matters most." in text
    assert f"revision {experiment.revision}" in text
    assert "behind" not in text
    assert experiment.cards.get().body["facts"] == {"sd": None}


def test_doubts_are_a_list_of_their_own(page, ada, experiment):
    store(experiment, doubts=["Results of “<i>loss</i>” differ."])
    text = page.get(address(experiment)).content.decode()
    assert '<ul class="doubts"><li>Results of “&lt;i&gt;loss&lt;/i&gt;” differ.</li></ul>' in text


def test_drawn_numbers_lose_digits_and_facts_keep_them(page, ada, experiment):
    figure = {"name": "loss", "help": "h", "data": [{"x": [1 / 3, 2 / 3]}], "layout": {}}
    store(experiment, figures=[figure], facts={"mean": 1 / 3})
    body = experiment.cards.get().body
    assert body["figures"][0]["data"][0]["x"] == [0.333333, 0.666667]
    assert body["facts"]["mean"] == 1 / 3


def test_a_card_tells_how_many_changes_it_does_not_know(page, ada, experiment):
    (trial,) = take(experiment, ada, (1.0, 2.0))
    store(experiment)
    finish(trial, ada, 3.0)
    assert "1 change behind" in page.get(address(experiment)).content.decode()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (CardState.WAITING, "It needs 3 more results."),
        (CardState.FAILED, "This card could not be made."),
    ],
)
def test_what_is_lacking_and_what_failed_stand_in_the_cards_own_frame(
    page, ada, experiment, state, said
):
    store(experiment, state=state, message="It needs 3 more results.")
    assert said in page.get(address(experiment)).content.decode()


def test_figures_are_plain_json(page, ada, experiment):
    figure = {"name": "loss", "help": "h", "data": [{"x": [1.0]}], "layout": {}}
    store(experiment, figures=[figure])
    shown = page.get(address(experiment)).context["panels"].cards[0].figures
    assert json.loads(shown) == [figure]


def test_others_do_not_see_it(client, experiment):
    client.force_login(make_user("bob"))
    assert client.get(address(experiment)).status_code == 404
