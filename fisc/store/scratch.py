"""What is not whole yet, in places that others use too: directories, and files that come whole or not at all.

It lies in a directory that is locked by the process that fills it, so what a killed one left can be told from
what is under way.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fisc.store import locks
from fisc.store.errors import StoreError
from fisc.store.os_faults import FULL, is_full, words_of

#: Nobody else's directories begin so: they may lie among a user's own.
PREFIX = ".fisc-new-"

_LOCK = "lock"


@contextmanager
def directory(parent: Path) -> Iterator[Path]:
    """A directory below `parent` for the length of a block; what killed ones left there is removed first."""
    parent.mkdir(parents=True, exist_ok=True)
    with _below(parent) as place:
        yield place


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what is to stand at `path`, a file or a folder: it is there when the block ends well.

    Until then, and where writing fails, what stood there stays as it was. A link stays one; what is no file
    (a pipe, a device) is written to as it is. Raises OSError, which names `path`, as where its folder is not
    there.
    """
    target = path.resolve()
    if target.exists() and not (target.is_file() or target.is_dir()):
        yield path
        return
    try:
        with _below(target.parent) as place:
            part = place / target.name
            yield part
            _like(part, target)
            part.replace(target)
    except OSError as error:
        if error.filename is None or PREFIX in str(error.filename):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def write(path: Path, data: bytes) -> None:
    """Write a file, as `whole` does."""
    with whole(path) as part:
        part.write_bytes(data)


def _like(part: Path, target: Path) -> None:
    """Give a new file the owner and the rights of the one that it replaces."""
    if target.is_file():
        before = target.stat()
        with suppress(PermissionError):
            os.chown(part, before.st_uid, before.st_gid)
        part.chmod(before.st_mode)


@contextmanager
def _below(parent: Path) -> Iterator[Path]:
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
    return StoreError(
        f"{what}：{failed}（{FULL if is_full(why) else why}）",
        rule="备份完整才算数，不完整的不留；旧备份在新备份完整之后才清理",
        hint="请腾出空间、检查目录权限，或另选目录；原有的备份都在",
    )
