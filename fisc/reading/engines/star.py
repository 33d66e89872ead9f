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


def booked_sql(fiscal_year: int, *, as_of: str) -> str:
    """SQL of how far treasury books go: division, last booked day, last month closed with all before it.

    `as_of` is how the engine writes the moment of knowledge, null where it is the present.
    """
    first, after = fiscal_year * 100, (fiscal_year + 1) * 100
    return f"""
    with closed as (
        select region_id, max(period) as last,
               min(case when closed_at is null or closed_at > {as_of} then period end) as first_open
        from ledger.period where period between {first + 1} and {first + 12} group by 1)
    select r.mof_div_code, max(e.business_date),
           case when max(c.first_open) is null then coalesce(max(c.last), {first}) - {first}
                else greatest(max(c.first_open) - {first} - 1, 0) end
    from ledger.posting p join ledger.account a on a.id = p.account_id
    join ledger.entry e on e.id = p.entry_id join ledger.region r on r.id = e.region_id
    left join closed c on c.region_id = r.id
    where starts_with(a.book, 'treasury_') and p.period > {first} and p.period <= {after + 13}
      and coalesce(e.posted_at <= {as_of}, true)
    group by 1 having min(p.period) < {after}"""
