"""Balances of accounts of a region as they stood at the end of a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

import psycopg

from fisc.kernel.catalog import account_ids
from fisc.kernel.entries import OPENING_MONTH
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.tables import read_table

#: Kinds of account that hold cash.
CASH_KINDS: Final = {
    "treasury": "国库存款", "managed": "现金管理", "special": "财政专户", "agency": "零余额",
    "transit": "在途",
}  # fmt: skip


class CashAccount(NamedTuple):
    """An account that holds cash. `kind` is one of `CASH_KINDS`."""

    account: str
    kind: str
    name: str


@cache
def cash_accounts() -> tuple[CashAccount, ...]:
    """The cash accounts of every chart, from `cash_accounts.csv`."""
    rows = read_table("cash_accounts.csv")
    return tuple(CashAccount(f"{row['book']}:{row['code']}", row["kind"], row["name"]) for row in rows)


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

    Whole months come from monthly balances, the month of the day itself from its postings.

    `since` is the first period that counts. Raises UnknownAccount for accounts that are not there.
    """
    ids = account_ids(conn, accounts)
    month = on.year * 100 + on.month
    whole = Turnover(tuple(ids), (region,), (since, month - 1), coding_year=fiscal_year)
    begun = replace(whole, periods=(max(since, month), on.year * 100 + 13), until=on)
    moved = [turnover(conn, asked, "account") for asked in (whole, begun)]
    return {account: sum(of.get((account,), 0) for of in moved) for account in ids}


def opening_period(conn: psycopg.Connection[Any], accounts: Collection[str], region: str, on: date) -> int:
    """The period of the latest opening of these accounts, which holds what was before; 0 without one."""
    asked = Turnover(tuple(account_ids(conn, accounts)), (region,), (0, on.year * 100 + on.month))
    opened = (period for (period,) in turnover(conn, asked, "period") if period % 100 == OPENING_MONTH)
    return max(opened, default=0)
