"""What is available for a batch of applications, held against them in their order.

The balances are locked in the order in which the ledger locks them, so that what was seen is still
there when the batch posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from fisc.kernel import QuotaShortfall
from fisc.kernel.catalog import account_ids
from fisc.kernel.money import format_fen

_LOCK = (
    "select b.account_id, b.coding_id, b.balance_fen - b.floor_fen from ledger.balance b "
    "where (b.account_id, b.coding_id) in (select * from unnest(%s::smallint[], %s::int[])) "
    "order by b.account_id, b.coding_id for no key update of b"
)


class Demand(NamedTuple):
    """An amount asked of a control account's coding block, and who asks."""

    key: str
    account: str
    coding_id: int
    amount_fen: int
    what: str


def shortfalls(conn: psycopg.Connection[Any], demands: Sequence[Demand]) -> dict[str, QuotaShortfall]:
    """key -> refusal, for the demands that exceed what those before them left.

    Locks the balances until the end of the transaction.
    """
    ids = account_ids(conn, {demand.account for demand in demands})
    cells = sorted({(ids[d.account], d.coding_id) for d in demands})
    rows = conn.execute(_LOCK, [[a for a, _ in cells], [c for _, c in cells]]).fetchall()
    left: dict[tuple[int, int], int] = {(row[0], row[1]): row[2] for row in rows}
    refused: dict[str, QuotaShortfall] = {}
    for demand in demands:
        cell = (ids[demand.account], demand.coding_id)
        available_fen = left.get(cell, 0)
        if demand.amount_fen > available_fen:
            refused[demand.key] = _shortfall(demand, available_fen)
        else:
            left[cell] = available_fen - demand.amount_fen
    return refused


def _shortfall(demand: Demand, available_fen: int) -> QuotaShortfall:
    return QuotaShortfall(
        f"{demand.what}：金额 {format_fen(demand.amount_fen)} 元，可用只有 {format_fen(available_fen)} 元",
        rule="先有预算、再有指标、后有支出；指标余额控制支付（财办〔2022〕36号，监控规则 R32）",
        hint="请减少金额，或先追加、调剂指标",
        details={"key": demand.key, "account": demand.account, "coding_id": demand.coding_id,
                 "available_fen": available_fen, "requested_fen": demand.amount_fen},
    )  # fmt: skip
