"""What must hold at every month's end, read from the books alone: each proof says both sides.

The books of the ledger, the banks' own books, and the reports of reconciliation are three parties
that do not read each other; here they are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.sim.plan.tables import CITY, regions
from fisc.transfers.checks import city_equals_banners

Conn = psycopg.Connection[Any]


class Proof(NamedTuple):
    """One invariant: held or not, the sums of both sides in fen, and what differs."""

    name: str
    is_held: bool
    left_fen: int
    right_fen: int
    words: str = ""


def prove(conn: Conn, on: date) -> list[Proof]:
    """Every invariant as of a day; the day's business is done."""
    return [proof for look in _LOOKS for proof in look(conn, on)]


def record(conn: Conn, on: date, proofs: Sequence[Proof]) -> None:
    """Keep what was proven, so that a summary can say so."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into sim_proof (day, name, is_held, left_fen, right_fen, words) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (day, name) do update set "
            "is_held = excluded.is_held, left_fen = excluded.left_fen, right_fen = excluded.right_fen, "
            "words = excluded.words",
            [(on, *proof) for proof in proofs],
        )


#: Turnover of a year by region, of accounts on the left and on the right.
_SUMS: Final = """
    select c.mof_div_code,
           coalesce(sum(m.debit_fen - m.credit_fen) filter (where a.book || ':' || a.code = any(%(left)s)),
                    0)::bigint,
           coalesce(sum(m.debit_fen - m.credit_fen) filter (where a.book || ':' || a.code = any(%(right)s)),
                    0)::bigint
    from ledger.balance_month m join ledger.account a on a.id = m.account_id
    join ledger.coding c on c.id = m.coding_id
    where a.book || ':' || a.code = any(%(left)s || %(right)s) and m.period between %(first)s and %(last)s
    group by 1 order by 1"""


def _books(conn: Conn, on: date) -> Iterator[Proof]:
    """Every book balances: debits are credits, to the fen."""
    rows = conn.execute(
        "select a.book, sum(m.debit_fen)::bigint, sum(m.credit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id group by 1 order by 1"
    ).fetchall()
    for book, debit, credit in rows:
        yield Proof(f"借贷平衡 {book}", debit == credit, debit, credit)


def _quota_is_treasury(conn: Conn, on: date) -> Iterator[Proof]:
    """What the quota book says was paid is what the treasury's book says was spent, by region."""
    rows = conn.execute(_SUMS, {
        "left": ["treasury_2015:5001", "treasury_2015:5002", "treasury_2015:5003"], "right": ["quota:9501"],
        "first": on.year * 100, "last": on.year * 100 + 12,
    }).fetchall()  # fmt: skip
    bad = [region for region, spent, paid in rows if spent + paid]
    spent, paid = sum(row[1] for row in rows), -sum(row[2] for row in rows)
    yield Proof("指标账已支付＝总会计支出", not bad, paid, spent, "、".join(bad))


def _sent_is_received(conn: Conn, on: date) -> Iterator[Proof]:
    """What the city sent banners received, by document number: quotas, cash, accounts between them."""
    differences = city_equals_banners(conn, CITY, on.year * 100 + on.month)
    words = "；".join(f"{d.side} {d.doc_no} {d.mof_div_code}" for d in differences[:5])
    left, right = sum(d.city_fen for d in differences), sum(d.banner_fen for d in differences)
    yield Proof("市下达＝旗区收到（按文号）", not differences, left, right, words)


_SINGLE: Final = """
    select a.mof_div_code,
           coalesce(sum(case when b.side = 'CRDT' then b.amount_fen else -b.amount_fen end), 0)::bigint
    from sim_bank_account a left join sim_bank_booking b on b.acct_no = a.acct_no and b.booked_on <= %s
    where a.kind = '21' group by 1 order by 1"""
_UNCLEARED: Final = """
    select mof_div_code, sum(fen)::bigint from (
        select mof_div_code, amount_fen as fen from treasury_payment
        where state = 'paid' and paid_on <= %(on)s
        union all select mof_div_code, -amount_fen from treasury_refund where state = 'recorded'
        and refunded_on <= %(on)s) t group by 1"""
#: Cash goes from one to the other when 财库〔2022〕41号 begins.
_CASH_BOOKS: Final = ("treasury_2015", "treasury_2022_financial")
_CASH: Final = """
    select c.mof_div_code, sum(m.debit_fen - m.credit_fen)::bigint from ledger.balance_month m
    join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id
    where a.book = any(%s) and a.code = '1001' group by 1 order by 1"""


def _cash_is_bank(conn: Conn, on: date) -> Iterator[Proof]:
    """The treasury's account at the central bank is 国库存款 in the books and what is not cleared yet."""
    banks = dict(conn.execute(_SINGLE, [on]).fetchall())
    cash = dict(conn.execute(_CASH, [list(_CASH_BOOKS)]).fetchall())
    open_fen = dict(conn.execute(_UNCLEARED, {"on": on}).fetchall())
    ours = {r: cash.get(r, 0) + open_fen.get(r, 0) for r in regions()}
    bad = [r for r in regions() if banks.get(r, 0) != ours[r]]
    yield Proof(
        "库存＝账面国库存款＋未清算", not bad, sum(banks.values()), sum(ours.values()), "、".join(bad)
    )
    negative = [r for r in regions() if cash.get(r, 0) < 0]
    yield Proof("国库存款不为负", not negative, min(cash.values(), default=0), 0, "、".join(negative))


def _nothing_negative(conn: Conn, on: date) -> Iterator[Proof]:
    """No control balance is below its floor: approved budgets, quotas, plans, applications."""
    row = conn.execute(
        "select count(*), coalesce(min(balance_fen - floor_fen), 0) from ledger.balance "
        "where balance_fen < floor_fen"
    ).fetchone()
    assert row is not None
    yield Proof("控制余额不为负", row[0] == 0, int(row[1]), 0, f"{row[0]} 个" if row[0] else "")


_REPORTS: Final = (
    "select r.mof_div_code, r.is_proven from treasury_reconciliation r where r.day = %s order by 1"
)


def _bank_is_vouchers(conn: Conn, on: date) -> Iterator[Proof]:
    """Each region's reconciliation of the day proves: bank = vouchers + what is in transit or named."""
    rows = conn.execute(_REPORTS, [on]).fetchall()
    bad = [region for region, is_proven in rows if not is_proven]
    words = "、".join(bad) or ("" if len(rows) == len(regions()) else f"只有 {len(rows)} 个区划对了账")
    yield Proof("银行＝凭证＋在途（三方对账）", not words, len(rows), len(regions()), words)


_LOOKS: Final[tuple[Callable[[Conn, date], Iterator[Proof]], ...]] = (
    _books, _quota_is_treasury, _sent_is_received, _cash_is_bank, _nothing_negative, _bank_is_vouchers,
)  # fmt: skip
