"""What must hold between the banks' books and the treasuries' at a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.services.reconciliation import reports_of
from fisc.city.parts import Proof
from fisc.city.tables import regions
from fisc.reading.ledger import Turnover, turnover
from fisc.treasury.services import uncleared

Conn = psycopg.Connection[Any]

_SINGLE: Final = """
    select a.mof_div_code,
           coalesce(sum(case when b.side = 'CRDT' then b.amount_fen else -b.amount_fen end), 0)::bigint
    from sim_bank_account a left join sim_bank_booking b on b.acct_no = a.acct_no and b.booked_on <= %s
    where a.kind = '21' group by 1 order by 1"""
#: Cash goes from one to the other when 财库〔2022〕41号 begins.
_CASH: Final = ("treasury_2015:1001", "treasury_2022_financial:1001")


def cash_is_bank(conn: Conn, on: date) -> Iterator[Proof]:
    """The treasury's account at the central bank is 国库存款 in the books and what is not cleared yet."""
    banks = dict(conn.execute(_SINGLE, [on]).fetchall())
    held = turnover(conn, Turnover(_CASH, None), "mof_div_code")
    cash = {region: fen for (region,), fen in held.items()}
    open_fen = uncleared(conn, on)
    ours = {r: cash.get(r, 0) + open_fen.get(r, 0) for r in regions()}
    bad = [r for r in regions() if banks.get(r, 0) != ours[r]]
    yield Proof(
        "库存＝账面国库存款＋未清算", not bad, sum(banks.values()), sum(ours.values()), "、".join(bad)
    )
    negative = [r for r in regions() if cash.get(r, 0) < 0]
    yield Proof("国库存款不为负", not negative, min(cash.values(), default=0), 0, "、".join(negative))


def bank_is_vouchers(conn: Conn, on: date) -> Iterator[Proof]:
    """Each region's reconciliation of the day proves: bank = vouchers + what is in transit or named."""
    made = reports_of(conn, on, on)
    bad = sorted(report.region for report in made if not report.is_proven)
    words = "、".join(bad) or ("" if len(made) == len(regions()) else f"只有 {len(made)} 个区划对了账")
    yield Proof("银行＝凭证＋在途（三方对账）", not words, len(made), len(regions()), words)
