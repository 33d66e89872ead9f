"""Brings everything up: the server, the ledger's schema, Django and its tables, the registry.

`setup()` may be called by every command. A stamp in the database says what was installed;
while it holds, setting up costs one short query. Two programs at once wait for one another.
"""

from __future__ import annotations

import hashlib
import os
from enum import Enum
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from fisc import store, tables
from fisc.documents import access, installation
from fisc.kernel import FiscError, schema
from fisc.kernel.knowledge import PAST
from fisc.registry.in_force import in_force
from fisc.registry.rows import bring_up_models
from fisc.registry.tables import digest
from fisc.settings import INSTALLED_APPS, database
from fisc.store import config

#: Serialises programs that bring up the same database; the kernel's own lock lies inside it.
SETUP_LOCK = 0x46495343_00000002

_READ_STAMP = "select stamp from public.fisc_setup where id"
_MAKE_STAMP = (
    "create table if not exists public.fisc_setup "
    "(id bool primary key default true check (id), stamp text not null, set_up_at timestamptz not null)"
)
_WRITE_STAMP = (
    "insert into public.fisc_setup (stamp, set_up_at) values (%s, now()) "
    "on conflict (id) do update set stamp = excluded.stamp, set_up_at = excluded.set_up_at"
)
#: What nothing of ours has made where there is no stamp: set-up is one transaction.
_TAKEN = (
    "select nspname::text from pg_namespace where nspname = %(past)s "
    "union all select relname::text from pg_class where oid = to_regclass('public.django_migrations')"
)

_done_for: set[str] = set()


def setup(dsn: str | None = None) -> str:
    """Make ready the database in force (or `dsn`) and Django on it; returns the connection string.

    Idempotent and safe at once from several processes. Raises StoreError when the database cannot be used,
    and OtherVersion when it was set up by another version of the program: only `upgrade` changes those.
    """
    target = dsn or store.dsn()
    configure(target)
    if target not in _done_for:
        if stands(target) is not Stands.CURRENT:
            _install()
        _done_for.add(target)
    in_force(target)
    return target


class Stands(Enum):
    """How far a database is set up, as this program sees it."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"


def stands(dsn: str) -> Stands:
    """How far a database is set up; raises OtherVersion where it is newer than this program."""
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        return _stands(conn)


def _stands(conn: psycopg.Connection[Any]) -> Stands:
    stamp = _stamp(conn)
    if stamp == wanted_stamp():
        return Stands.CURRENT
    version = schema.installed_version(conn)
    if version is not None and version > schema.VERSION:
        schema.require(version)
    if stamp is None:
        return Stands.EMPTY
    if unknown := _unknown_migrations(conn):
        raise schema.OtherVersion(
            f"数据库比本程序新（{'、'.join(unknown[:3])}）",
            rule="旧程序不认识新库的约束，不得记账",
            hint="请升级程序（fisc --version 查看现在的版本）；若是本市自己的领域，请在 FISC_DOMAINS 中列出",
        )
    return Stands.OLDER


def require_not_older(dsn: str) -> None:
    """Raises OtherVersion where another version of the program set up a database; changes nothing."""
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        if _stands(conn) is Stands.OLDER:
            raise _of_an_older_version(conn)


def _of_an_older_version(conn: psycopg.Connection[Any]) -> schema.OtherVersion:
    return schema.OtherVersion(
        f"数据库 {_place(conn)} 是旧版本的程序建立的",
        rule="旧库不会不经说明就被改动",
        hint=f"请运行 {_upgrading()}：先备份，再就地升级，不成则原样不动；"
        "或以 FISC_HOME 另指一个目录，从空库开始",
    )


def _place(conn: psycopg.Connection[Any]) -> str:
    """Where a database is, in words for people."""
    info = conn.info
    return f"{info.dbname}（{info.host or 'localhost'}）"


def _upgrading() -> str:
    """The command that brings the database in force forward; a home that was chosen is named with it.

    The demonstration's simulated city has one of its own, which nobody chose.
    """
    chosen = "FISC_HOME" in os.environ and config.database_url() is None
    return f"FISC_HOME={config.layout().home} fisc db upgrade" if chosen else "fisc db upgrade"


def _unknown_migrations(conn: psycopg.Connection[Any]) -> list[str]:
    """Migrations that the database has taken and this program has never heard of."""
    own = {(area.label, f.stem) for area in apps.get_app_configs() for f in _migration_files(area.name)}
    taken = conn.execute("select app, name from public.django_migrations order by id").fetchall()
    return [f"{label}.{name}" for label, name in taken if (label, name) not in own]


def _migration_files(app: str) -> list[Path]:
    if find_spec(f"{app}.migrations") is None:
        return []
    return [Path(str(f)) for f in files(f"{app}.migrations").iterdir() if f.name.endswith(".py")]


def ready(dsn: str | None = None) -> str:
    """As `setup`, for who reads the ledger and no documents: Django waits until there is work for it."""
    target = dsn or store.dsn()
    if target not in _done_for and not _is_installed(target):
        setup(target)
    in_force(target)
    return target


def _is_installed(dsn: str) -> bool:
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        return _stamp(conn) == wanted_stamp()


def configure(dsn: str) -> None:
    """Configure Django, once, and point it at `dsn`. Raises FiscError where two domains go by one name."""
    try:
        bring_up_models()
    except ImproperlyConfigured as error:
        raise FiscError(
            f"领域装不进来：{error}",
            rule="各领域的名字（label）互不相同，也不与 fisc 自己的相同",
            hint="请核对 FISC_DOMAINS，或在该领域的 apps.py 中另定 label",
        ) from error
    from django.db import connections

    wanted = database(dsn)
    if "settings" not in vars(connections):  # no connection was asked for yet
        settings.DATABASES = {"default": wanted}
        return
    handler = connections["default"]
    if any(handler.settings_dict[name] != value for name, value in wanted.items()):
        handler.close()
        handler.settings_dict.update(wanted)


def wanted_stamp() -> str:
    """What this program installs: schema, migrations, declared kinds, the registry's tables."""
    declared = installation.digest_text(INSTALLED_APPS)
    parts = [schema.version(), digest(), declared, access.statements(), *_migrations()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _migrations() -> list[str]:
    """Digests of every migration, and of the scripts that are run after them."""
    found = []
    for app in INSTALLED_APPS:
        rooms = [files(app).joinpath("migrations"), files(app).joinpath("sql")]
        scripts = [f for room in rooms if room.is_dir() for f in room.iterdir() if f.is_file()]
        found += sorted(f"{app}/{f.name} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in scripts)
    return found


def _stamp(conn: psycopg.Connection[Any]) -> str | None:
    if conn.execute("select to_regclass('public.fisc_setup')").fetchone() == (None,):
        return None
    row = conn.execute(_READ_STAMP).fetchone()
    return None if row is None else str(row[0])


def _install() -> None:
    """Set up an empty database, whole or not at all, unless another program did so while we waited.

    Raises OtherVersion where an older version's stands: a command does not change it in passing. Raises
    StoreError where the database belongs to other programs too, or does not let itself be set up.
    """
    from django.db import DatabaseError

    try:
        _set_up()
    except (psycopg.Error, DatabaseError) as error:
        said = error if isinstance(error, psycopg.Error) else error.__cause__
        if not isinstance(said, psycopg.Error) or isinstance(said, psycopg.OperationalError):
            raise
        raise store.StoreError(
            f"数据库没有建成：{said.diag.message_primary or said}",
            rule="建库要么全部完成，要么原样不动；表与函数由建库的角色建立",
            hint="请用一个空库，由它的所有者建立（CREATE DATABASE … OWNER …），以 DATABASE_URL 指明；"
            "若有本市自己的领域（FISC_DOMAINS），请核对它的迁移",
        ) from error


def _set_up() -> None:
    from django.db import connection, transaction

    with transaction.atomic():
        connection.ensure_connection()
        conn = connection.connection
        conn.execute("select pg_advisory_xact_lock(%s)", [SETUP_LOCK])
        found = _stands(conn)
        if found is Stands.OLDER:
            raise _of_an_older_version(conn)
        if found is Stands.EMPTY:
            _require_room(conn)
            schema.install(conn)
            tables.make()
            put_in_force(conn)


def _require_room(conn: psycopg.Connection[Any]) -> None:
    """Refuse a database in which other programs hold what we would drop, or take for ours, in silence."""
    taken = [name for (name,) in conn.execute(_TAKEN, {"past": PAST}).fetchall()]
    if taken:
        raise store.StoreError(
            f"数据库 {_place(conn)} 里已有别的程序的 {'、'.join(taken)}",
            rule="账务的模式与迁移记录不与别的程序共用",
            hint="请另建一个空库（CREATE DATABASE），以 DATABASE_URL 指明",
        )


def put_in_force(conn: psycopg.Connection[Any]) -> None:
    """Everything above the tables, within the caller's transaction on Django's connection `conn`.

    The domains' scripts, the registry, the kinds of documents and their guards, who reads what; then the
    stamp. Raises Undeclared where the tables of a domain were never made.
    """
    from fisc.registry import loader

    declared = installation.declared_by(INSTALLED_APPS)
    installation.require_tables(conn, declared)
    installation.install_shared(conn)
    tables.run_scripts(conn)
    loader.load()
    installation.install(conn, declared)
    access.install(conn)
    conn.execute("select ledger.fix_paths('public')")  # of all functions that those before have made
    conn.execute(_MAKE_STAMP)
    conn.execute(_WRITE_STAMP, [wanted_stamp()])
