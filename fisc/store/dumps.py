"""Dumps: a whole database in one file, for any server, and put back beside the one that is there.

What a dump holds is the moment it was begun at. To go back to a moment in between, a server needs its
log: the private server keeps it (`backups`), another's is its keeper's.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fisc.store import binaries, config
from fisc.store.errors import StoreError

SUFFIX = ".dump"


def place(to: Path | None) -> Path:
    """Where a dump goes: the file given, or a file named by the moment in the directory given, or at home."""
    if to is not None and to.suffix == SUFFIX:
        return to
    return (to or config.home() / "dumps") / f"fisc-{datetime.now():%Y%m%d-%H%M%S}{SUFFIX}"


def dump(dsn: str, path: Path) -> Path:
    """Write the database to `path`, there whole or not at all; returns it. Raises StoreError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=path.parent) as scratch:
        part = Path(scratch) / path.name
        _run("pg_dump", "备份失败", "-Fc", "-f", str(part), "-d", dsn)
        part.replace(path)
    return path


def restore(dsn: str, path: Path, look: Callable[[str], None]) -> str:
    """Put a dump in the place of the database at `dsn`; returns the name under which the old one stays.

    It is restored beside it and judged by `look`; only then do the two change names, in one transaction.
    Raises StoreError, or what `look` raises; then the old database is as it was.
    """
    name = conninfo_to_dict(dsn)["dbname"]
    assert isinstance(name, str)
    new, aside = f"{name}_{uuid4().hex[:8]}", f"{name}_before_{datetime.now():%Y%m%d_%H%M%S_%f}"
    with _administrator(dsn) as admin:
        _create(admin, new)
        try:
            target = make_conninfo(dsn, dbname=new)
            _run("pg_restore", "恢复失败", "--no-owner", "-1", "-e", "-d", target, str(path))
            look(target)
            _exchange(admin, name, new, aside)
        except BaseException:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(new)))
            raise
    return aside


def _run(program: str, failure: str, *arguments: str) -> None:
    command = [str(binaries.bin_dir() / program), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise StoreError(f"{failure}：{said[-1] if said else program}", hint="请检查磁盘空间、权限与文件")


def _administrator(dsn: str) -> psycopg.Connection:
    """A connection to the server beside the database, which cannot be renamed from within."""
    try:
        return psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreError(f"连不上同一服务器的 postgres 库：{error}", hint="请由数据库管理员恢复") from error


def _create(admin: psycopg.Connection, name: str) -> None:
    statement = "create database {} encoding 'UTF8' template template0"
    try:
        admin.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError("没有建立数据库的权限", hint="请由数据库管理员恢复，或授予 CREATEDB") from error


def _exchange(admin: psycopg.Connection, name: str, new: str, aside: str) -> None:
    """Nobody may be connected to a database that changes its name: who is, is disconnected."""
    rename = sql.SQL("alter database {} rename to {}")
    with admin.transaction():
        admin.execute(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = any (%s)",
            [[name, new]],
        )
        admin.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
        admin.execute(rename.format(sql.Identifier(new), sql.Identifier(name)))
