"""What must hold of payments at a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import psycopg

from fisc.city.parts import Proof
from fisc.documents.accounts import PAID
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.books import OWN_OUTLAY_2015, PRINCIPAL_2015
from fisc.reading.ledger import Turnover, turnover, year

Conn = psycopg.Connection[Any]

#: The treasuries' cash, in the books of each rule set.
_CASH: Final = ("treasury_2015:1001", "treasury_2022_financial:1001")


def quota_is_treasury(conn: Conn, on: date) -> Iterator[Proof]:
    """What the quota book says was paid is what the treasury's book says was spent, by region."""
    outlay = tuple(f"treasury_2015:{code}" for code in (*OWN_OUTLAY_2015, PRINCIPAL_2015))
    spent, paid = (
        turnover(conn, Turnover(accounts, None, year(on.year, 12, 0), side), "mof_div_code")
        for accounts, side in ((outlay, DEBIT), ((PAID,), CREDIT))
    )
    bad = [
        region for (region,) in sorted({*spent, *paid}) if spent.get((region,), 0) != paid.get((region,), 0)
    ]
    yield Proof("指标账已支付＝总会计支出", not bad, sum(paid.values()), sum(spent.values()), "、".join(bad))


def cash_of_funds(conn: Conn, on: date) -> Iterator[Proof]:
    """No treasury has spent more of a fund than came in for it: cash by region and fund is not below zero."""
    asked = Turnover(_CASH, None, year(on.year, on.month, 0))
    cash = turnover(conn, asked, "mof_div_code", "fund_type_code")
    bad = [f"{region} {fund}" for (region, fund), fen in sorted(cash.items()) if fen < 0]
    lowest = min(cash.values(), default=0)
    yield Proof("各资金性质的库款不为负", not bad, min(lowest, 0), 0, "、".join(bad))
