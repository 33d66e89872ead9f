"""What is available for a batch of applications, held against them in their order, and said in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from fisc import kernel
from fisc.kernel import QuotaShortfall, hold
from fisc.kernel.money import format_fen


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
    short = hold(conn, [kernel.Demand(d.account, d.coding_id, d.amount_fen) for d in demands])
    return {demands[number].key: _shortfall(demands[number], left) for number, left in short.items()}


def _shortfall(demand: Demand, available_fen: int) -> QuotaShortfall:
    return QuotaShortfall(
        f"{demand.what}：金额 {format_fen(demand.amount_fen)} 元，可用只有 {format_fen(available_fen)} 元",
        rule="先有预算、再有指标、后有支出；指标余额控制支付（财办〔2022〕36号，监控规则 R32）",
        hint="请减少金额，或先追加、调剂指标",
        details={"key": demand.key, "account": demand.account, "coding_id": demand.coding_id,
                 "available_fen": available_fen, "requested_fen": demand.amount_fen},
    )  # fmt: skip
