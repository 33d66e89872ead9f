"""Quotas (指标): what is available on a control account is its ledger balance.

There is no second store of availability: granting, freezing, applying and paying are
postings, and the balance row has a floor that the database keeps under any concurrency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import psycopg

from fisc.kernel.catalog import account_ids
from fisc.kernel.coding import Coding, elements_key
from fisc.kernel.errors import UnknownAccount
from fisc.kernel.knowledge import moment_of
from fisc.kernel.memory import memory_of

_LOCK = (
    "select b.account_id, b.coding_id, b.balance_fen - b.floor_fen from ledger.balance b "
    "where (b.account_id, b.coding_id) in (select * from unnest(%s::smallint[], %s::int[])) "
    "order by b.account_id, b.coding_id for no key update of b"
)
_BALANCES = """
    with asked as materialized (select unnest(%(codings)s::int[]) as coding_id),
    given as materialized (
        select id, book || ':' || code as name, normal_side, floor_fen from ledger.account
        where book || ':' || code = any(%(accounts)s))
    select g.name, q.coding_id, b.balance_fen from asked q
    join given g on g.floor_fen is not null cross join lateral (
        select balance_fen from ledger.balance
        where account_id = g.id and coding_id = q.coding_id and balance_fen <> 0 limit 1) b
    union all
    select g.name, q.coding_id, m.fen from asked q
    join given g on g.floor_fen is null cross join lateral (
        select sum((debit_fen - credit_fen) * g.normal_side)::bigint as fen from ledger.balance_month
        where account_id = g.id and coding_id = q.coding_id) m
    where m.fen <> 0"""


_PAST_BALANCES = """
    select a.book || ':' || a.code, p.coding_id, sum(p.amount_fen * a.normal_side)::bigint
    from ledger.account a join ledger.posting p on p.account_id = a.id
    join ledger.entry e on e.id = p.entry_id and e.posted_at <= %(as_of)s
    where a.book || ':' || a.code = any(%(accounts)s) and p.coding_id = any(%(codings)s)
    group by a.id, p.coding_id having sum(p.amount_fen) <> 0"""


def available_many(conn: psycopg.Connection, account: str, codings: Iterable[Coding]) -> dict[Coding, int]:
    """Fen available on control account 'book:code' for each coding block, in one query.

    That is the balance above the account's floor: 0 where nothing was granted and the floor is 0.

    Raises UnknownAccount when the account does not exist or is not a control account.
    """
    wanted = {elements_key(coding): coding for coding in codings}
    account_id, floor_fen = _control_accounts(conn, [account])[account]
    rows = conn.execute(
        "select c.elements_key, b.balance_fen - b.floor_fen from ledger.coding c "
        "join ledger.balance b on b.coding_id = c.id and b.account_id = %s where c.elements_key = any(%s)",
        [account_id, list(wanted)],
    ).fetchall()
    found: dict[UUID, int] = dict(rows)
    return {coding: found.get(key, -floor_fen) for key, coding in wanted.items()}


def _control_accounts(conn: psycopg.Connection, accounts: Iterable[str]) -> dict[str, tuple[int, int]]:
    """'book:code' -> (id, floor in fen) of control accounts."""
    memory, wanted = memory_of(conn), sorted(set(accounts))
    if all(name in memory.controls for name in wanted):
        return {name: memory.controls[name] for name in wanted}
    rows = conn.execute(
        "select book || ':' || code, id, floor_fen from ledger.account "
        "where book || ':' || code = any(%s) and floor_fen is not null",
        [wanted],
    ).fetchall()
    found = {name: (number, floor) for name, number, floor in rows}
    if missing := [name for name in wanted if name not in found]:
        account_ids(conn, missing)  # says so where there is no such account at all
        raise UnknownAccount(
            f"科目 {missing[0]} 不是控制科目，没有“可用额”",
            rule="没有控制科目就是错误，不等于不受控制",
            hint="请在指标账的控制科目上查询",
        )
    if memory.is_settled:
        memory.controls |= found
    return found


class Demand(NamedTuple):
    """An amount asked of a control account 'book:code' for a coding block (by the ledger's id)."""

    account: str
    coding_id: int
    amount_fen: int


def hold(conn: psycopg.Connection, demands: Sequence[Demand]) -> dict[int, int]:
    """Number of each demand that exceeds what those before it left -> the fen that it found; {} when all fit.

    Locks the balances until the end of the transaction, in the order in which the ledger locks them, so
    that what was seen is still there when the batch posts. Raises UnknownAccount for an account that does
    not exist or is not a control account.
    """
    floors = _control_accounts(conn, {demand.account for demand in demands})
    left = locked(conn, {(floors[d.account][0], d.coding_id) for d in demands})
    short: dict[int, int] = {}
    for number, demand in enumerate(demands):
        account_id, floor_fen = floors[demand.account]
        cell = (account_id, demand.coding_id)
        available_fen = left.get(cell, -floor_fen)
        if demand.amount_fen > available_fen:
            short[number] = available_fen
        else:
            left[cell] = available_fen - demand.amount_fen
    return short


def locked(conn: psycopg.Connection, cells: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """(account id, coding id) -> fen available, of those of the cells that have a balance.

    They stay locked until the end of the transaction, in the order in which posting locks them.
    """
    wanted = sorted(set(cells))
    rows = conn.execute(_LOCK, [[account for account, _ in wanted], [coding for _, coding in wanted]])
    return {(row[0], row[1]): row[2] for row in rows.fetchall()}


def balances(
    conn: psycopg.Connection, accounts: Sequence[str], coding_ids: Iterable[int]
) -> dict[tuple[str, int], int]:
    """(account, coding id) -> balance in fen, in the account's normal side, zeros left out.

    A control account's balance is kept; any other's is its turnover. Row by row through the keys of the
    ledger's tables, whatever the planner knows of their sizes.
    """
    given = {"accounts": list(accounts), "codings": list(set(coding_ids)), "as_of": moment_of(conn)}
    query = _BALANCES if given["as_of"] is None else _PAST_BALANCES
    return {(account, number): fen for account, number, fen in conn.execute(query, given)}


def below_floor(conn: psycopg.Connection) -> tuple[int, int]:
    """How many control balances are below their floor, and the fen of the lowest below it: (0, 0) always."""
    row = conn.execute(
        "select count(*), coalesce(min(balance_fen - floor_fen), 0) from ledger.balance "
        "where balance_fen < floor_fen"
    ).fetchone()
    assert row is not None  # an aggregate always answers
    return int(row[0]), int(row[1])
