"""Many rows in one statement: what was meant is what is there, as with Django’s own."""

from datetime import UTC, date, datetime

import pytest

from experiments.models import Observation, Trial
from experiments.services import whole_rows
from tests.factories import make_experiment

WHEN = datetime(2031, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
VALUES = {
    "parameters": {"p1": 1e-300, "p2": "a\"b\\c\n'é", "p3": True, "p4": 2**53},
    "requested": {"p1": 0.1},
    "reason": "100 % of it",
    "tags": ["hot", 'with "quotes", {braces}', ""],
    "notes": "two\nlines – ‘quoted’",
    "links": [["https://example.org", "label"]],
    "due_on": date(2031, 5, 4),
    "finished_at": WHEN,
}


def stored(trial: Trial) -> dict:
    """All columns as the database has them, but for what differs in any two rows."""
    row = Trial.everything.filter(pk=trial.pk).values().get()
    return {k: v for k, v in row.items() if k not in ("id", "number", "created_at")}


@pytest.mark.parametrize("values", [VALUES, {"parameters": {}}])
def test_rows_are_inserted_as_django_inserts_them(ada, values):
    made = make_experiment(ada)
    shared = {"experiment": made, "taken_by_id": ada.pk, "status": "failed", "origin": "imported"}
    one = Trial.objects.create(number=0, **shared, **values)
    others = [Trial(number=number, **shared, **values) for number in (1, 2)]
    whole_rows.insert(others)
    assert len({one.pk, *(trial.pk for trial in others)}) == 3
    for trial in others:
        assert stored(trial) == stored(one)
        assert Trial.objects.get(number=trial.number).pk == trial.pk
        assert trial.created_at >= one.created_at
    after = Trial.objects.create(number=3, **shared, **values)
    assert after.pk > max(trial.pk for trial in others)


def test_results_keep_every_digit(ada):
    made = make_experiment(ada)
    trial = Trial.objects.create(experiment=made, number=0, parameters={})
    means = [0.1, 1 / 3, -1e-300, 1e100, 5e-324, 2.0**60]
    rows = [
        Observation(trial=trial, metric=made.objective, mean=mean, sem=None, step=step, raw=[mean])
        for step, mean in enumerate(means)
    ]
    whole_rows.insert(rows)
    found = Observation.objects.order_by("step")
    assert [row.mean for row in found] == means
    assert [float(row.raw[0]) for row in found] == means  # JSON has large floats as integers.
    assert {row.sem for row in found} == {None}


def test_fields_that_are_named_are_updated_and_others_stay(ada):
    made = make_experiment(ada)
    trials = [Trial(experiment=made, number=n, parameters={"p1": n}, notes="x") for n in range(3)]
    whole_rows.insert(trials)
    for trial in trials[:2]:
        trial.tags, trial.finished_by_id, trial.finished_at = [str(trial.number)], ada.pk, WHEN
        trial.parameters, trial.requested, trial.notes = {"p1": 0.5}, {"p1": 1}, "not written"
    whole_rows.update(trials[:2], ["tags", "finished_by", "finished_at", "parameters", "requested"])
    zero, one, two = Trial.objects.order_by("number")
    assert [(t.tags, t.parameters, t.requested, t.notes) for t in (zero, one, two)] == [
        (["0"], {"p1": 0.5}, {"p1": 1}, "x"),
        (["1"], {"p1": 0.5}, {"p1": 1}, "x"),
        ([], {"p1": 2}, None, "x"),
    ]
    assert [(t.finished_by, t.finished_at) for t in (one, two)] == [(ada, WHEN), (None, None)]


def test_no_row_is_no_statement(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        whole_rows.insert([])
        whole_rows.update([], ["tags"])
