"""``manage.py worker`` by itself: what it needs, and what it does when that goes away."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from axdash import embedded, preparation
from axdash.errors import StartError
from experiments.management.commands import worker
from tests.house.serving import PATIENCE, ROOT, environment, run_command, wait_until


def _listens(process: psutil.Process) -> bool:
    """Tell whether the worker waits for jobs, which takes more connections than its pool."""
    return len(process.net_connections("unix")) > 2


def test_ends_with_an_error_when_its_database_is_lost(tmp_path: Path) -> None:
    """It must not hang: whoever supervises it starts it again."""
    with embedded.running(tmp_path) as server:
        env: dict[str, Any] = {"AXDASH_DATA_DIR": tmp_path, "DATABASE_URL": server.url}
        code, _, error = run_command("migrate", "-v0", **env)
        assert code == 0, error
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=ROOT,
            env=environment(**env),
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(lambda: _listens(psutil.Process(process.pid)))
    _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert error.splitlines()[-1].startswith("The worker")


def test_says_that_migrations_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(preparation, "pending_migrations", lambda: 3)
    monkeypatch.setattr(preparation, "release_database", lambda: None)
    monkeypatch.setattr(worker, "PATIENCE", 0.1)
    with pytest.raises(StartError, match="lacks 3 migrations"):
        worker._wait_for_migrations(said.append)
    assert said == ["Waiting for the database to be prepared (3 migrations)."]
