"""Two workers for analyses: two experiments at once, one of them redefined meanwhile."""

from pathlib import Path

import psycopg

from axdash import embedded
from tests.house.serving import run_command, serving, wait_until

PREPARE = """
import random
from tests.factories import finish, float_range, make_experiment, make_user, take
ada = make_user()
draw = random.Random(0)
for name in ("One", "Two"):
    experiment = make_experiment(
        ada, name=name, parameters={f"x{i}": float_range(0.0, 1.0) for i in range(6)}
    )
    points = [tuple(draw.random() for _ in range(6)) for _ in range(40)]
    for trial in take(experiment, ada, *points):
        finish(trial, ada, sum(value**2 for value in trial.parameters.values()))
"""

REDEFINE = """
from dataclasses import replace
from django.contrib.auth.models import User
from experiments.models import Experiment
from experiments.services import editing
two = Experiment.objects.get(name="Two")
draft = two.definition
first = replace(draft.parameters[0], spec=replace(draft.parameters[0].spec, upper=2.0))
wider = replace(draft, parameters=(first, *draft.parameters[1:]))
editing.edit(two, draft=wider, base_revision=two.revision, by=User.objects.get())
"""

DUE = "greatest(model_revision, definition_revision)"


def shell(data_dir: Path, code: str) -> None:
    ended, _, said = run_command("shell", "-v0", "-c", code, AXDASH_DATA_DIR=data_dir)
    assert ended == 0, said


def test_both_are_analysed_and_nothing_old_overwrites_what_is_new(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with serving(data_dir) as serve:  # No worker yet.
        shell(data_dir, PREPARE)
        serve.stop()
    with (
        serving(data_dir, AXDASH_ANALYSTS=2),
        psycopg.connect(embedded.database_url(data_dir), autocommit=True) as database,
    ):

        def count(what: str) -> int:
            row = database.execute(f"SELECT count(*) FROM {what}").fetchone()  # type: ignore[arg-type]
            assert row
            return int(row[0])

        busy = "procrastinate_jobs WHERE status = 'doing' AND task_name LIKE '%.analyse'"
        wait_until(lambda: count(busy) == 2)
        shell(data_dir, REDEFINE)
        analysed = f"experiments_experiment WHERE analysed_revision >= {DUE}"
        wait_until(lambda: count(analysed) == 2)
        cards = "experiments_analysiscard c JOIN experiments_experiment e ON e.id = c.experiment_id"
        assert count(f"{cards} WHERE c.revision < {DUE}") == 0
        assert count(f"{cards} WHERE c.state = 'failed'") == 0
        names = database.execute(
            "SELECT e.name, count(*), count(DISTINCT c.name)"
            f" FROM {cards} GROUP BY e.name ORDER BY e.name"  # type: ignore[arg-type]
        ).fetchall()
        assert [name for name, *_ in names] == ["One", "Two"]
        assert all(rows == different > 10 for _, rows, different in names)
