"""An experiment from before definitions could be edited: nothing of it is lost, all pages open."""

import json

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils import timezone

from experiments.domain import ParameterKind, ValueType
from experiments.models import Experiment
from experiments.services import undoing
from tests.views.filled_forms import fields_of

BEFORE = [("experiments", "0001_initial")]

PARAMETERS = {
    "lr": {"kind": "range", "value_type": "float", "lower": 1e-5, "upper": 0.1, "log_scale": True},
    "x": {"kind": "range", "value_type": "float", "lower": 0.0, "upper": 1.0, "step": 0.25},
    "depth": {"kind": "range", "value_type": "int", "lower": 1, "upper": 9},
    "kernel": {"kind": "choice", "value_type": "text", "values": ["rbf", "poly"]},
    "size": {"kind": "choice", "value_type": "int", "values": [16, 32, 64], "is_ordered": True},
    "shuffle": {"kind": "choice", "value_type": "bool", "values": [False, True]},
    "model": {"kind": "fixed", "value_type": "text", "value": "svm"},
}
POINTS = [
    [0.001, 0.25, 3, "rbf", 16, True, "svm"],
    [0.01, 0.5, 4, "poly", 32, False, "svm"],
    [0.1, 1.0, 9, "rbf", 64, True, "svm"],
]


def migrated(targets):
    """Migrate, and return the models as they are then."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # Nothing pending keeps a table as it is.
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps.get_model


def created_then(parameters):
    """The definition as the change of the creation kept it: the draft, without keys."""
    spec = {"key": "", "log_scale": False, "is_ordered": False, "values": []}
    spec |= dict.fromkeys(("lower", "upper", "step", "value"))
    return {
        "name": "Old",
        "description": "Before",
        "objective": "loss",
        "direction": "minimize",
        "trial_budget": 20,
        "parameters": [{"name": n, "spec": spec | own} for n, own in parameters.items()],
    }


def store_as_then(model, ada) -> int:
    """Write an experiment with a completed, a failed and a running trial; return its id."""
    by = {"created_by_id": ada.pk, "touched_by_id": ada.pk}
    experiment = model("experiments", "Experiment").objects.create(
        team_id=ada.teams.get().pk, name="Old", description="Before", trial_budget=20,
        revision=4, model_revision=4, trial_count=3, seed=7, **by,
    )  # fmt: skip
    metric = model("experiments", "Metric").objects.create(
        experiment=experiment, name="loss", direction="minimize"
    )
    parameters = model("experiments", "Parameter").objects
    rows = [
        parameters.create(experiment=experiment, position=place, name=name, **own)
        for place, (name, own) in enumerate(PARAMETERS.items())
    ]
    keys = [f"p{row.pk}" for row in rows]
    trials = [
        model("experiments", "Trial").objects.create(
            experiment=experiment, number=number, status=status, taken_by_id=ada.pk,
            parameters=dict(zip(keys, point, strict=True)),
            finished_at=None if status == "running" else timezone.now(),
        )
        for number, (status, point) in enumerate(
            zip(["completed", "failed", "running"], POINTS, strict=True)
        )
    ]  # fmt: skip
    model("experiments", "Observation").objects.create(trial=trials[0], metric=metric, mean=0.125)
    values = {f"m{metric.pk}": {"mean": 0.125, "sem": None}}
    change = model("experiments", "Change").objects
    acts = [
        ("experiment_created", None, {}, created_then(PARAMETERS)),
        ("suggestions_taken", None, {}, {"trials": [0, 1, 2]}),
        ("trial_completed", trials[0], state(0, "running"), state(0, "completed", values)),
        ("trial_failed", trials[1], state(1, "running"), state(1, "failed")),
    ]
    for revision, (kind, trial, before, after) in enumerate(acts, start=1):
        change.create(
            experiment=experiment, revision=revision, kind=kind, user_id=ada.pk, trial=trial,
            before=before, after=after, is_model_change=True,
        )  # fmt: skip
    return experiment.pk


def state(number, status, values=None):
    return {"trial": number, "status": status, "reason": "", "values": values or {}}


@pytest.fixture
def old(ada) -> Experiment:
    """An experiment that was stored before, in a database that was migrated since."""
    pk = store_as_then(migrated(BEFORE), ada)
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("experiments")
    migrated(newest)
    return Experiment.objects.get(pk=pk)


def url(name: str, old: Experiment, *more: int) -> str:
    return reverse(f"experiments:{name}", args=[old.pk, *more])


def rows_say_what_they_said(old):
    specs = {p.name: p.spec for p in old.parameters.all()}
    assert list(specs) == list(PARAMETERS)
    assert (specs["lr"].lower, specs["lr"].upper, specs["lr"].log_scale) == (1e-5, 0.1, True)
    assert specs["x"].step == 0.25
    assert specs["size"].values == (16, 32, 64)
    assert specs["size"].is_ordered
    assert specs["model"].kind is ParameterKind.FIXED
    assert specs["shuffle"].value_type is ValueType.BOOL
    assert all(s.condition is None and s.pinned is None for s in specs.values())
    assert [t.named_parameters(list(old.parameters.all())) for t in old.trials.all()] == [
        dict(zip(PARAMETERS, point, strict=True)) for point in POINTS
    ]
    assert [t.status for t in old.trials.all()] == ["completed", "failed", "running"]
    assert old.objective.name == "loss"
    assert old.spec.seed == 7


def every_page_opens(page, old):
    for name in ("live", "edit", "definition", "export", "copy", "notes", "delete"):
        assert page.get(url(name, old)).status_code == 200
    assert "0.125" in page.get(url("detail", old)).content.decode()
    assert "0.125" in page.get("/").content.decode()
    assert page.get(url("copy", old) + "?trials=1").status_code == 200


def what_it_exports_can_be_read_again(page, old):
    document = json.loads(page.get(url("export_definition", old)).content)
    text = page.post("/experiments/paste/", {"text": json.dumps(document)}).content.decode()
    typed = fields_of(text)
    assert typed["name"] == "Old"
    assert set(PARAMETERS) <= set(typed.values())


def where_it_started_is_no_change_to_take_back(page, old):
    assert (
        "The definition has not been changed yet"
        in page.get(url("definition", old)).content.decode()
    )
    refused = page.post(url("undo", old, 1), follow=True).content.decode()
    assert "This is where the experiment started" in refused


def test_nothing_of_it_is_lost_and_all_pages_open(page, old):
    """One test for all that only looks: bringing the database up to date takes seconds."""
    rows_say_what_they_said(old)
    every_page_opens(page, old)
    what_it_exports_can_be_read_again(page, old)
    where_it_started_is_no_change_to_take_back(page, old)


def save_an_edit_and_take_it_back(page, old):
    before = old.definition
    typed = fields_of(page.get(url("edit", old)).content.decode())
    upper = next(name for name, value in typed.items() if value == "9")
    response = page.post(url("edit", old), typed | {upper: "12", "action": "review"})
    reviewed = fields_of(response.content.decode())
    response = page.post(url("edit", old), reviewed | {"action": "save"})
    assert response.status_code == 302
    changed = Experiment.objects.get(pk=old.pk)
    assert {p.name: p.upper for p in changed.parameters.all()}["depth"] == 12
    assert page.get(url("definition", old)).status_code == 200
    assert page.post(url("undo", old, changed.revision)).status_code == 302
    assert Experiment.objects.get(pk=old.pk).definition == before
    assert old.trials.count() == 3


def test_an_edit_is_taken_back_and_a_form_from_before_it_is_merged(page, old):
    typed = fields_of(page.get(url("edit", old)).content.decode())
    save_an_edit_and_take_it_back(page, old)
    upper = next(name for name, value in typed.items() if value == "9")
    late = page.post(url("edit", old), typed | {upper: "10", "action": "review"})
    assert late.status_code == 409


def test_what_happened_before_can_be_undone(ada, old):
    undoing.undo(old, revision=3, by=ada)
    trial = old.trials.get(number=0)
    assert (trial.status, trial.finished_at, trial.observations.count()) == ("running", None, 0)
    undoing.undo(old, revision=4, by=ada)
    undoing.undo(old, revision=2, by=ada)
    assert not old.trials.exists()
