"""Brings everything up: the server, the ledger's schema, Django and its tables, the registry.

`setup()` may be called by every command. A stamp in the database says what was installed;
while it holds, setting up costs one short query. Two programs at once wait for one another.
"""

from __future__ import annotations

import hashlib
import os
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import django
import psycopg
from django.conf import settings

from fisc import store
from fisc.documents import access, installation
from fisc.kernel import schema
from fisc.registry import tables
from fisc.settings import INSTALLED_APPS, database

#: Serialises programs that bring up the same database; the kernel's own lock lies inside it.
_SETUP_LOCK = 0x46495343_00000002

_READ_STAMP = "select stamp from public.fisc_setup where id"
_MAKE_STAMP = (
    "create table if not exists public.fisc_setup "
    "(id bool primary key default true check (id), stamp text not null, set_up_at timestamptz not null)"
)
_WRITE_STAMP = (
    "insert into public.fisc_setup (stamp, set_up_at) values (%s, now()) "
    "on conflict (id) do update set stamp = excluded.stamp, set_up_at = excluded.set_up_at"
)

_done_for: set[str] = set()


def setup(dsn: str | None = None) -> str:
    """Make ready the database in force (or `dsn`) and Django on it; returns the connection string.

    Idempotent and safe at once from several processes. Raises StoreError when the database
    cannot be used, and FiscError when it carries another version of the ledger.
    """
    target = dsn or store.dsn()
    configure(target)
    if target in _done_for:
        return target
    with psycopg.connect(target, application_name="fisc", autocommit=True) as conn:
        if _stamp(conn) != wanted_stamp():
            _install(conn)
    _done_for.add(target)
    return target


def ready(dsn: str | None = None) -> str:
    """As `setup`, for who reads the ledger and no documents: Django waits until there is work for it."""
    target = dsn or store.dsn()
    if target not in _done_for and not _is_installed(target):
        setup(target)
    return target


def _is_installed(dsn: str) -> bool:
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        return _stamp(conn) == wanted_stamp()


def configure(dsn: str) -> None:
    """Configure Django, once, and point it at `dsn`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fisc.settings")
    django.setup()
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
    """What this program installs: the ledger's schema, the migrations, the flows, the registry's tables."""
    flows = installation.digest_text(installation.flows_of(INSTALLED_APPS))
    parts = [schema.version(), tables.digest(), flows, access.statements(), *_migrations()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _migrations() -> list[str]:
    """Digests of every migration, and of the SQL that migrations run."""
    found = []
    for app in INSTALLED_APPS:
        if find_spec(f"{app}.migrations") is None:
            continue
        rooms = [files(f"{app}.migrations"), files(app).joinpath("sql")]
        scripts = [f for room in rooms if room.is_dir() for f in room.iterdir() if f.is_file()]
        found += sorted(f"{app}/{f.name} {hashlib.sha256(f.read_bytes()).hexdigest()}" for f in scripts)
    return found


def _stamp(conn: psycopg.Connection[Any]) -> str | None:
    if conn.execute("select to_regclass('public.fisc_setup')").fetchone() == (None,):
        return None
    row = conn.execute(_READ_STAMP).fetchone()
    return None if row is None else str(row[0])


def _install(conn: psycopg.Connection[Any]) -> None:
    """Install under the lock, unless another program did so while we waited."""
    from django.core.management import call_command

    from fisc.registry import loader

    conn.execute("select pg_advisory_lock(%s)", [_SETUP_LOCK])
    try:
        if _stamp(conn) == wanted_stamp():
            return
        schema.install(conn)
        call_command("migrate", verbosity=0, interactive=False)
        loader.load()
        installation.install(conn, installation.flows_of(INSTALLED_APPS))
        access.install(conn)
        conn.execute(_MAKE_STAMP)
        conn.execute(_WRITE_STAMP, [wanted_stamp()])
    finally:
        conn.execute("select pg_advisory_unlock(%s)", [_SETUP_LOCK])
