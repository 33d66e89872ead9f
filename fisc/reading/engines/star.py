"""The ledger as Ibis sees it, and the one aggregate that every figure starts from.

Ibis compiles the same expression for PostgreSQL and DuckDB. Only accounts and periods are
tested in the database; budget elements are tested once, on the small table of coding blocks
(see `plan`), so that value, breakdown and rows rest on the same set of coding ids.

Ibis is loaded by the first question: who lists or shows figures does not wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Literal

Source = Literal["balance", "posting"]

_BALANCE = {
    "account_id": "int16", "coding_id": "int32", "period": "int32",
    "debit_fen": "int64", "credit_fen": "int64", "posting_count": "int64",
}  # fmt: skip
_POSTING = {
    "entry_id": "int64", "amount_fen": "int64", "coding_id": "int32", "period": "int32",
    "account_id": "int16", "line": "int16", "side": "int16",
}  # fmt: skip
_ENTRY = {"id": "int64", "posted_at": "timestamp('UTC')"}


@cache
def _table(name: str) -> Any:
    import ibis

    schema = {"balance_month": _BALANCE, "posting": _POSTING, "entry": _ENTRY}[name]
    return ibis.table(schema, name=name, database="ledger")


def _turnover(source: Source, as_of: datetime | None) -> Any:
    """(account_id, coding_id, period, amount_fen, posting_count), debit positive, before grouping."""
    import ibis
    from ibis import _

    if source == "balance":
        t = _table("balance_month")
        return t.select(
            "account_id", "coding_id", "period", "posting_count", amount_fen=t.debit_fen - t.credit_fen
        )
    t = _table("posting")
    if as_of is not None:
        known = _table("entry").filter(_.posted_at <= ibis.literal(as_of, type="timestamp('UTC')"))
        t = t.semi_join(known, t.entry_id == known.id)
    return t.select(
        "account_id", "coding_id", "period", "amount_fen", posting_count=ibis.literal(1, type="int64")
    )


def _bucket(bounds: tuple[int, ...]) -> Any:
    """The greatest bound not above the period: each range of periods asked for is whole buckets."""
    import ibis
    from ibis import _

    labels = [ibis.literal(bound, type="int32") for bound in bounds]
    cases = [(_.period >= bound, label) for bound, label in zip(bounds, labels, strict=True)][:0:-1]
    return ibis.cases(*cases, else_=labels[0]) if cases else labels[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read, in which dialect, as of which moment (None: now)."""

    source: Source
    dialect: Literal["postgres", "duckdb"]
    as_of: datetime | None


@lru_cache(256)
def cells_sql(reading: Reading, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int) -> str:
    """SQL of turnover by (account, coding block, bucket of periods) for periods bounds[0]..high.

    Columns: account_id, coding_id, bucket, amount_fen (debit positive), posting_count.
    """
    import ibis
    from ibis import _

    turnover = _turnover(reading.source, reading.as_of).filter(
        _.account_id.isin(accounts), _.period.between(bounds[0], high)
    )
    grouped = turnover.group_by("account_id", "coding_id", bucket=_bucket(bounds)).agg(
        amount_fen=_.amount_fen.sum().cast("int64"), posting_count=_.posting_count.sum().cast("int64")
    )
    return str(ibis.to_sql(grouped, dialect=reading.dialect))


@lru_cache(256)
def active_sql(reading: Reading, accounts: tuple[int, ...], low: int, high: int) -> str:
    """SQL of the coding blocks that any of `accounts` moved in periods low..high."""
    import ibis
    from ibis import _

    turnover = _turnover(reading.source, reading.as_of).filter(
        _.account_id.isin(accounts), _.period.between(low, high)
    )
    return str(ibis.to_sql(turnover.select("coding_id").distinct(), dialect=reading.dialect))
