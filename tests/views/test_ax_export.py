"""The script for Ax alone and Ax's snapshot, from rows and pages: each is given to Ax.

What Ax holds of experiments of all kinds is compared in ``tests/optimizer/test_ax_script.py``.
"""

import json
import subprocess
import sys

import pytest
from ax.api.client import Client
from django.urls import reverse

from experiments import tasks
from experiments.domain import Result
from experiments.models import AuxiliarySource, Observation
from experiments.services import lifecycle, snapshots, trials
from tests.factories import finish, float_range, make_experiment, take

HOSTILE = ["a'b\"c", "x y", '"""', "back\\slash", "lambda", "__import__('os')"]


def held(client: Client) -> tuple[list[str], list[list[float]], list[float]]:
    """Return statuses, parameters and results of the trials that a client has."""
    found = list(client._experiment.trials.values())
    means = client._experiment.lookup_data().df.sort_values("trial_index")["mean"]
    parameters = [list(trial.arm.parameters.values()) for trial in found]
    return [trial.status.name for trial in found], parameters, list(means)


def test_the_script_asks_ax_alone_for_the_next_trial_and_writes_a_snapshot(page, ada, tmp_path):
    specs = {name: float_range() for name in HOSTILE}
    made = make_experiment(ada, objective="__import__('os').mkdir('made')", parameters=specs)
    points = [[float(place + shift) for place in range(len(specs))] for shift in range(4)]
    first, second, failed, _ = take(made, ada, *points)
    finish(first, ada, 0.5)
    finish(second, ada, 1.5)
    trials.fail(failed, by=ada)
    script = tmp_path / "script.py"
    script.write_bytes(page.get(reverse("experiments:export_script", args=[made.pk])).content)
    run = (sys.executable, str(script), "--snapshot", "kept.json")
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]).keys() == specs.keys()
    client = Client.load_from_json_file(str(tmp_path / "kept.json"))
    assert held(client) == (["COMPLETED"] * 2 + ["FAILED", "RUNNING"], points, [0.5, 1.5])
    assert not (tmp_path / "made").exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_the_snapshot_that_ax_reads(page, ada, tmp_path):
    made = make_experiment(ada, name="Kept")
    points = [[float(x), 1.0 - x] for x in range(3)]
    means = [0.1 + 0.2, 1.23456789012345e-20]
    for trial, mean in zip(take(made, ada, *points), means, strict=False):
        finish(trial, ada, mean)
    address = reverse("experiments:export", args=[made.pk])
    kept = reverse("experiments:export_snapshot", args=[made.pk])
    assert page.get(kept).status_code == 404
    asked = page.post(reverse("experiments:export_prepare", args=[made.pk]), follow=True)
    assert "It is being made" in asked.content.decode()
    tasks.snapshot(experiment_id=made.pk)
    assert "Download the snapshot" in page.get(address).content.decode()
    (tmp_path / "kept.json").write_bytes(page.get(kept).content)
    client = Client.load_from_json_file(str(tmp_path / "kept.json"))
    statuses, parameters, found = held(client)
    assert (statuses, parameters) == (["COMPLETED"] * 2 + ["RUNNING"], points)
    assert found == pytest.approx(means, rel=1e-14, abs=0)
    lifecycle.rename(made, name="Other", by=ada)
    assert "made before the last 1 change" in page.get(address).content.decode()


def test_a_snapshot_that_fails_says_why(page, ada):
    made = make_experiment(ada, name="Kept")
    page.post(reverse("experiments:export_prepare", args=[made.pk]))
    snapshots.keep(made.pk, revision=made.revision, problem="Ax could not be given this: no.")
    text = page.get(reverse("experiments:export", args=[made.pk])).content.decode()
    assert "Ax could not be given this: no." in text
    assert "Make the snapshot" in text


def test_what_stands_beside_the_trials_comes_along_or_is_told(page, ada, monkeypatch):
    made = make_experiment(ada)
    ended, running, failed, deleted = take(made, ada, (0, 0), (1, 0), (2, 0), (3, 0))
    loss = made.objective
    for step, mean in ((2, 7.0), (1, 9.5)):
        Observation.objects.create(trial=ended, metric=loss, step=step, mean=mean, sem=0.5)
    Observation.objects.create(trial=running, metric=loss, step=1, mean=8.0)
    trials.complete(ended, values={loss: Result(6.0)}, by=ada)
    trials.fail(failed, is_avoided=True, by=ada)
    trials.delete(deleted, by=ada)
    for name in ("one", "two"):
        AuxiliarySource.objects.create(experiment=made, source=make_experiment(ada, name=name))
    script: dict = {"__name__": "exported"}
    exec(page.get(reverse("experiments:export_script", args=[made.pk])).content.decode(), script)
    assert [(number, status) for number, status, *_ in script["TRIALS"]] == [
        (0, "COMPLETED"), (1, "RUNNING"), (2, "ABANDONED"),
    ]  # fmt: skip
    assert script["CURVES"] == {0: {"m_booth": [(1.0, 9.5, 0.5), (2.0, 7.0, 0.5)]}}
    shown = page.get(reverse("experiments:export", args=[made.pk])).content.decode()
    for told in (
        "Learning curves of trials without a result",
        "Failed trials whose values are never to be suggested again",
        "learns from other experiments is left out",
    ):
        assert told in shown
    assert "Looked at are" not in shown
    monkeypatch.setattr("experiments.views.export._LOOKED_AT", 1)
    shown = page.get(reverse("experiments:export", args=[made.pk])).content.decode()
    assert "Looked at are the first 1 trials here" in shown
    assert "Learning curves of trials without a result" not in shown
