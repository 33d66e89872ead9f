"""What must be the same in a database after it was brought forward: counted and digested by plain SQL."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg

Conn = psycopg.Connection[Any]

#: Books that an upgrade itself posts to, beside those that stood: nothing in them was there to be lost.
REGISTERS = ("list_register", "source_register")
_LEDGER = ("account", "document", "period", "region", "seal")
_OLD_BOOKS = f"(select id from ledger.account where book <> all ('{{{{{','.join(REGISTERS)}}}}}'))"
#: What stands in the books of before; a block or an entry counts unless a register alone has it.
_STANDS = "select count(*) from ledger.{name} where account_id in " + _OLD_BOOKS
_IS_NAMED = (
    "select count(*) from ledger.{name} t where not exists (select from ledger.posting where {key} = t.id) "
    "or exists (select from ledger.posting where {key} = t.id and account_id in " + _OLD_BOOKS + ")"
)
_IN_BOOKS = {
    **{name: _STANDS.format(name=name) for name in ("balance", "balance_month", "posting")},
    "coding": _IS_NAMED.format(name="coding", key="coding_id"),
    "entry": _IS_NAMED.format(name="entry", key="entry_id"),
}
_TRIAL_BALANCE = """
    select concat_ws('|', r.mof_div_code, a.book, a.code, p.period,
                     sum(case when p.side = 1 then p.amount_fen else 0 end),
                     -sum(case when p.side = -1 then p.amount_fen else 0 end), count(*))
    from ledger.posting p join ledger.entry e on e.id = p.entry_id join ledger.region r on r.id = e.region_id
    join ledger.account a on a.id = p.account_id
    where a.book <> all (%s)
    group by r.mof_div_code, a.book, a.code, p.period"""
#: Under the keys that coding blocks had before upgrades rewrote them.
_AVAILABLE = """
    select concat_ws('|', a.book, a.code, {key}, b.balance_fen) from ledger.balance b
    join ledger.account a on a.id = b.account_id join ledger.coding c on c.id = b.coding_id
    where a.book <> all (%s)"""
#: What an upgrade posted to registers: the accounts and the documents that its entries name.
_NOTED = """
    select distinct a.book, a.code, e.document_id is not null from ledger.entry e
    join ledger.posting p on p.entry_id = e.id join ledger.account a on a.id = p.account_id
    where e.natural_key like any (select name || ':%%' from unnest(%s::text[]) name)"""
_KEY, _REWRITTEN = (
    "c.elements_key",
    """
    coalesce((select elements_key from ledger.coding_before r where r.id = c.id), c.elements_key)""",
)
#: The first of the seals: an upgrade seals what stands after them.
_SEALS = """
    select concat_ws('|', chain, seq, first_id, last_id, previous, digest) from (
        select * from ledger.seal order by sealed_at, chain, seq limit %s) first"""
_STATEFUL = """
    select table_name::text from information_schema.columns where table_schema = 'public'
    and column_name = 'state' and is_nullable = 'NO' order by 1"""


def facts(conn: Conn, seal_count: int | None = None) -> dict[str, Any]:
    """Numbers of rows of the ledger and of documents by state; digests of sums, balances, first seals."""
    is_rewritten = _one(conn, "select (to_regclass('ledger.coding_before') is not null)::int")
    return {
        "rows": {name: _one(conn, f"select count(*) from ledger.{name}") for name in _LEDGER}
        | {name: _one(conn, query) for name, query in _IN_BOOKS.items()},
        "trial_balance": _digest(conn, _TRIAL_BALANCE, [list(REGISTERS)]),
        "available": _digest(
            conn, _AVAILABLE.format(key=_REWRITTEN if is_rewritten else _KEY), [list(REGISTERS)]
        ),
        "seals": _digest(conn, _SEALS, [seal_count]),
        "states": {name: _states(conn, name) for (name,) in conn.execute(_STATEFUL).fetchall()},
    }


def noted(conn: Conn) -> set[tuple[str, str, bool]]:
    """(book, account, whether a document is named) of what the upgrade posted to registers."""
    return set(conn.execute(_NOTED, [list(REGISTERS)]).fetchall())


def _states(conn: Conn, table: str) -> dict[str, int]:
    query = f"select state, count(*) from {table} group by 1 order by 1"
    return dict(conn.execute(query.encode()).fetchall())


def _one(conn: Conn, query: str) -> int:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _digest(conn: Conn, query: str, values: list[Any] | None = None) -> str:
    lines = sorted(row[0] for row in conn.execute(query.encode(), values))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
