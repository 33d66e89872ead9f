"""This process's use of the private server, counted by locks the system keeps.

Using is holding `users.lock` together with others, until the process ends. Who goes
last stops the server; a process that is killed leaves that to the keeper.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fisc.store import cluster, keeper, locks
from fisc.store.account import account_for
from fisc.store.config import Layout
from fisc.store.errors import StoreError
from fisc.store.os_faults import of_home, words_of


@dataclass(slots=True)
class _Use:
    layout: Layout
    fd: int
    child_fd: int = -1


_uses: dict[Path, _Use] = {}


def begin(layout: Layout) -> None:
    """Count this process as a user; waits while the last user before is stopping the server."""
    if layout.home in _uses:
        return
    _make_home(layout)
    with of_home(layout.home):
        fd = locks.open_lock(layout.lock("users"))
    locks.share(fd)
    _uses[layout.home] = _Use(layout, fd)


def _make_home(layout: Layout) -> None:
    """Make the data directory; root's must let PostgreSQL's user pass."""
    if layout.home.is_dir():
        return
    try:
        layout.home.mkdir(parents=True, exist_ok=True)
        layout.home.chmod(0o755 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise StoreError(
            f"不能建立数据目录 {layout.home}（{words_of(error)}）", hint="请用 FISC_HOME 指定可写的数据目录"
        ) from None


@contextlib.contextmanager
def alone(layout: Layout) -> Iterator[bool]:
    """Whether this process, a user already, is the only one; then it stays so for the block."""
    use = _uses[layout.home]
    is_alone = locks.try_alone(use.fd)
    try:
        yield is_alone
    finally:
        locks.share(use.fd)  # the keeper may be faster, and stop the server


def forget(layout: Layout) -> None:
    """Stop counting this process, without a look at the server."""
    use = _uses.pop(layout.home, None)
    if use is not None:
        os.close(use.fd)


def end(layout: Layout) -> None:
    """Stop counting this process, and stop the server if nobody else uses or pinned it."""
    use = _uses.pop(layout.home, None)
    if use is None:
        return
    try:
        _leave(use)
    finally:
        os.close(use.fd)


def _leave(use: _Use) -> None:
    if not locks.try_alone(use.fd):
        locks.share(use.fd)  # at once beside other users; after its work if the keeper was faster
    elif not use.layout.pin.exists():
        cluster.shut_down(use.layout)


def ensure_keeper(layout: Layout) -> None:
    """See that somebody will stop the server if every user is killed."""
    if locks.is_held(layout.lock("keeper")):
        return
    account = account_for(layout.data)
    orders = {
        "users": str(layout.lock("users")),
        "keeper": str(layout.lock("keeper")),
        "pin": str(layout.pin),
        "starting": str(layout.starting),
        "pid": str(layout.data / "postmaster.pid"),
        "stop": cluster.stop_command(layout, account),
        "uid": account.uid if account.switch else None,
        "gid": account.gid if account.switch else None,
    }
    # Returns when the keeper has its lock and has detached; -I -S: the quickest start.
    command = [sys.executable, "-I", "-S", keeper.__file__, json.dumps(orders)]
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdin=quiet, stdout=quiet, stderr=quiet, cwd="/")


def _end_all() -> None:
    for use in list(_uses.values()):
        with contextlib.suppress(StoreError, OSError):  # the keeper tries again
            end(use.layout)


def _before_fork() -> None:
    """Open a second hold for the child: on a shared one, either letting go would do so for both."""
    for use in _uses.values():
        use.child_fd = locks.open_lock(use.layout.lock("users"))
        locks.share(use.child_fd)


def _after_fork_in_parent() -> None:
    for use in _uses.values():
        os.close(use.child_fd)


def _after_fork_in_child() -> None:
    for use in _uses.values():
        os.close(use.fd)
        use.fd = use.child_fd


atexit.register(_end_all)
os.register_at_fork(
    before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
)
