"""On which day a payment leaves 国库存款: a region chooses by the year, for every fund; its books say so."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from fisc.closing.services.affairs import open_affairs
from fisc.closing.services.yearly import statements_of_year
from fisc.documents import RuleBroken
from fisc.registry.settings import cash_basis
from fisc.treasury import services as treasury
from fisc.treasury.services import Refund, Setting, TreasuryDebit
from fisc.treasury.services.unsettled import Unsettled, unsettled
from tests.treasury.paying import (
    BANNER,
    CITY,
    DAY,
    YUAN,
    application,
    entry,
    left,
    paid,
    quota_id,
    receipt,
    sent,
)

Conn = psycopg.Connection[Any]
NEXT = date(2022, 3, 2)
#: Fund -> a quota of it, its account of spending up to 2022.
FUNDS = {"111": ("Q1", "5001"), "121": ("G1", "5002"), "13": ("C1", "5003"), "122": ("B1", "5002")}
OWED = "代理银行垫付"


def basis(conn: Conn, year: int = 2022, said: str = "clearing", **given: Any) -> None:
    treasury.set_settings(conn, [Setting(CITY, year, cash_basis=said, **given)], by="clerk", on=DAY)


def cleared(conn: Conn, fund: str, yuan: int, *, on: date = DAY, moved: date | None = None) -> None:
    """The central bank moves what a day's payments of a fund come to, less what came back."""
    moved = moved or on
    treasury.issue_clearing_notices(conn, CITY, on, by="clearer", on=moved)
    debit = TreasuryDebit(f"LQ{fund}{yuan}{on:%Y%m%d}", fund, "ICBC", yuan * YUAN, moved)
    assert treasury.clear(conn, CITY, on, [debit], by="clearer2", on=moved) == [True]


def cash(conn: Conn, *accounts: str) -> int:
    """Yuan that payments and refunds took out of 国库存款."""
    row = conn.execute(
        "select coalesce(sum(-p.amount_fen), 0)::bigint from ledger.posting p "
        "join ledger.entry e on e.id = p.entry_id join ledger.account a on a.id = p.account_id "
        "where a.book || ':' || a.code = any(%s) and e.natural_key ~ '^(pay_app|refund):'",
        [list(accounts or ("treasury_2015:1001", "treasury_2022_financial:1001"))],
    ).fetchone()
    assert row is not None
    return int(row[0]) // YUAN


def stands(conn: Conn, on: date = DAY) -> tuple[int, ...]:
    return tuple(fen // YUAN for fen in unsettled(conn, [CITY], on)[CITY])


def test_the_registry_says_which_day_where_nobody_does_and_by_the_year(paying: Conn) -> None:
    assert cash_basis(CITY, 2022) == "payment"
    basis(paying)
    ways = {
        one: treasury.setting_of(paying, *one).way for one in ((CITY, 2022), (CITY, 2023), (BANNER, 2022))
    }
    assert ways == {(CITY, 2022): "clearing", (CITY, 2023): "payment", (BANNER, 2022): "payment"}


@pytest.mark.parametrize("fund", FUNDS)
def test_by_the_day_of_payment_cash_leaves_when_the_bank_paid(paying: Conn, fund: str) -> None:
    quota, account = FUNDS[fund]
    paid(paying, application("A1", quota))
    assert entry(paying, "pay_app:A1:paid")[2:] == [
        f"借 treasury_2015:{account} 100.00", "贷 treasury_2015:1001 100.00",
    ]  # fmt: skip
    assert (cash(paying), stands(paying)) == (100, (100, 0, 100, 0, 0, 0))
    cleared(paying, fund, 100)
    assert entry(paying, "pay_app:A1:cleared") == []
    assert (cash(paying), stands(paying)) == (100, (0, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("fund", FUNDS)
def test_by_the_day_of_clearing_the_agent_bank_is_owed_in_between(paying: Conn, fund: str) -> None:
    quota, account = FUNDS[fund]
    basis(paying)
    paid(paying, application("A1", quota))
    assert entry(paying, "pay_app:A1:paid")[2:] == [
        f"借 treasury_2015:{account} 100.00", f"贷 treasury_2015:2015 100.00 {OWED}",
    ]  # fmt: skip
    assert (cash(paying), stands(paying)) == (0, (100, 0, 0, 100, 0, 100))
    cleared(paying, fund, 100, moved=NEXT)
    assert entry(paying, "pay_app:A1:cleared") == [
        f"借 treasury_2015:2015 100.00 {OWED}", "贷 treasury_2015:1001 100.00",
    ]  # fmt: skip
    assert stands(paying, DAY) == (100, 0, 0, 100, 0, 100)  # as it was at the end of that day
    assert (cash(paying), stands(paying, NEXT)) == (100, (0, 0, 0, 0, 0, 0))


def test_both_books_of_2023_keep_it_too_and_the_budget_counts_at_once(paying: Conn) -> None:
    later = date(2023, 3, 1)
    paid(paying, application("A1", quota_id("Q1", CITY, 2022)), on=date(2022, 6, 1))
    treasury.set_settings(paying, [Setting(CITY, 2023, cash_basis="clearing")], by="clerk", on=later)
    refund = Refund("R1", "A1", 30 * YUAN, later)
    treasury.refund(paying, [refund], by="teller", on=later)
    assert entry(paying, "refund:R1:recorded") == [
        "借 treasury_2022_financial:5001 (30.00) 上年退款",
        f"贷 treasury_2022_financial:2013 (30.00) {OWED}:上年退款",
        "借 treasury_2022_budget:7001 (30.00) 上年退款",
        f"贷 treasury_2022_budget:804101 (30.00) {OWED}:上年退款",
    ]


@pytest.mark.parametrize("said", ["payment", "clearing"])
def test_what_comes_back_is_netted_the_same_way(paying: Conn, said: str) -> None:
    basis(paying, said=said)
    paid(paying, application("OLD", quota_id("Q2", CITY, 2021)), on=date(2021, 6, 1))
    paid(paying, application("A1"))
    refunds = [
        Refund("R1", "A1", 30 * YUAN, DAY), Refund("R2", "OLD", 20 * YUAN, DAY),
        Refund("R3", "OLD", 10 * YUAN, DAY, "last_year_held", "待市财政局定"),
    ]  # fmt: skip
    treasury.refund(paying, refunds, by="teller", on=DAY)
    # the payment of 2021 was never cleared and is paid for by the books of its year
    assert stands(paying) == ((200, 60, 140, 0, 0, 0) if said == "payment" else (200, 60, 100, 40, 0, 40))
    cleared(paying, "111", 40)
    assert stands(paying) == (100, 0, 100, 0, 0, 0)
    assert cash(paying) == 140
    held = [one.amount_fen for one in open_affairs(paying, [CITY], 2022) if one.rule_id.endswith("held_open")]
    assert held == [10 * YUAN]  # what is owed to a bank is not held
    assert left(paying) == {"executable": 930, "paid": 70}


def test_the_balance_sheet_says_which(paying: Conn) -> None:
    for year, said in ((2022, "clearing"), (2021, "payment")):
        treasury.set_settings(paying, [Setting(CITY, year, cash_basis=said)], by="clerk", on=DAY)
    paid(paying, application("A1"))
    paid(paying, application("OLD", quota_id("Q1", CITY, 2021)), on=date(2021, 6, 1))
    for year, words in ((2022, "按国库清算日减少（各项资金相同）"), (2021, "按支付日减少")):
        told = statements_of_year(paying, CITY, year)
        assert any(words in note for note in told.statements[0].notes) and told.is_sound
    assert unsettled(paying, [BANNER], DAY) == {BANNER: Unsettled()}


def test_an_allocation_is_paid_by_the_treasury_itself(paying: Conn) -> None:
    basis(paying)
    certs = sent(paying, application("A1", pay_type="entity", agent_bank_no=""))
    receipts = [receipt(certs[0])]
    treasury.confirm_allocated(paying, receipts, by="teller", cleared_by="clearer2", on=DAY)
    assert entry(paying, "pay_app:A1:paid")[2:] == [
        "借 treasury_2015:5001 100.00", "贷 treasury_2015:1001 100.00",
    ]  # fmt: skip
    assert stands(paying) == (0, 0, 0, 0, 0, 0)


def test_books_of_a_year_keep_one_basis(paying: Conn) -> None:
    with pytest.raises(RuleBroken, match="不能按支付日列支"):
        basis(paying, said="payment", has_payment_agency=True)
    paid(paying, application("A1"))
    with pytest.raises(RuleBroken, match="库款列支基础"):
        basis(paying)
    basis(paying, said="payment", plan_required=True)
    basis(paying, 2023)
    change = "update treasury_setting set cash_basis = 'clearing' where fiscal_year = 2022"
    with paying.transaction(force_rollback=True), pytest.raises(psycopg.Error, match="已有支付"):
        paying.execute(change)
