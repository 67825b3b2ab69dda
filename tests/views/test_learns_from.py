"""The page that says what a model learns from: what it shows, to whom, and leaving things out."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments.domain import GenerationNode, Outlook, Prediction
from experiments.known import Choice, Taken
from experiments.models import Experiment, Membership, Role
from experiments.services import lifecycle
from tests.factories import finish, make_experiment, make_user, store_ready, take
from tests.views.test_starts import text_of

POINTS = [(1, 2), (9, 2), (-5, 5)]


def measured(by, name, shift, **options):
    made = make_experiment(by, name=name, **options)
    for number, trial in enumerate(take(made, by, *POINTS)):
        finish(trial, by, shift + number)
    return made


@pytest.fixture
def source(ada):
    return measured(ada, "Old rig", 1000.0)


@pytest.fixture
def own(ada, source):
    return measured(
        ada, "New rig", 0.0, learns_from=Choice((Taken(source.pk, frozenset([0])),), learns=True)
    )


def address(experiment, name="learns_from", *more):
    return reverse(f"experiments:{name}", args=[experiment.pk, *more])


def shown(page, experiment):
    return text_of(page.get(address(experiment)))


def test_it_names_what_informs_the_model_and_how_alike_it_is(page, own, source):
    Experiment.objects.filter(pk=source.pk).update(status="archived")
    said = shown(page, own)
    assert f'href="{source.get_absolute_url()}"' in said
    assert "archived · 2 of 3 trials with results inform the model · 1 left out by hand" in said
    assert "pairs of trials" not in said
    own.auxiliary_sources.update(without=[])
    said = shown(page, own)
    assert "(3 pairs of trials), booth here lies some 1000 below that there." in said
    assert "−10 to 10 in both" in said


def test_one_is_left_out_and_taken_in_again(page, own, source):
    row = own.auxiliary_sources.get()
    page.post(address(own, "learn_from", row.pk), {"active": "0"})
    said = shown(page, own)
    assert "no longer learns from it: new suggestions are being made" in said
    assert "would inform the model" in said
    assert "left “Old rig” out" in said
    assert "Learns from no other experiment now" in text_of(page.get(own.get_absolute_url()))
    undo = address(own, "undo", own.changes.first().revision)
    assert said.count(f'action="{undo}"') == 2  # In the message, and in the list of changes.
    page.post(undo, {"next": address(own)})
    assert own.informing_count == 1
    said = shown(page, own)
    assert "That was undone." in said
    assert "let the model learn from “Old rig” again" in said
    assert f">change {own.changes.first().revision}</a>" in said
    assert said.count(">Redo<") == 2
    assert ">Undo<" not in said
    assert "Learns from 1 other experiment<" in text_of(page.get(own.get_absolute_url()))


def test_what_is_not_there_is_refused_in_words(page, own):
    page.post(address(own, "learn_from", 10**30), {"active": "0"})
    assert "is not among those that the model learns from" in shown(page, own)
    assert own.informing_count == 1


def test_other_pages_say_that_their_model_learns_elsewhere(page, own, source):
    for name in ("insights", "decide", "what_if"):
        said = text_of(page.get(address(own, name)))
        assert "The model behind this page also learns from" in said, name
        assert f'href="{address(own)}"' in said
        assert "behind this page" not in text_of(page.get(address(source, name)))


def test_where_the_method_was_changed_it_says_so(page, own):
    own.generation_method = "random_search"
    own.save(update_fields=["generation_method"])
    assert "At present it learns from its own results alone." in shown(page, own)


def test_an_experiment_without_any_says_how_one_comes_by_them(page, source):
    assert "Start from what we know" in shown(page, source)


def test_a_deleted_one_and_one_that_is_gone(page, ada, own, source):
    lifecycle.delete(source, by=ada)
    said = shown(page, own)
    assert "It is deleted: while it is, the model does not learn from it." in said
    assert "Old rig" in said
    lifecycle.purge(timezone.now() + timedelta(days=lifecycle.KEPT_DAYS + 1))
    said = shown(page, own)
    assert "An experiment that is gone" in said
    assert "Old rig" not in said


def test_who_may_not_see_it_is_not_told_its_name(client, page, own, source):
    vera = make_user("vera")
    Membership.objects.create(team=own.team, user=vera, role=Role.EDITOR)
    other = make_user("olga").teams.get()
    Membership.objects.create(team=other, user=source.created_by, role=Role.VIEWER)
    Experiment.objects.filter(pk=source.pk).update(team=other)
    page.post(address(own, "learn_from", own.auxiliary_sources.get().pk), {"active": "0"})
    client.force_login(vera)
    said = shown(client, own)
    assert "An experiment that you may not see" in said
    assert "left another experiment out" in said
    for secret in ("Old rig", source.get_absolute_url(), "1000"):
        assert secret not in said


def test_viewers_look_and_others_see_nothing(client, own):
    row = own.auxiliary_sources.get()
    vera = make_user("vera")
    Membership.objects.create(team=own.team, user=vera, role=Role.VIEWER)
    client.force_login(vera)
    assert "Leave out" not in shown(client, own)
    assert client.post(address(own, "learn_from", row.pk), {"active": "0"}).status_code == 403
    client.force_login(make_user("charlie"))
    for where in (address(own), address(own, "learn_from", row.pk)):
        assert client.get(where).status_code in (404, 405)
    assert client.post(address(own, "learn_from", row.pk)).status_code == 404


def test_a_suggestion_says_that_others_informed_it(page, own):
    outlook = Outlook(results=3, elsewhere=((7, 20), (9, 5)))
    expected = (Prediction(metric=own.objective.key, mean=1.0, sd=0.5),)
    store_ready(own, (1, 1), node=GenerationNode.BOTORCH, outlook=outlook, predictions=expected)
    made = own.suggestions.get(status="ready")
    assert made.known.elsewhere == ((7, 20), (9, 5))
    assert "Why: model, with 2 other experiments" in text_of(page.get(own.get_absolute_url()))
    said = text_of(page.get(address(own, "suggestion", made.pk)))
    assert "It had learnt from 3 results. It had also learnt from 25 results of 2 other exp" in said
    assert f'href="{address(own)}"' in said
