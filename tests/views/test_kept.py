"""Trials of large experiments stay in memory, and follow whatever happens."""

import uuid

import pytest

from experiments.domain import Result
from experiments.models import Trial
from experiments.services import lifecycle, own_trials, trial_details, trials, undoing
from experiments.views import kept
from tests.factories import finish, make_experiment, take


@pytest.fixture
def large(monkeypatch, ada):
    """An experiment that counts as large, with two results, a failure and a running trial."""
    monkeypatch.setattr(kept, "FEWEST", 1)
    kept.forget()
    made = make_experiment(ada)
    one, two, three, _ = take(made, ada, (1, 1), (2, 2), (3, 3), (4, 4))
    finish(one, ada, 1.0)
    finish(two, ada, 2.0, 0.5)
    trials.fail(three, by=ada)
    made.refresh_from_db()
    kept.trials_read(made)
    yield made
    kept.forget()


def assert_follows(experiment):
    """What is kept is what would be read afresh."""
    experiment.refresh_from_db()
    followed = kept.trials_read(experiment)
    kept.forget()
    assert followed == kept.trials_read(experiment)


def _delete(experiment, ada):
    trials.delete(experiment.trials.get(number=0), by=ada)


def _bring_back(experiment, ada):
    _delete(experiment, ada)
    kept.trials_read(experiment)
    undoing.undo(experiment, revision=experiment.changes.first().revision, by=ada)


def _correct(experiment, ada):
    metric = experiment.objective
    trials.correct(
        experiment.trials.get(number=1),
        values={metric: Result(7.0)}, seen={metric: Result(2.0, 0.5)}, by=ada,
    )  # fmt: skip


def _use(experiment, ada):
    trial = experiment.trials.get(number=0)
    values = dict.fromkeys(trial.parameters, 5.0)
    trial_details.use(trial, values=values, seen=trial.parameters, by=ada)


def _add(experiment, ada):
    values = dict.fromkeys(experiment.trials.first().parameters, 9.0)
    own_trials.add(experiment, parameters=values, key=uuid.uuid4(), by=ada)


ACTS = {
    "a result": lambda experiment, ada: finish(experiment.trials.get(number=3), ada, 0.5),
    "a correction": _correct,
    "a reopened trial": lambda experiment, ada: trials.reopen(
        experiment.trials.get(number=0), by=ada
    ),
    "a deleted trial": _delete,
    "a deleted trial that came back": _bring_back,
    "other values": _use,
    "a new trial": _add,
    "suggestions taken": lambda experiment, ada: take(experiment, ada, (7, 7), (8, 8)),
    "a new name": lambda experiment, ada: lifecycle.rename(experiment, name="Other", by=ada),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_what_is_kept_follows(large, ada, act):
    act(large, ada)
    assert_follows(large)


def test_many_changes_between_two_requests(large, ada, monkeypatch):
    monkeypatch.setattr(kept, "MOST_CHANGED", 2)
    for name in ("a result", "a correction", "a reopened trial", "a new trial", "a new name"):
        ACTS[name](large, ada)
    assert_follows(large)


def test_only_what_has_changed_is_read_again(large, ada, django_assert_num_queries):
    finish(large.trials.get(number=3), ada, 0.5)
    large.refresh_from_db()
    with django_assert_num_queries(3):
        kept.trials_read(large)
    with django_assert_num_queries(0):
        kept.trials_read(large)


def test_a_database_that_was_put_back(large):
    Trial.objects.filter(number=0).delete()
    large.revision -= 1
    assert [trial.number for trial in kept.trials_read(large).trials] == [1, 2, 3]


def test_small_experiments_are_not_kept(ada, experiment):
    take(experiment, ada, (1, 1))
    kept.trials_read(experiment)
    Trial.objects.filter(experiment=experiment).update(reason="by other means")
    assert kept.trials_read(experiment).trials[0].reason == "by other means"


def test_the_oldest_make_room(large, ada, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(kept, "MOST", 5)
    other = make_experiment(ada)
    take(other, ada, (1, 1), (2, 2))
    kept.trials_read(other)
    with django_assert_num_queries(0):
        kept.trials_read(other)
    with django_assert_num_queries(2):
        kept.trials_read(large)


def test_an_act_leaves_the_plots_to_the_next_question(htmx, large):
    key = large.objective.key
    address = large.get_absolute_url()
    answer = htmx.post(f"{address}trials/3/complete/", {key: "0.25"})
    assert answer["HX-Trigger"] == "axdash:news"
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#run-3", "delete")
    assert 'id="running-list"' not in answer.content.decode()
    assert 'id="progress-data"' not in answer.content.decode()
    assert "0.25" in answer.content.decode()
    live = htmx.get(f"{address}live/").content.decode()
    assert 'id="progress-data"' in live
    assert 'id="finished-3"' in live
