"""The pages and acts about an experiment as a whole."""

import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.models import Experiment, ExperimentStatus, Membership, Role
from experiments.services import lifecycle
from tests.factories import ask, finish, make_experiment, make_user, take

ANY_TEXT = st.text(max_size=60) | st.text(
    alphabet=st.sampled_from("<>&\"'{}%,; \n\r\t\x00\u202eé𝔘a1/"), max_size=300
)
TYPING = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def url(name, experiment, *args):
    return reverse(f"experiments:{name}", args=[experiment.pk, *args])


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def fresh(experiment):
    return Experiment.objects.get(pk=experiment.pk)


def detail(client, experiment):
    return text_of(client.get(experiment.get_absolute_url()))


@pytest.fixture
def charlie(client, experiment):
    """A client that is signed in as somebody of another team."""
    client.force_login(make_user("charlie"))
    return client


@pytest.fixture
def vera(client, experiment):
    """A client that is signed in as a viewer of the team."""
    user = make_user("vera")
    Membership.objects.create(team=experiment.team, user=user, role=Role.VIEWER)
    client.force_login(user)
    return client


POSTS = {
    "status": {"status": "paused"},
    "name": {"name": "Taken"},
    "tags": {"tags": "taken"},
    "notes": {"notes": "taken", "seen": lifecycle.fingerprint("")},
    "notes_preview": {"notes": "taken"},
    "delete": {},
    "restore": {},
}


@pytest.mark.parametrize("name", POSTS)
def test_another_teams_experiment_does_not_exist(charlie, experiment, name):
    assert charlie.post(url(name, experiment), POSTS[name]).status_code == 404
    assert charlie.get(url(name, experiment)).status_code in (404, 405)
    assert charlie.post(url("undo", experiment, 1)).status_code == 404
    assert fresh(experiment).revision == 1


def test_another_teams_deleted_experiment_does_not_exist_either(charlie, ada, experiment):
    lifecycle.delete(experiment, by=ada)
    assert "Booth" not in text_of(charlie.get(url("detail", experiment)), 404)
    assert charlie.post(url("restore", experiment)).status_code == 404
    assert "Booth" not in text_of(charlie.get("/experiments/deleted/"))
    assert "“Booth”" not in text_of(charlie.get(f"/?deleted={experiment.pk}"))


@pytest.mark.parametrize("name", POSTS)
def test_a_viewer_may_not(vera, experiment, name):
    assert "is viewer" in text_of(vera.post(url(name, experiment), POSTS[name]), 403)
    assert fresh(experiment).revision == 1


def test_a_viewer_sees_why_not(vera, experiment):
    text = detail(vera, experiment)
    menu = text[text.index('class="menu life"') :]
    menu = menu[: menu.index("</details>")]
    assert "Your role in ada’s team is viewer" in menu
    assert menu.count("<button") == menu.count("<button disabled")
    assert re.findall(r"<a [^>]*>([^<]*)", menu) == ["Export"]
    assert 'hx-target="#notes-editor"' not in text


def test_pausing_and_resuming(page, ada, experiment):
    take(experiment, ada, (1, 1))
    ask(experiment, ada)
    text = text_of(page.post(url("status", experiment), {"status": "paused"}, follow=True))
    assert "The experiment is paused now." in text
    assert "This experiment is paused" in text
    assert "Results of its running trials can still be entered" in text
    assert "being computed, asked for" not in text
    text = text_of(page.post(url("status", experiment), {"status": "running"}, follow=True))
    assert "This experiment is paused" not in text


def test_a_result_is_entered_while_paused(page, ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    lifecycle.change_status(experiment, status=ExperimentStatus.PAUSED, by=ada)
    finish(trial, ada, 2.5)
    assert "2.5" in detail(page, experiment)


def test_whoever_asks_while_it_is_paused_is_told(htmx, ada, experiment):
    lifecycle.change_status(experiment, status=ExperimentStatus.PAUSED, by=ada)
    data = {"count": "1", "key": "0b7bd6d5-6b0e-4f4e-9c57-2a1a2ab1c1f0"}
    assert "This experiment is paused" in text_of(htmx.post(url("suggestions", experiment), data))
    assert not experiment.requests.exists()


@pytest.mark.parametrize("status", ["", "draft", "nonsense", "\x00"])
def test_a_status_that_it_cannot_have_is_refused_in_words(htmx, experiment, status):
    text = text_of(htmx.post(url("status", experiment), {"status": status}))
    assert 'role="alert"' in text
    assert fresh(experiment).status == "running"


def test_each_act_offers_to_take_it_back(htmx, experiment):
    for name in ("status", "name", "tags", "notes"):
        text = text_of(htmx.post(url(name, experiment), POSTS[name]))
        undo = re.search(r'hx-post="([^"]*undo[^"]*)"', text)[1]
        assert "That was undone." in text_of(htmx.post(undo))
    now = fresh(experiment)
    assert (now.status, now.name, now.tags, now.notes) == ("running", "Booth", [], "")
    assert 'role="alert"' in text_of(htmx.post(url("undo", experiment, 10**20)))


def test_open_pages_take_in_what_others_changed(htmx, ada, experiment):
    lifecycle.rename(experiment, name="New name", by=ada)
    lifecycle.set_tags(experiment, tags=["fast"], by=ada)
    lifecycle.edit_notes(experiment, notes="*hot*", seen=lifecycle.fingerprint(""), by=ada)
    text = text_of(htmx.get(url("live", experiment)))
    assert '<h1 id="experiment-name" hx-swap-oob="innerHTML">New name</h1>' in text
    assert ">fast</a>" in text
    assert "<em>hot</em>" in text


@pytest.mark.parametrize("name", ["name", "tags", "delete", "notes"])
def test_forms_have_pages_of_their_own_and_fit_into_the_dialog(page, experiment, name):
    whole = text_of(page.get(url(name, experiment)))
    part = text_of(page.get(url(name, experiment), headers={"HX-Request": "true"}))
    assert "<html" in whole
    assert "<html" not in part
    for text in (whole, part):
        assert f'action="{url(name, experiment)}"' in text


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("name", {"name": " "}, "Give the experiment a name"),
        ("name", {"name": "n" * 201}, "200 characters at most"),
        ("tags", {"tags": "t" * 51}, "50 characters at most"),
        ("tags", {"tags": ",".join(map(str, range(21)))}, "At most 20 tags"),
        ("notes", {"notes": "n" * 100_001}, "100,000 characters at most"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(page, experiment, name, data, message):
    text = html.unescape(text_of(page.post(url(name, experiment), data), 422))
    assert message in text
    assert data[name] in text
    assert fresh(experiment).revision == 1


def test_tags_of_the_team_are_offered(page, ada, experiment):
    make_experiment(ada, name="Other")
    lifecycle.set_tags(Experiment.objects.get(name="Other"), tags=["gpu", "<b>"], by=ada)
    lifecycle.set_tags(experiment, tags=["mine"], by=ada)
    text = text_of(page.get(url("tags", experiment)))
    assert 'data-add-tag="gpu"' in text
    assert 'data-add-tag="&lt;b&gt;"' in text
    assert 'data-add-tag="mine"' not in text


def test_blank_and_double_tags_count_for_nothing(page, experiment):
    page.post(url("tags", experiment), {"tags": " a ,, b,a , "})
    assert fresh(experiment).tags == ["a", "b"]


def test_notes_are_previewed_saved_and_shown(page, experiment):
    data = {"notes": "# Plan\r\n\r\n**go**", "seen": lifecycle.fingerprint("")}
    assert "<h3>Plan</h3>" in text_of(page.post(url("notes_preview", experiment), data))
    without_script = text_of(page.post(url("notes", experiment), data | {"preview": "1"}))
    assert "<h3>Plan</h3>" in without_script
    assert fresh(experiment).notes == ""
    assert "<strong>go</strong>" in text_of(page.post(url("notes", experiment), data, follow=True))
    assert fresh(experiment).notes == "# Plan\n\n**go**"


def test_notes_of_two_people_at_once(page, ada, experiment):
    seen = lifecycle.fingerprint("")
    lifecycle.edit_notes(experiment, notes="theirs <b>", seen=seen, by=ada)
    text = text_of(page.post(url("notes", experiment), {"notes": "mine <i>", "seen": seen}), 422)
    assert "Somebody edited the notes meanwhile" in text
    assert "theirs &lt;b&gt;" in text
    assert "mine &lt;i&gt;" in text
    again = re.search(r'name="seen" value="([^"]+)"', text)[1]
    page.post(url("notes", experiment), {"notes": "mine <i>", "seen": again})
    assert fresh(experiment).notes == "mine <i>"


def test_deleting_undoing_and_the_list_of_the_deleted(page, experiment):
    assert "Delete “Booth”?" in text_of(page.get(url("delete", experiment)))
    text = text_of(page.post(url("delete", experiment), follow=True))
    assert "“Booth” was deleted" in text
    gone = text_of(page.get(experiment.get_absolute_url()), 404)
    assert "You deleted “Booth” (now)" in gone or "You deleted “Booth” (0" in gone
    assert "Deleted experiments" in gone
    deleted = text_of(page.get("/experiments/deleted/"))
    assert "Booth" in deleted
    assert "30 days left" in deleted
    undo = re.search(r'action="([^"]*restore[^"]*)"', text)[1]
    assert "“Booth” was restored." in text_of(page.post(undo, follow=True))
    assert "Nothing here" in text_of(page.get("/experiments/deleted/"))


def test_a_deleted_experiment_takes_no_more_acts(page, ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    lifecycle.delete(experiment, by=ada)
    for name, data in POSTS.items():
        if name != "restore":
            assert page.post(url(name, experiment), data).status_code == 404
    assert page.post(url("complete", experiment, trial.number), {"value": 1}).status_code == 404
    assert page.get(url("live", experiment)).status_code == 404
    assert page.get(url("events", experiment)).status_code == 404


def test_a_viewer_sees_the_deleted_and_why_they_cannot_restore(vera, ada, experiment):
    lifecycle.delete(experiment, by=ada)
    text = text_of(vera.get("/experiments/deleted/"))
    assert "Booth" in text
    assert "<button disabled" in text
    assert "Your role in ada’s team is viewer" in text


def test_an_experiment_that_is_due_says_so(page, ada, experiment):
    lifecycle.delete(experiment, by=ada)
    moment = timezone.now() - timezone.timedelta(days=29, hours=12)
    Experiment.objects.update(deleted_at=moment)
    assert "less than a day left" in text_of(page.get("/experiments/deleted/"))


def test_the_example_can_be_made_again_after_it_was_deleted(page, ada):
    page.post("/experiments/example/")
    lifecycle.delete(Experiment.objects.get(), by=ada)
    assert text_of(page.post("/experiments/example/", follow=True))
    assert Experiment.objects.visible_to(ada).count() == 1


@given(typed=ANY_TEXT)
@TYPING
@pytest.mark.parametrize("name", ["name", "tags", "notes"])
def test_any_text_is_kept_or_refused_and_never_breaks_a_page(page, experiment, name, typed):
    seen = lifecycle.fingerprint(fresh(experiment).notes)
    data = {name: typed.encode("utf-8", "replace").decode(), "seen": seen}
    response = page.post(url(name, experiment), data)
    assert response.status_code in (302, 422)
    for address in ("/", experiment.get_absolute_url(), url(name, experiment)):
        text_of(page.get(address))


@given(typed=ANY_TEXT, revision=st.integers(min_value=0))
@TYPING
def test_any_status_and_revision_is_answered(page, experiment, typed, revision):
    data = {"status": typed.encode("utf-8", "replace").decode()}
    assert page.post(url("status", experiment), data).status_code == 302
    assert page.post(url("undo", experiment, revision)).status_code == 302


def test_html_in_names_tags_and_notes_is_text(page, ada, experiment):
    evil = "<script>alert(1)</script>"
    lifecycle.rename(experiment, name=evil, by=ada)
    lifecycle.set_tags(experiment, tags=[evil, "\"'><img>"], by=ada)
    lifecycle.edit_notes(experiment, notes=evil, seen=lifecycle.fingerprint(""), by=ada)
    addresses = ["/", *(url(name, experiment) for name in ("detail", "name", "tags", "notes"))]
    for address in [*addresses, url("delete", experiment), url("live", experiment)]:
        text = text_of(page.get(address))
        assert "<script>alert" not in text
        assert "<img>" not in text
        assert "&lt;script&gt;alert" in text
