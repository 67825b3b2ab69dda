"""Runs ``manage.py serve`` as people do, and looks at what it says and starts."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0  # Seconds; other tests keep the processors busy.


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**more: object) -> dict[str, str]:
    """Return an environment in which nothing of these tests' own settings is left."""
    ours = ("HOST", "PORT", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("AXDASH_")}
    return kept | {name: str(value) for name, value in more.items()}


def run_command(*arguments: str, timeout: float = PATIENCE, **env: object) -> tuple[int, str, str]:
    """Run a command of manage.py to its end; return exit code, stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return done.returncode, done.stdout, done.stderr


def wait_until(happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def get(url: str) -> int:
    """Return the status of a page, or 0 where nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def users_of(data_dir: Path) -> list[psutil.Process]:
    """Return the processes that were started with this data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            names = str(data_dir) in " ".join(process.cmdline())
            if names or process.environ().get("AXDASH_DATA_DIR") == str(data_dir):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [process for process in alive(found) if process.pid != os.getpid()]


class Serve:
    """A running ``manage.py serve``."""

    def __init__(self, data_dir: Path, **env: object) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        settings = {"AXDASH_WORKERS": 0, "AXDASH_ANALYSTS": 0, "PORT": self.port} | env
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(AXDASH_DATA_DIR=data_dir, **settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def wait_for(self, words: str, seconds: float = PATIENCE) -> str:
        """Return the next line that contains the words."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"“{words}” was not said, but: {self.said}"
            self.said.append(line)
            if words in line:
                return line

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def web_process(self) -> psutil.Process:
        """Return the process that answers requests."""
        return max(
            (p for p in self.descendants() if "granian" in " ".join(p.cmdline())),
            key=lambda p: p.pid,
        )

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(data_dir: Path, *, ready: bool = True, **env: object) -> Iterator[Serve]:
    """Run ``serve`` for the length of a block; leave nothing behind, whatever happens in it."""
    serve = Serve(data_dir, **env)
    try:
        if ready:
            serve.wait_for("AxDash is running at")
        yield serve
    finally:
        if serve.process.poll() is None:
            serve.stop(signal.SIGTERM)
