"""What must be the same in a database after it was brought forward: counted and digested by plain SQL."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg

Conn = psycopg.Connection[Any]

_LEDGER = ("account", "balance", "balance_month", "coding", "document", "entry", "period", "posting",
           "region", "seal")  # fmt: skip
_TRIAL_BALANCE = """
    select concat_ws('|', r.mof_div_code, a.book, a.code, p.period,
                     sum(case when p.side = 1 then p.amount_fen else 0 end),
                     -sum(case when p.side = -1 then p.amount_fen else 0 end), count(*))
    from ledger.posting p join ledger.entry e on e.id = p.entry_id join ledger.region r on r.id = e.region_id
    join ledger.account a on a.id = p.account_id
    group by r.mof_div_code, a.book, a.code, p.period"""
#: Under the keys that coding blocks had before upgrades rewrote them.
_AVAILABLE = """
    select concat_ws('|', a.book, a.code, {key}, b.balance_fen) from ledger.balance b
    join ledger.account a on a.id = b.account_id join ledger.coding c on c.id = b.coding_id"""
_KEY, _REWRITTEN = (
    "c.elements_key",
    """
    coalesce((select elements_key from ledger.coding_before r where r.id = c.id), c.elements_key)""",
)
_SEALS = "select concat_ws('|', chain, seq, first_id, last_id, previous, digest) from ledger.seal"
_STATEFUL = """
    select table_name::text from information_schema.columns where table_schema = 'public'
    and column_name = 'state' and is_nullable = 'NO' order by 1"""


def facts(conn: Conn) -> dict[str, Any]:
    """Numbers of rows of the ledger and of documents by state; digests of sums, balances and seals."""
    is_rewritten = _one(conn, "select (to_regclass('ledger.coding_before') is not null)::int")
    return {
        "rows": {name: _one(conn, f"select count(*) from ledger.{name}") for name in _LEDGER},
        "trial_balance": _digest(conn, _TRIAL_BALANCE),
        "available": _digest(conn, _AVAILABLE.format(key=_REWRITTEN if is_rewritten else _KEY)),
        "seals": _digest(conn, _SEALS),
        "states": {name: _states(conn, name) for (name,) in conn.execute(_STATEFUL).fetchall()},
    }


def _states(conn: Conn, table: str) -> dict[str, int]:
    query = f"select state, count(*) from {table} group by 1 order by 1"
    return dict(conn.execute(query.encode()).fetchall())


def _one(conn: Conn, query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _digest(conn: Conn, query: str) -> str:
    lines = sorted(row[0] for row in conn.execute(query.encode()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
