"""The private PostgreSQL server: start, stop, status.

A server that a process starts for its own use ends with its last user. `start(pin=True)`
(`fisc db start`) is the deliberate exception: it stays until `stop()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from fisc.store import binaries, cluster, config, locks, usage
from fisc.store.config import Layout
from fisc.store.errors import StoreError
from fisc.store.os_faults import of_home


class Stopped(StrEnum):
    """What `stop` found and did."""

    STOPPED = "stopped"
    NOT_RUNNING = "not_running"
    IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class Status:
    """The private server as it is now; `pid` is None when it is not running."""

    is_running: bool
    is_pinned: bool
    pid: int | None
    version: str
    data_dir: Path
    socket_dir: Path
    log: Path
    dsn: str


def dsn(layout: Layout | None = None) -> str:
    """The connection string of the private server, whether it runs or not."""
    place = layout or config.layout()
    host = quote(str(place.socket_dir), safe="/")
    return f"postgresql://{config.ROLE}@/{config.DATABASE}?host={host}&port={config.PORT}"


def is_running() -> bool:
    """True when the private server accepts connections."""
    return cluster.is_ready(config.layout())


def start(*, pin: bool = False) -> Status:
    """Start the private server unless it runs; this process uses it from now until it ends.

    `pin` keeps it running after that, until `stop`. Raises StoreError.
    """
    _refuse_if_external()
    layout = config.layout()
    usage.begin(layout)
    if pin or not cluster.is_ready(layout):
        with of_home(layout.home), locks.alone(layout.lock("start")):
            start_at(layout, pin=pin)
    return status()


def start_at(layout: Layout, *, pin: bool = False) -> None:
    """Start or adopt the server of a cluster; the caller counts as its user and holds the start lock."""
    if not cluster.settle(layout):
        layout.pin.unlink(missing_ok=True)  # it spoke of a server that is gone
        account = cluster.prepare(layout)
        layout.starting.touch()
        try:
            usage.ensure_keeper(layout)  # before the server, so that no kill leaves it alone
            cluster.launch(layout, account)
        finally:
            layout.starting.unlink(missing_ok=True)
    if pin:
        layout.pin.touch()
    elif not layout.pin.exists():
        usage.ensure_keeper(layout)


def stop(*, force: bool = False) -> Stopped:
    """Unpin the private server and stop it, unless other processes use it.

    In use, it stops with its last user; with `force` it stops at once and their open
    transactions are rolled back. Raises StoreError when it will not stop.
    """
    _refuse_if_external()
    layout = config.layout()
    usage.forget(layout)
    if cluster.postmaster(layout) is None:
        layout.pin.unlink(missing_ok=True)
        return Stopped.NOT_RUNNING
    usage.begin(layout)
    with of_home(layout.home), locks.alone(layout.lock("start")):
        layout.pin.unlink(missing_ok=True)
        usage.ensure_keeper(layout)
        if force:
            cluster.shut_down(layout)
    usage.end(layout)
    return Stopped.STOPPED if cluster.postmaster(layout) is None else Stopped.IN_USE


def status() -> Status:
    """What the private server is doing; starts nothing."""
    layout = config.layout()
    found = cluster.postmaster(layout)
    return Status(
        is_running=found is not None and found.state == "ready",
        is_pinned=layout.pin.exists(),
        pid=found.pid if found else None,
        version=binaries.wheel_version(),
        data_dir=layout.data,
        socket_dir=layout.socket_dir,
        log=layout.log,
        dsn=dsn(layout),
    )


def _refuse_if_external() -> None:
    if config.database_url() is not None:
        raise StoreError(
            "现在用的是 DATABASE_URL 指定的 PostgreSQL，fisc 不启动也不停止它",
            hint="要用内置数据库，请去掉环境变量 DATABASE_URL",
        )
