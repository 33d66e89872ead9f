"""What must hold of payments at a month's end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import psycopg

from fisc.city.parts import Proof

Conn = psycopg.Connection[Any]

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


def quota_is_treasury(conn: Conn, on: date) -> Iterator[Proof]:
    """What the quota book says was paid is what the treasury's book says was spent, by region."""
    rows = conn.execute(_SUMS, {
        "left": ["treasury_2015:5001", "treasury_2015:5002", "treasury_2015:5003"], "right": ["quota:9501"],
        "first": on.year * 100, "last": on.year * 100 + 12,
    }).fetchall()  # fmt: skip
    bad = [region for region, spent, paid in rows if spent + paid]
    spent, paid = sum(row[1] for row in rows), -sum(row[2] for row in rows)
    yield Proof("指标账已支付＝总会计支出", not bad, paid, spent, "、".join(bad))
