"""A worker that is killed in the middle of a job leaves nothing broken."""

from pathlib import Path

import psycopg

from axdash import embedded
from tests.house.serving import Serve, run_command, serving, wait_until

PREPARE = """
import random
from tests.factories import ask, finish, float_range, make_experiment, make_user, take
ada = make_user()
draw = random.Random(0)
experiment = make_experiment(ada, parameters={f"x{i}": float_range(0.0, 1.0) for i in range(12)})
points = [tuple(draw.random() for _ in range(12)) for _ in range(40)]
for trial in take(experiment, ada, *points):
    finish(trial, ada, sum(value**2 for value in trial.parameters.values()))
ask(experiment, ada, 2)
"""


def test_another_worker_takes_the_job_up(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with serving(data_dir) as serve:  # No worker yet: the job waits until it is watched.
        code, _, said = run_command("shell", "-v0", "-c", PREPARE, AXDASH_DATA_DIR=data_dir)
        assert code == 0, said
        serve.stop()
    with (
        serving(data_dir, AXDASH_WORKERS=1) as serve,
        psycopg.connect(embedded.database_url(data_dir), autocommit=True) as database,
    ):
        busy = "procrastinate_jobs WHERE status = 'doing' AND task_name = 'experiments.suggest'"
        wait_until(lambda: _count(database, busy) > 0)
        _kill_worker(serve)
        running = "experiments_trial WHERE status = 'running'"
        wait_until(lambda: _count(database, running) == 2)
        assert _count(database, "experiments_experiment WHERE optimizer_error <> ''") == 0


def _count(database: psycopg.Connection, what: str) -> int:
    row = database.execute(f"SELECT count(*) FROM {what}").fetchone()  # type: ignore[arg-type]
    assert row
    return int(row[0])


def _kill_worker(serve: Serve) -> None:
    [worker] = [
        p
        for p in serve.descendants()
        if p.cmdline()[-1] == "worker" and "manage.py" in p.cmdline()[-2]
    ]
    worker.kill()
