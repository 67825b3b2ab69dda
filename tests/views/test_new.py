"""Defining an experiment in the browser, with and without htmx."""

import re
import uuid

import pytest
from django.urls import reverse

from experiments.models import Experiment, Membership, Role, Team

NEW, PREVIEW = "/experiments/new/", "/experiments/new/preview/"
KEY = str(uuid.uuid4())


def data(**changes: str) -> dict[str, str]:
    good = {
        "key": KEY,
        "action": "create",
        "name": "Booth",
        "objective": "booth",
        "direction": "minimize",
        "p1-name": "x1",
        "p1-kind": "float",
        "p1-lower": "-10",
        "p1-upper": "10",
        "p2-name": "kernel",
        "p2-kind": "choice",
        "p2-values": "rbf, poly",
    }
    return good | {re.sub(r"^(p\d)_", r"\1-", key): text for key, text in changes.items()}


def names(text: str) -> list[str]:
    """The parameters' names on the page, in order."""
    inputs = re.findall(r'<input[^>]*name="p\d+-name"[^>]*>', text)
    values = (re.search(r'value="([^"]*)"', field) for field in inputs)
    return [value[1] if value else "" for value in values]


def focused(text: str) -> list[str]:
    tags = re.findall(r"<[^>]* autofocus[^>]*>", text)
    pattern = r'value="((?:up|down)-\d)"|name="(?!action)[^"]*"'
    return [match[0] for tag in tags if (match := re.search(pattern, tag))]


def test_a_blank_form_has_one_float(page):
    text = page.get(NEW).content.decode()
    assert names(text) == [""]
    assert '<option value="float" selected>' in text
    assert "Create experiment" in text
    assert 'name="team"' not in text


def test_the_example_is_ready_to_run(page):
    text = page.get(NEW, {"example": "booth"}).content.decode()
    assert names(text) == ["x1", "x2"]
    assert 'value="Booth"' in text
    assert 'value="20"' in text
    assert "2 dimensions" in text


def test_creating_leads_to_the_experiment(page, ada):
    response = page.post(NEW, data(description="Look it up.", trial_budget="20"))
    experiment = Experiment.objects.get()
    assert response.status_code == 302
    assert response["Location"] == experiment.get_absolute_url()
    assert (experiment.name, experiment.trial_budget) == ("Booth", 20)
    assert (experiment.objective.name, experiment.objective.is_minimized) == ("booth", True)
    assert [p.name for p in experiment.parameters.all()] == ["x1", "kernel"]
    assert experiment.parameters.all()[1].spec.values == ("rbf", "poly")
    assert experiment.team == ada.teams.get()


def test_creating_with_htmx_leads_there_too(htmx):
    response = htmx.post(NEW, data())
    assert response["HX-Redirect"] == Experiment.objects.get().get_absolute_url()


def test_names_as_people_type_them(page):
    typed = ["lambda", "learning rate", "β", "acc%", "yield", "<b>x</b>", "__import__('os')"]
    rows = {}
    for number, name in enumerate(typed, start=1):
        rows |= {f"p{number}-name": name, f"p{number}-kind": "float"}
        rows |= {f"p{number}-lower": "0", f"p{number}-upper": "1"}
    page.post(NEW, data() | rows)
    assert [p.name for p in Experiment.objects.get().parameters.all()] == typed


def test_errors_keep_what_was_typed(page):
    response = page.post(NEW, data(p1_upper="-20", name=""))
    text = response.content.decode()
    assert response.status_code == 422
    assert "The upper bound must lie above -10." in text
    assert "Give the experiment a name." in text
    assert 'value="-20"' in text
    assert KEY in text
    assert focused(text) == ['name="name"']
    assert not Experiment.objects.exists()


def test_sent_twice_it_is_one_experiment(page):
    first, second = page.post(NEW, data()), page.post(NEW, data())
    assert first["Location"] == second["Location"]
    assert Experiment.objects.count() == 1


def test_going_back_and_defining_something_else_is_another_experiment(page):
    page.post(NEW, data())
    page.post(NEW, data(name="Booth, wider"))
    assert Experiment.objects.count() == 2


@pytest.mark.parametrize(
    ("action", "expected", "focus"),
    [
        ("add", ["x1", "kernel", ""], ['name="p3-name"']),
        ("remove-1", ["kernel"], ['name="p1-name"']),
        ("remove-2", ["x1"], ['name="p1-name"']),
        ("up-2", ["kernel", "x1"], ['value="down-1"']),
        ("down-1", ["kernel", "x1"], ['value="up-2"']),
        ("up-1", ["x1", "kernel"], ['value="down-1"']),
        ("remove-9", ["x1", "kernel"], []),
        ("up-²", ["x1", "kernel"], []),
        ("nonsense", ["x1", "kernel"], []),
    ],
)
def test_row_buttons(page, action, expected, focus):
    response = page.post(NEW, data(action=action, p1_upper="not yet", description="Look"))
    text = response.content.decode()
    assert response.status_code == 200
    assert names(text) == expected
    assert focused(text) == focus
    assert 'class="error"' not in text
    assert 'value="Booth"' in text
    assert "Look" in text
    assert ("not yet" in text) == ("x1" in expected)
    assert not Experiment.objects.exists()


def test_row_buttons_with_htmx_send_rows_and_what_they_mean(htmx):
    added = htmx.post(NEW, data(action="add"))
    text = added.content.decode()
    assert names(text) == [""]
    assert 'name="p3-name"' in text
    assert '<option value="choice" selected>' in text
    assert "<form" not in text
    assert 'hx-swap-oob="innerHTML"' in text
    assert "HX-Request" in added["Vary"]
    assert names(htmx.post(NEW, data(action="down-1")).content.decode()) == ["kernel", "x1"]


def test_the_last_row_can_go_and_come_back(page):
    page_without = page.post(NEW, {"action": "remove-1", "p1-name": "x"}).content.decode()
    assert names(page_without) == []
    assert names(page.post(NEW, {"action": "add"}).content.decode()) == [""]


def test_no_more_rows_than_can_be_searched(page):
    rows = {f"p{n}-name": f"x{n}" for n in range(1, 201)}
    text = page.post(NEW, {"action": "add", **rows}).content.decode()
    assert len(names(text)) == 200
    assert "No more parameters" in text


def test_a_blank_request_is_answered(page):
    response = page.post(NEW, {})
    assert response.status_code == 422
    assert "at least one parameter that varies" in response.content.decode()


@pytest.fixture
def lab(ada):
    team = Team.objects.create(name="<Lab>")
    Membership.objects.create(team=team, user=ada, role=Role.EDITOR)
    return team


def test_who_has_several_teams_chooses(page, ada, lab):
    text = page.get(NEW).content.decode()
    assert "&lt;Lab&gt;" in text
    assert "Team</label>" in text
    assert page.post(NEW, data()).status_code == 422
    assert page.post(NEW, data(team=str(lab.pk))).status_code == 302
    assert Experiment.objects.get().team == lab


def test_teams_in_which_one_only_reads_are_not_offered(page, ada, lab):
    Membership.objects.filter(team=lab).update(role=Role.RUNNER)
    assert "Lab" not in page.get(NEW).content.decode()
    response = page.post(NEW, data(team=str(lab.pk)))
    assert response.status_code == 422
    assert "Choose one of your teams." in response.content.decode()


@pytest.mark.parametrize("team", ["other", "0", "-1", "99999999999999999999", "\x00", "x"])
def test_another_team_is_refused(page, ada, team):
    other = Team.objects.create(name="Others")
    response = page.post(NEW, data(team=str(other.pk) if team == "other" else team))
    assert response.status_code == 422
    assert not Experiment.objects.exists()


def test_who_may_not_define_learns_why(page, ada):
    Membership.objects.filter(user=ada).update(role=Role.VIEWER)
    for response in (page.get(NEW), page.post(NEW, data())):
        assert response.status_code == 403
        assert "Your role in" in response.content.decode()
    Membership.objects.filter(user=ada).delete()
    assert "You are in no team yet" in page.get(NEW).content.decode()


def test_one_has_to_sign_in(client, db):
    assert client.get(NEW).status_code == 302
    assert client.post(PREVIEW, data()).status_code == 302


def test_the_preview_says_what_it_means(page, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):  # The session and who it belongs to.
        text = page.post(PREVIEW, data(p1_lower="0.001")).content.decode()
    assert "booth: 0.02 is better than 0.10, right?" in text
    assert "2 dimensions" in text
    assert "x1 spans 4 decades: use log scale?" in text
    assert "Points like these" in text
    assert "<form" not in text


def test_the_preview_is_quiet_about_what_is_not_filled_in(page):
    typed = data(p1_upper="", name="", p2_values="a") | {
        "p3-name": "x3",
        "p3-kind": "int",
        "p3-lower": "1",
        "p3-upper": "3",
    }
    text = page.post(PREVIEW, typed).content.decode()
    assert "Enter a number" not in text
    assert "1 dimension<" in text
    assert "One value is no choice" in text
    assert "Sample points appear when every parameter is right." in text
    assert page.get(PREVIEW).status_code == 405
    assert page.post(PREVIEW, {}).status_code == 200


def test_addresses():
    assert reverse("experiments:new") == NEW
    assert reverse("experiments:preview") == PREVIEW
