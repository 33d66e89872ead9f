"""The domains' tables: of a new database made from the models, of an older one brought forward by migrations.

What holds over the tables whatever code writes them stands in `sql/` of each domain, as scripts that can be
run again; they are run each time. Both ways end in the same catalogue (tests/upgrade).
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import psycopg

from fisc.kernel import FiscError
from fisc.kernel.knowledge import PAST
from fisc.settings import INSTALLED_APPS, own_domains

#: Its scripts are patterns, filled in for each kind (fisc/documents/installation.py).
_FILLS_ITS_OWN = "fisc.documents"


def scripts(app: str) -> list[Traversable]:
    """The scripts of an app, in the order of their names."""
    room = files(app).joinpath("sql")
    if app == _FILLS_ITS_OWN or not room.is_dir():
        return []
    return sorted((f for f in room.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)


def make() -> None:
    """Make every table, within the caller's transaction on Django's connection, in a database without any.

    Migrations lead from older tables to these: they count as taken. Those of a city's own domains are run,
    for they may do more.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    known = MigrationLoader(connection)
    names = own_domains()
    own = {area.label for area in apps.get_app_configs() if area.name in names}
    labels = known.migrated_apps - own
    with connection.schema_editor() as editor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label in labels:
                editor.create_model(model)
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    recorder.migration_qs.bulk_create(
        recorder.Migration(app=label, name=name) for label, name in known.disk_migrations if label in labels
    )
    if own:
        _take_migrations()


def bring_forward() -> None:
    """Make the tables what the models say, within the caller's transaction on Django's connection.

    What rests on the tables goes first; the installation of kinds makes it anew.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {PAST} cascade")
    _take_migrations()


def _take_migrations() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def run_scripts(conn: psycopg.Connection[Any]) -> None:
    """Put in force what stands in `sql/` of every domain; all tables are there.

    Raises FiscError that names a script which does not run, or not again.
    """
    for app in INSTALLED_APPS:
        for script in scripts(app):
            _run(conn, app, script)


def _run(conn: psycopg.Connection[Any], app: str, script: Traversable) -> None:
    try:
        conn.execute(script.read_bytes())
    except psycopg.OperationalError:  # a lost server, a lock waited for: not what the script says
        raise
    except psycopg.Error as error:
        raise FiscError(
            f"{app}/sql/{script.name} 没有执行：{error.diag.message_primary or error}",
            rule="领域的脚本每次安装和升级都要执行，须可重复执行（create or replace）",
            hint="请改正这个脚本；数据库未动",
        ) from error
