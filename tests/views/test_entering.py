"""Entering results: measurements, questions about slips, and which way is better."""

import html
import re

import pytest
from django.urls import reverse

from experiments.domain import Result
from experiments.models import Membership, Role
from experiments.services import trials
from tests.factories import finish, make_measured, metric, take


def url(name, trial):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number])


def said(response):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def timed(ada):
    return make_measured(ada, metric("time", unit="ms"))


@pytest.fixture
def trial(ada, timed):
    return take(timed, ada, (1,))[0]


def test_measurements_become_mean_and_error_and_are_kept(htmx, timed, trial):
    key = timed.objective.key
    answer = htmx.post(url("complete", trial), {key: "0,91 0,93 0,90 ms"})
    assert answer.status_code == 200
    observation = trial.observations.get()
    assert observation.mean == pytest.approx(0.91333333)
    assert observation.sem == pytest.approx(0.00881917)
    assert observation.raw == [0.91, 0.93, 0.9]
    page = htmx.get(timed.get_absolute_url()).content.decode()
    assert "Measurements: 0.91; 0.93; 0.9" in page


def test_measurements_are_corrected_as_they_were_typed(htmx, ada, timed, trial):
    key = timed.objective.key
    htmx.post(url("complete", trial), {key: "1.5; 2.5"})
    form = htmx.get(url("correct", trial)).content.decode()
    assert 'value="1.5; 2.5"' in form
    fields = dict(re.findall(r'name="([^"]+)"[^>]*? value="([^"]*)"', form))
    htmx.post(url("correct", trial), fields | {key: "1.5; 2.7"})
    assert trial.observations.get().raw == [1.5, 2.7]
    back = dict(re.findall(r'name="([^"]+)"[^>]*? value="([^"]*)"',
                           htmx.get(url("correct", trial)).content.decode()))  # fmt: skip
    htmx.post(url("correct", trial), back | {key: "3"})
    observation = trial.observations.get()
    assert (observation.mean, observation.sem, observation.raw) == (3.0, None, None)


def test_an_error_beside_measurements_is_refused(htmx, timed, trial):
    key = timed.objective.key
    answer = htmx.post(url("complete", trial), {key: "1; 2", f"{key}-sem": "0.1"})
    assert answer.status_code == 422
    assert "These measurements give ± 0.5: leave this field blank." in said(answer)


def test_ambiguous_numbers_ask_with_buttons(htmx, timed, trial):
    answer = htmx.post(url("complete", trial), {timed.objective.key: "1,234"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert re.findall(r'data-fill="([^"]+)"', text) == ["1.234", "1234"]
    assert 'value="1,234"' in text


@pytest.fixture
def usual(ada, timed):
    """Five results between 1 and 5; the sixth trial runs."""
    *done, last = take(timed, ada, *[(n,) for n in range(6)])
    for number, each in enumerate(done, 1):
        finish(each, ada, float(number))
    return last


def test_a_slip_is_asked_about_once(htmx, timed, usual):
    key = timed.objective.key
    answer = htmx.post(url("complete", usual), {key: "210"})
    assert answer.status_code == 422
    assert "210 is 42 times the largest so far; is it 2.1? Yes, 210 It is 2.1" in said(answer)
    sure = re.search(r'name="([^"]+-sure)" value="([^"]+)"', answer.content.decode()).groups()
    assert usual.observations.count() == 0
    assert htmx.post(url("complete", usual), {key: "210", sure[0]: sure[1]}).status_code == 200
    assert usual.observations.get().mean == 210.0


def test_yes_is_an_answer_for_that_value_only(htmx, timed, usual):
    key = timed.objective.key
    answer = htmx.post(url("complete", usual), {key: "310", f"{key}-sure": "210.0"})
    assert answer.status_code == 422


def test_corrections_are_asked_about_too(htmx, ada, timed, usual):
    key = timed.objective.key
    first = timed.trials.get(number=0)
    form = htmx.get(url("correct", first)).content.decode()
    fields = dict(re.findall(r'name="([^"]+)"[^>]*? value="([^"]*)"', form))
    answer = htmx.post(url("correct", first), fields | {key: "-2"})
    assert answer.status_code == 422
    assert "all results so far are above 0. Is it 2?" in said(answer)


def test_the_direction_is_asked_once(htmx, ada, timed, usual):
    address = timed.get_absolute_url()
    question = "So 1 is the best so far, because smaller is better: right?"
    assert question in said(htmx.get(address))
    answer = htmx.post(reverse("experiments:direction", args=[timed.pk]))
    assert question not in said(answer)
    assert question not in said(htmx.get(address))


def test_no_opens_the_definition_with_the_other_direction(page, timed, usual):
    answer = page.get(timed.get_absolute_url()).content.decode()
    link = html.unescape(re.search(r'href="([^"]*turn=[^"]*)"', answer)[1])
    form = page.get(link)
    assert "Already filled in" in said(form)
    text = form.content.decode()
    assert re.search(r'<input[^>]*value="maximize"[^>]*checked', text)
    assert timed.objective.is_minimized  # Nothing is changed before it is reviewed and saved.
    for nonsense in ("m0", "\0", "x" * 300):
        answer = page.get(reverse("experiments:edit", args=[timed.pk]), {"turn": nonsense})
        assert "Already filled in" not in said(answer)


def test_the_direction_is_not_asked_before_results_differ_nor_of_viewers(htmx, ada, timed):
    one, two, three = take(timed, ada, (1,), (2,), (3,))
    address = timed.get_absolute_url()
    for each in (one, two):
        finish(each, ada, 1.0)
    assert "right?" not in said(htmx.get(address))
    finish(three, ada, 2.0)
    assert "right?" in said(htmx.get(address))
    Membership.objects.update(role=Role.VIEWER)
    assert "right?" not in said(htmx.get(address))
    assert htmx.post(reverse("experiments:direction", args=[timed.pk])).status_code == 403


def test_a_failure_may_be_avoided_for_good(htmx, ada, trial):
    answer = htmx.post(url("fail", trial)).content.decode()
    assert 'name="is_avoided"' in answer
    htmx.post(url("explain", trial), {"reason": "smoke", "is_avoided": "1"})
    trial.refresh_from_db()
    assert (trial.reason, trial.is_avoided) == ("smoke", True)
    trials.reopen(trial, by=ada)
    assert "never suggested again" in said(htmx.post(url("fail", trial), {"is_avoided": "1"}))


def test_raw_results_do_not_conflict_with_themselves(ada, timed, trial):
    time = timed.objective
    measured = Result(1.5, 0.5, (1.0, 2.0))
    trials.complete(trial, values={time: measured}, by=ada)
    assert trials.correct(trial, values={time: measured}, seen={time: measured}, by=ada) is None
