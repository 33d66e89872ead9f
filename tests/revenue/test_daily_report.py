"""The treasury's daily report becomes one entry, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from fisc.documents import FourEyes, NotFound, Officer, RuleBroken, define_officers, make
from fisc.kernel import (
    CashShortfall,
    Coding,
    DuplicateConflict,
    Entry,
    FiscError,
    credit,
    debit,
    open_year,
    post,
    read_entries,
)
from fisc.revenue.kinds import DAILY_REPORT
from fisc.revenue.services import (
    DailyReceipt,
    confirm_daily_reports,
    discard_daily_reports,
    record_daily_reports,
    report_key,
)
from tests.papers import a_document

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
        DailyReceipt(CITY, DAY, "101010103", "111", vat_fen),
        DailyReceipt(CITY, DAY, "1030799", "111", 30_00),
        DailyReceipt(BANNER, DAY, "1010433", "111", 7_00),
    ]


def _entries(conn: psycopg.Connection) -> dict[str, list[tuple[str, str, int, int]]]:
    ids = [row[0] for row in conn.execute("select id from ledger.entry order by natural_key")]
    return {
        entry.natural_key: [
            (ln.account, ln.coding.rev_func_code, ln.side, ln.amount_fen) for ln in entry.lines
        ]
        for entry in read_entries(conn, ids).values()
    }


def test_a_report_posts_its_lines_by_code(treasury: psycopg.Connection) -> None:
    keys = list(record_daily_reports(treasury, _receipts(), by="r", on=DAY))
    assert keys == [report_key(CITY, DAY), report_key(BANNER, DAY)]
    assert _entries(treasury) == {}
    assert sum(confirm_daily_reports(treasury, keys, by="t", on=DAY)) == 2
    assert _entries(treasury) == {
        "daily_report:150600000-20220301:posted": [
            ("treasury_2015:1001", "101010103", 1, 500_00),
            ("treasury_2015:4001", "101010103", -1, 500_00),
            ("treasury_2015:1001", "1030799", 1, 30_00),
            ("treasury_2015:4001", "1030799", -1, 30_00),
        ],
        "daily_report:150602000-20220301:posted": [
            ("treasury_2015:1001", "1010433", 1, 7_00),
            ("treasury_2015:4001", "1010433", -1, 7_00),
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
    [
        ("19999", 1, NotFound),
        ("1100241", 1, RuleBroken),
        ("101010103", 0, RuleBroken),
        ("10101", 1, RuleBroken),
        ("1010101", 1, RuleBroken),
    ],
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


LATER, LAST = date(2022, 3, 2), date(2022, 3, 3)


def _red(fen: int, day: date = LATER, of: str = "150600000-20220301", region: str = CITY) -> DailyReceipt:
    return DailyReceipt(region, day, "101010103", "111", -fen, of)


def _post(conn: psycopg.Connection, *given: DailyReceipt) -> list[str]:
    on = max(one.received_on for one in given)
    keys = list(record_daily_reports(conn, given, by="r", on=on))
    confirm_daily_reports(conn, keys, by="t", on=on)
    return keys


def test_a_red_line_takes_back_what_the_report_it_names_posted(treasury: psycopg.Connection) -> None:
    _post(treasury, *_receipts())
    [red] = _post(treasury, _red(200_00))
    assert _entries(treasury)[f"daily_report:{red}:posted"] == [
        ("treasury_2015:1001", "101010103", 1, -200_00), ("treasury_2015:4001", "101010103", -1, -200_00),
    ]  # fmt: skip
    with pytest.raises(RuleBroken, match="超过那份日报的入账额"):
        _post(treasury, _red(300_01, LAST))
    discard_daily_reports(treasury, [report_key(CITY, LAST)], by="r", on=LAST)
    assert _post(treasury, _red(300_00, LAST))


@pytest.mark.parametrize(
    ("red", "why"),
    [
        (_red(1, of=""), "没有写所更正的日报"),
        (_red(500_01), "所更正的日报入账 500.00 元"),
        (_red(1, of="150600000-20220228"), "不是同一国库"),
        (_red(1, region=BANNER), "不是同一国库"),
        (_red(1, DAY, of="150602000-20220301"), "不是同一国库"),
        (DailyReceipt(CITY, LATER, "1010719", "111", -1, "150600000-20220301"), "入账 0.00 元"),
        (DailyReceipt(CITY, LATER, "1010719", "111", 1, "150600000-20220301"), "没有红字"),
        (DailyReceipt(CITY, LATER, "1010719", "111", 2**62 + 1), "超出账务可记的范围"),
    ],
)
def test_a_red_line_that_corrects_nothing_is_refused(
    treasury: psycopg.Connection, red: DailyReceipt, why: str
) -> None:
    given = _receipts() if red.received_on != DAY else [r for r in _receipts() if r.mof_div_code == BANNER]
    _post(treasury, *given)
    before = _entries(treasury)
    with pytest.raises(RuleBroken, match=why):
        record_daily_reports(treasury, [red], by="r", on=LATER)
    assert _entries(treasury) == before


def test_the_database_itself_wants_the_report_that_is_corrected(treasury: psycopg.Connection) -> None:
    _post(treasury, *_receipts())
    lines = [["1010719", "111", -5]]
    make(treasury, DAILY_REPORT, [{
        "doc_key": report_key(CITY, LATER), "mof_div_code": CITY, "fiscal_year": 2022,
        "received_on": LATER, "total_fen": -5, "lines": lines, "corrects_no": "",
    }], by="r", on=LATER)  # fmt: skip
    with pytest.raises(RuleBroken, match="没有指明所更正的日报"):
        confirm_daily_reports(treasury, [report_key(CITY, LATER)], by="t", on=LATER)


def test_a_report_speaks_of_a_day_that_has_been(treasury: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match="晚于登记的日期"):
        record_daily_reports(treasury, _receipts(), by="r", on=date(2022, 2, 28))
    with pytest.raises(RuleBroken, match="晚于登记的日期"):
        make(treasury, DAILY_REPORT, [{
            "doc_key": "x", "mof_div_code": CITY, "fiscal_year": 2022, "received_on": DAY, "total_fen": 1,
            "lines": [["1010719", "111", 1]], "corrects_no": "",
        }], by="r", on=date(2022, 2, 28))  # fmt: skip


def test_no_report_before_the_books_began(treasury: psycopg.Connection) -> None:
    before = DailyReceipt(CITY, date(2021, 12, 31), "1010719", "111", 1)
    with pytest.raises(FiscError):
        _post(treasury, before)
    assert _entries(treasury) == {}


def test_cash_is_not_overdrawn_by_a_correction(treasury: psycopg.Connection) -> None:
    [key] = _post(treasury, DailyReceipt(CITY, DAY, "101010103", "111", 500_00))
    block, paper = Coding(2022, CITY, "111"), a_document(treasury, CITY)
    lines = (debit("treasury_2015:5001", block, 450_00), credit("treasury_2015:1001", block, 450_00))
    post(treasury, [Entry("paid", CITY, DAY, lines, document_id=paper)])
    with pytest.raises(CashShortfall, match=r"现有 50\.00 元，这次要减少 100\.00 元，差 50\.00 元"):
        _post(treasury, _red(100_00, of=key))
