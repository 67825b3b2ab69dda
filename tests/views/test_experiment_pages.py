import gzip
import html
import json
import re

import pytest
from django.urls import reverse

from experiments.domain import Direction
from experiments.models import Experiment, Membership, Role
from experiments.services import lifecycle, suggestions, trials
from tests.factories import ask, finish, make_experiment, store_ready, take


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def detail(page, experiment):
    return text_of(page.get(reverse("experiments:detail", args=[experiment.pk])))


def region(text, title):
    """The text of the panel with that title, without tags."""
    start = text.index(f">{title}</h2>")
    part = text[start : text.index("</section>", start)]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


def figures_of(text):
    return json.loads(html.unescape(re.search(r'data-figure="([^"]+)"', text)[1]))["figures"]


def figure_of(text):
    return figures_of(text)[0]


def test_the_example_is_ready_to_run_and_made_once(page):
    for _ in range(2):
        response = page.post("/experiments/example/", follow=True)
        assert "minimize" in response.content.decode()
    assert text_of(page.get("/")).count('class="cover"') == 1


def test_a_page_without_trials_explains_itself(page, experiment):
    text = detail(page, experiment)
    assert "Nothing is running" in region(text, "Running trials")
    assert "No trial is finished" in region(text, "Finished trials")
    assert "once the first result is in" in region(text, "Best so far")
    assert figure_of(text)["data"] == []


def test_the_best_is_shown_with_its_parameters(page, ada, experiment):
    a, b = take(experiment, ada, (1, 3), (4, 5))
    finish(a, ada, 0.0625, 0.01)
    finish(b, ada, 80)
    best = region(detail(page, experiment), "Best so far")
    assert "0.0625" in best
    assert "± 0.01" in best
    assert "trial 0" in best
    assert "x1 1 x2 3" in best


def test_failed_trials_are_marked_in_the_plot(page, ada, experiment):
    a, b = take(experiment, ada, (1, 3), (4, 5))
    finish(a, ada, 2.0)
    trials.fail(b, by=ada, reason="<i>smoke</i>")
    traces = {trace["name"]: trace for trace in figure_of(detail(page, experiment))["data"]}
    assert traces["the best"]["y"] == [2.0]
    assert traces["best so far"]["y"] == [2.0, 2.0]
    assert traces["failed"]["x"] == [1]
    assert traces["failed"]["text"] == [": &lt;i&gt;smoke&lt;/i&gt;"]


def test_the_best_so_far_never_gets_worse(page, ada):
    experiment = make_experiment(ada, direction=Direction.MAXIMIZE)
    made = take(experiment, ada, *[(i, i) for i in range(5)])
    for trial, value in zip(made, (3, 1, 4, 1, 5), strict=True):
        finish(trial, ada, value)
    traces = {trace["name"]: trace for trace in figure_of(detail(page, experiment))["data"]}
    assert traces["best so far"]["x"] == [0, 2, 4]
    assert traces["best so far"]["y"] == [3, 4, 5]


def test_of_many_trials_the_newest_are_shown_and_all_are_in_the_table(page, ada, experiment):
    for trial in take(experiment, ada, *[(i / 100, 1) for i in range(30)]):
        finish(trial, ada, float(trial.number))
    text = detail(page, experiment)
    shown = region(text, "Finished trials")
    assert "newest 25 of 30" in shown
    rows = re.findall(r'<tr id="finished-(\d+)"', text)
    assert list(map(int, rows)) == list(range(29, 4, -1))
    table = reverse("experiments:trials", args=[experiment.pk])
    assert f'href="{table}"' in text
    assert page.get(table).content.decode().count('<tr id="trial-') == 30


def test_some_standard_errors_are_explained(page, ada, experiment):
    a, b = take(experiment, ada, (1, 1), (2, 2))
    finish(a, ada, 1.0, 0.1)
    assert "from its standard error" in region(detail(page, experiment), "Finished trials")
    finish(b, ada, 2.0)
    assert "the model estimates the noise itself" in region(
        detail(page, experiment), "Finished trials"
    )


def test_the_page_says_that_suggestions_are_being_computed(page, ada, experiment):
    ask(experiment, ada, 2)
    assert "2 suggestions are being computed" in detail(page, experiment)


def test_the_page_offers_older_suggestions_and_says_how_old(page, ada, experiment):
    store_ready(experiment, (1, 1), (2, 2), (3, 3))
    ask(experiment, ada, 2)
    for trial in experiment.trials.all():
        finish(trial, ada, 1.0)
    ask(experiment, ada, 1)
    text = detail(page, experiment)
    assert "Take older ones now" in text
    assert "made before the last 2 results" in text


def test_the_page_shows_the_optimizers_error(page, ada, experiment):
    experiment.refresh_from_db()
    suggestions.report_error(experiment.pk, revision=experiment.revision, message="All tried.")
    text = detail(page, experiment)
    assert "No suggestion could be made." in text
    assert "All tried." in text


def test_full_precision_is_on_hover_and_in_the_copy(page, ada, experiment):
    value = 0.12345678901234567
    take(experiment, ada, (value, 1))
    text = detail(page, experiment)
    assert f'<span title="{value!r}">0.1235</span>' in text
    copied = json.loads(html.unescape(re.search(r'data-copy="([^"]+)"', text)[1]))
    assert copied == {"x1": value, "x2": 1.0}


def test_the_definition_stands_on_the_page_in_words(page, experiment):
    parameter = experiment.parameters.get(name="x1")
    parameter.unit, parameter.description = "mm", "How far <b>out</b>."
    parameter.save(update_fields=["unit", "description"])
    live = page.get(reverse("experiments:live", args=[experiment.pk])).content.decode()
    for text in (detail(page, experiment), live):
        said = re.search(r'id="outline".*?</dl>', text, re.DOTALL)[0]
        assert 'x1 <span class="unit">mm</span>' in said
        assert "number from −10 to 10" in said.replace("-", "−")
        assert "How far &lt;b&gt;out&lt;/b&gt;." in said


def test_the_page_takes_as_many_queries_for_many_trials_as_for_few(
    page, ada, experiment, django_assert_max_num_queries
):
    for trial in take(experiment, ada, *[(i / 100, 1) for i in range(60)])[:40]:
        finish(trial, ada, float(trial.number))
    with django_assert_max_num_queries(25):
        detail(page, experiment)


def test_pages_are_compressed_and_streams_are_not(page, experiment):
    accepted = {"HTTP_ACCEPT_ENCODING": "gzip"}
    whole = page.get(reverse("experiments:detail", args=[experiment.pk]), **accepted)
    assert whole["Content-Encoding"] == "gzip"
    assert experiment.name in gzip.decompress(whole.content).decode()
    events = page.get(reverse("experiments:events", args=[experiment.pk]), **accepted)
    assert events.streaming
    assert not events.has_header("Content-Encoding")
    events.close()


class TestAnythingNew:
    """An idle page names the state that it shows, and is told in no time that it is still so."""

    @pytest.fixture
    def live(self, htmx, experiment):
        """Ask for the live parts, naming the state that the last answer had."""
        address = f"/experiments/{experiment.pk}/"
        page = htmx.get(address).content.decode()
        state = re.search(r'data-state="(\w+)"', page)[1]

        def again():
            nonlocal state
            answer = htmx.get(f"{address}live/", headers={"AxDash-State": state})
            state = answer.headers.get("AxDash-State", state)
            return answer.status_code

        return again

    def test_nothing(self, live, django_assert_max_num_queries):
        with django_assert_max_num_queries(4):
            assert live() == 204

    @pytest.mark.parametrize(
        "happen",
        [
            lambda experiment, ada: take(experiment, ada, (1, 2)),
            lambda experiment, ada: store_ready(experiment, (1, 2)),
            lambda experiment, ada: ask(experiment, ada),
            lambda experiment, ada: lifecycle.rename(experiment, name="Other", by=ada),
            lambda experiment, ada: Membership.objects.update(role=Role.VIEWER),
            lambda experiment, ada: Experiment.objects.update(optimizer_error="No space left."),
        ],
        ids=["a trial", "a suggestion", "a request", "a name", "a role", "an error"],
    )
    def test_something(self, live, ada, experiment, happen):
        happen(experiment, ada)
        assert live() == 200
        assert live() == 204

    def test_an_act_says_what_state_its_answer_shows(self, htmx, ada, experiment):
        (trial,) = take(experiment, ada, (1, 2))
        address = f"/experiments/{experiment.pk}/"
        done = htmx.post(f"{address}trials/{trial.number}/fail/")
        headers = {"AxDash-State": done["AxDash-State"]}
        assert htmx.get(f"{address}live/", headers=headers).status_code == 204

    def test_no_such_experiment(self, htmx):
        assert htmx.get(f"/experiments/{10**30}/live/").status_code == 404
        assert htmx.get(f"/experiments/{10**30}/").status_code == 404
