"""The treasury's daily report becomes one entry, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from fisc.documents import FourEyes, NotFound, Officer, RuleBroken, define_officers
from fisc.kernel import DuplicateConflict, open_year, read_entries
from fisc.revenue.services import (
    DailyReceipt,
    confirm_daily_reports,
    record_daily_reports,
    report_key,
)

CITY, BANNER, DAY = "150600000", "150602000", date(2022, 3, 1)


@pytest.fixture
def treasury(ready_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        for region in (CITY, BANNER):
            open_year(conn, region, 2022)
        define_officers(conn, [
            Officer("r", "收入", "", frozenset({"revenue_make"})),
            Officer("t", "国库", "", frozenset({"treasury_review"})),
            Officer("rt", "兼", "", frozenset({"revenue_make", "treasury_review"})),
        ])  # fmt: skip
        yield conn


def _receipts(vat_fen: int = 500_00) -> list[DailyReceipt]:
    return [
        DailyReceipt(CITY, DAY, "10101", "111", vat_fen),
        DailyReceipt(CITY, DAY, "10307", "111", 30_00),
        DailyReceipt(BANNER, DAY, "10104", "111", -7_00),
    ]


def _entries(conn: psycopg.Connection) -> dict[str, list[tuple[str, str, int, int]]]:
    ids = [row[0] for row in conn.execute("select id from ledger.entry order by natural_key")]
    return {
        entry.natural_key: [
            (ln.account, ln.coding.rev_func_code, ln.side, ln.amount_fen) for ln in entry.lines
        ]
        for entry in read_entries(conn, ids).values()
    }


def test_a_report_posts_its_lines_by_code_and_red_where_negative(treasury: psycopg.Connection) -> None:
    keys = list(record_daily_reports(treasury, _receipts(), by="r", on=DAY))
    assert keys == [report_key(CITY, DAY), report_key(BANNER, DAY)]
    assert _entries(treasury) == {}
    assert sum(confirm_daily_reports(treasury, keys, by="t", on=DAY)) == 2
    assert _entries(treasury) == {
        "daily_report:150600000-20220301:posted": [
            ("treasury_2015:1001", "10101", 1, 500_00),
            ("treasury_2015:4001", "10101", -1, 500_00),
            ("treasury_2015:1001", "10307", 1, 30_00),
            ("treasury_2015:4001", "10307", -1, 30_00),
        ],
        "daily_report:150602000-20220301:posted": [
            ("treasury_2015:1001", "10104", 1, -7_00),
            ("treasury_2015:4001", "10104", -1, -7_00),
        ],
    }


def test_the_same_report_again_changes_nothing_and_another_is_refused(treasury: psycopg.Connection) -> None:
    keys = list(record_daily_reports(treasury, _receipts(), by="r", on=DAY))
    confirm_daily_reports(treasury, keys, by="t", on=DAY)
    assert record_daily_reports(treasury, _receipts(), by="r", on=DAY) == dict.fromkeys(keys, False)
    assert sum(confirm_daily_reports(treasury, keys, by="t", on=DAY)) == 0
    with pytest.raises(DuplicateConflict, match=keys[0]):
        record_daily_reports(treasury, _receipts(501_00), by="r", on=DAY)


@pytest.mark.parametrize(
    ("code", "amount_fen", "refusal"),
    [("19999", 1, NotFound), ("1100241", 1, RuleBroken), ("10101", 0, RuleBroken)],
)
def test_what_is_no_revenue_of_the_day_is_refused(
    treasury: psycopg.Connection, code: str, amount_fen: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        keys = list(
            record_daily_reports(treasury, [DailyReceipt(CITY, DAY, code, "111", amount_fen)], by="r", on=DAY)
        )
        confirm_daily_reports(treasury, keys, by="t", on=DAY)
    assert _entries(treasury) == {}


def test_who_recorded_does_not_confirm(treasury: psycopg.Connection) -> None:
    keys = list(record_daily_reports(treasury, _receipts(), by="rt", on=DAY))
    with pytest.raises(FourEyes):
        confirm_daily_reports(treasury, keys, by="rt", on=DAY)
    assert _entries(treasury) == {}
