"""The page to decide on: choosing, costs, concluding; what was typed stays; links for the team."""

import json

import pytest
from django.urls import reverse

from experiments.cards import Card, CardBody, CardPage, CardState, Table
from experiments.domain import Direction, MetricRole
from experiments.models import ExperimentStatus, Membership, Role
from experiments.services import analyses, decisions, trials
from tests.factories import (
    finish,
    make_measured,
    make_user,
    measured,
    metric,
    take,
)

pytestmark = pytest.mark.django_db

FIGURE = {"name": "f", "help": "h", "data": [{"x": [1], "y": [2]}], "layout": {}}


@pytest.fixture
def done(ada, experiment):
    """Trial 0 with 74, trial 1 with 0."""
    for trial, mean in zip(take(experiment, ada, (0, 0), (1, 3)), (74.0, 0.0), strict=True):
        finish(trial, ada, mean)
    experiment.refresh_from_db()
    return experiment


def at(experiment, rest=""):
    return f"/experiments/{experiment.pk}/decide/{rest}"


def text_of(response):
    return response.content.decode()


def store_enough(experiment, gain=0.5):
    body = CardBody(
        sentences=["It pays <b>to</b> go on."],
        figures=[FIGURE],
        table=Table(head=["More trials"], rows=[["1"]]),
        facts={"ahead": [{"trials": 5, "gain": gain, "chance": None}], "unit": "ms", "model": 0},
    )
    card = Card(
        name="enough", title="Is it enough?", reading="Read it so.", position=4,
        state=CardState.READY, body=body, page=CardPage.DECIDE,
    )  # fmt: skip
    assert analyses.store(experiment.pk, revision=experiment.revision, card=card)


def choose(client, experiment, trial="1", reason="Robust", seen="0"):
    data = {"trial": trial, "reason": reason, "seen": seen}
    return client.post(at(experiment, "choice/"), data)


def conclude(client, experiment, **data):
    form = client.get(at(experiment)).context["panels"].conclusion_form
    given = {"seen": form["seen"].value(), "key": str(form["key"].value()), "summary": ""}
    return client.post(at(experiment, "conclude/"), given | data)


def test_without_results_the_page_says_what_will_be_there(page, experiment):
    shown = text_of(page.get(at(experiment)))
    assert "No result yet. Once some are in, this page says which trial is the best" in shown
    assert "The team has not chosen a trial yet." in shown


def test_the_best_so_far_needs_no_model(page, done):
    shown = text_of(page.get(at(done)))
    assert f'<a href="/experiments/{done.pk}/trials/1/">trial 1</a>' in shown
    assert 'value="1"' in shown


def test_cards_stand_on_the_page_they_belong_to(page, done):
    store_enough(done)
    shown = text_of(page.get(at(done)))
    assert "It pays &lt;b&gt;to&lt;/b&gt; go on." in shown
    assert '<option value="0">best by the model</option>' in shown
    assert "It pays" not in text_of(page.get(f"/experiments/{done.pk}/insights/"))


def test_the_choice_is_shown_wherever_one_looks(page, done):
    assert choose(page, done, reason="<i>Robust</i>").status_code == 302
    for address in (at(done), f"/experiments/{done.pk}/", f"/experiments/{done.pk}/trials/1/"):
        shown = text_of(page.get(address))
        assert "&lt;i&gt;Robust&lt;/i&gt;" in shown
        assert "team’s choice" in shown
    assert "Robust" not in text_of(page.get(f"/experiments/{done.pk}/trials/0/"))


@pytest.mark.parametrize(
    ("trial", "reason", "said"),
    [
        ("", "x", "Say which trial."),
        ("99", "x", "There is no trial 99."),
        ("9" * 30, "x", "There is no trial"),
        ("-1", "x", "There is no trial -1."),
        ("one", "x", "“one” is not a number."),
        ("1", " ", "Say why: others will read it."),
        ("1", "y" * 501, "A reason has 500 characters at most; this one has 501."),
    ],
)
def test_what_was_typed_wrong_stays_with_its_error(page, done, trial, reason, said):
    response = choose(page, done, trial=trial, reason=reason)
    assert response.status_code == 422
    assert said in text_of(response)
    assert reason in text_of(response)
    assert decisions.current_choice(done) is None


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40])
def test_a_damaged_form_chooses_nothing(page, done, seen):
    response = choose(page, done, seen=seen)
    assert response.status_code == 422
    assert decisions.current_choice(done) is None


def test_a_running_trial_is_no_choice(page, ada, done):
    take(done, ada, (2, 2))
    assert "has no results" in text_of(choose(page, done, trial="2"))


def test_the_second_of_two_is_told_and_may_insist(htmx, ada, done):
    bob = make_user("bob")
    Membership.objects.create(team=done.team, user=bob, role=Role.EDITOR)
    trial = done.trials.get(number=0)
    change = decisions.choose(trial, reason="Cheap", seen=0, by=bob)
    response = choose(htmx, done)
    assert response.status_code == 422
    shown = text_of(response)
    assert "Meanwhile, bob chose trial 0: Cheap" in shown
    assert "Robust" in shown
    assert f'name="seen" value="{change.revision}"' in shown
    assert choose(htmx, done, seen=str(change.revision)).status_code == 200
    assert decisions.current_choice(done).trial.number == 1


def test_a_choice_offers_its_undo(htmx, done):
    shown = text_of(choose(htmx, done))
    revision = decisions.current_choice(done).revision
    undo = reverse("experiments:undo", args=[done.pk, revision])
    assert f'hx-post="{undo}"' in shown
    asked = {"next": at(done)}
    assert f'name="next" value="{at(done)}"' in shown
    answer = text_of(htmx.post(undo, asked))
    assert "That was undone." in answer
    assert 'id="choice-form"' in answer
    assert ">Redo</button>" in answer
    assert decisions.current_choice(done) is None
    first = reverse("experiments:undo", args=[done.pk, 1])
    answer = text_of(htmx.post(first, asked))
    assert "This is where the experiment started" in answer
    assert 'id="choice-form"' in answer


def test_a_choice_is_taken_away(page, done):
    choose(page, done)
    seen = decisions.current_choice(done).revision
    page.post(at(done, "choice/withdraw/"), {"seen": "0"})
    assert decisions.current_choice(done) is not None
    page.post(at(done, "choice/withdraw/"), {"seen": str(seen)})
    assert decisions.current_choice(done) is None


def test_a_choice_whose_trial_lost_its_result_says_so(page, ada, done):
    choose(page, done)
    trials.reopen(done.trials.get(number=1), by=ada)
    assert "It has no result by now: it is running." in text_of(page.get(at(done)))


def test_costs_are_set_against_gains(htmx, done):
    store_enough(done)
    shown = text_of(htmx.post(at(done, "cost/"), {"cost": "2,5", "unit": "hours"}))
    assert "One more trial costs 2.5 hours." in shown
    assert "12.5 hours" in shown
    assert "25 hours a ms" in shown
    done.refresh_from_db()
    assert (done.trial_cost, done.trial_cost_unit) == (2.5, "hours")
    htmx.post(at(done, "cost/"), {"cost": "", "unit": ""})
    done.refresh_from_db()
    assert done.trial_cost is None


@pytest.mark.parametrize(
    ("cost", "unit", "said"),
    [("0", "h", "above 0"), ("much", "h", "is not a number"), ("1", "u" * 31, "30 characters")],
)
def test_costs_that_are_none_are_refused_beside_the_field(htmx, done, cost, unit, said):
    response = htmx.post(at(done, "cost/"), {"cost": cost, "unit": unit})
    assert response.status_code == 422
    assert said in text_of(response)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.RUNNER])
def test_who_may_not_decide_reads_why(client, ada, done, role):
    bob = make_user("bob")
    Membership.objects.create(team=done.team, user=bob, role=role)
    client.force_login(bob)
    shown = text_of(client.get(at(done)))
    assert f"Your role in {done.team} is {role.value}; to choose a trial" in shown
    assert "<textarea" not in shown
    assert choose(client, done).status_code == 403
    for rest in ("choice/withdraw/", "cost/", "conclude/"):
        assert client.post(at(done, rest)).status_code == 403


def test_others_see_nothing_of_it(page, client, done):
    conclude(page, done)
    client.force_login(make_user("bob"))
    for address in (at(done), f"/experiments/{done.pk}/conclusions/1/"):
        assert client.get(address).status_code == 404


def test_a_conclusion_stays_as_it_was(page, ada, done):
    store_enough(done)
    choose(page, done, reason="Robust")
    address = conclude(page, done, summary="We are <b>done</b>.\nReally.").url
    assert address == f"/experiments/{done.pk}/conclusions/1/"
    before = text_of(page.get(address))
    for said in (
        "We are &lt;b&gt;done&lt;/b&gt;.<br>Really.",
        "The team’s choice: trial 1",
        "Best by observation: trial 1",
        "minimize booth",
        "x1: number from -10 to 10",
        "It pays &lt;b&gt;to&lt;/b&gt; go on.",
        "ada: 2 trials finished, 2 trials started",
    ):
        assert said in before
    choose(page, done, trial="0", seen=str(decisions.current_choice(done).revision))
    trials.reopen(done.trials.get(number=1), by=ada)
    after = text_of(page.get(address))
    assert "The team’s choice: trial 1" in after
    assert "Results or the definition changed since" in after
    assert "results changed since" in text_of(page.get(at(done)))


def test_the_whole_team_can_read_and_keep_it(page, client, done):
    conclude(page, done, summary="Done.")
    bob = make_user("bob")
    Membership.objects.create(team=done.team, user=bob, role=Role.VIEWER)
    client.force_login(bob)
    address = f"/experiments/{done.pk}/conclusions/1/"
    assert "Withdraw" not in text_of(client.get(address))
    document = json.loads(client.get(f"{address}conclusion.json").content)
    assert (document["summary"], document["best"]["trial"]) == ("Done.", 1)
    assert "## What we conclude\n\nDone." in text_of(client.get(f"{address}conclusion.md"))
    assert client.post(f"{address}withdraw/").status_code == 403


def test_concluding_may_complete(page, done):
    conclude(page, done, completes="on")
    done.refresh_from_db()
    assert done.status == ExperimentStatus.COMPLETED
    assert "The experiment is completed with this" not in text_of(page.get(at(done)))


def test_a_conclusion_of_what_changed_meanwhile_waits(page, ada, done):
    form = page.get(at(done)).context["panels"].conclusion_form
    data = {"seen": form["seen"].value(), "key": str(form["key"].value()), "summary": "Mine."}
    trials.reopen(done.trials.get(number=1), by=ada)
    response = page.post(at(done, "conclude/"), data)
    assert response.status_code == 422
    assert "look at what is new, and conclude again" in text_of(response)
    assert "Mine." in text_of(response)
    assert not done.conclusions.exists()


def test_with_htmx_one_is_led_to_the_conclusion(htmx, done):
    response = conclude(htmx, done)
    assert response["HX-Redirect"] == f"/experiments/{done.pk}/conclusions/1/"


def test_a_conclusion_is_withdrawn_and_stands_again(page, done):
    conclude(page, done)
    address = f"/experiments/{done.pk}/conclusions/1/"
    page.post(f"{address}withdraw/")
    assert "was withdrawn by you" in text_of(page.get(address))
    assert "withdrawn" in text_of(page.get(at(done)))
    page.post(f"{address}withdraw/", {"restore": ""})
    assert "was withdrawn by" not in text_of(page.get(address))
    assert page.get(f"/experiments/{done.pk}/conclusions/7/").status_code == 404


def test_several_objectives_are_concluded_with_their_front(page, ada):
    several = make_measured(
        ada, metric("loss"), metric("speed", direction=Direction.MAXIMIZE),
        metric("memory", role=MetricRole.CONSTRAINT, bound=5.0),
    )  # fmt: skip
    for trial, (loss, speed) in zip(
        take(several, ada, (1.0,), (2.0,)), ((1, 1), (2, 2)), strict=True
    ):
        values = measured(several, loss=loss, speed=speed, memory=1.0)
        trials.complete(trial, values=values, by=ada)
    assert "2 trials are Pareto points" in text_of(page.get(at(several)))
    shown = text_of(page.get(conclude(page, several).url))
    assert "Pareto points" in shown
    assert "<td>2</td>" in shown


def test_without_results_there_is_still_something_to_conclude(page, experiment):
    shown = text_of(page.get(conclude(page, experiment, summary="Given up.").url))
    assert "Given up." in shown
    assert "No trial had results of each objective." in shown
