"""``manage.py serve`` with real processes: what it starts, says, survives and leaves."""

import re
import signal
import socket
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.house.serving import (
    alive,
    free_port,
    get,
    run_command,
    serving,
    users_of,
    wait_until,
)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """Return a data directory in which AxDash ran once and has an account."""
    with TemporaryDirectory(prefix="axdash-serve-") as name:
        directory = Path(name) / "data"
        with serving(directory) as serve:
            _set_up(serve.wait_for("Set up AxDash:").split(" ")[-1])
        yield directory


def _set_up(link: str) -> None:
    """Make the first account as a browser would."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(link).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = {
        "csrfmiddlewaretoken": token[1],
        "username": "alice",
        "password1": "a long enough phrase",
        "password2": "a long enough phrase",
    }
    with browser.open(link, urllib.parse.urlencode(form).encode()) as answer:
        assert answer.status == 200
        assert "/setup/" not in answer.url


def test_first_start_and_ctrl_c(tmp_path: Path) -> None:
    with serving(tmp_path / "data", AXDASH_WORKERS=1) as serve:
        link = serve.wait_for("Set up AxDash:")
        assert f"AxDash is running at {serve.url}" in serve.said
        assert re.fullmatch(rf"Set up AxDash: {re.escape(serve.url)}setup/[\w-]+/", link)
        assert get(serve.url) == 200
        assert get(link.split(" ")[-1]) == 200
        assert get(f"{serve.url}setup/guessed/") == 404
        started = serve.descendants()
        assert len(started) >= 4  # PostgreSQL, granian and its child, the worker
        assert serve.stop(signal.SIGINT) == 0
    assert alive(started) == []
    assert users_of(tmp_path / "data") == []


def test_second_start_finds_everything_again(data_dir: Path) -> None:
    with serving(data_dir) as serve:
        assert serve.stop(signal.SIGTERM) == 0
        serve.wait_for("AxDash has stopped.")
    # Neither the database nor static files had to be prepared, and the account is known.
    assert serve.said == [f"AxDash is running at {serve.url}", "AxDash has stopped."]


def test_web_server_that_dies_is_restarted(data_dir: Path) -> None:
    with serving(data_dir) as serve:
        serve.web_process().kill()
        said = serve.wait_for("The web server")
        assert re.search(r"(was killed|ended).*; starting it again in 0.5 s", said)
        wait_until(lambda: get(serve.url) == 200)


def test_database_that_dies_is_restarted(data_dir: Path) -> None:
    with serving(data_dir) as serve:
        [database] = [p for p in serve.descendants() if "-D" in p.cmdline()]
        database.kill()
        serve.wait_for("The database has ended; starting it again.")
        wait_until(lambda: get(f"{serve.url}healthz/") == 200)


def test_second_serve_joins_the_running_database(data_dir: Path) -> None:
    with serving(data_dir) as first, serving(data_dir) as second:
        assert first.stop() == 0
        assert get(f"{second.url}healthz/") == 200
        assert second.stop() == 0
    assert users_of(data_dir) == []


def test_killed_serve_takes_its_children_along(data_dir: Path) -> None:
    with serving(data_dir) as serve:
        web = [p for p in serve.descendants() if "granian" in " ".join(p.cmdline())]
        serve.process.kill()
        wait_until(lambda: alive(web) == [])
    with serving(data_dir) as again:  # Joins the database that was left running.
        assert get(f"{again.url}healthz/") == 200
    assert users_of(data_dir) == []


def test_restart_while_a_page_keeps_its_connection(data_dir: Path) -> None:
    with serving(data_dir) as serve, socket.create_connection(("127.0.0.1", serve.port)) as idle:
        idle.sendall(b"GET /healthz/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        idle.recv(100)
        assert serve.stop() == 0
        with serving(data_dir, PORT=serve.port):
            assert get(serve.url) == 200


def _assert_refused(result: tuple[int, str, str], *words: str) -> None:
    code, _, error = result
    assert code != 0
    assert len(error.strip().splitlines()) == 1, error
    assert all(word in error for word in words), error


def test_taken_port(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = run_command("serve", AXDASH_DATA_DIR=tmp_path, PORT=port)
    _assert_refused(result, f"Port {port} is taken")
    assert users_of(tmp_path) == []


def test_port_of_another_serve(data_dir: Path) -> None:
    with serving(data_dir) as serve:
        result = run_command("serve", AXDASH_DATA_DIR=data_dir, PORT=serve.port)
        _assert_refused(result, f"Port {serve.port} is taken")
        assert get(serve.url) == 200


def test_unreachable_database(tmp_path: Path) -> None:
    port = free_port()
    result = run_command(
        "serve",
        AXDASH_DATA_DIR=tmp_path,
        PORT=free_port(),
        DATABASE_URL=f"postgresql://axdash:s3cret@127.0.0.1:{port}/axdash",
    )
    _assert_refused(result, f"The database at 127.0.0.1:{port} cannot be reached")
    assert "s3cret" not in result[2]
    assert users_of(tmp_path) == []


def test_unwritable_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "data"
    result = run_command("serve", AXDASH_DATA_DIR=below, PORT=free_port())
    _assert_refused(result, f"The data directory {below} cannot be used", "AXDASH_DATA_DIR")


def test_bad_setting_stops_the_start(tmp_path: Path) -> None:
    result = run_command("serve", AXDASH_DATA_DIR=tmp_path, PORT="http")
    _assert_refused(result, "PORT must be a whole number from 1 to 65535, not “http”.")


def test_commands_bring_their_database(data_dir: Path) -> None:
    code, out, error = run_command(
        "shell",
        "-v0",
        "-c",
        "from django.contrib.auth.models import User; print(User.objects.get())",
        AXDASH_DATA_DIR=data_dir,
    )
    assert (code, out.strip()) == (0, "alice"), error
    assert users_of(data_dir) == []
