"""What must hold of payments at a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg

from fisc.city.parts import Proof
from fisc.documents.accounts import PAID
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.books import OWN_OUTLAY_2015, PRINCIPAL_2015
from fisc.reading.ledger import Turnover, turnover, year

Conn = psycopg.Connection[Any]


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
