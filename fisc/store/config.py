"""Where the data live: `FISC_HOME`, or your own PostgreSQL by `DATABASE_URL`.

$FISC_HOME/
  users.lock     held (shared) by every process that uses the private server
  start.lock     held by the one process that is starting it
  keeper.lock    held by the keeper, which stops the server after its last user
  turn.lock      held by the one process that backs up, restores or upgrades
  pinned         there while `fisc db start` wants the server to stay
  starting       there while the server is being started
  postgres/      data/ (the cluster), run/ (its socket), log,
                 backups/ (base backups, newest last), archive/ (the log of changes since the oldest of them),
                 data-before-*/ (what a restore set aside)
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs

MINIMUM_MAJOR = 15
"""The oldest PostgreSQL whose features the kernel's schema uses."""

ROLE = "fisc"
DATABASE = "fisc"
_BEIJING = ZoneInfo("Asia/Shanghai")
PORT = 5432
"""Only names the socket; the private server listens on no network port."""

#: A Unix socket's path may have 103 bytes on macOS and 107 on Linux.
_SOCKET_PATH_BYTES = 103
_SOCKET_NAME = ".s.PGSQL.5432.lock"


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one private server, all below `home` unless a path says why not."""

    home: Path

    @property
    def postgres(self) -> Path:
        """The directory that belongs to the user PostgreSQL runs as."""
        return (self.home / "postgres").resolve()

    @property
    def data(self) -> Path:
        """The cluster itself (PGDATA)."""
        return self.postgres / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.postgres / "log"

    @property
    def backups(self) -> Path:
        """Base backups, a directory each."""
        return self.postgres / "backups"

    @property
    def archive(self) -> Path:
        """The write-ahead log since the oldest backup: with it any moment can be gone back to."""
        return self.postgres / "archive"

    @property
    def swap(self) -> Path:
        """The mark that a restore is putting another cluster in the place of this one."""
        return self.postgres / "swap"

    @property
    def socket_dir(self) -> Path:
        """Where the socket is; in a short temporary path if `home` is too long for one."""
        wanted = self.postgres / "run"
        if len(os.fsencode(wanted / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES:
            return wanted
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"fisc-{os.geteuid()}-{digest}"

    def lock(self, name: str) -> Path:
        """One of the lock files: users, start, turn or keeper."""
        return self.home / f"{name}.lock"

    @property
    def pin(self) -> Path:
        """The mark that the server is to outlive its users."""
        return self.home / "pinned"

    @property
    def starting(self) -> Path:
        """The mark that a start is in progress."""
        return self.home / "starting"

    @property
    def socket(self) -> Path:
        """The server's socket."""
        return self.socket_dir / f".s.PGSQL.{PORT}"


def named(moment: datetime | None = None) -> str:
    """A moment (now) in the names of backups and of what is set aside: Beijing time, as lists show it."""
    return f"{(moment or datetime.now(UTC)).astimezone(_BEIJING):%Y%m%d-%H%M%S-%f}"


def database_url() -> str | None:
    """The user's own PostgreSQL, or None for the private one."""
    return os.environ.get("DATABASE_URL", "").strip() or None


def home() -> Path:
    """The data directory: `FISC_HOME`, or the platform's place for a user's data.

    Root's own home is closed to other users and PostgreSQL never runs as root, so
    root's data are kept where the system keeps the data of services.
    """
    chosen = os.environ.get("FISC_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        return service_data_path()
    return platformdirs.user_data_path("fisc", appauthor=False)


def service_data_path() -> Path:
    """Where a system keeps the data of its services."""
    linux = Path("/var/lib")
    return linux / "fisc" if linux.is_dir() else platformdirs.site_data_path("fisc", appauthor=False)


def layout() -> Layout:
    """The layout of the data directory in force."""
    return Layout(home())
