"""A worker that is killed in the middle of a job leaves nothing broken."""

from pathlib import Path

import psycopg

from axdash import embedded
from tests.house.serving import Serve, alive, run_command, serving, wait_until

PREPARE = """
import random, uuid
from experiments.services import suggestions
from tests.factories import ask, finish, float_range, make_experiment, make_user, take
ada = make_user()
draw = random.Random(0)
experiment = make_experiment(ada, parameters={f"x{i}": float_range(0.0, 1.0) for i in range(12)})
points = [tuple(draw.random() for _ in range(12)) for _ in range(40)]
for trial in take(experiment, ada, *points):
    finish(trial, ada, sum(value**2 for value in trial.parameters.values()))
ask(experiment, ada, 1)
fixed = {experiment.parameters.first().key: 0.125}
suggestions.request(experiment, wanted=1, key=uuid.uuid4(), by=ada, fixed=fixed)
"""


QUEUES = {"suggest": "suggestions", "analyse": "analyses"}


def test_other_workers_take_the_jobs_up(tmp_path: Path) -> None:
    """Both are killed, the one in the middle of a suggestion, the other in that of an analysis.

    The suggestion is one around a fixed value: those are made first.
    """
    data_dir = tmp_path / "data"
    with serving(data_dir) as serve:  # No worker yet: the jobs wait until they are watched.
        code, _, said = run_command("shell", "-v0", "-c", PREPARE, AXDASH_DATA_DIR=data_dir)
        assert code == 0, said
        serve.stop()
    with (
        serving(data_dir, AXDASH_WORKERS=1, AXDASH_ANALYSTS=1) as serve,
        psycopg.connect(embedded.database_url(data_dir), autocommit=True) as database,
    ):
        left = dict(QUEUES)

        def kill_those_at_work() -> bool:
            for task in list(left):
                busy = f"procrastinate_jobs WHERE status = 'doing' AND task_name LIKE '%.{task}'"
                if _count(database, busy):
                    _kill_worker(serve, left.pop(task))
            return not left

        wait_until(kill_those_at_work)
        running = "experiments_trial WHERE status = 'running'"
        wait_until(lambda: _count(database, running) == 2)
        fixed = "experiments_suggestion WHERE fixed <> '{}' AND trial_id IS NOT NULL"
        assert _count(database, fixed) == 1
        assert _count(database, "experiments_suggestionrequest WHERE filled < wanted") == 0
        analysed = "experiments_experiment WHERE analysed_revision >= model_revision"
        wait_until(lambda: _count(database, analysed) == 1)
        assert _count(database, "experiments_experiment WHERE optimizer_error <> ''") == 0
        assert _count(database, "experiments_analysiscard WHERE state = 'failed'") == 0


def _count(database: psycopg.Connection, what: str) -> int:
    row = database.execute(f"SELECT count(*) FROM {what}").fetchone()  # type: ignore[arg-type]
    assert row
    return int(row[0])


def _kill_worker(serve: Serve, queue: str) -> None:
    [worker] = [p for p in alive(serve.descendants()) if p.cmdline()[-2:] == ["--queues", queue]]
    worker.kill()
