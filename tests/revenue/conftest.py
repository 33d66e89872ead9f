"""A set-up database shared by the tests of revenue; each works in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.documents import Officer, define_officers
from fisc.kernel import Coding, Entry, credit, debit, open_year, post, read_entries
from fisc.registry.areas import area_of, governments
from fisc.revenue.services import LevelPart
from tests.conftest import _copy_of, _ready
from tests.papers import a_document

CITY, BANNER, WHOLE = "150600000", "150602000", "150600998"

Shown = dict[str, list[tuple[str, str, str, int, int]]]


def parts(*shares: tuple[str, int]) -> tuple[LevelPart, ...]:
    """What levels get, from pairs of a level and basis points."""
    return tuple(LevelPart(*share) for share in shares)


@pytest.fixture(scope="session")
def revenue_db(server_dsn: str) -> Iterator[str]:
    with _copy_of(server_dsn, _ready(server_dsn)) as dsn:
        yield dsn


@pytest.fixture
def books(revenue_db: str) -> Iterator[psycopg.Connection[Any]]:
    """City and banner with open years; `r` records, `t` confirms, `rt` holds both duties."""
    with psycopg.connect(revenue_db) as conn, conn.transaction(force_rollback=True):
        for region in (CITY, BANNER, WHOLE):
            for year in (2021, 2022, 2023):
                open_year(conn, region, year)
        define_officers(conn, [
            Officer("r", "收入", "", frozenset({"revenue_make"})),
            Officer("t", "国库", "", frozenset({"treasury_review", "registry_review"})),
            Officer("rt", "兼", "", frozenset({"revenue_make", "treasury_review"})),
        ])  # fmt: skip
        yield conn


def others_keep_books(
    conn: psycopg.Connection[Any], *years: int, but: tuple[str, ...] = (CITY, BANNER)
) -> None:
    """Let every other government of the city keep its books, so that the whole area is known."""
    for region in governments(area_of(WHOLE)):
        for year in years if region not in but else ():
            open_year(conn, region, year)
            coding, day = Coding(year, region), date(year, 1, 1)
            pairs = (("treasury_2015:1001", "treasury_2015:3001"), ("quota:9691", "quota:9699"))
            post(conn, [
                Entry(f"kept:{region}:{year}", region, day, tuple(
                    line for on, of in pairs for line in (debit(on, coding, 1), credit(of, coding, 1))
                ), period=year * 100, document_id=a_document(conn, region, year))
            ])  # fmt: skip


def entries(conn: psycopg.Connection[Any]) -> Shown:
    """Every entry in full: natural key -> (account, revenue code, relief, side, fen)."""
    ids = [
        row[0]
        for row in conn.execute(
            "select id from ledger.entry where natural_key not like 'test:cash:%' order by natural_key"
        )
    ]
    return {
        e.natural_key: [
            (ln.account, ln.coding.rev_func_code, ln.coding.relief_code, ln.side, ln.amount_fen)
            for ln in e.lines
        ]
        for e in read_entries(conn, ids).values()
    }
