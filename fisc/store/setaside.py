"""What restores and demonstrations set aside: old clusters, old databases beside the one in force.

They stay until they are removed by name. The living database is never among them: it has another name.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fisc.store import cluster, config, turn
from fisc.store.config import Layout
from fisc.store.errors import StoreError

#: How the directory of a cluster that was set aside begins.
PREFIX = "data-before-"
_CLUSTER = re.compile(rf"{PREFIX}\d{{8}}-\d{{6}}-\d{{6}}")
_DATABASE = re.compile(r"_before_\d{8}_\d{6}_\d{6}")


@dataclass(frozen=True, slots=True)
class SetAside:
    """An old database: its name, its directory (None for one within the server), its size."""

    name: str
    path: Path | None
    size_bytes: int


def new_name(database: str) -> str:
    """The name under which a database is set aside now."""
    return f"{database}_before_{config.named().replace('-', '_')}"


def name_of(dsn: str) -> str:
    """The name of the database that a connection string speaks of."""
    name = conninfo_to_dict(dsn)["dbname"]
    assert isinstance(name, str)
    return name


def administrator(dsn: str) -> psycopg.Connection:
    """A connection to the server beside the database, which cannot be renamed from within.

    Raises StoreError where there is none.
    """
    try:
        return psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreError(f"连不上同一服务器的 postgres 库：{error}", hint="请由数据库管理员办理") from error


def clusters(layout: Layout) -> list[SetAside]:
    """Clusters of the private server that restores set aside, oldest first."""
    places = (path for path in layout.postgres.glob(f"{PREFIX}*") if _CLUSTER.fullmatch(path.name))
    found = sorted(path for path in places if path.is_dir() and not path.is_symlink())
    return [SetAside(path.name, path, _size(path)) for path in found]


def databases(dsn: str) -> list[SetAside]:
    """Databases beside the one at `dsn` that restores of dumps set aside, oldest first.

    Raises StoreError where the server cannot be looked at.
    """
    name = name_of(dsn)
    with administrator(dsn) as admin:
        rows = admin.execute(
            "select datname, pg_database_size(oid) from pg_database "
            "where starts_with(datname, %s) and pg_has_role(datdba, 'usage') order by datname",
            [f"{name}_before_"],
        ).fetchall()
    return [SetAside(db, None, size) for db, size in rows if _DATABASE.fullmatch(db.removeprefix(name))]


def put_aside(dsn: str) -> str:
    """Begin the database at `dsn` anew, empty; returns the name under which the old one stays.

    Raises StoreError where somebody uses it; then it is as it was.
    """
    name, aside = name_of(dsn), new_name(name_of(dsn))
    rename = sql.SQL("alter database {} rename to {}")
    make = sql.SQL("create database {} encoding 'UTF8' template template0").format(sql.Identifier(name))
    with turn.of_the_private_server(), administrator(dsn) as admin:
        try:
            admin.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
        except psycopg.errors.ObjectInUse as error:
            raise StoreError(f"有程序正在使用 {name}，没有另存", hint="请先结束那些程序") from error
        try:
            admin.execute(make)
        except BaseException:
            admin.execute(rename.format(sql.Identifier(aside), sql.Identifier(name)))
            raise
    return aside


def holds_nothing(dsn: str) -> bool:
    """Whether a database has no table of anybody's: a new one, of which nothing need be set aside."""
    query = (
        "select not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname <> 'information_schema' and not starts_with(n.nspname, 'pg_'))"
    )
    try:
        with psycopg.connect(dsn) as conn:
            return conn.execute(query).fetchone() == (True,)
    except psycopg.Error:  # who cannot look does not throw away
        return False


def remove(dsn: str, name: str) -> SetAside:
    """Remove what a restore set aside, by its name; returns what it was.

    Raises StoreError where nothing of that name was set aside, or somebody uses it.
    """
    with turn.of_the_private_server():
        layout = config.layout()
        known = databases(dsn) + ([] if config.database_url() else clusters(layout))
        found = next((one for one in known if one.name == name), None)
        if found is None:
            raise StoreError(
                f"没有名为 {name} 的留存原库，没有删除",
                rule="只删除恢复时留存的原库；现用的数据库与备份不在其内",
                hint="请用 fisc db backups 查看留存的原库",
            )
        remove_database(dsn, name) if found.path is None else remove_cluster(layout, found.path)
    return found


def remove_database(dsn: str, name: str) -> None:
    """Remove a database that was set aside. Raises StoreError while somebody uses it."""
    with administrator(dsn) as admin:
        try:
            admin.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
        except psycopg.errors.ObjectInUse as error:
            raise StoreError(f"有程序正在使用 {name}，没有删除", hint="请先结束那些程序") from error


def remove_cluster(layout: Layout, place: Path) -> None:
    """Remove a cluster that was set aside. Raises StoreError while a server works on it.

    It loses its name first: what is removed by half counts among what has no owner.
    """
    if cluster.works_on(place):
        raise StoreError(f"有数据库服务正在使用 {place}，没有删除", hint="请先停止它")
    part = layout.postgres / f"{turn.RESTORING}{place.name}"
    place.rename(part)
    shutil.rmtree(part)


def _size(place: Path) -> int:
    return sum(file.lstat().st_size for file in place.rglob("*") if not file.is_dir())
