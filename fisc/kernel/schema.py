"""Installs the ledger's schema: the SQL files beside this one, once, in order.

The version is a digest of those files. A database that carries another version is
refused rather than guessed at: the ledger is append-only and its guards are code.
"""

from __future__ import annotations

import hashlib
from importlib.resources import files

import psycopg

from fisc.kernel.errors import FiscError

#: Serialises two programs that set up the same database at once.
_INSTALL_LOCK = 0x46495343_00000001


def sql_files() -> list[tuple[str, str]]:
    """(name, text) of each schema file, in order."""
    folder = files("fisc.kernel") / "sql"
    return sorted((f.name, f.read_text("utf8")) for f in folder.iterdir() if f.name.endswith(".sql"))


def version() -> str:
    """A short digest of the schema's text."""
    digest = hashlib.sha256()
    for _, text in sql_files():
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def installed_version(conn: psycopg.Connection) -> str | None:
    """The version in the database, or None where there is no ledger yet."""
    row = conn.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'ledger'"
    ).fetchone()
    return None if row is None else str(row[0])


def install(conn: psycopg.Connection) -> bool:
    """Create the ledger's schema; returns False when it already stands.

    Two programs may call it at once.

    Raises FiscError where the database holds another version of the ledger.
    """
    with conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
        standing = installed_version(conn)
        if standing == version():
            return False
        if standing is not None:
            raise FiscError(
                f"数据库里的账务结构是另一个版本（{standing}，本程序需要 {version()}）",
                rule="账务只增不改，结构不自动猜测升级",
                hint="请用当时的 fisc 版本导出（fisc export），再导入新库",
            )
        for _, text in sql_files():
            conn.execute(text.encode())
        conn.execute(f"comment on schema ledger is '{version()}'".encode())
        return True
