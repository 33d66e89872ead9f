"""Backups of the private server: a base backup each, and between them the write-ahead log.

backups/20261128-200000/   base.tar.gz, pg_wal.tar.gz and backup_manifest as pg_basebackup made them,
                           backup.json (what it is; written last, so a backup without it is none)
archive/                   the log since the oldest backup; a new backup removes what no backup needs
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from fisc.store import binaries, cluster, config, scratch, server, turn
from fisc.store.account import Account, account_for
from fisc.store.config import Layout
from fisc.store.errors import StoreError
from fisc.store.settings import WANTED

FACTS = "backup.json"
_FAILED = "备份失败"
#: How many backups are kept unless told otherwise.
KEPT = 3
_SEGMENT = re.compile("[0-9A-F]{24}")


@dataclass(frozen=True, slots=True)
class Backup:
    """A base backup: where it is, what span it was taken in, what made it, and its size.

    `first_segment` is the file of the write-ahead log from which on it needs the archive.
    """

    path: Path
    began_at: datetime
    ended_at: datetime
    postgres: str
    first_segment: str
    size_bytes: int


def take(into: Path | None = None, keep: int = KEPT) -> Backup:
    """Back the private server up while it runs, and drop the oldest backups but `keep`.

    With `into` a copy is left in that directory, for another disk. Raises StoreError when the
    backup or its copy cannot be made, or another one is under way; then the backups are what they were.
    """
    dsn = server.start().dsn
    layout = config.layout()
    account = account_for(layout.data)
    with turn.taken(layout):
        with scratch.told(_FAILED, layout.backups):
            _want_log(layout, account)
            made = _taken(layout, account, dsn)
        told = made if into is None else _copied_or_dropped(made, into)
        _drop_oldest(layout, max(keep, 1))
    return told


def listed(layout: Layout | None = None) -> list[Backup]:
    """The backups of the private server, oldest first."""
    place = (layout or config.layout()).backups
    return sorted((b for b in map(_read, place.glob("*")) if b), key=lambda backup: backup.ended_at)


def damaged(layout: Layout | None = None) -> list[Path]:
    """Directories among the backups that are none: what they say of themselves cannot be read."""
    place = (layout or config.layout()).backups
    places = (path for path in place.glob("*") if path.is_dir() and not path.name.startswith(turn.PART))
    return sorted(path for path in places if _read(path) is None)


def at_path(path: Path) -> Backup:
    """The backup in a directory; raises StoreError where there is none."""
    found = _read(path)
    if found is None:
        raise StoreError(f"{path} 不是 fisc 的备份", hint="请用 fisc db backups 查看有哪些备份")
    return found


def _want_log(layout: Layout, account: Account) -> None:
    """From here on the log is kept; it must be before the backup begins."""
    for place in (layout.backups, layout.archive):
        place.mkdir(mode=0o700, exist_ok=True)
        account.own(place)
    wanted = layout.archive / WANTED
    if not wanted.exists():
        wanted.touch()
        account.own(wanted)


def _taken(layout: Layout, account: Account, dsn: str) -> Backup:
    part = Path(tempfile.mkdtemp(prefix=turn.PART, dir=layout.backups))
    try:
        return _filled(part, layout, account, dsn)
    finally:
        shutil.rmtree(part, ignore_errors=True)  # not there any more when it is whole


def _filled(part: Path, layout: Layout, account: Account, dsn: str) -> Backup:
    account.own(part)
    began = _now(dsn)
    program = str(binaries.bin_dir_for(account) / "pg_basebackup")
    command = [program, "-d", dsn, "-D", str(part), "-Ft", "-z", "-Z", "1", "-c", "fast", "-X", "stream"]
    try:
        cluster.run_as(account, command, _FAILED)
    except StoreError as error:  # the server ends for want of room, and its client knows but that it ended
        raise (cluster.no_room(_FAILED) if cluster.is_out_of_room(layout) else error) from error
    ended = _now(dsn)
    place = layout.backups / config.named(ended)
    made = Backup(place, began, ended, binaries.wheel_version(), _first_segment(part), _size(part))
    _write_facts(part, made)
    part.rename(place)
    return made


def _now(dsn: str) -> datetime:
    with psycopg.connect(dsn) as conn:
        row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment.astimezone(UTC)


def _first_segment(backup: Path) -> str:
    """The name of the first file of the log that a backup needs, from its manifest."""
    span = json.loads((backup / "backup_manifest").read_text())["WAL-Ranges"][0]
    high, low = (int(part, 16) for part in span["Start-LSN"].split("/"))
    number = ((high << 32) + low) // cluster.SEGMENT_BYTES
    per_file = 0x1_0000_0000 // cluster.SEGMENT_BYTES
    return f"{span['Timeline']:08X}{number // per_file:08X}{number % per_file:08X}"


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in place.iterdir())


def _write_facts(place: Path, backup: Backup) -> None:
    said = asdict(backup) | {"began_at": backup.began_at.isoformat(), "ended_at": backup.ended_at.isoformat()}
    del said["path"]
    (place / FACTS).write_text(json.dumps(said, indent=1) + "\n")


def _read(path: Path) -> Backup | None:
    """The backup in a directory; None where its facts are not there, or are not what was written."""
    try:
        said = json.loads((path / FACTS).read_text())
        began, ended = (
            datetime.fromisoformat(said[name]).astimezone(UTC) for name in ("began_at", "ended_at")
        )
        found = Backup(path, began, ended, said["postgres"], said["first_segment"], said["size_bytes"])
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    texts = (found.postgres, found.first_segment)
    is_sound = all(isinstance(text, str) for text in texts) and type(found.size_bytes) is int
    return found if is_sound and _SEGMENT.fullmatch(found.first_segment) else None


def _copied_or_dropped(backup: Backup, into: Path) -> Backup:
    """A copy in another directory, there whole or not at all; without it the backup goes too."""
    target = into / backup.path.name
    try:
        with scratch.told(_FAILED, into), scratch.directory(into) as place:
            part = place / backup.path.name
            shutil.copytree(backup.path, part, copy_function=shutil.copyfile)
            part.rename(target)
    except BaseException:
        _drop(backup)
        raise
    return replace(backup, path=target)


def _drop(backup: Backup) -> None:
    """Remove a backup; it loses its name first, so that one removed by half is taken for none."""
    part = backup.path.with_name(f"{turn.PART}{backup.path.name}")
    backup.path.rename(part)
    shutil.rmtree(part)


def _drop_oldest(layout: Layout, keep: int) -> None:
    """Keep the newest backups, and of the log what they need."""
    found = listed(layout)
    for old in found[:-keep]:
        _drop(old)
    needed = min(backup.first_segment[8:] for backup in found[-keep:])
    for file in layout.archive.iterdir():
        if _SEGMENT.fullmatch(file.name) and file.name[8:] < needed:
            file.unlink()
