"""Quotas (指标): what is available on a control account is its ledger balance.

There is no second store of availability: granting, freezing, applying and paying are
postings, and the balance row has a floor that the database keeps under any concurrency.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import psycopg

from fisc.kernel.catalog import account_ids
from fisc.kernel.coding import Coding, elements_key
from fisc.kernel.errors import UnknownAccount


def available(conn: psycopg.Connection, account: str, coding: Coding) -> int:
    """Fen available on control account 'book:code' for a coding block.

    That is the balance above the account's floor: 0 where nothing was granted and the floor is 0.

    Raises UnknownAccount when the account does not exist or is not a control account.
    """
    return available_many(conn, account, [coding])[coding]


def available_many(conn: psycopg.Connection, account: str, codings: Iterable[Coding]) -> dict[Coding, int]:
    """`available` for many coding blocks in one query."""
    wanted = {elements_key(coding): coding for coding in codings}
    account_id, floor_fen = _control_account(conn, account)
    rows = conn.execute(
        "select c.elements_key, b.balance_fen - b.floor_fen from ledger.coding c "
        "join ledger.balance b on b.coding_id = c.id and b.account_id = %s where c.elements_key = any(%s)",
        [account_id, list(wanted)],
    ).fetchall()
    found: dict[UUID, int] = dict(rows)
    return {coding: found.get(key, -floor_fen) for key, coding in wanted.items()}


def _control_account(conn: psycopg.Connection, account: str) -> tuple[int, int]:
    """(id, floor in fen) of a control account."""
    account_id = account_ids(conn, [account])[account]
    row = conn.execute("select floor_fen from ledger.account where id = %s", [account_id]).fetchone()
    if row is None or row[0] is None:
        raise UnknownAccount(
            f"科目 {account} 不是控制科目，没有“可用额”",
            rule="没有控制科目就是错误，不等于不受控制",
            hint="请在指标账的控制科目上查询",
        )
    return account_id, int(row[0])
