"""The one aggregate that every figure starts from, as SQL that PostgreSQL and DuckDB both read.

Only accounts and periods are tested in the database; budget elements are tested once, on the small table
of coding blocks (see `plan`), so that value, breakdown and rows rest on the same set of coding ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Source = Literal["balance", "posting"]

_BALANCE = (
    "select account_id, coding_id, period, debit_fen - credit_fen as amount_fen, posting_count "
    "from ledger.balance_month"
)
_POSTING = (
    "select account_id, coding_id, period, amount_fen, cast(1 as bigint) as posting_count from ledger.posting"
)
_KNOWN = " where entry_id in (select id from ledger.entry where posted_at <= timestamptz '{moment}')"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, as of which moment (None: now)."""

    source: Source
    as_of: datetime | None


def cells_sql(reading: Reading, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int) -> str:
    """SQL of turnover by (account, coding block, bucket of periods) for periods bounds[0]..high.

    Columns: account_id, coding_id, bucket, amount_fen (debit positive), posting_count.
    """
    return (
        f"select account_id, coding_id, {_bucket(bounds)} as bucket, "
        "cast(sum(amount_fen) as bigint) as amount_fen, cast(sum(posting_count) as bigint) as posting_count "
        f"from ({_turnover(reading)}) as turnover where {_within(accounts, bounds[0], high)} "
        "group by 1, 2, 3"
    )


def active_sql(reading: Reading, accounts: tuple[int, ...], low: int, high: int) -> str:
    """SQL of the coding blocks that any of `accounts` moved in periods low..high."""
    return (
        f"select distinct coding_id from ({_turnover(reading)}) as turnover "
        f"where {_within(accounts, low, high)}"
    )


def _turnover(reading: Reading) -> str:
    """(account_id, coding_id, period, amount_fen, posting_count), debit positive, before grouping."""
    if reading.source == "balance":
        return _BALANCE
    return _POSTING + (_KNOWN.format(moment=reading.as_of.isoformat()) if reading.as_of else "")


def _within(accounts: tuple[int, ...], low: int, high: int) -> str:
    """The accounts and the periods; none is no account's number."""
    ids = ", ".join(map(str, accounts)) or "null"
    return f"account_id in ({ids}) and period between {low} and {high}"


def _bucket(bounds: tuple[int, ...]) -> str:
    """The greatest bound not above the period: each range of periods asked for is whole buckets."""
    cases = "".join(f" when period >= {bound} then {bound}" for bound in bounds[:0:-1])
    return f"case{cases} else {bounds[0]} end" if cases else f"cast({bounds[0]} as integer)"
