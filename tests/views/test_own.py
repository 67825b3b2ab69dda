"""Own trials, repeats, and suggestions around fixed values."""

import html
import re
import uuid

import pytest
from django.urls import reverse

from experiments import tasks
from experiments.models import ExperimentStatus, Membership, Role, TrialOrigin
from experiments.services import lifecycle, own_trials, suggestions, trials, undoing
from experiments.services.trial_states import states_of
from tests.factories import finish, store_ready, take


def said(response):
    """The answer as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def url(name, experiment, *more):
    return reverse(f"experiments:{name}", args=[experiment.pk, *more])


@pytest.fixture
def keys(experiment):
    return [parameter.key for parameter in experiment.parameters.all()]


def values_in(response):
    """What the fields of parameters are filled with."""
    return re.findall(r'name="p\d+" value="([^"]*)"', response.content.decode())


def test_it_is_filled_in_from_the_best_a_trial_or_a_suggestion(page, ada, experiment):
    one, two = take(experiment, ada, (1, 2), (3, 4))
    finish(one, ada, 1.0)
    finish(two, ada, 2.0)
    store_ready(experiment, (5, 6))
    address = url("add_trial", experiment)
    ready = experiment.suggestions.ready().get().pk
    assert values_in(page.get(address)) == ["1", "2"]
    assert values_in(page.get(f"{address}?trial=1")) == ["3", "4"]
    assert values_in(page.get(f"{address}?suggestion={ready}")) == ["5", "6"]
    assert page.get(f"{address}?trial=77").status_code == 404


def test_an_own_trial_is_added_once(page, ada, experiment, keys):
    data = {keys[0]: "1,5", keys[1]: "-2", "key": str(uuid.uuid4())}
    for _ in range(2):
        done = page.post(url("add_trial", experiment), data, follow=True)
    assert "Trial 0 is yours: it is running." in said(done)
    (trial,) = experiment.trials.all()
    assert trial.parameters == {keys[0]: 1.5, keys[1]: -2.0}
    assert (trial.origin, trial.taken_by) == (TrialOrigin.OWN, ada)
    assert "Somebody added it" in said(page.get(url("trial", experiment, 0)))


def test_an_own_trial_leads_to_the_fields_of_its_result(page, experiment, keys):
    data = {keys[0]: "1", keys[1]: "2", "key": str(uuid.uuid4()), "enter": "1"}
    answer = page.post(url("add_trial", experiment), data)
    assert answer["Location"] == url("enter", experiment, 0)


def test_values_outside_need_a_yes_and_are_marked(page, experiment, keys):
    data = {keys[0]: "50", keys[1]: "2", "key": str(uuid.uuid4())}
    refused = page.post(url("add_trial", experiment), data)
    assert refused.status_code == 422
    assert 'name="is_outside"' in refused.content.decode()
    assert values_in(refused)[0] == "50"
    assert not experiment.trials.exists()
    page.post(url("add_trial", experiment), data | {"is_outside": "1"})
    assert experiment.trials.get().parameters[keys[0]] == 50.0
    assert "outside" in said(page.get(url("trial", experiment, 0)))


def test_the_same_parameters_again_are_told(page, ada, experiment, keys):
    take(experiment, ada, (1, 2))
    data = {keys[0]: "1", keys[1]: "2", "key": str(uuid.uuid4())}
    told = page.post(url("add_trial", experiment), data)
    assert told.status_code == 422
    assert "Trial 0 has the same parameters. Yes, add this one as a repeat" in said(told)
    assert experiment.trials.count() == 1
    for _ in range(2):
        done = page.post(url("add_trial", experiment), data | {"is_repeat": "1"}, follow=True)
        assert "It has the parameters of trial 0: it is a repeat." in said(done)
    assert [t.origin for t in experiment.trials.all()] == ["suggested", "repeated"]


def test_the_best_and_finished_trials_are_repeated_from_the_page(page, ada, experiment):
    finish(take(experiment, ada, (1, 2))[0], ada, 1.0)
    shown = page.get(experiment.get_absolute_url()).content.decode()
    address = url("trial_repeat", experiment, 0)
    assert shown.count(f'form="repeat-form" formaction="{address}"') == 2
    data = {"key": str(uuid.uuid4()), "next": experiment.get_absolute_url()}
    assert page.post(address, data)["Location"] == experiment.get_absolute_url()
    assert experiment.trials.get(number=1).origin == TrialOrigin.REPEATED


def test_repeats_of_the_largest_numbers(page, ada, experiment):
    finish(take(experiment, ada, (1, 2))[0], ada, 1.5e308)
    (again,) = own_trials.repeat(experiment.trials.get(), count=1, key=uuid.uuid4(), by=ada)
    finish(again, ada, 1.7e308)
    assert "were tried 2 times" in said(page.get(url("trial", experiment, 0)))


@pytest.mark.parametrize("text", ["", "x", "9" * 400, "nan", "\x00", "1,234"])
def test_what_is_no_value_is_told_beside_the_field(page, experiment, keys, text):
    refused = page.post(url("add_trial", experiment), {keys[0]: text, keys[1]: "2"})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    assert not experiment.trials.exists()


def test_repeats_are_one_act_and_the_page_tells_mean_and_spread(page, ada, experiment):
    (first,) = take(experiment, ada, (1, 2))
    finish(first, ada, 1.0)
    before = states_of(experiment)
    data = {"count": "2", "key": str(uuid.uuid4())}
    for _ in range(2):
        done = page.post(url("trial_repeat", experiment, 0), data, follow=True)
    assert "2 trials repeat trial 0." in said(done)
    assert [t.origin for t in experiment.trials.all()] == ["suggested", "repeated", "repeated"]
    revision = experiment.changes.first().revision
    for trial, value in zip(experiment.trials.filter(number__gt=0), (2.0, 3.0), strict=True):
        finish(trial, ada, value)
    text = said(page.get(url("trial", experiment, 1)))
    assert "were tried 3 times (trials 0 , 1 , 2 ): booth 2 ± 1" in text
    for trial in experiment.trials.filter(number__gt=0):
        trials.reopen(trial, by=ada)
    undoing.undo(experiment, revision=revision, by=ada)
    assert {0: states_of(experiment)[0]} == before


@pytest.mark.parametrize("count", ["0", "-1", "21", "x", "9" * 30, ""])
def test_how_often_makes_sense(page, ada, experiment, count):
    take(experiment, ada, (1, 2))
    done = page.post(url("trial_repeat", experiment, 0), {"count": count}, follow=True)
    assert "Repeat it 1 to 20 times." in said(done)
    assert experiment.trials.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fixed_values_are_kept_and_the_rest_is_suggested(page, ada, experiment, keys):
    data = {keys[0]: "2,5", keys[1]: "", "count": "2", "key": str(uuid.uuid4())}
    for _ in range(2):
        assert page.post(url("fix", experiment), data).status_code == 302
    assert "2 suggestions are being computed" in said(page.get(experiment.get_absolute_url()))
    tasks.suggest(experiment_id=experiment.pk)
    found = list(experiment.trials.all())
    assert [trial.parameters[keys[0]] for trial in found] == [2.5, 2.5]
    assert len({trial.parameters[keys[1]] for trial in found}) == 2
    assert all(trial.taken_by == ada for trial in found)
    assert experiment.suggestions.ready().fresh().count() == experiment.wanted_parallelism
    assert any(s.parameters[keys[0]] != 2.5 for s in experiment.suggestions.ready())
    text = said(page.get(url("trial", experiment, 0)))
    assert "ada asked for it with some values fixed: x1 at 2.5." in text
    assert "took suggestions" in text
    assert "Fixed: x1 at 2.5." in text


def test_the_pool_is_not_given_to_who_has_fixed_something(page, experiment, keys):
    store_ready(experiment, (1, 2))
    data = {keys[0]: "2.5", "count": "1", "key": str(uuid.uuid4())}
    page.post(url("fix", experiment), data)
    assert not experiment.trials.exists()
    page.post(url("cancel", experiment))
    assert not experiment.requests.waiting().exists()


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ("", "", "Fix at least one parameter"),
        ("1", "2", "Nothing is left to suggest: all that applies is fixed."),
        ("50", "", "10"),
        ("x", "", "not a number"),
        ("9" * 400, "", "too large"),
    ],
)
def test_what_cannot_be_fixed_is_told(page, experiment, keys, first, second, error):
    data = {keys[0]: first, keys[1]: second, "count": "1", "key": str(uuid.uuid4())}
    refused = page.post(url("fix", experiment), data)
    assert refused.status_code == 422
    assert error in said(refused) or error in refused.content.decode()
    assert not experiment.requests.exists()


def test_where_nothing_can_be_made_the_page_says_so(page, ada, experiment, keys):
    data = {keys[0]: "2.5", "count": "1", "key": str(uuid.uuid4())}
    page.post(url("fix", experiment), data)
    asked = experiment.requests.get()
    suggestions.give_up(asked.pk, problem="Nothing satisfies the constraints.")
    text = said(page.get(experiment.get_absolute_url()))
    assert "No suggestion with your fixed values could be made. Nothing satisfies" in text
    experiment.requests.update(filled=2, wanted=5)
    text = said(page.get(experiment.get_absolute_url()))
    assert "Only 2 of 5 suggestions with your fixed values could be made." in text


def test_paused_and_viewers(page, ada, experiment, keys):
    (trial,) = take(experiment, ada, (1, 2))
    lifecycle.change_status(experiment, status=ExperimentStatus.PAUSED, by=ada)
    data = {keys[0]: "2.5", "count": "1", "key": str(uuid.uuid4())}
    assert "This experiment is paused" in said(page.post(url("fix", experiment), data))
    assert own_trials.repeat(trial, count=1, key=uuid.uuid4(), by=ada)
    Membership.objects.update(role=Role.VIEWER)
    for name, more in (("fix", []), ("add_trial", []), ("trial_repeat", [0])):
        assert page.post(url(name, experiment, *more), data).status_code == 403
