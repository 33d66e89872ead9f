"""A database is set up whole or not at all, beside nothing of other programs, and says why not in words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import _copy_of

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def empty(server_dsn: str) -> Iterator[str]:
    """A database that nothing was done in."""
    with _copy_of(server_dsn, "template0") as dsn:
        yield dsn


def fisc(dsn: str, *words: str, folder: Path = ROOT, domains: str = "") -> tuple[int, str]:
    """The exit code of a command and what it said, in a process of its own."""
    env = os.environ | {"DATABASE_URL": dsn, "FISC_DOMAINS": domains, "PYTHONPATH": f"{folder}:{ROOT}"}
    command = [sys.executable, "-m", "fisc.cli.main", *words]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def asked(dsn: str, *statements: str) -> object:
    """Run statements; the first value that the last one answers."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in statements:
            cursor = conn.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


OTHERS = {
    "their schema": ("create schema past; create table past.theirs (a int)", "past"),
    "their migrations": ("create table django_migrations (id int, app text)", "django_migrations"),
    "a table of our name": ("create table budget_quota (a int)", "budget_quota"),
    "a view of our name": ("create view rosters_state as select 1 as x", "没有执行"),
}
_HELD = "select count(*) from pg_class where relnamespace in (select oid from pg_namespace " \
    "where nspname in ('past', 'public', 'ledger'))"  # fmt: skip


@pytest.mark.parametrize("whose", OTHERS)
def test_what_belongs_to_others_stays_and_nothing_is_set_up(empty: str, whose: str) -> None:
    statement, named = OTHERS[whose]
    held = asked(empty, statement, _HELD)
    code, said = fisc(empty, "db", "init")
    assert code in (3, 4) and named in said and "依据" in said and "怎么办" in said
    assert "内部错误" not in said and asked(empty, _HELD) == held


def test_a_role_that_may_not_make_tables_is_told(empty: str) -> None:
    role = f"clerk_{os.getpid()}"
    asked(empty, f"create role {role} login")
    try:
        code, said = fisc(f"{empty}&user={role}", "db", "init")
    finally:
        asked(empty, f"drop role {role}")
    assert code == 4 and "数据库没有建成" in said and "怎么办" in said


def test_a_table_of_another_owner_is_left_alone(empty: str) -> None:
    role = f"owner_{os.getpid()}"
    asked(empty, f"create role {role} login", f"grant all on schema public to {role}",
          f"do $$ begin execute 'grant create on database ' || current_database() || ' to {role}'; end $$",
          "create table theirs (mof_div_code text)")  # fmt: skip
    try:
        assert fisc(f"{empty}&user={role}", "db", "init") == (0, "数据库已就绪。\n")
        assert asked(empty, "select relrowsecurity from pg_class where relname = 'theirs'") is False
    finally:
        asked(empty, f"drop owned by {role} cascade", f"drop role {role}")


def domain(folder: Path, script: str) -> None:
    """A domain of a city's own that is one script, and goes by another name than its package."""
    (folder / "views" / "sql").mkdir(parents=True, exist_ok=True)
    (folder / "views" / "__init__.py").write_text("", "utf8")
    (folder / "views" / "apps.py").write_text(
        "from django.apps import AppConfig\n\n\n"
        "class ViewsConfig(AppConfig):\n    name = 'views'\n    label = 'city_views'\n",
        "utf8",
    )
    (folder / "views" / "sql" / "views.sql").write_text(script, "utf8")


def test_two_domains_of_one_name_are_refused(empty: str, tmp_path: Path) -> None:
    (tmp_path / "city" / "budget").mkdir(parents=True)
    (tmp_path / "city" / "budget" / "__init__.py").write_text("", "utf8")
    code, said = fisc(empty, "db", "init", folder=tmp_path, domains="city.budget")
    assert code == 3 and "budget" in said and "label" in said


def test_a_domain_of_scripts_alone_is_brought_forward(empty: str, tmp_path: Path) -> None:
    for number, command in ((1, "init"), (2, "upgrade")):
        domain(tmp_path, f"create or replace view city_view as select {number} as a")
        assert fisc(empty, "db", command, folder=tmp_path, domains="views")[0] == 0
        assert asked(empty, "select a from city_view") == number


@pytest.mark.parametrize(
    "script", ["selec", "select 1 / 0", "create table t (a int); create table t (a int)"]
)
def test_a_script_that_does_not_run_is_named(empty: str, tmp_path: Path, script: str) -> None:
    domain(tmp_path, script)
    code, said = fisc(empty, "db", "init", folder=tmp_path, domains="views")
    assert code == 3 and "views/sql/views.sql" in said and "怎么办" in said
    assert asked(empty, "select to_regnamespace('ledger')::text") is None
