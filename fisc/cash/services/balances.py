"""Balances of accounts of a region as they stood at the end of a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import psycopg

from fisc.kernel.catalog import account_ids
from fisc.registry.tables import read_table


class CashAccount(NamedTuple):
    """An account that holds cash. `kind`: treasury, managed, special, agency, transit."""

    account: str
    kind: str
    name: str


@cache
def cash_accounts() -> tuple[CashAccount, ...]:
    """The cash accounts of every chart, from `cash_accounts.csv`."""
    rows = read_table("cash_accounts.csv")
    return tuple(CashAccount(f"{row['book']}:{row['code']}", row["kind"], row["name"]) for row in rows)


#: Whole months from turnover, the month of the day itself from its postings.
_AT = """
with part as (
    select m.account_id, m.coding_id, (m.debit_fen - m.credit_fen)::numeric as fen
    from ledger.balance_month m
    where m.account_id = any(%(accounts)s) and m.period >= %(first)s and m.period < %(month)s
    union all
    select p.account_id, p.coding_id, p.amount_fen
    from ledger.posting p join ledger.entry e on e.id = p.entry_id
    where p.account_id = any(%(accounts)s) and p.period >= greatest(%(first)s, %(month)s)
      and p.period <= %(last)s and e.business_date <= %(on)s
)
select part.account_id, sum(part.fen)::bigint from part
join ledger.coding c on c.id = part.coding_id and c.mof_div_code = %(region)s
where %(year)s::smallint is null or c.fiscal_year = %(year)s
group by part.account_id"""

_OPENING = (
    "select max(m.period) from ledger.balance_month m join ledger.coding c on c.id = m.coding_id "
    "where m.account_id = any(%s) and c.mof_div_code = %s and m.period %% 100 = 0 and m.period <= %s"
)


def balances_at(
    conn: psycopg.Connection[Any],
    accounts: Collection[str],
    region: str,
    on: date,
    *,
    fiscal_year: int | None = None,
    since: int = 0,
) -> dict[str, int]:
    """'book:code' -> fen (debit positive) at the end of `on`, over codings of a region (and year).

    `since` is the first period that counts. Raises UnknownAccount for accounts that are not there.
    """
    ids = account_ids(conn, accounts)
    month = on.year * 100 + on.month
    given = {
        "accounts": list(ids.values()), "first": since, "month": month, "last": on.year * 100 + 13,
        "on": on, "region": region, "year": fiscal_year,
    }  # fmt: skip
    found = dict(conn.execute(_AT, given).fetchall())
    return {account: found.get(number, 0) for account, number in ids.items()}


def opening_period(conn: psycopg.Connection[Any], accounts: Collection[str], region: str, on: date) -> int:
    """The period of the latest opening of these accounts, which holds what was before; 0 without one."""
    ids = account_ids(conn, accounts)
    row = conn.execute(_OPENING, [list(ids.values()), region, on.year * 100 + on.month]).fetchone()
    return int(row[0]) if row and row[0] is not None else 0
