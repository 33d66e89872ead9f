"""`fisc db upgrade`: an installed database is brought forward, in place and in one transaction.

It is backed up first. What cannot be done, or does not prove afterwards, is rolled back: the old database
runs on as it was, with the version of the program that made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import DatabaseError

from fisc import app, store, tables
from fisc.documents.adopting import adopt
from fisc.documents.installation import declared_by
from fisc.kernel import FiscError, schema, seal
from fisc.kernel.verify import verify_within
from fisc.settings import INSTALLED_APPS
from fisc.store import backups, config, dumps, turn
from fisc.transfers.upgrading import note_budgeted
from fisc.treasury.upgrading import seal_anew

#: The first version of the ledger whose entries all name their documents.
_EVERY_ENTRY_HAS_A_DOCUMENT = 2
#: The first version whose accounts say in which years they are used.
_ACCOUNTS_HAVE_YEARS = 6
#: The first version in which what is closed is sealed, and all chains are anchored.
_CLOSINGS_ARE_SEALED = 7
#: Held from the look at the version to the end of the upgrade that it asks for.
UPGRADE_LOCK = 0x46495343_00000005
#: How long an upgrade waits for what other programs have under way.
_PATIENCE = "10s"


class UpgradeFailed(FiscError):
    """The upgrade was rolled back; the database is as it was."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done: versions of the ledger before and after, and the backup of what stood before."""

    was: int
    now: int
    backup: Path | None


def upgrade(*, backed_up: bool = True) -> Upgraded | None:
    """Bring the database in force forward; None where there is nothing to do.

    Raises OtherVersion where it is newer than this program, StoreError where it cannot be backed up or
    another upgrade is under way, and UpgradeFailed where the upgrade was rolled back.
    """
    dsn = store.dsn()
    with turn.of_the_private_server(), _alone(dsn):
        return _upgraded(dsn, backed_up=backed_up)


@contextmanager
def _alone(dsn: str) -> Iterator[None]:
    """No other program upgrades this database during the block, from whatever home it comes."""
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        if conn.execute("select pg_try_advisory_lock(%s)", [UPGRADE_LOCK]).fetchone() != (True,):
            raise turn.under_way("数据库")
        yield


def _upgraded(dsn: str, *, backed_up: bool) -> Upgraded | None:
    app.configure(dsn)
    if app.stands(dsn) is not app.Stands.OLDER:
        app.setup(dsn)
        return None
    copy = _back_up(dsn) if backed_up else None
    try:
        was = _in_one_transaction()
    except (psycopg.Error, DatabaseError) as error:
        if isinstance(error.__cause__ or error, psycopg.errors.LockNotAvailable):
            raise UpgradeFailed(
                "有别的程序正在使用数据库，没有升级", hint="请先结束那些程序；数据库原样未动"
            ) from error
        raise UpgradeFailed(
            f"升级没有成功：{str(error).strip()}", rule="升级不成则原样不动", hint=_told(copy)
        ) from error
    return Upgraded(was, schema.VERSION, copy)


def _back_up(dsn: str) -> Path:
    if config.database_url() is None:
        return backups.take().path
    return dumps.dump(dsn, dumps.place(None))


def _told(copy: Path | None) -> str:
    kept = f"；升级前的备份在 {copy}" if copy else ""
    return f"数据库原样未动，请用原来的程序继续{kept}"


def _in_one_transaction() -> int:
    from django.db import connection, transaction

    from fisc.registry.loader import define_accounts

    with transaction.atomic():
        connection.ensure_connection()
        conn: psycopg.Connection[Any] = connection.connection
        conn.execute(f"set local lock_timeout = '{_PATIENCE}'".encode())
        conn.execute("select pg_advisory_xact_lock(%s)", [app.SETUP_LOCK])
        was = schema.upgrade(conn)
        tables.bring_forward()
        if was < _EVERY_ENTRY_HAS_A_DOCUMENT:
            adopt(conn, declared_by(INSTALLED_APPS).kinds)
            seal_anew(conn)
        app.put_in_force(conn)
        if was < _ACCOUNTS_HAVE_YEARS:
            define_accounts(conn)
        with _binding_at_the_server(conn):
            if was < _EVERY_ENTRY_HAS_A_DOCUMENT:
                note_budgeted(conn)
            if was < _CLOSINGS_ARE_SEALED:
                seal(conn)
        _prove(conn)
    return was


@contextmanager
def _binding_at_the_server(conn: psycopg.Connection[Any]) -> Iterator[None]:
    """Posting sends arrays as bytes, which Django's cursors, that write values into statements, cannot."""
    factory = conn.cursor_factory
    conn.cursor_factory = psycopg.Cursor
    try:
        yield
    finally:
        conn.cursor_factory = factory


def _prove(conn: psycopg.Connection[Any]) -> None:
    """Refuse to commit a ledger that does not prove."""
    conn.execute("set constraints all immediate")
    wrong = [check for check in verify_within(conn).checks if not check.ok]
    if wrong:
        raise UpgradeFailed(
            f"升级后的总账校验不符：{wrong[0].name}：{wrong[0].difference}",
            rule="升级不成则原样不动",
            hint="数据库原样未动；请用原来的程序运行 fisc verify 查明",
        )
