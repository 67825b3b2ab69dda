"""Random edits, taken back newest first, end exactly where they started."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.definition_rules import definition_problems
from experiments.documents import to_document
from experiments.models import Experiment
from experiments.services import editing
from tests.definitions.edits import edited
from tests.factories import make_experiment, make_user

pytestmark = pytest.mark.django_db


def document(experiment: Experiment) -> dict:
    return to_document(Experiment.objects.get(pk=experiment.pk).definition, keys=True)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_undoing_newest_first_leads_back_exactly(db, data):
    with transaction.atomic():
        ada = make_user("ada")
        experiment = make_experiment(ada)
        documents, changes = [document(experiment)], []
        for _ in range(data.draw(st.integers(1, 6))):
            now = Experiment.objects.get(pk=experiment.pk)
            draft = data.draw(edited(now.definition))
            if definition_problems(draft):
                continue
            change = editing.edit(now, draft=draft, base_revision=now.revision, by=ada)
            if change:
                changes.append(change)
                documents.append(document(experiment))
        while changes:
            documents.pop()
            undone = editing.undo(changes.pop(), by=ada)
            assert document(experiment) == documents[-1]
            redone = editing.undo(undone, by=ada)
            editing.undo(redone, by=ada)
            assert document(experiment) == documents[-1]
        transaction.set_rollback(True)
