"""Defining an experiment in the browser, with and without htmx."""

import re
import time
import uuid

import pytest
from django.urls import reverse

from experiments.models import Experiment, ExperimentStatus, Membership, Role, Team

NEW, PREVIEW = "/experiments/new/", "/experiments/new/preview/"
KEY = str(uuid.uuid4())


def data(**changes: str) -> dict[str, str]:
    good = {
        "key": KEY,
        "action": "create",
        "name": "Booth",
        "m1-name": "booth",
        "m1-goal": "minimize",
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
    pattern = r'value="((?:up|down)-p\d)"|name="(?!action)[^"]*"'
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
        ("remove-p1", ["kernel"], ['name="p1-name"']),
        ("remove-p2", ["x1"], ['name="p1-name"']),
        ("up-p2", ["kernel", "x1"], ['value="down-p1"']),
        ("down-p1", ["kernel", "x1"], ['value="up-p2"']),
        ("up-p1", ["x1", "kernel"], ['value="down-p1"']),
        ("remove-p9", ["x1", "kernel"], []),
        ("up-p²", ["x1", "kernel"], []),
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


def test_row_buttons_with_htmx_send_only_the_rows(htmx):
    added = htmx.post(NEW, data(action="add"))
    text = added.content.decode()
    assert names(text) == [""]
    assert 'name="p3-name"' in text
    assert '<option value="choice" selected>' in text
    assert "<form" not in text
    assert "HX-Request" in added["Vary"]
    assert names(htmx.post(NEW, data(action="down-p1")).content.decode()) == ["kernel", "x1"]
    metrics = htmx.post(NEW, data(action="add-metric")).content.decode()
    assert 'name="m2-name"' in metrics
    assert names(metrics) == []


@pytest.mark.parametrize(
    ("action", "expected", "missing"),
    [
        ("add-metric", 'name="m2-name"', 'name="m3-name"'),
        ("add-order", 'name="c1-t2-parameter"', 'name="c1-bound"'),
        ("add-sum", 'name="c1-bound"', 'name="c1-t3-parameter"'),
        ("add-linear", 'id="id_c1-t1-coefficient"', 'name="c1-t3-parameter"'),
        ("term-p1", 'name="p1-t1-parameter"', 'name="p1-t2-parameter"'),
        ("remove-m1", "Add metric", 'name="m1-name"'),
        ("arrange-p2", 'id="n2-more" open', 'id="n1-more" open'),
    ],
)
def test_other_buttons_between_rows(page, action, expected, missing):
    text = page.post(NEW, data(action=action)).content.decode()
    assert expected in text
    assert missing not in text
    assert names(text) == ["x1", "kernel"]


CONSTRAINED = {
    "c1-shape": "sum",
    "c1-bound": "3",
    "c1-relation": "at_least",
    "c1-t1-parameter": "n1",
    "c1-t2-parameter": "n1",
    "c2-shape": "order",
    "c2-t1-parameter": "n1",
    "c2-t2-parameter": "n2",
}


@pytest.mark.parametrize(
    ("action", "expected", "missing"),
    [
        ("term-c1", 'name="c1-t3-parameter"', 'name="c1-t4-parameter"'),
        ("remove-c1-t2", 'name="c1-t1-parameter"', 'name="c1-t2-parameter"'),
        ("remove-c1-t9", 'name="c1-t2-parameter"', 'name="c1-t3-parameter"'),
        ("remove-c1", 'name="c1-t2-parameter"', 'name="c2-shape"'),
        (
            "factors-c2",
            'name="c2-t2-coefficient" id="id_c2-t2-coefficient" value="-1"',
            'name="c3-',
        ),
        ("remove-p1", '<option value="n1" selected>(gone)</option>', 'name="p2-name"'),
    ],
)
def test_buttons_of_constraints(page, action, expected, missing):
    text = page.post(NEW, data(action=action) | CONSTRAINED).content.decode()
    assert expected in text
    assert missing not in text


def test_dependents_move_among_their_own(page):
    typed = data(action="up-p4") | {
        "p1-key": "n1",
        "p2-key": "n2",
        "p3-key": "n3",
        "p4-key": "n4",
        "p3-name": "a",
        "p4-name": "b",
        "p3-parent": "n2",
        "p4-parent": "n2",
        "p3-parent_values": "rbf",
        "p4-parent_values": "rbf",
    }
    text = page.post(NEW, typed).content.decode()
    assert names(text) == ["x1", "kernel", "b", "a"]
    assert focused(text) == ['value="down-p3"']
    text = page.post(NEW, typed | {"action": "down-p1"}).content.decode()
    assert names(text) == ["kernel", "a", "b", "x1"]


def test_a_draft_computes_nothing_yet(page):
    page.post(NEW, data(action="draft"))
    assert Experiment.objects.get().status == ExperimentStatus.DRAFT


def test_a_source_that_nobody_knows_is_refused_and_nothing_is_lost(page):
    response = page.post(NEW, data(source="moon:1", notices="Row 3 was left out."))
    text = response.content.decode()
    assert response.status_code == 422
    assert "start again" in text
    assert "Row 3 was left out." in text
    assert 'name="source" value="moon:1"' in text
    assert names(text) == ["x1", "kernel"]
    assert not Experiment.objects.exists()


def test_a_whole_definition_is_kept(page):
    typed = data() | {
        "p1-key": "n1",
        "p2-key": "n2",
        "p1-unit": "mm",
        "p1-digits": "3",
        "p3-name": "degree",
        "p3-kind": "int",
        "p3-lower": "2",
        "p3-upper": "5",
        "p3-parent": "n2",
        "p3-parent_values": "poly",
        "p3-key": "n3",
        "p4-name": "x2",
        "p4-kind": "float",
        "p4-lower": "0",
        "p4-upper": "5",
        "p4-key": "n4",
        "p5-name": "twice",
        "p5-kind": "derived",
        "p5-key": "n5",
        "p5-t1-parameter": "n1",
        "p5-t1-coefficient": "2",
        "m2-name": "latency",
        "m2-goal": "at_most",
        "m2-bound": "10",
        "m2-unit": "ms",
        "m2-bound_kind": "relative",
        "c1-shape": "order",
        "c1-t1-parameter": "n1",
        "c1-t2-parameter": "n4",
        "baseline": "values",
        "p1-baseline": "1",
        "p2-baseline": "rbf",
        "p4-baseline": "2",
        "tags": "a, b",
        "noise": "exact",
        "seed": "7",
        "generation_method": "random_search",
    }
    response = page.post(NEW, typed)
    assert response.status_code == 302, re.findall(r'class="error".*', response.content.decode())
    experiment = Experiment.objects.get()
    x1, kernel, degree, x2, twice = experiment.parameters.all()
    assert (x1.unit, x1.digits) == ("mm", 3)
    assert (degree.parent, degree.parent_values) == (kernel, ["poly"])
    assert twice.terms == [[x1.key, 2.0]]
    assert experiment.constraints.get().spec.bound == 0
    assert experiment.metrics.all()[1].is_relative
    assert experiment.baseline.parameters == {x1.key: 1.0, kernel.key: "rbf", x2.key: 2.0}
    assert (experiment.tags, experiment.noise, experiment.seed) == (["a", "b"], "exact", 7)


def test_a_hundred_parameters_are_quick(page):
    rows = {
        f"p{n}-{field}": text
        for n in range(1, 101)
        for field, text in (("name", f"x{n}"), ("lower", "0"), ("upper", "1"))
    }
    started = time.process_time()
    response = page.post(NEW, {"action": "arrange-p1", "m1-name": "y", **rows})
    assert time.process_time() - started < 1
    assert len(names(response.content.decode())) == 100
    assert len(response.content) < 700_000


def test_the_last_row_can_go_and_come_back(page):
    page_without = page.post(NEW, {"action": "remove-p1", "p1-name": "x"}).content.decode()
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
    assert "&lt;Lab&gt;" not in page.get(NEW).content.decode()
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


def test_addresses():
    assert reverse("experiments:new") == NEW
    assert reverse("experiments:preview") == PREVIEW
