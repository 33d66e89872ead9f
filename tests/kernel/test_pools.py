"""Purses of cash: what several accounts say together, region by region, and never below zero."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from fisc.kernel import (
    Account,
    CashShortfall,
    Coding,
    Document,
    Entry,
    FiscError,
    Pool,
    QuotaShortfall,
    credit,
    debit,
    define_accounts,
    define_pools,
    post,
    record_documents,
    verify,
)
from tests.kernel import world
from tests.kernel.world import CASH, CITY, COUNTY, DAY, OUTLAY, A, B, entry, grant, pay, red

NEXT_CASH, DEPOSIT, LENDER = "next:1001", "treasury:1003", "treasury:2001"
PURSE = Pool("treasury", "国库存款", (CASH,), "test", False, ("told",))


@pytest.fixture
def city(ledger_db: str) -> psycopg.Connection:
    conn = psycopg.connect(ledger_db, autocommit=True)
    world.found(conn)
    define_accounts(conn, [
        Account("treasury", "1003", "定期", "asset", 1, "test", False),
        Account("treasury", "2001", "借入", "liability", -1, "test", False),
        Account("next", "1001", "国库存款", "asset", 1, "test", False),
        Account("next", "3001", "结余", "net", -1, "test", False),
    ])  # fmt: skip
    define_pools(conn, [PURSE])
    return conn


def _in(key: str, fen: int, region: str = CITY, block: Coding = A) -> Entry:
    return entry(key, debit(CASH, block, fen), credit(LENDER, block, fen), region=region)


def _out(key: str, fen: int, region: str = CITY, block: Coding = A) -> Entry:
    return entry(key, debit(OUTLAY, block, fen), credit(CASH, block, fen), region=region)


def _stands(conn: psycopg.Connection) -> dict[str, int]:
    rows = conn.execute(
        "select r.mof_div_code, b.balance_fen from ledger.pool_balance b "
        "join ledger.region r on r.id = b.region_id"
    )
    return dict(rows.fetchall())


def test_one_purse_pays_for_every_fund_and_class_and_no_more(city: psycopg.Connection) -> None:
    post(city, [_in("in", 100)])
    post(city, [_out("out", 60, block=B)])
    words = r"国库存款不足：现有 0\.40 元，这次要减少 0\.41 元，差 0\.01 元"
    with pytest.raises(CashShortfall, match=words) as seen:
        post(city, [_out("more", 41, block=B)])
    assert seen.value.rule and seen.value.hint
    assert seen.value.details == {
        "region": CITY, "pool": "国库存款", "available_fen": 40, "requested_fen": 41,
    }  # fmt: skip
    post(city, [_out("rest", 40)])
    assert _stands(city) == {CITY: 0} and verify(city).ok


def test_a_set_is_weighed_as_a_whole(city: psycopg.Connection) -> None:
    post(city, [_out("out", 70), _in("in", 70)])
    with pytest.raises(CashShortfall):
        post(city, [_out("out2", 2), _in("in2", 1)])
    assert _stands(city).get(CITY, 0) == 0


def test_each_region_has_its_own(city: psycopg.Connection) -> None:
    post(city, [_in("in", 100)])
    with pytest.raises(CashShortfall, match=f"{COUNTY} 的国库存款不足：现有 0"):
        post(city, [_out("out", 1, region=COUNTY)])


def test_what_a_correction_takes_back_must_be_there(city: psycopg.Connection) -> None:
    given = _in("in", 100)
    post(city, [given])
    post(city, [_out("out", 60)])
    with pytest.raises(CashShortfall):
        post(city, [red(given, "red")])


def test_a_missing_quota_is_said_before_missing_cash(city: psycopg.Connection) -> None:
    post(city, [grant("quota", 10)])
    with pytest.raises(QuotaShortfall):
        post(city, [pay("paid", 20)])
    with pytest.raises(CashShortfall):
        post(city, [pay("paid", 10)])


def test_money_stays_in_the_purse_from_one_book_to_the_next(city: psycopg.Connection) -> None:
    post(city, [_in("in", 100)])
    define_pools(city, [replace(PURSE, accounts=(NEXT_CASH,))])
    assert _stands(city)[CITY] == 100
    move = entry(
        "move", credit(CASH, A, 100), debit(LENDER, A, 100),
        debit(NEXT_CASH, A, 100), credit("next:3001", A, 100),
    )  # fmt: skip
    post(city, [move])
    assert _stands(city)[CITY] == 100 and verify(city).ok


def test_what_only_tells_of_others_cash_moves_none(city: psycopg.Connection) -> None:
    [paper] = record_documents(city, [Document("told:1", "told", CITY, world.YEAR, DAY)])
    post(city, [replace(_out("printed", 500), document_id=paper)])
    assert _stands(city) == {} and verify(city).ok


def test_a_purse_that_was_overdrawn_before_it_had_a_floor_only_rises(city: psycopg.Connection) -> None:
    post(city, [entry("placed", debit(LENDER, A, 30), credit(DEPOSIT, A, 30))])
    define_pools(city, [Pool("deposit", "定期", (DEPOSIT,), "test", False)])
    with pytest.raises(CashShortfall, match="现有 -0"):
        post(city, [entry("more", debit(LENDER, A, 1), credit(DEPOSIT, A, 1))])
    post(city, [entry("back", debit(DEPOSIT, A, 20), credit(LENDER, A, 20))])
    with pytest.raises(CashShortfall):
        post(city, [entry("again", debit(LENDER, A, 1), credit(DEPOSIT, A, 1))])


@pytest.mark.parametrize(
    "statement",
    ["update ledger.pool_balance set balance_fen = 1", "update ledger.pool_day set balance_fen = 1",
     "delete from ledger.pool_balance",
     "truncate ledger.pool_balance", "delete from ledger.pool_account",
     "update ledger.pool set told_by = '{test}'"],
)  # fmt: skip
def test_nobody_writes_a_purse_or_takes_an_account_out_of_it(
    city: psycopg.Connection, statement: str
) -> None:
    post(city, [_in("in", 100)])
    with pytest.raises(psycopg.Error) as seen:
        city.execute(statement.encode())
    assert seen.value.sqlstate == "FS006"


def test_two_at_once_do_not_pay_more_than_there_is(city: psycopg.Connection, ledger_db: str) -> None:
    post(city, [_in("in", 100)])
    done: list[str] = []

    def work(name: str) -> None:
        with psycopg.connect(ledger_db, autocommit=True) as conn:
            for n in range(20):
                try:
                    post(conn, [_out(f"{name}{n}", 7)])
                except FiscError:
                    return
                done.append(name)

    workers = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(done) == 14 and _stands(city)[CITY] == 2


LATER, LATEST = DAY + timedelta(days=2), DAY + timedelta(days=5)


def _on(day: date, key: str, fen: int) -> Entry:
    return replace(_in(key, fen) if fen > 0 else _out(key, -fen), business_date=day)


def test_what_is_entered_of_an_earlier_day_overdraws_none_of_the_days_since(city: psycopg.Connection) -> None:
    post(city, [_on(DAY, "opening", 100)])
    post(city, [_on(LATER, "income", 50)])
    words = f"在 {DAY} 不足：该日终了有 1.00 元，这次要减少 1.20 元，差 0.20 元"
    with pytest.raises(CashShortfall, match=words) as seen:
        post(city, [_on(DAY, "late", -120)])
    assert seen.value.details["day"] == str(DAY) and "发生日期" in seen.value.hint
    post(city, [_on(DAY, "less", -100)])
    post(city, [_on(LATER, "rest", -50)])
    assert verify(city).ok


def test_a_day_between_booked_days_stands_as_the_day_before(city: psycopg.Connection) -> None:
    post(city, [_on(DAY, "opening", 100)])
    post(city, [_on(LATEST, "income", 50)])
    with pytest.raises(CashShortfall, match=f"在 {LATER} 不足"):
        post(city, [_on(LATER, "between", -101)])
    with pytest.raises(CashShortfall, match=f"在 {DAY - timedelta(days=1)} 不足：该日终了有 0"):
        post(city, [_on(DAY - timedelta(days=1), "before all", -1)])
    post(city, [_on(LATER, "between", -60)])
    with pytest.raises(CashShortfall, match=f"在 {LATER} 不足：该日终了有 0.40 元"):
        post(city, [_on(DAY, "then earlier", -41)])
    post(city, [_on(DAY, "then earlier", -40), _on(LATEST, "today", -50)])
    assert _stands(city) == {CITY: 0} and verify(city).ok


def test_a_set_of_several_days_is_weighed_day_by_day(city: psycopg.Connection) -> None:
    with pytest.raises(CashShortfall, match=f"在 {DAY} 不足"):
        post(city, [_on(DAY, "out", -10), _on(LATER, "in", 10)])
    post(city, [_on(LATER, "spent", -10), _on(DAY, "given", 10)])
    assert _stands(city) == {CITY: 0} and verify(city).ok


def test_income_of_an_earlier_day_lets_an_earlier_day_pay(city: psycopg.Connection) -> None:
    post(city, [_on(LATEST, "income", 50)])
    post(city, [_on(DAY, "report that came late", 30)])
    post(city, [_on(LATER, "paid", -30)])
    assert _stands(city) == {CITY: 50} and verify(city).ok


def test_a_day_that_was_overdrawn_before_days_had_a_floor_only_rises(city: psycopg.Connection) -> None:
    post(city, [entry("placed", debit(LENDER, A, 30), credit(DEPOSIT, A, 30))])
    post(city, [entry("back", debit(DEPOSIT, A, 90), credit(LENDER, A, 90), day=LATER)])
    define_pools(city, [Pool("deposit", "定期", (DEPOSIT,), "test", False)])
    with pytest.raises(CashShortfall, match=f"在 {DAY} 不足：该日终了有 -0.30 元"):
        post(city, [entry("more", debit(LENDER, A, 1), credit(DEPOSIT, A, 1))])
    post(city, [entry("found", debit(DEPOSIT, A, 20), credit(LENDER, A, 20))])
    with pytest.raises(CashShortfall):
        post(city, [entry("again", debit(LENDER, A, 1), credit(DEPOSIT, A, 1))])
    assert verify(city).ok


def test_a_day_of_a_purse_that_is_not_what_was_posted_is_named(city: psycopg.Connection) -> None:
    post(city, [_on(DAY, "opening", 100)])
    post(city, [_on(LATER, "income", 50)])
    city.execute("alter table ledger.pool_day disable trigger only_by_posting")
    city.execute("update ledger.pool_day set balance_fen = 99")
    [wrong] = [one for one in verify(city).checks if one.difference]
    assert wrong.name == "资金不透支" and str(DAY) in wrong.difference
