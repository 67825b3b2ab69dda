import re
import uuid

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from experiments.domain import TrialStatus
from tests.factories import ask, finish, make_experiment, make_user, store_ready, take


def url(name, trial):
    return reverse(f"experiments:{name}", args=[trial.experiment_id, trial.number])


def typed_in(trial, mean, sem=""):
    """The fields of a result, as the page sends them."""
    key = trial.experiment.objective.key
    return {key: mean, f"{key}-sem": sem}


def correction(trial, mean, *, seen):
    key = trial.experiment.objective.key
    return {**typed_in(trial, mean), f"{key}-seen": seen, f"{key}-seen-sem": ""}


@pytest.fixture
def trial(ada, experiment):
    return take(experiment, ada, (1, 2))[0]


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1e-3", 1e-3), ("0,5", 0.5), (" .5 ", 0.5), ("-3", -3.0), ("7", 7.0), ("1E5", 1e5)],
)
def test_numbers_as_people_write_them(htmx, trial, typed, value):
    response = htmx.post(url("complete", trial), typed_in(trial, typed))
    assert response.status_code == 200
    trial.refresh_from_db()
    assert trial.status == TrialStatus.COMPLETED
    assert trial.observations.get().mean == value


@pytest.mark.parametrize(
    "typed", ["", "  ", "nan", "inf", "-inf", "abc", "1,234", "9" * 400, "1e400"]
)
def test_what_is_no_number_is_refused_beside_the_field_and_kept(htmx, trial, typed):
    response = htmx.post(url("complete", trial), typed_in(trial, typed, "0.1"))
    assert response.status_code == 422
    text = response.content.decode()
    assert 'aria-invalid="true"' in text
    assert f'value="{typed}"' in text
    assert 'value="0.1"' in text
    trial.refresh_from_db()
    assert trial.is_running


@pytest.mark.parametrize(("sem", "said"), [("-1", "cannot be negative"), ("x", "not a number")])
def test_a_bad_standard_error_is_refused(htmx, trial, sem, said):
    response = htmx.post(url("complete", trial), typed_in(trial, "1", sem))
    assert response.status_code == 422
    assert said in response.content.decode()
    trial.refresh_from_db()
    assert trial.is_running


def test_a_result_answers_with_the_parts_that_changed(htmx, trial):
    text = htmx.post(url("complete", trial), typed_in(trial, "0.25")).content.decode()
    assert 'id="finished-0"' in text
    assert 'id="run-0"' not in text
    assert "Undo" in text


def test_answers_tell_from_which_revision_they_were_made(htmx, trial):
    trial.experiment.refresh_from_db()
    before = trial.experiment.revision
    live = htmx.get(reverse("experiments:live", args=[trial.experiment_id]))
    act = htmx.post(url("complete", trial), typed_in(trial, "0.25"))
    assert (live["AxDash-Revision"], act["AxDash-Revision"]) == (f"{before}", f"{before + 1}")


def test_without_javascript_the_same_forms_work(page, trial):
    response = page.post(url("complete", trial), typed_in(trial, "oops"))
    assert response.status_code == 422
    assert "<html" in response.content.decode()
    response = page.post(url("complete", trial), typed_in(trial, "0.25"), follow=True)
    assert response.redirect_chain[-1][0] == trial.experiment.get_absolute_url()
    assert "Trial 0: booth 0.25." in response.content.decode()


def test_somebody_else_was_faster(client, htmx, ada, trial):
    finish(trial, ada, 0.5)
    response = htmx.post(url("complete", trial), typed_in(trial, "0.7"))
    assert response.status_code == 422
    text = response.content.decode()
    assert "completed meanwhile by you: 0.5" in text
    assert 'value="0.7"' in text


def test_fail_then_undo(htmx, trial):
    text = htmx.post(url("fail", trial)).content.decode()
    assert "Trial 0 failed" in text
    trial.refresh_from_db()
    assert trial.status == TrialStatus.FAILED
    htmx.post(url("explain", trial), {"reason": "no power"})
    trial.refresh_from_db()
    assert trial.reason == "no power"
    htmx.post(url("reopen", trial))
    trial.refresh_from_db()
    assert trial.is_running


def test_a_correction_keeps_what_was_typed_when_somebody_else_was_faster(htmx, ada, trial):
    finish(trial, ada, 25.0)
    form = htmx.get(url("correct", trial)).content.decode()
    assert 'value="25.0"' in form
    response = htmx.post(url("correct", trial), correction(trial, "2.5", seen="99"))
    assert response.status_code == 422
    text = response.content.decode()
    assert "25 was entered for this trial" in text
    assert 'value="2.5"' in text
    again = correction(trial, "2.5", seen="25.0")
    assert htmx.post(url("correct", trial), again).status_code == 200
    assert trial.observations.get().mean == 2.5


def test_a_trial_without_a_result_cannot_be_corrected(htmx, trial):
    response = htmx.get(url("correct", trial))
    assert "has no result to correct" in response.content.decode()


def suggestions_url(experiment):
    return reverse("experiments:suggestions", args=[experiment.pk])


@pytest.mark.parametrize("count", ["0", "-1", "51", "1.5", "abc", "", "1e9", "nan", "9" * 30])
def test_a_count_that_makes_no_sense_is_refused_in_words(htmx, experiment, count):
    response = htmx.post(suggestions_url(experiment), {"count": count, "key": str(uuid.uuid4())})
    assert response.status_code == 200
    assert re.search(r'<p id="count-error"[^>]*>[^<]+</p>', response.content.decode())
    assert not experiment.requests.exists()


def test_a_double_click_takes_one(htmx, experiment):
    store_ready(experiment, (1, 1), (2, 2))
    data = {"count": "1", "key": str(uuid.uuid4())}
    htmx.post(suggestions_url(experiment), data)
    htmx.post(suggestions_url(experiment), data)
    assert experiment.trials.count() == 1


def test_the_answer_brings_a_new_key(htmx, experiment):
    key = str(uuid.uuid4())
    text = htmx.post(suggestions_url(experiment), {"count": "1", "key": key}).content.decode()
    assert 'id="request-key"' in text
    assert key not in text


def test_a_missing_or_broken_key_is_refused(htmx, experiment):
    for data in ({"count": "1"}, {"count": "1", "key": "zzz"}):
        assert htmx.post(suggestions_url(experiment), data).status_code == 200
    assert not experiment.requests.exists()


def test_stop_waiting(htmx, ada, experiment):
    ask(experiment, ada, 1)
    htmx.post(reverse("experiments:cancel", args=[experiment.pk]))
    assert not experiment.requests.waiting().exists()


@pytest.mark.parametrize("act", ["fail", "abandon"])
@pytest.mark.parametrize(
    ("reason", "said"), [("r" * 501, "500 characters at most"), ("r\0", "Null characters")]
)
def test_a_reason_that_cannot_be_kept_is_refused_in_words(htmx, trial, act, reason, said):
    assert said in htmx.post(url(act, trial), {"reason": reason}).content.decode()
    trial.refresh_from_db()
    assert trial.status == TrialStatus.RUNNING


def test_acts_are_not_done_by_looking(page, trial):
    for name in ("complete", "fail", "abandon", "reopen", "explain"):
        assert page.get(url(name, trial)).status_code == 405


class AnythingTyped(TestCase):
    """Whatever is sent, the answer is a page and never a server error."""

    def setup_example(self):
        super().setup_example()
        ada = make_user("ada")
        self.trial = take(make_experiment(ada), ada, (1, 2))[0]
        self.client.force_login(ada)

    @settings(max_examples=60, deadline=None)
    @given(value=st.text(max_size=40), sem=st.text(max_size=20), htmx=st.booleans())
    def test_any_text_as_a_result(self, value, sem, htmx):
        headers = {"HTTP_HX_REQUEST": "true"} if htmx else {}
        response = self.client.post(
            url("complete", self.trial), typed_in(self.trial, value, sem), **headers
        )
        assert response.status_code in (200, 302, 422)

    @settings(max_examples=60, deadline=None)
    @given(seen=st.text(max_size=20), value=st.text(max_size=20), reason=st.text(max_size=600))
    def test_any_text_as_a_correction(self, seen, value, reason):
        data = {**correction(self.trial, value, seen=seen), "reason": reason}
        response = self.client.post(url("correct", self.trial), data)
        assert response.status_code in (200, 302, 422)

    @settings(max_examples=40, deadline=None)
    @given(count=st.text(max_size=20), key=st.text(max_size=40))
    def test_any_text_as_a_request(self, count, key):
        response = self.client.post(
            suggestions_url(self.trial.experiment), {"count": count, "key": key}
        )
        assert response.status_code == 302
