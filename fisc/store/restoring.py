"""Goes back to a moment: a backup and the log after it make a second cluster, which then takes the place.

The running database is not touched until the other one stands and has been looked at. It is set aside,
never deleted, and comes back when anything fails; who is killed half-way leaves it in place.
"""

from __future__ import annotations

import errno
import shlex
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from fisc.store import backups, binaries, cluster, config, locks, server, setaside, swap, turn, usage
from fisc.store.account import Account, account_for
from fisc.store.backups import Backup
from fisc.store.config import Layout
from fisc.store.errors import StoreError, in_use
from fisc.store.os_faults import words_of
from fisc.store.settings import WANTED

_RECOVERY_SECONDS = 24 * 3600
_POLL_SECONDS = 0.1
_QUOTE = "'"

#: Looks at the restored database by its connection string; what it raises keeps the old one.
Look = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: which backup it began from, the moment asked for, where the old cluster is now.

    `set_aside` is None where the old one held nothing.
    """

    backup: Backup
    at: datetime | None
    set_aside: Path | None


def restore(backup: Backup | None, at: datetime | None, look: Look, *, force: bool = False) -> Restored:
    """Put the database back to what `backup` holds, or to the moment `at` after it.

    Without `backup` the newest one that ended before `at` is taken. `look` judges the restored database
    before it takes the place. `force` ends what other programs have under way. A fresh backup is left
    at the end: another history begins. Raises StoreError; then the old database is as it was.
    """
    layout = config.layout()
    chosen = backup or _before(at)
    _require_span(chosen, at)
    server.start()
    with turn.taken(layout):
        with _alone(layout, force=force) as is_alone:
            is_new = is_alone and setaside.holds_nothing(server.dsn(layout))
            replaced = _replaced(layout, chosen, at, look)
        aside = None if is_new else replaced
        if is_new:
            setaside.remove_cluster(layout, replaced)
        _back_up_anew(aside)
    return Restored(chosen, at, aside)


def _replaced(layout: Layout, chosen: Backup, at: datetime | None, look: Look) -> Path:
    """Make the other cluster and put it in place; returns where the old one is now."""
    if at is not None:
        _flush_log(layout)
    home = Path(tempfile.mkdtemp(prefix=turn.RESTORING, dir=layout.postgres))
    try:
        other = _unpacked(layout, chosen, home)
        _recover(layout, other, at, look)
        return _take_place(layout, other)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _back_up_anew(aside: Path | None) -> None:
    try:
        backups.take()
    except StoreError as error:
        kept = f"，原库留在 {aside}" if aside else ""
        raise StoreError(
            f"数据库已经恢复{kept}；但恢复后的备份没有做成：{error.message}",
            hint="请排除原因后运行 fisc db backup：在此之前，不能恢复到今后的时刻",
        ) from error


def _before(at: datetime | None) -> Backup:
    found = [b for b in backups.listed() if at is None or b.ended_at <= at]
    if not found:
        when = "" if at is None else f"{at:%Y-%m-%d %H:%M:%S} 之前的"
        raise StoreError(f"没有{when}备份，不能恢复", hint="请用 fisc db backups 查看备份，或给出备份的目录")
    return found[-1]


def _require_span(backup: Backup, at: datetime | None) -> None:
    if at is not None and at < backup.ended_at:
        raise StoreError(
            f"备份 {backup.path.name} 在所要的时刻之后才完成",
            rule="由备份只能恢复到它完成之后的时刻",
            hint="请用更早的备份（fisc db backups）",
        )
    if at is not None and at > datetime.now(at.tzinfo):
        raise StoreError("所要的时刻还没有到", hint="请给出过去的时刻；要现在的数据，不必恢复")
    if backup.postgres.split(".")[0] != str(binaries.major()):
        raise StoreError(
            f"备份由 PostgreSQL {backup.postgres} 建立，本程序内置的是 {binaries.major()}",
            rule="PostgreSQL 不同大版本的数据目录互不兼容",
            hint="请用 fisc db backup 文件.dump 导出后恢复",
        )


@contextmanager
def _alone(layout: Layout, *, force: bool) -> Iterator[bool]:
    """Whether nobody else uses the server until the block is done; with `force` others may lose it.

    It runs after.
    """
    with usage.alone(layout) as is_alone:
        if not (is_alone or force):
            raise in_use()
        yield is_alone
    server.start()


def _flush_log(layout: Layout) -> None:
    """See that the log up to now is in the archive."""
    if not (layout.archive / WANTED).exists():
        raise StoreError("没有保存变更日志，不能恢复到某一时刻", hint="恢复到备份本身不必给出 --at")
    with psycopg.connect(server.dsn(layout), autocommit=True) as conn:
        conn.execute("select pg_current_xact_id()")  # recovery ends at the first commit after its moment
        conn.execute("select pg_create_restore_point('fisc db restore')")
        row = conn.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        deadline = time.monotonic() + 60
        while not (layout.archive / row[0]).exists():
            if time.monotonic() > deadline:
                raise StoreError("变更日志没有存档，不能恢复到某一时刻", hint=f"详见日志 {layout.log}")
            time.sleep(_POLL_SECONDS)


def _unpacked(layout: Layout, backup: Backup, home: Path) -> Layout:
    """The backup as a cluster of its own, below a home of its own beside the running one."""
    account = account_for(layout.data)
    scratch = Layout(home)
    scratch.data.mkdir(parents=True, mode=0o700)
    _unpack(backup.path / "base.tar.gz", scratch.data)
    _unpack(backup.path / "pg_wal.tar.gz", scratch.data / "pg_wal")
    shutil.copyfile(backup.path / "backup_manifest", scratch.data / "backup_manifest")
    _give(home, account)
    verify = str(binaries.bin_dir_for(account) / "pg_verifybackup")
    cluster.run_as(account, [verify, "-q", "-n", str(scratch.data)], "备份不完整")
    return scratch


def _unpack(archive: Path, into: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            # by the filter's old name where this Python's 3.11 is older than its 3.11.4
            tar.extraction_filter = getattr(tarfile, "tar_filter", None)
            tar.extractall(into)
    except (OSError, tarfile.TarError, EOFError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise StoreError("恢复失败：磁盘已满，原库没有改动", hint="请腾出空间后重试") from error
        raise StoreError(f"备份 {archive} 读不出（{_why(error)}）", hint="请换一个备份") from error


def _why(error: Exception) -> str:
    return words_of(error) if isinstance(error, OSError) and error.errno else "不是完整的备份包"


def _give(place: Path, account: Account) -> None:
    """Let `account` own a tree, which nobody else may enter."""
    for path in (place, *place.rglob("*")):
        account.own(path)
        if path.is_dir():
            path.chmod(0o700)


def _recover(layout: Layout, scratch: Layout, at: datetime | None, look: Look) -> None:
    """Let the cluster live through the log up to the moment, and have it looked at."""
    account = account_for(scratch.data)
    source = shlex.quote(str(layout.archive).replace("%", "%%") + "/%f")
    when = {"recovery_target": "immediate"} if at is None else {"recovery_target_time": at.isoformat()}
    lines = when | {
        "restore_command": f"cp {source} %p",
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
    }
    text = "".join(f"{name} = '{value.replace(_QUOTE, _QUOTE * 2)}'\n" for name, value in lines.items())
    conf = scratch.data / "postgresql.auto.conf"
    kept = conf.read_text()
    conf.write_text(kept + text)
    (scratch.data / "recovery.signal").touch()
    account.own(scratch.data / "recovery.signal")
    with _running(scratch):
        _wait_until_there(scratch)
        look(server.dsn(scratch))
    conf.write_text(kept)


@contextmanager
def _running(layout: Layout) -> Iterator[None]:
    """The server of a cluster runs for the length of a block, and ends however this process does."""
    usage.begin(layout)
    try:
        with locks.alone(layout.lock("start")):
            server.start_at(layout)
        yield
    finally:
        usage.end(layout)


def _wait_until_there(scratch: Layout) -> None:
    """Return when the moment is reached; the server stops by itself where the log ends before it."""
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while time.monotonic() < deadline:
        try:
            with psycopg.connect(server.dsn(scratch)) as conn:
                row = conn.execute("select pg_is_in_recovery()").fetchone()
            if row == (False,):
                return
        except psycopg.OperationalError:
            if cluster.postmaster(scratch) is None:
                raise StoreError(
                    f"变更日志不足以恢复到所要的时刻：{cluster.last_words(scratch)}",
                    hint="请给出较早的时刻，或只恢复备份本身（不加 --at）",
                ) from None
        time.sleep(_POLL_SECONDS)
    raise StoreError("恢复没有在一天之内完成", hint="请用较新的备份")


def _take_place(layout: Layout, scratch: Layout) -> Path:
    """Stop the old cluster, set it aside, start the other in its place; the old one where that fails.

    A server that was to stay (`fisc db start`) is to stay after this too.
    """
    _keep_histories(layout, scratch)
    aside = layout.postgres / f"{setaside.PREFIX}{config.named()}"
    with locks.alone(layout.lock("start")):
        is_pinned = layout.pin.exists()
        cluster.shut_down(layout)
        try:
            swap.exchange(layout, scratch.data, aside)
            server.start_at(layout, pin=is_pinned)
        except BaseException:  # a full disk and an interrupted start leave the old one in place as well
            _bring_back(layout, scratch, aside)
            server.start_at(layout, pin=is_pinned)
            raise
    return aside


def _bring_back(layout: Layout, scratch: Layout, aside: Path) -> None:
    """Put the old cluster in its place again, however far the exchange has come."""
    if not layout.swap.exists():
        cluster.shut_down(layout)
    swap.undo(layout)
    if aside.exists():
        swap.exchange(layout, aside, scratch.data)


def _keep_histories(layout: Layout, scratch: Layout) -> None:
    """The log's new branch gets a name no later restore takes again."""
    layout.archive.mkdir(mode=0o700, exist_ok=True)
    account = account_for(layout.data)
    account.own(layout.archive)
    for file in (scratch.data / "pg_wal").glob("*.history"):
        target = layout.archive / file.name
        shutil.copyfile(file, target)
        account.own(target)
