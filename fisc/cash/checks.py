"""Checks over cash: documents and ledger agree, nothing lies about, the floor holds.

Each check answers findings; none changes anything. Thresholds that are no law are parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from fisc.cash.services.position import CashPosition, position
from fisc.kernel.money import format_fen

#: The treasury pays on the day it is told to (预算法实施条例第六十六条); banks answer on the next.
_LATEST_DAYS = 2


@dataclass(frozen=True, slots=True)
class CashFinding:
    """What is wrong, by which rule, and by how much (fen)."""

    check: str
    message: str
    rule: str
    amount_fen: int = 0


def check_cash(
    conn: psycopg.Connection[Any], region: str, on: date, *, floor_fen: int = 0
) -> list[CashFinding]:
    """Everything that is wrong with a region's cash at the end of a day; empty when all is well."""
    at = position(conn, region, on)
    return [
        *_committed(at), *_overdrawn(at), *_below_floor(at, floor_fen), *_unanswered(conn, region, on),
        *_overdue(conn, region, on),
    ]  # fmt: skip


def _committed(at: CashPosition) -> Iterator[CashFinding]:
    """支付申请 in the quota book is what the documents that are under way add up to."""
    documents = sum(pending.amount_fen for pending in at.pending)
    if documents != at.committed_fen:
        yield CashFinding(
            "cash.committed",
            f"在办支付单据 {format_fen(documents)} 元，指标账支付申请 {format_fen(at.committed_fen)} 元",
            "支付凭证额等于支付申请额（财办〔2022〕36号）",
            documents - at.committed_fen,
        )


def _overdrawn(at: CashPosition) -> Iterator[CashFinding]:
    for kind, account, name, fen in at.accounts:
        if fen < 0 and kind != "agency":
            yield CashFinding(
                "cash.overdrawn", f"{name}（{account}）为 {format_fen(fen)} 元", "库款不得透支", fen
            )


def _below_floor(at: CashPosition, floor_fen: int) -> Iterator[CashFinding]:
    if 0 <= at.treasury_fen < floor_fen:
        yield CashFinding(
            "cash.floor",
            f"国库存款 {format_fen(at.treasury_fen)} 元，低于库底 {format_fen(floor_fen)} 元",
            "国库库底目标余额管理",
            at.treasury_fen - floor_fen,
        )


def _unanswered(conn: psycopg.Connection[Any], region: str, on: date) -> Iterator[CashFinding]:
    """Vouchers that the bank was sent and has not answered."""
    row = conn.execute(
        "select count(*), coalesce(sum(amount_fen), 0)::bigint from treasury_payment "
        "where mof_div_code = %s and state = 'sent' and sent_on < %s",
        [region, on - timedelta(_LATEST_DAYS)],
    ).fetchone()
    if row and row[0]:
        yield CashFinding(
            "cash.unanswered",
            f"{row[0]} 笔共 {format_fen(row[1])} 元已发银行 {_LATEST_DAYS} 天以上没有回单",
            "国库当日办理支付（预算法实施条例第六十六条）",
            row[1],
        )


def _overdue(conn: psycopg.Connection[Any], region: str, on: date) -> Iterator[CashFinding]:
    """Expected receipts and payments whose day has passed and that nobody struck off."""
    rows = conn.execute(
        "select title, expected_on, amount_fen from treasury_expected_flow "
        "where mof_div_code = %s and not is_settled and expected_on <= %s order by expected_on, flow_key",
        [region, on],
    )
    for title, day, fen in rows:
        yield CashFinding(
            "cash.overdue",
            f"{day} 预计的“{title}” {format_fen(fen)} 元还没有核销",
            "预计收支到期核销，否则预测失真",
            fen,
        )
