"""Each kind of act on an experiment is taken back, and done again, at one address."""

import re
import uuid
from dataclasses import replace
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from experiments.known import Choice, Taken
from experiments.models import (
    Change,
    ChangeKind,
    Experiment,
    ExperimentStatus,
    Membership,
    Role,
    Trial,
)
from experiments.services import (
    auxiliary,
    conclusions,
    decisions,
    editing,
    lifecycle,
    trials,
    undoing,
)
from tests.factories import finish, make_experiment, make_user, take
from tests.standing import standing
from tests.views.entries import entries


@pytest.fixture
def done(ada, experiment):
    """An experiment with two results, which learns from another one."""
    source = make_experiment(ada, name="Old rig")
    auxiliary.attach(experiment, Choice(taken=(Taken(source.pk),), only_inside=False), by=ada)
    for trial in take(experiment, ada, (1, 2), (3, 4)):
        finish(trial, ada, 0.5)
    return Experiment.objects.get(pk=experiment.pk)


def edit(experiment, by):
    draft = replace(experiment.definition, description="Better told")
    return editing.edit(experiment, draft=draft, base_revision=experiment.revision, by=by)


def conclude(experiment, by):
    conclusions.conclude(
        experiment, document={}, revision=experiment.revision, seen=experiment.cards_revision,
        key=uuid.uuid4(), by=by,
    )  # fmt: skip


def withdraw(experiment, by):
    conclude(experiment, by)
    conclusions.withdraw(experiment.conclusions.get(), by=by)


def leave_out(experiment, by):
    row = experiment.auxiliary_sources.get().pk
    auxiliary.set_active(experiment, row=row, is_active=False, by=by)


ACTS = {
    "status": lambda e, by: lifecycle.change_status(e, status=ExperimentStatus.PAUSED, by=by),
    "name": lambda e, by: lifecycle.rename(e, name="New", by=by),
    "tags": lambda e, by: lifecycle.set_tags(e, tags=["nlp"], by=by),
    "notes": lambda e, by: lifecycle.edit_notes(
        e, notes="Hm", seen=lifecycle.fingerprint(""), by=by
    ),
    "command": lambda e, by: lifecycle.set_command(e, template="run {x1}", by=by),
    "choice": lambda e, by: decisions.choose(e.trials.first(), reason="Cheap", seen=0, by=by),
    "cost": lambda e, by: decisions.set_trial_cost(e, cost=2.0, unit="h", by=by),
    "source": leave_out,
    "conclusion": conclude,
    "withdrawal": withdraw,
    "definition": edit,
    "result": lambda e, by: trials.reopen(e.trials.first(), by=by),
}


def undo(page, change):
    address = reverse("experiments:undo", args=[change.experiment_id, change.revision])
    back = reverse("experiments:history", args=[change.experiment_id])
    return page.post(address, {"next": back}, follow=True)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_undone_done_again_and_undone(page, ada, done, name):
    start = standing(done)
    ACTS[name](done, ada)
    if name == "withdrawal":
        start["conclusions"] = [1]  # Before it, the conclusion stood.
    made = done.changes.first()
    label = ChangeKind(made.kind).label
    after = standing(done)

    undid, act, *_ = entries(undo(page, made))
    assert standing(done) == start
    assert f"undid “{label}” ( change {made.revision} )" in undid
    assert undid.endswith("Redo")
    assert act.endswith(f"Undone by change {made.revision + 1} .")
    assert "That was undone already." in undo(page, made).content.decode()

    again, undid, act, *_ = entries(undo(page, done.changes.first()))
    assert standing(done) == after
    assert f"did “{label}” again ( change {made.revision} )" in again
    assert again.endswith("Undo")
    assert undid.endswith(f"Done again by change {made.revision + 2} .")
    assert act.endswith("Undo")

    undid, again, *_ = entries(undo(page, done.changes.first()))
    assert standing(done) == start
    assert undid.endswith("Redo")
    assert again.endswith(f"Undone by change {made.revision + 3} .")


@pytest.mark.parametrize("name", ["name", "choice", "cost", "definition"])
def test_what_was_changed_again_by_hand_says_so(page, ada, done, name):
    ACTS[name](done, ada)
    made = done.changes.first()
    {
        "name": lambda: lifecycle.rename(done, name="Newer", by=ada),
        "choice": lambda: decisions.choose(
            done.trials.last(), reason="Better", seen=made.revision, by=ada
        ),
        "cost": lambda: decisions.set_trial_cost(done, cost=3.0, unit="h", by=ada),
        "definition": lambda: edit_again(done, ada),
    }[name]()
    newest, act, *_ = entries(undo(page, made))
    assert newest.endswith("Undo")
    assert re.search(r"Cannot be undone\. .*hanged again since.*ake that back first", act)
    assert done.changes.first().revision == made.revision + 1


def edit_again(experiment, by):
    now = Experiment.objects.get(pk=experiment.pk)
    draft = replace(now.definition, description="Told anew")
    editing.edit(now, draft=draft, base_revision=now.revision, by=by)


@pytest.mark.parametrize("name", ["name", "choice", "source", "definition"])
def test_who_could_not_have_done_it_reads_why_and_finds_no_button(client, ada, done, name):
    rita = make_user("rita")
    Membership.objects.create(team=done.team, user=rita, role=Role.RUNNER)
    ACTS[name](done, ada)
    client.force_login(rita)
    newest = entries(client.get(reverse("experiments:history", args=[done.pk])))[0]
    assert f"Your role in {done.team} is runner; to " in newest
    assert not newest.endswith("Undo")
    assert undo(client, done.changes.first()).status_code == 403
    assert done.changes.filter(undoes=None).count() == done.changes.count()


def test_a_role_that_was_taken_away_meanwhile(page, ada, done):
    lifecycle.rename(done, name="New", by=ada)
    Membership.objects.update(role=Role.VIEWER)
    assert undo(page, done.changes.first()).status_code == 403
    assert Experiment.objects.get(pk=done.pk).name == "New"


def test_what_kept_nothing_of_before_says_so(page, done):
    Change.objects.create(
        experiment=done, revision=done.revision + 1, kind=ChangeKind.TRIAL_NOTED,
        is_model_change=False,
    )  # fmt: skip
    newest = entries(page.get(reverse("experiments:history", args=[done.pk])))[0]
    assert newest.endswith("Cannot be undone. What there was before was not kept.")


def test_changes_from_before_undos_had_columns(ada, experiment):
    """An undo, the undo of that, and the undo of that again."""
    finish(take(experiment, ada, (1, 2))[0], ada, 0.5)
    made = experiment.changes.first().revision
    for revision in range(made, made + 3):
        undoing.undo(experiment, revision=revision, by=ada)
    undos = experiment.changes.values_list("revision", "undoes", "is_redo")
    known = list(undos)
    for change in experiment.changes.exclude(undoes=None):
        change.after |= {"undone": change.revision - 1, "undone_kind": "trial_completed"}
        change.undoes, change.is_redo = None, False
        change.save()
    migration = import_module("experiments.migrations.0021_what_was_undone")
    with connection.schema_editor() as editor:
        migration.tell_from_json(apps, editor)
    assert list(undos.all()) == known
    assert known[:3] == [(6, 3, False), (5, 3, True), (4, 3, False)]
    assert "undone" not in experiment.changes.first().after


def test_what_a_change_names_and_is_not_there_any_more(page, ada, done):
    """As in an experiment that was restored from a file that lacks it."""
    trials.fail(take(done, ada, (5, 6))[0], by=ada)
    leave_out(done, ada)
    conclude(Experiment.objects.get(pk=done.pk), ada)
    Trial.everything.filter(number=2).delete()
    done.auxiliary_sources.all().delete()
    done.conclusions.all().delete()
    concluded, left_out, failed, *_ = entries(
        page.get(reverse("experiments:history", args=[done.pk]))
    )
    assert concluded.endswith("Cannot be undone. This conclusion is gone.")
    assert "Cannot be undone. This experiment is no longer among those" in left_out
    assert failed.endswith("Cannot be undone. Trial 2 is gone for good.")
    for change in done.changes.all()[:3]:
        assert "gone" in (said := undo(page, change).content.decode()) or "no longer" in said
        assert not done.changes.exclude(undoes=None).exists()
