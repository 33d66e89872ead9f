"""Dumps: a whole database in one file, for any server, and put back beside the one that is there.

What a dump holds is the moment it was begun at. To go back to a moment in between, a server needs its
log: the private server keeps it (`backups`), another's is its keeper's.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fisc.store import binaries, cluster, config, scratch, setaside, turn
from fisc.store.errors import StoreError, in_use

SUFFIX = ".dump"
#: What stands in the name of a database between its own name and the digits of a restore under way.
_RESTORING = "_restoring_"
_HALF = re.compile(f"{_RESTORING}[0-9a-f]{{8}}")
#: How long one waits for sessions that are about to end, as PostgreSQL does before it renames or drops.
_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.05


def place(to: Path | None) -> Path:
    """Where a dump goes: the file given, or a file named by the moment in the directory given, or at home."""
    if to is not None and to.suffix == SUFFIX:
        return to
    return (to or config.home() / "dumps") / f"fisc-{config.named()}{SUFFIX}"


def dump(dsn: str, path: Path) -> Path:
    """Write the database to `path`, there whole or not at all; returns it. Raises StoreError, as for a file
    that is there already: it is never overwritten.
    """
    _require_free(path)
    with scratch.told("备份失败", path.parent), scratch.directory(path.parent) as place_of_part:
        part = place_of_part / path.name
        _run("pg_dump", "备份失败", "-Fc", "-f", str(part), "-d", dsn)
        _name(part, path)
    return path


def _require_free(path: Path) -> None:
    if path.exists():
        raise StoreError(
            f"{path} 已经存在，没有覆盖", rule="备份不覆盖已有的文件", hint="请另取名称，或先移走那个文件"
        )


def _name(part: Path, path: Path) -> None:
    """Give a whole file its name, which somebody else may have taken since it was looked at."""
    try:
        path.hardlink_to(part)
    except OSError:  # taken, or a disk without second names
        _require_free(path)
        part.rename(path)


def restore(dsn: str, path: Path, look: Callable[[str], None], *, force: bool = False) -> str | None:
    """Put a dump in the place of the database at `dsn`; returns the name under which the old one stays.

    A database of the private server that holds nothing does not stay: None.

    It is restored beside it and judged by `look`; only then do the two change names, in one transaction.
    `force` ends what other programs have under way. Raises StoreError, as where they have and it is not
    given, or what `look` raises; then the old database is as it was.
    """
    name = setaside.name_of(dsn)
    new, aside = f"{name}{_RESTORING}{uuid4().hex[:8]}", setaside.new_name(name)
    with turn.of_the_private_server(), setaside.administrator(dsn) as admin:
        if not force and _stays_in_use(admin, name):
            raise in_use()
        _clear(admin, name)
        _own(admin, new)
        _create(admin, new)
        try:
            target = make_conninfo(dsn, dbname=new)
            _run("pg_restore", "恢复失败", "--no-owner", "-1", "-e", "-d", target, str(path))
            look(target)
            _exchange(admin, name, new, aside, force=force)
        except BaseException:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(new)))
            raise
    return None if _is_dropped(dsn, aside) else aside


def _is_dropped(dsn: str, aside: str) -> bool:
    """Whether the old database, which nobody finds any more, held nothing and went; only one of our own."""
    is_worthless = config.database_url() is None and setaside.holds_nothing(make_conninfo(dsn, dbname=aside))
    if is_worthless:
        setaside.remove_database(dsn, aside)
    return is_worthless


def _run(program: str, failure: str, *arguments: str) -> None:
    command = [str(binaries.bin_dir() / program), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise cluster.failed(failure, program, done)


def _own(admin: psycopg.Connection, new: str) -> bool:
    """Own a database by name until the session ends, however it ends; False while another session does."""
    row = admin.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [new]).fetchone()
    return row == (True,)


def _clear(admin: psycopg.Connection, name: str) -> None:
    """Remove databases that killed restores left half made: those that no session owns."""
    left = admin.execute(
        "select datname from pg_database where pg_has_role(datdba, 'usage') and starts_with(datname, %s)",
        [name + _RESTORING],
    )
    for (half,) in left.fetchall():
        if _HALF.fullmatch(half.removeprefix(name)) and _own(admin, half):
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(half)))


def _create(admin: psycopg.Connection, name: str) -> None:
    statement = "create database {} encoding 'UTF8' template template0"
    try:
        admin.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError("没有建立数据库的权限", hint="请由数据库管理员恢复，或授予 CREATEDB") from error


def _stays_in_use(admin: psycopg.Connection, name: str) -> bool:
    """Whether other programs use a database and go on doing so.

    The server learns a moment later that a client has left, and its own workers make way of themselves.
    """
    query = (
        "select exists (select from pg_stat_activity where datname = %s and backend_type = 'client backend')"
    )
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (is_used := admin.execute(query, [name]).fetchone() == (True,)) and time.monotonic() < deadline:
        _pause()
    return is_used


def _pause() -> None:
    time.sleep(_POLL_SECONDS)


def _exchange(admin: psycopg.Connection, name: str, new: str, aside: str, *, force: bool) -> None:
    """Nobody may be connected to a database that changes its name; with `force`, who is, is disconnected."""
    rename = sql.SQL("alter database {} rename to {}")
    with admin.transaction():
        admin.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = any (%s)",
            [[name, new] if force else [new]],
        )
        try:
            admin.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
        except psycopg.errors.ObjectInUse as error:
            raise in_use() from error
        admin.execute(rename.format(sql.Identifier(new), sql.Identifier(name)))
