"""Runs the web server and the workers as children: restarts what dies, leaves nothing behind."""

import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from axdash.errors import StartError

ROOT = Path(__file__).resolve().parent.parent
TICK = 0.1  # Seconds between looks at the children.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # Seconds before a child that died is started again.
STEADY = 60.0  # A child that lived this many seconds starts with the first pause again.
GRACE = 8.0  # Seconds that children get to end by themselves.
SLOW = 60.0  # Seconds after which a web server that does not answer is mentioned.
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def say(text: str) -> None:
    """Print a line for whoever started us."""
    print(text, flush=True)


def stop_signals() -> list[signal.Signals]:
    """Return the signals that ask us to stop; ``nohup`` takes SIGHUP out."""
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    return signals


@dataclass(frozen=True)
class Configuration:
    """Where to listen, and how many workers to run: for suggestions, and for analyses alone.

    Without any for analyses, the workers do both.
    """

    host: str
    port: int
    workers: int
    analysts: int = 0
    public_url: str = ""
    allowed_hosts: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Configuration":
        """Read the settings of ``serve`` alone; refuse what cannot be meant."""
        hosts = environment.get("AXDASH_ALLOWED_HOSTS", "").split(",")
        return cls(
            host=_resolve(environment.get("HOST") or "127.0.0.1"),
            port=_whole_number(environment, "PORT", 8000, 1, 65535),
            workers=_whole_number(environment, "AXDASH_WORKERS", 1, 0, 64),
            analysts=_whole_number(environment, "AXDASH_ANALYSTS", 1, 0, 64),
            public_url=environment.get("AXDASH_PUBLIC_URL", "").rstrip("/"),
            allowed_hosts=tuple(host.strip() for host in hosts if host.strip()),
        )

    @property
    def local_host(self) -> str:
        """Return an address at which this machine reaches the web server."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        """Return the address that people open, without a slash at its end."""
        if self.public_url:
            return self.public_url
        named = [host for host in self.allowed_hosts if not host.startswith((".", "*"))]
        host = self.local_host
        if host not in named and named and not self._is_loopback:
            host = named[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def known_host(self) -> str:
        """Return a host name that the web server accepts in requests."""
        if self.public_url:
            return urlsplit(self.public_url).netloc
        patterns = [host.lstrip(".*") for host in self.allowed_hosts]
        return next(filter(None, patterns), "127.0.0.1")

    @property
    def refuses_browsers(self) -> bool:
        """Tell whether other machines may connect but no name for this one is allowed."""
        return not (self._is_loopback or self.public_url or self.allowed_hosts)

    @property
    def _is_loopback(self) -> bool:
        return ip_address(self.host).is_loopback


def _whole_number(
    environment: Mapping[str, str], name: str, default: int, least: int, most: int
) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise StartError(f"{name} must be a whole number from {least} to {most}, not “{text}”.")
    return int(text)


def _resolve(host: str) -> str:
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError) as error:
        raise StartError(f"HOST “{host}” is not an address of this machine.") from error


def reserve_port(configuration: Configuration) -> socket.socket:
    """Claim the port until the returned socket is closed; refuse one that is taken.

    On Linux the web server shares ports (SO_REUSEPORT), so two of them would start on the same
    one without an error. Our socket refuses other claims, yet lets our own web server in.
    """
    host, port = configuration.host, configuration.port
    claim = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # Connections of an earlier server that are still fading away do not count.
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        claim.bind((host, port))
    except OSError as error:
        claim.close()
        raise StartError(_why_not(host, port, error)) from error
    if sys.platform == "linux":
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    else:
        claim.close()
    return claim


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Set PORT to a free one."
    if error.errno == errno.EACCES:
        return f"Port {port} is not open to this user. Set PORT to one above 1023."
    return f"HOST “{host}” cannot be listened on: {error.strerror}."


def web_command(configuration: Configuration) -> list[str]:
    """Return the command that starts the web server."""
    return [
        *(sys.executable, "-m", "granian", "axdash.asgi:application", "--interface", "asginl"),
        *("--host", configuration.host, "--port", str(configuration.port)),
        # Each open page keeps a connection: many may wait at once.
        *("--workers", "1", "--backlog", "2048", "--backpressure", "2048"),
        # Open pages would hold up the end for ever.
        *("--workers-kill-timeout", "2", "--log-level", "warning", "--no-ws"),
    ]


def worker_command(*queues: str) -> list[str]:
    """Return the command that starts a worker, for some queues alone or for all."""
    command = [sys.executable, str(ROOT / "manage.py"), "worker"]
    return [*command, "--queues", *queues] if queues else command


def _end_with_parent() -> None:
    """Ask Linux for a SIGTERM when our parent ends, however it does. Runs in the child."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """A process that is started again whenever it ends."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    pause: float = FIRST_PAUSE
    born: float = 0.0
    start_at: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def tend(self, now: float) -> None:
        """Start the process if it is time to; notice if it has ended."""
        if self.process is None:
            if now >= self.start_at:
                self._start(now)
        elif (code := self.process.poll()) is not None:
            self.sweep()
            self.process = None
            if now - self.born >= STEADY:
                self.pause = FIRST_PAUSE
            self.start_at = now + self.pause
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            say(f"The {self.name} {how}; starting it again in {self.pause:g} s.")
            self.pause = min(self.pause * 2, LONGEST_PAUSE)

    def _start(self, now: float) -> None:
        self.born = now
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # A Ctrl-C reaches us alone; a group to end as one.
            preexec_fn=_end_with_parent,  # Safe: we have no other threads now.
        )

    def terminate(self) -> None:
        """Ask the process to end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def is_running(self) -> bool:
        """Tell whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def sweep(self) -> None:
        """Kill the process and all that it started."""
        if self.process:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Keeps children running until it is asked to stop."""

    def __init__(self, children: Sequence[Child], *, every_second: Callable[[], None]) -> None:
        self._children = children
        self._every_second = every_second
        self._stop = threading.Event()

    def run(self, *, answers: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        """Tend the children until a signal; call ``on_ready`` once the web server answers."""
        for number in stop_signals():
            signal.signal(number, lambda *_: self._stop.set())
        waiting = _until_ready(answers, on_ready)
        next_second = time.monotonic() + 1
        try:
            while not self._stop.wait(TICK):
                for child in self._children:
                    child.tend(time.monotonic())
                if time.monotonic() > next_second:
                    next_second = time.monotonic() + 1
                    self._every_second()
                next(waiting, None)
        finally:
            self._end()

    def _end(self) -> None:
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(c.is_running() for c in self._children):
            time.sleep(0.02)
        for child in self._children:
            child.sweep()


def _until_ready(answers: Callable[[], bool], on_ready: Callable[[], None]) -> Iterator[None]:
    """Ask, a step at a time and ever less often, whether the web server answers yet."""
    started = asked = time.monotonic()
    pause, mentioned = TICK, False
    while True:
        now = time.monotonic()
        if now - asked >= pause:
            if answers():
                break
            asked, pause = time.monotonic(), min(pause * 1.1, 2.0)
        if now - started > SLOW and not mentioned:
            mentioned = True
            say("The web server does not answer yet; still trying.")
        yield
    on_ready()


def web_answers(configuration: Configuration) -> bool:
    """Tell whether the web server answers at /healthz/."""
    connection = http.client.HTTPConnection(configuration.local_host, configuration.port, timeout=2)
    try:
        connection.request("GET", "/healthz/", headers={"Host": configuration.known_host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
