"""The ledger's schema: installed from the SQL files beside this one, or brought forward from an older one.

Versions are numbers. A new database is made from `sql/` as it stands. An older one takes the steps in
`upgrades/`, each of which changes the tables of one version into those of the next; functions, guards and
constraints made of functions are then put back from `sql/`, whose files but the first can be run again.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

import psycopg

from fisc.kernel.errors import FiscError

#: The version that the SQL files make.
VERSION = 7
#: The tables that grow with what is posted, by name.
GROWING: Final = (
    "ledger.balance_month", "ledger.balance", "ledger.posting", "ledger.entry", "ledger.coding",
    "ledger.document",
)  # fmt: skip
#: The file that makes tables; the others say how they behave.
_TABLES = "010_tables.sql"
#: Serialises two programs that set up the same database at once.
_INSTALL_LOCK = 0x46495343_00000001
#: What 0.1.0 wrote where versions stand now: a digest of its files.
_DIGESTS = {"6c765d551ac74431": 1}
_MARK = re.compile(r"ledger (\d+)")


class OtherVersion(FiscError):
    """The database's ledger is of another version than the program's."""


def sql_files() -> list[tuple[str, str]]:
    """(name, text) of each schema file, in order."""
    return _texts("sql")


def steps(after: int) -> list[tuple[str, str]]:
    """(name, text) of each step that leads from version `after` to this one, in order."""
    return [(name, text) for name, text in _texts("upgrades") if int(name[:4]) > after]


def _texts(room: str) -> list[tuple[str, str]]:
    folder = files("fisc.kernel") / room
    return sorted((f.name, f.read_text("utf8")) for f in folder.iterdir() if f.name.endswith(".sql"))


def installed_version(conn: psycopg.Connection) -> int | None:
    """The version of the ledger in the database, or None where there is none yet.

    Raises OtherVersion for a mark that this program does not know: it was made by no released version.
    """
    row = conn.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = 'ledger'"
    ).fetchone()
    if row is None:
        return None
    found = _MARK.fullmatch(str(row[0]))
    known = int(found[1]) if found else _DIGESTS.get(str(row[0]))
    if known is None:
        raise OtherVersion(
            f"数据库里的账务结构没有版本号（{row[0]}），不是任何发行版本建立的",
            rule="账务只增不改，结构不自动猜测升级",
            hint="请用建立它的程序导出（fisc export），再导入新库",
        )
    return known


def install(conn: psycopg.Connection) -> bool:
    """Create the ledger's schema; returns False when it already stands.

    Two programs may call it at once. Raises OtherVersion where the ledger is of another version.
    """
    with conn.transaction():
        conn.execute("select pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
        standing = installed_version(conn)
        if standing is None:
            _run(conn, sql_files())
            return True
        require(standing)
        return False


def require(standing: int) -> None:
    """Raise OtherVersion where the version that stands is not this program's."""
    if standing < VERSION:
        raise OtherVersion(
            f"数据库是旧版本（账务结构第 {standing} 版，本程序是第 {VERSION} 版）",
            rule="旧库不会不经说明就被改动",
            hint="请运行 fisc db upgrade：先备份，再就地升级；不成则原样不动",
        )
    if standing > VERSION:
        raise OtherVersion(
            f"数据库比本程序新（账务结构第 {standing} 版，本程序是第 {VERSION} 版）",
            rule="旧程序不认识新库的约束，不得记账",
            hint="请升级程序（fisc --version 查看现在的版本）",
        )


def upgrade(conn: psycopg.Connection) -> int:
    """Bring an older ledger forward within the caller's transaction; returns the version it had.

    Tables take the steps, then functions and guards are put in force as the SQL files have them, also
    where the version is this program's already. Raises OtherVersion for a newer one.
    """
    conn.execute("select pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
    standing = installed_version(conn)
    if standing is None or standing > VERSION:
        require(standing or 0)
    assert standing is not None
    behaviour = [(name, text) for name, text in sql_files() if name != _TABLES]
    _run(conn, [*steps(standing), *behaviour])
    return standing


def _run(conn: psycopg.Connection, scripts: list[tuple[str, str]]) -> None:
    for _, text in scripts:
        conn.execute(text.encode())
    conn.execute(f"comment on schema ledger is 'ledger {VERSION}'".encode())


def version() -> str:
    """The version as the program's own text: equal texts behave alike."""
    return "\n".join(text for _, text in sql_files())
