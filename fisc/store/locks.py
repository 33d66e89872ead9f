"""Locks that the operating system lets go of when a process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """A file descriptor on the lock file at `path`, not locked yet and not inherited by programs.

    A lock made by root belongs to the owner of its directory, who may come back without root.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)
    return fd


def share(fd: int) -> None:
    """Hold the lock together with others; waits while somebody holds it alone."""
    fcntl.flock(fd, fcntl.LOCK_SH)


def try_alone(fd: int) -> bool:
    """Hold the lock alone if nobody else holds it; never waits.

    A failed try may lose a shared hold on the same descriptor, so take that again.
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """True when some process holds the lock at `path`."""
    if not path.exists():
        return False
    fd = open_lock(path)
    try:
        return not try_alone(fd)
    finally:
        os.close(fd)


@contextmanager
def alone_at_once(path: Path) -> Iterator[bool]:
    """Whether nobody else holds the lock at `path`; then this process holds it for the length of a block."""
    fd = open_lock(path)
    try:
        yield try_alone(fd)
    finally:
        os.close(fd)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock at `path` alone for the length of a block; waits for its turn."""
    fd = open_lock(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
