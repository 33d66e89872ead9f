"""Data directories of tests: made where the server's user may pass, removed when nobody works in them.

A server ends after the process that used it, and its keeper after both. A directory that is removed while
they are at work loses files under the removal, or gets new ones and stays.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fisc.store import cluster, locks, usage
from fisc.store.config import Layout


def new(prefix: str) -> Path:
    """An empty directory that may become a data directory."""
    place = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    place.chmod(0o755)  # when root runs the tests, the server's user must pass
    return place


def leave(home: Path) -> None:
    """Wait until no process uses the server of `home`, and see that it has stopped."""
    layout = Layout(home.resolve())
    usage.forget(layout)
    with locks.alone(
        layout.lock("keeper")
    ):  # it holds its lock until the last user is gone and its work done
        cluster.shut_down(layout)


def remove(place: Path) -> None:
    """Remove `place` with all data directories in it, when they are left."""
    for home in list(_homes_in(place)):
        leave(home)
    shutil.rmtree(place)


def _homes_in(place: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(place):
        if "users.lock" in files:
            yield Path(folder)
        below[:] = [name for name in below if name != "postgres"]  # a server may be at work in it
