"""The command template of an experiment: set, changed, taken back."""

import pytest
from django.core.exceptions import PermissionDenied

from experiments.models import Change, ChangeKind, Experiment, Membership, Role
from experiments.services import lifecycle, undoing
from experiments.services.errors import Conflict, Refused
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def fresh(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


def test_a_template_is_one_change_that_the_model_need_not_know_of(ada, experiment):
    before = experiment.model_revision
    change = lifecycle.set_command(experiment, template="run {x1}", by=ada)
    assert (change.before, change.after) == ({"command": ""}, {"command": "run {x1}"})
    assert change.kind == ChangeKind.COMMAND_CHANGED
    assert fresh(experiment).command == "run {x1}"
    assert fresh(experiment).model_revision == before
    assert lifecycle.set_command(experiment, template="run {x1}", by=ada) is None


def test_a_template_is_taken_back_unless_it_was_changed_since(ada, experiment):
    first = lifecycle.set_command(experiment, template="run {x1}", by=ada)
    second = lifecycle.set_command(experiment, template="run {x2}", by=ada)
    with pytest.raises(Conflict, match="template changed again since: take that back first"):
        undoing.undo(experiment, revision=first.revision, by=ada)
    undoing.undo(experiment, revision=second.revision, by=ada)
    assert fresh(experiment).command == "run {x1}"
    undoing.undo(experiment, revision=first.revision, by=ada)
    assert fresh(experiment).command == ""


def test_what_could_break_out_is_refused_whoever_sends_it(ada, experiment):
    with pytest.raises(Refused, match="stands in quotes"):
        lifecycle.set_command(experiment, template='run "{x1}"', by=ada)
    assert fresh(experiment).command == ""


def test_runners_cannot_change_the_template(ada, experiment):
    rob = make_user("rob")
    Membership.objects.create(team=experiment.team, user=rob, role=Role.RUNNER)
    before = Change.objects.count()
    with pytest.raises(PermissionDenied):
        lifecycle.set_command(experiment, template="run {x1}", by=rob)
    assert Change.objects.count() == before
