"""The script for Ax alone and Ax's snapshot: each is given to Ax, which says what it holds."""

import json
import subprocess
import sys

import pytest
from django.urls import reverse

from experiments import tasks
from experiments.domain import (
    Condition,
    MetricRole,
    ParameterKind,
    ParameterSpec,
    Relation,
    Result,
    ValueType,
)
from experiments.drafts import ParameterDraft
from experiments.services import lifecycle, snapshots, trials
from tests.factories import (
    float_range,
    make_experiment,
    make_measured,
    measured,
    metric,
    take,
)

HOSTILE = ["a'b\"c", "x\ny".replace("\n", " "), '"""', "back\\slash", "lambda", "__import__('os')"]


def test_the_script_asks_ax_alone_for_the_next_trial_and_writes_a_snapshot(page, ada, tmp_path):
    specs = {name: float_range() for name in HOSTILE}
    made = make_experiment(ada, objective="__import__('os').mkdir('made')", parameters=specs)
    points = [[float(place + shift) for place in range(len(specs))] for shift in range(6)]
    for mean, trial in enumerate(take(made, ada, *points)):
        if mean < 4:
            trials.complete(trial, values={made.objective: Result(float(mean))}, by=ada)
        elif mean == 4:
            trials.fail(trial, by=ada)
    script = tmp_path / "script.py"
    script.write_bytes(page.get(reverse("experiments:export_script", args=[made.pk])).content)
    check = tmp_path / "check.py"
    check.write_text(CHECK)
    run = (sys.executable, str(script), "--snapshot", "kept.json")
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]).keys() == specs.keys()
    loaded = subprocess.run(
        (sys.executable, str(check)), cwd=tmp_path, capture_output=True, text=True
    )
    assert loaded.returncode == 0, loaded.stderr
    found = json.loads(loaded.stdout.splitlines()[-1])
    assert found["statuses"] == ["COMPLETED"] * 4 + ["FAILED", "RUNNING"]
    assert found["means"] == [0.0, 1.0, 2.0, 3.0]
    assert [list(values.values()) for values in found["parameters"]] == points
    assert len(found["next"]) == len(specs)
    assert not (tmp_path / "made").exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_the_snapshot_that_ax_reads(page, ada, tmp_path):
    made = make_experiment(ada, name="Kept")
    for mean, trial in enumerate(take(made, ada, *[(x, 1.0 - x) for x in range(6)])):
        if mean < 5:
            trials.complete(trial, values={made.objective: Result(float(mean))}, by=ada)
    address = reverse("experiments:export", args=[made.pk])
    kept = reverse("experiments:export_snapshot", args=[made.pk])
    assert page.get(kept).status_code == 404
    asked = page.post(reverse("experiments:export_prepare", args=[made.pk]), follow=True)
    assert "It is being made" in asked.content.decode()
    tasks.snapshot(experiment_id=made.pk)
    assert "Download the snapshot" in page.get(address).content.decode()
    (tmp_path / "kept.json").write_bytes(page.get(kept).content)
    (tmp_path / "check.py").write_text(CHECK)
    loaded = subprocess.run(
        (sys.executable, "check.py"), cwd=tmp_path, capture_output=True, text=True
    )
    assert loaded.returncode == 0, loaded.stderr
    found = json.loads(loaded.stdout.splitlines()[-1])
    assert found["statuses"] == ["COMPLETED"] * 5 + ["RUNNING"]
    assert found["means"] == [0.0, 1.0, 2.0, 3.0, 4.0]
    lifecycle.rename(made, name="Other", by=ada)
    assert "made before the last 1 change" in page.get(address).content.decode()


def test_a_snapshot_that_fails_says_why(page, ada, monkeypatch):
    made = make_experiment(ada, name="Kept")
    page.post(reverse("experiments:export_prepare", args=[made.pk]))
    snapshots.keep(made.pk, revision=made.revision, problem="Ax could not be given this: no.")
    text = page.get(reverse("experiments:export", args=[made.pk])).content.decode()
    assert "Ax could not be given this: no." in text
    assert "Make the snapshot" in text


CHECK = """
import json
from ax.api.client import Client
client = Client.load_from_json_file("kept.json")
trials = list(client._experiment.trials.values())
frame = client._experiment.lookup_data().df
print(json.dumps({
    "statuses": [trial.status.name for trial in trials],
    "parameters": [trial.arm.parameters for trial in trials],
    "means": list(frame.sort_values("trial_index")["mean"]),
    "next": list(client.get_next_trials(max_trials=1).values())[0],
}))
"""


def test_the_script_of_an_experiment_with_everything_runs(page, ada, tmp_path):
    kind = ParameterSpec(
        key="b", kind=ParameterKind.CHOICE, value_type=ValueType.TEXT, values=("é", "<b>")
    )
    deep = float_range(0.0, 1.0, key="c", condition=Condition("b", ("é",)))
    made = make_measured(
        ada,
        metric("loss"),
        metric("cost", role=MetricRole.CONSTRAINT, relation=Relation.AT_MOST, bound=3.0),
        metric("memory", role=MetricRole.TRACKED),
        parameters=(
            ParameterDraft(name="x", spec=float_range(0.0, 1e22, key="a")),
            ParameterDraft(name="kind", spec=kind),
            ParameterDraft(name="deep", spec=deep),
        ),
    )
    runs = take(made, ada, (1.0, "é", 0.5), (1e22, "<b>", 0.1), (4.0, "é", 0.2))
    trials.complete(runs[0], values=measured(made, loss=1e22, cost=0.1 + 0.2, memory=7.0), by=ada)
    trials.fail(runs[1], reason="it broke", is_avoided=True, by=ada)
    script = tmp_path / "script.py"
    script.write_bytes(page.get(reverse("experiments:export_script", args=[made.pk])).content)
    run = (sys.executable, str(script))
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]).keys() == {"x", "kind", "deep"}
