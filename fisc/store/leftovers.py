"""What a server that was killed leaves behind: a pid file, a socket, processes still at work.

A killed server's processes end by themselves when they next look up, but one in the
middle of a long query does not, and PostgreSQL refuses to start beside it.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from fisc.store.config import Layout

_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.02


def clear(layout: Layout) -> None:
    """Remove what a dead server left; the caller knows that it is dead and holds the start lock.

    The pid file goes because its number may be another program's by now, which would keep
    PostgreSQL from starting.
    """
    _end_processes(layout.data)
    (layout.data / "postmaster.pid").unlink(missing_ok=True)
    layout.socket.unlink(missing_ok=True)
    layout.socket.with_name(f"{layout.socket.name}.lock").unlink(missing_ok=True)


def _end_processes(data: Path) -> None:
    """End processes of the dead server: what they did not commit is lost, as with any crash."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for pid in _processes_on(data):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while _processes_on(data) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def _processes_on(data: Path) -> list[int]:
    """Processes that work in the data directory, where the system shows that (Linux)."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (place / "cwd").readlink() == data and (place / "comm").read_text().strip() == "postgres":
                found.append(int(place.name))
    return found
