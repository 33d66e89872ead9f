"""Directories that hold what is not whole yet, in places that others use too.

Each is locked by the process that fills it, so what a killed one left can be told from what is under way.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fisc.store import locks
from fisc.store.errors import StoreError
from fisc.store.os_faults import words_of

#: Nobody else's directories begin so: they may lie among a user's own.
PREFIX = ".fisc-new-"

_LOCK = "lock"

#: What the system and PostgreSQL's programs say of a full disk.
_FULL = os.strerror(errno.ENOSPC)


@contextmanager
def directory(parent: Path) -> Iterator[Path]:
    """A directory below `parent` for the length of a block; what killed ones left there is removed first."""
    parent.mkdir(parents=True, exist_ok=True)
    _clear(parent)
    place, fd = _locked(parent)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(fd)


def _locked(parent: Path) -> tuple[Path, int]:
    """A new directory, locked; another process may have taken it for a leftover before it was."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            fd = locks.open_lock(place / _LOCK)
            if locks.try_alone(fd):
                return place, fd
            os.close(fd)


def _clear(parent: Path) -> None:
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), locks.alone_at_once(left / _LOCK) as has_no_owner:  # gone by now, or not ours
            if has_no_owner:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def told(what: str, place: Path) -> Iterator[None]:
    """Errors of files within the block become a StoreError that says what could not be written, and why."""
    try:
        yield
    except OSError as error:  # shutil.Error too: its text has the errors of single files
        raise unwritten(what, f"写不进 {place}", words_of(error)) from error


def unwritten(what: str, failed: str, why: str) -> StoreError:
    """What is said where a copy could not be written: `why` is the system's or a program's own word."""
    reason = "磁盘已满" if _FULL in why else why
    return StoreError(
        f"{what}：{failed}（{reason}）",
        rule="备份完整才算数，不完整的不留；旧备份在新备份完整之后才清理",
        hint="请腾出空间、检查目录权限，或另选目录；原有的备份都在",
    )
