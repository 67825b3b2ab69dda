"""Imports as one act: killed in the middle, sent twice, and what they say meanwhile."""

import os
import signal
import subprocess
import sys
import threading

import pytest
from django.db import OperationalError, connection, transaction

from experiments.models import Experiment, Observation, TableUpload, Trial
from experiments.services import importing, progress, tables
from experiments.services.errors import Refused
from experiments.services.progress import Step
from experiments.tables.matching import Options
from experiments.tables.reading import read
from experiments.tables.spreadsheets import open_book
from tests.database import held, url
from tests.factories import make_experiment
from tests.house.serving import ROOT, environment, wait_until
from tests.imported import apply, paste, points
from tests.spreadsheets import xlsx

IMPORT = """
import django
django.setup()
from django.contrib.auth.models import User
from experiments.models import Experiment, TableUpload
from experiments.services import importing, progress, tables
user, upload = User.objects.get(), TableUpload.objects.get()
experiment = Experiment.objects.get()
digest = importing.plan(experiment, upload).digest
with progress.followed(user.pk, str(upload.key)):
    importing.apply(experiment, upload, digest=digest, by=user)
"""


def is_at(step: Step, user, key: str) -> bool:
    """Tell whether an act says that it is at this step."""
    found = progress.read(user.pk, key)
    return found is not None and found.step is step


def is_free(experiment: Experiment) -> bool:
    """Tell whether nobody has locked the experiment."""
    try:
        with transaction.atomic():
            Experiment.objects.select_for_update(nowait=True).get(pk=experiment.pk)
    except OperationalError:
        return False
    return True


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_an_import_that_was_killed(ada, experiment):
    upload = paste(points(3_000), ada)
    key = str(upload.key)
    env = environment(
        DATABASE_URL=url(), DJANGO_SETTINGS_MODULE="axdash.settings",
        AXDASH_DATA_DIR=os.environ["AXDASH_DATA_DIR"],
    )  # fmt: skip
    with held("experiments_observation"):
        child = subprocess.Popen([sys.executable, "-c", IMPORT], cwd=ROOT, env=env)
        try:
            wait_until(lambda: is_at(Step.RESULTS, ada, key))
            assert str(progress.read(ada.pk, key)) == "Writing the results: 0 of 3,000"
            assert not is_free(experiment)
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
    wait_until(lambda: is_free(experiment))
    assert progress.read(ada.pk, key) is None
    assert (Trial.everything.count(), Observation.objects.count()) == (0, 0)
    assert [change.kind for change in experiment.changes.all()] == ["experiment_created"]
    upload.refresh_from_db()
    assert importing.done_by(experiment, upload) is None
    change = apply(experiment, upload, ada)
    assert (
        len(change.trial_numbers) == experiment.trials.filter(status="completed").count() == 3_000
    )
    assert Observation.objects.count() == 3_000


@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_the_same_moment_it_is_one_import(ada, experiment):
    upload = paste(points(50), ada)
    digest = importing.plan(experiment, upload).digest
    start, revisions = threading.Barrier(2), []

    def send():
        try:
            start.wait()
            change = importing.apply(experiment, upload, digest=digest, by=ada)
            revisions.append(change.revision)
        finally:
            connection.close()

    both = [threading.Thread(target=send) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(revisions) == 2
    assert len(set(revisions)) == 1
    assert experiment.trials.count() == 50


@pytest.mark.django_db(transaction=True)
def test_columns_chosen_while_the_import_is_at_work_do_not_make_it_another_table(ada, experiment):
    upload = paste(points(20), ada)
    again = TableUpload.objects.get()
    told = []

    def send():
        try:
            with progress.followed(ada.pk, "key"):
                apply(experiment, upload, ada)
        finally:
            connection.close()

    def choose():
        try:
            uses, _ = importing.settings_of(experiment, again)
            importing.choose(experiment, again, uses=uses, options=Options(repeats=True))
        except Refused as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for act in (send, choose)]
    with held("experiments_observation"):
        threads[0].start()
        wait_until(lambda: is_at(Step.RESULTS, ada, "key"))
        threads[1].start()
    for thread in threads:
        thread.join()
    assert told == ["This table was imported already: paste or choose it again."]
    assert importing.done_by(experiment, TableUpload.objects.get())
    assert experiment.trials.count() == 20


def test_a_table_goes_into_each_of_two_experiments_once(ada, experiment):
    other = make_experiment(ada, name="Other")
    upload = paste(points(3), ada)
    for each in (experiment, other, experiment):
        change = apply(each, TableUpload.objects.get(), ada)
        assert (change.experiment, change.trial_numbers) == (each, [0, 1, 2])
    assert (experiment.trials.count(), other.trials.count()) == (3, 3)
    assert importing.done_by(other, TableUpload.objects.get(pk=upload.pk)) == 2


def test_uses_chosen_for_one_sheet_are_not_those_of_another(ada, experiment):
    sheets = {"May": [["x1", "x2", "booth"], [1, 2, 3]], "June": [["x1", "booth"], [4, 5]]}
    data = xlsx(sheets)
    book = open_book(data)
    upload = tables.store(
        text=book.text, table=read(book.text), encoding="", name="", by=ada, book=book, file=data
    )
    uses, _ = importing.settings_of(experiment, upload)
    importing.choose_sheet(experiment, upload, "June")
    with pytest.raises(Refused, match="another sheet was chosen"):
        importing.choose(experiment, upload, uses=uses, options=Options())
