"""A banner, and a unit, read their own rows with raw SQL, and no others; they write none."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from psycopg import sql

from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.documents import NotFound, RuleBroken
from fisc.documents.access import let_read
from fisc.kernel import Coding, Document, Entry, credit, debit, open_year, post, record_documents

CITY, BANNER, DAY = "150600000", "150602000", date(2022, 3, 1)
_TABLES = ("entry", "posting", "coding", "document", "balance_month", "period", "region")


@pytest.fixture
def books(ready_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        for region in (CITY, BANNER):
            open_year(conn, region, 2022)
            [document] = record_documents(conn, [Document(f"d{region}", "paper", region, 2022, DAY)])
            codings = [Coding(2022, region, "111", agency_code=unit) for unit in ("101001", "101002")]
            post(conn, [
                Entry(f"{region}-{c.agency_code}", region, DAY, (
                    debit("treasury_2015:1001", c, 100), credit("treasury_2015:4001", c, 100)
                ), document_id=document)
                for c in codings
            ])  # fmt: skip
        yield conn


@pytest.fixture
def login(books: psycopg.Connection) -> Iterator[str]:
    """A login of this test's own; roles belong to the server, so it is taken away again."""
    name = f"t_{uuid.uuid4().hex}"
    books.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
    yield name
    books.execute("reset role")
    books.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(name)))


def _as(conn: psycopg.Connection, role: str) -> psycopg.Connection:
    conn.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    return conn


def _counts(conn: psycopg.Connection) -> dict[str, int]:
    rows = {t: conn.execute(f"select count(*) from ledger.{t}".encode()).fetchone() for t in _TABLES}
    return {table: row[0] for table, row in rows.items() if row}


def test_a_banner_reads_its_own_rows_only(books: psycopg.Connection, login: str) -> None:
    let_read(books, login, regions=[BANNER])
    seen = _counts(_as(books, login))
    assert seen == {"entry": 2, "posting": 4, "coding": 2, "document": 1, "balance_month": 4,
                    "period": 14, "region": 1}  # fmt: skip
    other = books.execute("select count(*) from ledger.coding where mof_div_code <> %s", [BANNER]).fetchone()
    assert other == (0,)


def test_a_unit_reads_the_postings_that_are_its_own(books: psycopg.Connection, login: str) -> None:
    let_read(books, login, units=[(BANNER, "101002")])
    seen = _counts(_as(books, login))
    assert (seen["entry"], seen["posting"], seen["coding"], seen["document"]) == (1, 2, 1, 0)


@pytest.mark.parametrize("region", [BANNER, BANNER[:6], "东胜区"])
def test_a_unit_s_region_is_written_as_everywhere(
    region: str, books: psycopg.Connection, login: str, ready_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    assert run(["db", "let-read", login, "--unit", f"{region}:101002"]) == ExitCode.OK
    assert _counts(_as(books, login))["entry"] == 1


@pytest.mark.parametrize("said", [BANNER, f"{BANNER}:", ":101002"])
def test_a_unit_without_its_region_or_number_is_none(
    said: str, ready_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", ready_db)
    assert run(["db", "let-read", "somebody", "--unit", said]) == ExitCode.USAGE
    assert "区划:预算单位" in capsys.readouterr().err


def test_the_city_may_be_given_its_banners(books: psycopg.Connection, login: str) -> None:
    let_read(books, login, regions=[CITY, BANNER])
    let_read(books, login, regions=[CITY, BANNER])
    assert _counts(_as(books, login))["entry"] == 4


@pytest.mark.parametrize(
    "attack",
    [
        "insert into ledger.region (mof_div_code) values ('999999999')",
        "update ledger.period set closed_at = now()",
        "delete from ledger.coding",
        "alter table ledger.coding disable row level security",
        "select * from public.fisc_setup",
    ],
)
def test_a_reader_does_nothing_else(books: psycopg.Connection, login: str, attack: str) -> None:
    let_read(books, login, regions=[BANNER])
    with pytest.raises(psycopg.Error):
        _as(books, login).execute(attack.encode())


def test_a_role_that_no_policy_binds_is_refused(books: psycopg.Connection, login: str) -> None:
    row = books.execute("select current_user").fetchone()
    assert row is not None
    with pytest.raises(RuleBroken, match="行级安全"):
        let_read(books, row[0], regions=[BANNER])
    with pytest.raises(NotFound, match="nobody"):
        let_read(books, "nobody", regions=[BANNER])
    with pytest.raises(NotFound, match="999"):
        let_read(books, login, regions=["999999999"])
