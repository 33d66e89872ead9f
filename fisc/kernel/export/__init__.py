"""The journal for other programs: beancount, hledger and Parquet.

They are judges that are not us: they add the journal up again. An export reads the
ledger in one snapshot, a block of entries at a time, so memory stays flat; it appears
under its name only when it is whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg

from fisc.kernel.export import beancount, hledger, parquet
from fisc.kernel.export.journal import Count, Progress, snapshot
from fisc.store import scratch

__all__ = ["Exported", "Format", "export"]


class Format(StrEnum):
    """What the journal can be written as: two plain-text ledgers, or a folder of Parquet files."""

    BEANCOUNT = "beancount"
    HLEDGER = "hledger"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: `path` is a file, or for Parquet a folder."""

    format: Format
    path: Path
    entry_count: int
    posting_count: int


_WRITERS: dict[Format, Callable[[psycopg.Connection, Path, Progress], Count]] = {
    Format.BEANCOUNT: beancount.write,
    Format.HLEDGER: hledger.write,
    Format.PARQUET: parquet.write,
}


def export(
    conn: psycopg.Connection, wanted: Format, path: Path, progress: Progress | None = None
) -> Exported:
    """Write the whole journal to `path`; what was there under that name is replaced.

    `progress(done, total)` is told entries. Raises OSError when `path` cannot be written, as where its
    folder is not there, and FiscError when two accounts would have one name.
    """
    with scratch.whole(path) as part:
        with snapshot(conn):
            count = _WRITERS[wanted](conn, part, progress or (lambda _done, _total: None))
        if part.is_dir() or path.is_dir():
            _remove_earlier_export(path)
    return Exported(wanted, path, count.entries, count.postings)


def _remove_earlier_export(path: Path) -> None:
    """Remove a folder only if it holds nothing but an export: a slip of the name must not cost files."""
    if path.is_dir():
        strangers = [file.name for file in path.iterdir() if file.name not in parquet.FILES]
        if strangers:
            raise FileExistsError(17, f"这个文件夹里有别的文件（{strangers[0]}），不能替换", str(path))
    _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
