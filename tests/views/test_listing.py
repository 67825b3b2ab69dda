"""The list of experiments: what it says of each, search, filters, order, pages."""

import html
import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments import sparkline
from experiments.domain import Direction, MetricRole, MetricSpec, Relation, Result
from experiments.drafts import ExperimentDraft, MetricDraft, ParameterDraft
from experiments.models import Experiment, ExperimentStatus, Membership, Role, Team
from experiments.services import experiments, lifecycle, trials
from tests.factories import finish, float_range, make_experiment, make_user, take

MAXIMIZE, MINIMIZE = Direction.MAXIMIZE, Direction.MINIMIZE


def text_of(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def rows(text):
    """Return what each row says, by the experiment's name."""
    found = re.findall(r'<tr role="row">\s*<th role="rowheader".*?</tr>', text, re.S)
    words = [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]
    names = [html.unescape(re.search(r'class="cover"[^>]*>([^<]*)<', row)[1]) for row in found]
    return dict(zip(names, words, strict=True))


def listed(client, **asked):
    return list(rows(text_of(client.get(f"/?{urlencode(asked)}"))))


def with_metrics(by, *metrics, name="Several", **kwargs):
    draft = ExperimentDraft(
        name=name,
        metrics=metrics,
        parameters=(ParameterDraft(name="x", spec=float_range()),),
        **kwargs,
    )
    return experiments.create(draft=draft, team=by.teams.get(), by=by)


def metric(name, direction=MINIMIZE, unit="", **kwargs):
    return MetricDraft(
        name=name, spec=MetricSpec(key=name, direction=direction, **kwargs), unit=unit
    )


def enter(experiment, by, *results):
    """Complete a trial for each tuple of means, in the order of the metrics."""
    metrics = list(experiment.metrics.all())
    taken = take(experiment, by, *[(i / 10,) for i in range(len(results))])
    for trial, means in zip(taken, results, strict=True):
        values = {
            m: Result(mean) for m, mean in zip(metrics, means, strict=True) if mean is not None
        }
        trials.complete(trial, values=values, by=by)


def test_an_empty_list_says_what_to_do(page):
    text = text_of(page.get("/"))
    assert "No experiment yet" in text
    assert "Try the Booth example" in text


def test_a_row_tells_goal_best_counts_and_who(page, ada):
    low = make_experiment(ada, name="Low")
    high = make_experiment(ada, name="High", direction=MAXIMIZE, trial_budget=9)
    for experiment in (low, high):
        a, b, c, _ = take(experiment, ada, (1, 1), (2, 2), (3, 3), (4, 4))
        finish(a, ada, 0.125)
        finish(b, ada, 7.5)
        trials.fail(c, by=ada)
    found = rows(text_of(page.get("/")))
    assert list(found) == ["High", "Low"]
    assert "maximize booth 7.5" in found["High"]
    assert "2 of 9 done 1 running 1 failed" in found["High"]
    assert "from 0.125 to 7.5 over 2 results" in found["High"]
    assert "minimize booth 0.125" in found["Low"]
    assert "from 0.125 to 0.125 over 2 results" in found["Low"]
    assert found["Low"].endswith("you you")


def test_the_best_has_its_unit_and_keeps_the_constraints(page, ada):
    latency = metric("latency", role=MetricRole.CONSTRAINT, bound=50.0, relation=Relation.AT_MOST)
    experiment = with_metrics(ada, metric("error", unit="%"), latency)
    enter(experiment, ada, (9.0, 80.0))
    assert "9 % no trial keeps all constraints" in rows(text_of(page.get("/")))["Several"]
    enter(experiment, ada, (12.0, 40.0), (11.0, 45.0))
    found = rows(text_of(page.get("/")))["Several"]
    assert "minimize error with 1 constraint 11 %" in found
    assert "no trial" not in found
    assert "from 12 to 11 over 2 results" in found


def test_several_objectives_have_a_front(page, ada):
    experiment = with_metrics(ada, metric("cost"), metric("speed", MAXIMIZE))
    enter(experiment, ada, (1.0, 1.0), (2.0, 2.0), (3.0, 1.5))
    found = rows(text_of(page.get("/")))["Several"]
    assert "minimize cost , maximize speed" in found
    assert "2 Pareto points" in found


def test_a_weighted_sum_has_one_best(page, ada):
    a, b = metric("a", weight=2.0), metric("b", MAXIMIZE, weight=1.0)
    experiment = with_metrics(ada, a, b, is_weighted_sum=True)
    enter(experiment, ada, (1.0, 3.0), (2.0, 3.0))
    found = rows(text_of(page.get("/")))["Several"]
    assert "weighted sum of a , b 1 " in found


def test_a_correction_counts_at_once(page, ada, experiment):
    (trial,) = take(experiment, ada, (1, 1))
    finish(trial, ada, 4.0)
    assert " 4 " in rows(text_of(page.get("/")))["Booth"]
    metric_ = experiment.objective
    trials.correct(trial, values={metric_: Result(3.0)}, seen={metric_: Result(4.0)}, by=ada)
    assert " 3 " in rows(text_of(page.get("/")))["Booth"]


def test_search_finds_names_descriptions_tags_parameters_and_metrics(page, ada):
    make_experiment(ada, name="Alpha", description="About Ünits", objective="latency")
    make_experiment(ada, name="Beta", parameters={"learning rate": float_range()})
    lifecycle.set_tags(Experiment.objects.get(name="Beta"), tags=["GPU"], by=ada)
    assert listed(page, q="ALPHA") == ["Alpha"]
    assert listed(page, q="üNITS") == ["Alpha"]
    assert listed(page, q="latency") == ["Alpha"]
    assert listed(page, q="RATE") == ["Beta"]
    assert listed(page, q="gpu") == ["Beta"]
    assert listed(page, q="rate beta") == ["Beta"]
    assert listed(page, q="rate alpha") == []
    assert listed(page, q="%") == listed(page, q="_") == listed(page, q="\\") == []
    assert "Nothing matches" in text_of(page.get("/?q=nowhere"))


def test_filters_by_status_and_what_is_archived(page, ada):
    for status in ExperimentStatus:
        make_experiment(ada, name=status.label, status=status)
    text = text_of(page.get("/"))
    assert "archived" not in rows(text)
    assert len(rows(text)) == 4
    assert "1 archived one is hidden" in text
    assert listed(page, status="paused") == ["paused"]
    assert listed(page, status="archived") == ["archived"]
    assert len(listed(page, status="any")) == 5


def test_where_all_are_archived_the_list_says_so(page, ada):
    make_experiment(ada, status=ExperimentStatus.ARCHIVED)
    text = text_of(page.get("/"))
    assert "All experiments are archived" in text
    assert "No experiment yet" not in text


def test_filters_by_tag_owner_and_team(page, ada, client):
    bob = make_user("bob")
    team = Team.objects.create(name="Second team")
    Membership.objects.create(team=team, user=ada, role=Role.EDITOR)
    Membership.objects.create(team=ada.teams.exclude(pk=team.pk).get(), user=bob, role=Role.EDITOR)
    draft = make_experiment(make_user("carla"), name="Unseen").definition
    for name, owner, of in (("A", ada, team), ("B", bob, ada.teams.exclude(pk=team.pk).get())):
        experiments.create(draft=replace(draft, name=name), team=of, by=owner)
    lifecycle.set_tags(Experiment.objects.get(name="A"), tags=["x & y"], by=ada)
    assert listed(page) == ["A", "B"]
    assert listed(page, tag="x & y") == ["A"]
    assert listed(page, owner=bob.pk) == ["B"]
    assert listed(page, team=team.pk) == ["A"]
    text = text_of(page.get("/"))
    assert "Second team" in rows(text)["A"]
    assert "carla" not in text


def test_the_order(page, ada):
    for name, done in (("b", 1), ("C", 3), ("a", 2)):
        experiment = make_experiment(ada, name=name)
        for trial in take(experiment, ada, *[(i, i) for i in range(done)]):
            finish(trial, ada, 1.0)
    lifecycle.set_tags(Experiment.objects.get(name="b"), tags=["touched"], by=ada)
    assert listed(page) == ["b", "a", "C"]
    assert listed(page, sort="name") == ["a", "b", "C"]
    assert listed(page, sort="newest") == ["a", "C", "b"]
    assert listed(page, sort="trials") == ["C", "a", "b"]


def test_pages_keep_what_was_asked_for(page, ada):
    for n in range(27):
        make_experiment(ada, name=f"Experiment {n:02}")
    text = text_of(page.get("/?sort=name&q=experiment"))
    assert len(rows(text)) == 25
    assert "1–25 of 27" in text
    assert 'href="?q=experiment&amp;sort=name&amp;page=2"' in text
    assert listed(page, sort="name", page=2) == ["Experiment 25", "Experiment 26"]
    for wrong in ("0", "-1", "99", "x", "9" * 30):
        assert len(listed(page, sort="name", page=wrong)) in (2, 25)


def test_htmx_gets_the_rows_alone_and_a_clean_address(htmx, ada):
    make_experiment(ada, name="One")
    response = htmx.get("/?q=one&status=&tag=&sort=")
    text = text_of(response)
    assert "<html" not in text
    assert list(rows(text)) == ["One"]
    assert response["HX-Push-Url"] == "/?q=one"
    assert htmx.get("/?q=")["HX-Push-Url"] == "/"
    assert "HX-Request" in response["Vary"]
    back = htmx.get("/", headers={"HX-History-Restore-Request": "true"})
    assert "<html" in text_of(back)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("status=gone", "There is no such status"),
        ("sort=gone", "There is no such order"),
        ("tag=gone", "No experiment has this tag any more"),
        ("owner=gone", "owns no experiment here"),
        ("team=999999999999999999999", "You are not in this team"),
        ("q=" + "a" * 201, "at most 200 characters"),
    ],
)
def test_what_cannot_be_asked_for_is_left_out_and_said(page, ada, asked, words):
    make_experiment(ada, name="One")
    text = text_of(page.get(f"/?{asked}"), 422)
    assert words in text
    assert list(rows(text)) == ["One"]


def test_as_many_queries_for_twenty_as_for_one(page, ada, django_assert_max_num_queries):
    for n in range(20):
        experiment = make_experiment(ada, name=f"Experiment {n}")
        (trial,) = take(experiment, ada, (1, 1))
        finish(trial, ada, 1.0)
    with django_assert_max_num_queries(13):
        assert len(listed(page)) == 20
    with django_assert_max_num_queries(11):
        assert len(listed(page)) == 20


def test_others_experiments_tags_and_names_are_not_there(client, ada, experiment):
    lifecycle.set_tags(experiment, tags=["secret-tag"], by=ada)
    client.force_login(make_user("charlie"))
    for asked in ("", "?q=Booth", "?tag=secret-tag", "?status=any", f"?owner={ada.pk}"):
        text = client.get(f"/{asked}").content.decode()
        assert rows(text) == {}
        assert ">secret-tag<" not in text
        assert ">ada<" not in text


def test_a_deleted_one_is_not_listed(page, ada, experiment):
    make_experiment(ada, name="Kept")
    lifecycle.delete(experiment, by=ada)
    text = text_of(page.get("/"))
    assert list(rows(text)) == ["Kept"]
    assert "Deleted experiments</a> (1)" in text


ASKED = st.text(max_size=30) | st.text(alphabet=st.sampled_from("%_\\'\"<>,{}\x00\ud800é 1-"))


@given(
    asked=st.dictionaries(
        st.sampled_from(["q", "status", "tag", "owner", "team", "sort", "page", "deleted"]), ASKED
    )
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_asked_for_is_answered(page, experiment, asked):
    query = urlencode({k: v.encode("utf-8", "surrogatepass") for k, v in asked.items()})
    response = page.get(f"/?{query}")
    assert response.status_code in (200, 422)
    assert "<table" in response.content.decode() or "Nothing matches" in response.content.decode()


# The small line.


def places(text):
    return [tuple(map(float, point.split(","))) for point in text.split()]


def test_the_line_goes_up_where_the_values_do():
    assert places(sparkline.points([0.0, 1.0])) == [(2.0, 22.0), (94.0, 2.0)]
    assert places(sparkline.points([5.0, 5.0])) == [(2.0, 12.0), (94.0, 12.0)]
    assert sparkline.points([1.0]) == sparkline.points([]) == ""


def test_decades_are_drawn_logarithmically():
    heights = [y for _, y in places(sparkline.points([1000.0, 10.0, 0.1]))]
    assert heights == [2.0, 12.0, 22.0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=400))
def test_the_line_stays_in_its_box(values):
    drawn = places(sparkline.points(values))
    assert len(drawn) == min(len(values), sparkline.WIDTH)
    assert all(2 <= x <= sparkline.WIDTH - 2 for x, _ in drawn)
    assert all(2 <= y <= sparkline.HEIGHT - 2 for _, y in drawn)
