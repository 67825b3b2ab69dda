"""The PostgreSQL server that AxDash brings along."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dj_database_url
import psycopg
import pytest

from axdash import embedded
from axdash.errors import StartError

USE = """
import sys, time
from pathlib import Path
import psycopg
from axdash import embedded
with embedded.running(Path(sys.argv[1])) as server:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # Two that create at once collide.
        connection.execute("CREATE SEQUENCE IF NOT EXISTS visits")
        print(connection.execute("SELECT nextval('visits')").fetchone()[0])
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory whose database was made before."""
    data_dir = tmp_path_factory.mktemp("used")
    assert _use(data_dir, 0) == 1
    return data_dir


def _use(data_dir: Path, seconds: float) -> int:
    command = [sys.executable, "-W", "error", "-c", USE, str(data_dir), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_url_is_the_same_whether_it_runs_or_not(tmp_path: Path) -> None:
    data_dir = tmp_path / "50% 'β' $HOME" / ("x" * 100)
    before = embedded.database_url(data_dir)
    with embedded.running(data_dir) as server:
        assert server.url == before == embedded.database_url(data_dir)
        with psycopg.connect(server.url) as connection:
            # The built-in locale knows more letters than ASCII's, on every machine.
            row = connection.execute("SELECT upper('é'), inet_server_addr()").fetchone()
    assert row == ("É", None)
    assert not server.is_alive()
    assert not embedded.socket_dir(data_dir).exists()


@pytest.mark.parametrize("name", ["plain", "with space", "50% β", "x" * 120])
def test_any_path_reaches_django(tmp_path: Path, name: str) -> None:
    config = dj_database_url.parse(embedded.database_url(tmp_path / name))
    assert config["HOST"] == str(embedded.socket_dir(tmp_path / name))
    assert len(config["HOST"]) < 90 or name != "x" * 120


def test_many_come_and_go_at_once(tmp_path: Path) -> None:
    """Each finds a running server, and what the others wrote; the last one stops it."""
    (tmp_path / "postgres.new" / "base").mkdir(parents=True)  # A first start was interrupted.
    stays = [0, 0.3, 0, 0.1, 0, 0.5, 0, 0.2]
    with ThreadPoolExecutor(4) as pool:
        visits = list(pool.map(lambda seconds: _use(tmp_path, seconds), stays))
    assert sorted(visits) == list(range(1, 9))
    assert not embedded.Server(tmp_path).is_alive()


def test_server_killed_under_its_user_recovers(used: Path) -> None:
    with embedded.running(used) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept (number int)")
        postmaster = server._postmaster()
        assert postmaster
        postmaster.kill()
        postmaster.wait()
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT * FROM kept").fetchall() == []


def test_number_of_a_dead_server_may_be_anothers_by_now(used: Path) -> None:
    with embedded.running(used) as server:
        pid_file = server.files / "postmaster.pid"
        stale = pid_file.read_text().split("\n")
    stale[0] = str(os.getppid())
    pid_file.write_text("\n".join(stale))
    with embedded.running(used) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_user_killed_without_notice_leaves_no_trace(used: Path) -> None:
    with embedded.running(used) as server:
        code = USE.replace("time.sleep", "import os; os.kill(os.getpid(), 9)")
        killed = subprocess.run([sys.executable, "-c", code, str(used), "0"], check=False)
        assert killed.returncode == -9
        assert server.is_alive()
    assert not server.is_alive()


def test_other_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(StartError, match="made by PostgreSQL 16"), embedded.running(tmp_path):
        pass


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.tex").touch()
    with pytest.raises(StartError, match="no database: move it away"), embedded.running(tmp_path):
        pass


def test_log_tells_why_it_did_not_start(used: Path) -> None:
    with (
        pytest.raises(StartError, match="unrecognized configuration parameter"),
        embedded.running(used, ("-c", "no_such_setting=1")),
    ):
        pass
    assert _use(used, 0) > 1
