"""An installed database is brought forward in place: nothing is lost, nothing is half done."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from fisc import app, upgrading
from fisc.cli.main import run as fisc
from fisc.kernel import schema, verify
from fisc.kernel.simulation import simulation
from fisc.proving import content_checks
from fisc.store import StoreError, binaries
from tests.conftest import _copy_of
from tests.upgrade.catalogue import catalogue, difference
from tests.upgrade.conftest import Restored, brought_forward, facts_of, run_script
from tests.upgrade.facts import facts, noted

DUMPS = ("city_0_1_0", "book_0_1_0")
#: Tables that were named after a domain they had left.
RENAMED = {
    "treasury_bank_account": "banking_account", "treasury_bank_line": "banking_line",
    "treasury_expected_flow": "cash_expected_flow", "treasury_message": "banking_message",
    "treasury_reconciliation": "banking_reconciliation", "treasury_voucher_match": "banking_voucher_match",
}  # fmt: skip


@pytest.fixture(scope="module", params=DUMPS)
def upgraded(request: pytest.FixtureRequest, forward: Restored) -> Iterator[tuple[str, str]]:
    """The name of a dump, and its database after the upgrade."""
    with forward(request.param) as dsn:
        yield request.param, dsn


@pytest.fixture
def old(restored: Restored, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The book of 0.1.0, in force."""
    with restored("book_0_1_0") as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        yield dsn


@contextmanager
def redone(dsn: str, server_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A database restored from its dump: some texts PostgreSQL writes otherwise then."""
    command = [str(binaries.bin_dir() / "pg_dump"), "--no-owner", "--no-privileges", dsn]
    script = subprocess.run(command, check=True, capture_output=True).stdout
    with _copy_of(server_dsn, "template0") as copy, psycopg.connect(copy) as conn:
        run_script(script, copy)
        yield conn


def test_an_upgraded_database_is_made_of_what_a_new_one_is(
    upgraded: tuple[str, str], ready_db: str, server_dsn: str
) -> None:
    with redone(upgraded[1], server_dsn) as brought, redone(ready_db, server_dsn) as made:
        assert difference(catalogue(brought), catalogue(made)) == []


#: What stood in databases that a version between 0.1.0 and this one made, and its migrations not taken.
LEFT = """
alter index rosters_line_pkey rename to treasury_payroll_line_pkey;
alter sequence rosters_line_id_seq rename to treasury_payroll_line_id_seq;
create trigger guard_person after insert on rosters_step referencing new table as added
    for each statement execute function treasury_guard_person();
create function documents_no_delete() returns trigger language plpgsql as 'begin return null; end';
create function documents_refuse_change() returns trigger language plpgsql as 'begin return null; end';
create function documents_refuse_rules() returns trigger language plpgsql as 'begin return null; end';
create or replace trigger flow_delete before delete or truncate on treasury_payment
    for each statement execute function documents_no_delete();
create or replace trigger content_stands before update on treasury_return
    for each statement execute function documents_refuse_change();
delete from django_migrations where (app, name) in (('rosters', '0003_names_of_the_lines'),
    ('documents', '0004_one_refusal'), ('documents', '0005_sessions'), ('documents', '0006_one_term_each'));
drop table documents_credential, documents_session;
update fisc_setup set stamp = 'of a version between';
"""


def test_what_a_version_between_left_goes(ready_db: str) -> None:
    with psycopg.connect(ready_db) as conn:
        made = catalogue(conn)
        conn.execute(LEFT.encode())
    brought_forward(ready_db)
    with psycopg.connect(ready_db) as conn:
        assert difference(catalogue(conn), made) == []


def test_nothing_is_lost(upgraded: tuple[str, str]) -> None:
    name, dsn = upgraded
    was = facts_of(name)
    with psycopg.connect(dsn) as conn:
        now = facts(conn, was["rows"]["seal"])
        beside = noted(conn)
    registered = {("source_register", code, True) for code in ("U100", "U200")}
    assert beside == (registered if name == "city_0_1_0" else set())
    assert now["trial_balance"] == was["trial_balance"]
    assert now["available"] == was["available"]
    assert now["seals"] == was["seals"]
    for table in ("entry", "posting", "balance", "balance_month", "coding"):
        assert now["rows"][table] == was["rows"][table], table
    assert {table: now["states"][RENAMED.get(table, table)] for table in was["states"]} == was["states"]


def test_who_was_let_read_a_table_reads_it_under_its_new_name(
    old: str, server_dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    role = f"reader_{uuid4().hex}"
    with psycopg.connect(old, autocommit=True) as conn:
        conn.execute(f"create role {role} nologin".encode())
        for table in RENAMED:
            conn.execute(f"grant select on {table} to {role}".encode())
        try:
            assert fisc(["db", "upgrade", "--json"]) == 0
            for was, now in RENAMED.items():
                rights = "select has_table_privilege(%s, %s, 'select'), to_regclass(%s)"
                assert conn.execute(rights, [role, now, was]).fetchone() == (True, None), was
        finally:
            conn.execute(f"drop owned by {role}".encode())
            conn.execute(f"drop role {role}".encode())


def test_the_ledger_and_its_old_seals_prove(upgraded: tuple[str, str]) -> None:
    with psycopg.connect(upgraded[1], autocommit=True) as conn:
        checks = [*verify(conn).checks, *content_checks(conn, lambda *_: None)]
    assert [check for check in checks if not check.ok] == []


def test_a_simulated_city_is_marked_and_a_published_book_is_not(upgraded: tuple[str, str]) -> None:
    name, dsn = upgraded
    with psycopg.connect(dsn) as conn:
        assert (simulation(conn) is not None) == (name == "city_0_1_0")


def test_no_command_upgrades_in_passing(old: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["verify"], ["figures", "list"], ["sim", "status"], ["db", "init"]):
        code = fisc(command)
        said = capsys.readouterr()
        assert command == ["figures", "list"] or (code, "fisc db upgrade" in said.err) == (4, True), command
    with psycopg.connect(old) as conn:
        assert schema.installed_version(conn) == 1


def test_a_newer_database_is_refused(old: str, capsys: pytest.CaptureFixture[str]) -> None:
    with psycopg.connect(old, autocommit=True) as conn:
        conn.execute(f"comment on schema ledger is 'ledger {schema.VERSION + 1}'".encode())
    assert fisc(["db", "upgrade"]) == 4
    assert "比本程序新" in capsys.readouterr().err


BREAKS = {
    "ledger": "schema.steps = lambda after: [('0099', 'select 1 / 0')]",
    "domains": "loader.load = broken",
    "guards": "installation.install = broken",
    "proof": "upgrading.verify_within = lambda conn: VerifyReport([Check('总账', 1, '差一分')])",
}
BROKEN = """
from fisc import app, upgrading
from fisc.documents import installation
from fisc.kernel import Check, FiscError, VerifyReport, schema
app.configure(__import__('os').environ['DATABASE_URL'])
from fisc.registry import loader
def broken(*given):
    raise FiscError('这一步不成')
{how}
try:
    upgrading.upgrade(backed_up=False)
except FiscError:
    raise SystemExit(7)
"""


@pytest.mark.parametrize("where", BREAKS)
def test_a_broken_upgrade_leaves_the_old_database(old: str, where: str) -> None:
    with psycopg.connect(old) as conn:
        before, was = catalogue(conn), facts(conn)
    done = subprocess.run([sys.executable, "-c", BROKEN.format(how=BREAKS[where])], check=False)
    assert done.returncode == 7
    with psycopg.connect(old) as conn:
        assert catalogue(conn) == before and facts(conn) == was


def test_an_upgrade_waits_for_nobody_for_long(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "_PATIENCE", "100ms")
    with psycopg.connect(old) as other:
        other.execute("select count(*) from ledger.entry")
        with pytest.raises(upgrading.UpgradeFailed, match="正在使用"):
            upgrading.upgrade(backed_up=False)
    assert app.stands(old) is app.Stands.OLDER


def test_an_upgrade_is_backed_up_first_and_goes_on_from_there(
    old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FISC_HOME", str(tmp_path))
    assert fisc(["db", "upgrade", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["was"], told["now"]) == (1, schema.VERSION)
    assert Path(told["backup"]).is_relative_to(tmp_path) and Path(told["backup"]).stat().st_size > 100_000
    assert fisc(["db", "upgrade"]) == 0
    assert "不必升级" in capsys.readouterr().out
    assert fisc(["verify"]) == 0


def test_one_upgrade_at_a_time(old: str) -> None:
    with psycopg.connect(old, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", [upgrading.UPGRADE_LOCK])
        with pytest.raises(StoreError, match="正在备份、恢复或升级"):
            upgrading.upgrade(backed_up=False)
    with psycopg.connect(old) as conn:
        assert schema.installed_version(conn) == 1
