"""Checks over cash: documents and ledger agree, nothing lies about, the floor holds.

Each check answers findings; none changes anything. Thresholds that are no law are parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.cash.services.position import CashPosition, position
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.treasury.services import unanswered

#: The treasury pays on the day it is told to (预算法实施条例第六十六条); banks answer on the next.
_LATEST_DAYS = 2


#: What cash is judged by.
RULES: Final = {
    "cash.committed": "在办支付与支付申请不符",
    "cash.overdrawn": "库款透支",
    "cash.floor": "库款低于库底",
    "cash.unanswered": "银行未回单",
    "cash.overdue": "预计收支到期未核销",
}


def check_cash(conn: psycopg.Connection[Any], region: str, on: date, *, floor_fen: int = 0) -> list[Finding]:
    """Everything that is wrong with a region's cash at the end of a day; empty when all is well."""
    at, place = position(conn, region, on), Place(region, on.year, on)
    return [
        *_committed(at), *_overdrawn(at), *_below_floor(at, floor_fen), *_unanswered(conn, place),
        *_overdue(conn, place),
    ]  # fmt: skip


def _committed(at: CashPosition) -> Iterator[Finding]:
    """支付申请 in the quota book is what the documents that are under way add up to."""
    documents = sum(pending.amount_fen for pending in at.pending)
    if documents != at.committed_fen:
        words = f"在办支付单据 {format_fen(documents)} 元，指标账支付申请 {format_fen(at.committed_fen)} 元"
        source = "支付凭证额等于支付申请额（财办〔2022〕36号）"
        yield _found("cash.committed", _place(at), words, source, documents - at.committed_fen)


def _overdrawn(at: CashPosition) -> Iterator[Finding]:
    for kind, account, name, fen in at.accounts:
        if fen < 0 and kind != "agency":
            words = f"{name}（{account}）为 {format_fen(fen)} 元"
            yield _found("cash.overdrawn", _place(at), words, "库款不得透支", fen, account)


def _below_floor(at: CashPosition, floor_fen: int) -> Iterator[Finding]:
    if 0 <= at.treasury_fen < floor_fen:
        words = f"国库存款 {format_fen(at.treasury_fen)} 元，低于库底 {format_fen(floor_fen)} 元"
        yield _found("cash.floor", _place(at), words, "国库库底目标余额管理", at.treasury_fen - floor_fen)


def _unanswered(conn: psycopg.Connection[Any], place: Place) -> Iterator[Finding]:
    """Vouchers that the bank was sent and has not answered."""
    count, fen = unanswered(conn, place.mof_div_code, place.on - timedelta(_LATEST_DAYS))
    if count:
        words = f"{count} 笔共 {format_fen(fen)} 元已发银行 {_LATEST_DAYS} 天以上没有回单"
        yield _found("cash.unanswered", place, words, "国库当日办理支付（预算法实施条例第六十六条）", fen)


def _overdue(conn: psycopg.Connection[Any], place: Place) -> Iterator[Finding]:
    """Expected receipts and payments whose day has passed and that nobody struck off."""
    rows = conn.execute(
        "select flow_key, title, expected_on, amount_fen from cash_expected_flow "
        "where mof_div_code = %s and not is_settled and expected_on <= %s order by expected_on, flow_key",
        [place.mof_div_code, place.on],
    )
    for key, title, day, fen in rows:
        words = f"{day} 预计的“{title}” {format_fen(fen)} 元还没有核销"
        yield _found("cash.overdue", place, words, "预计收支到期核销，否则预测失真", fen, key)


def _place(at: CashPosition) -> Place:
    return Place(at.region, at.on.year, at.on)


def _found(  # noqa: PLR0917 -- a finding of this domain
    rule_id: str, place: Place, words: str, source: str, fen: int, about: str = ""
) -> Finding:
    return Finding(
        rule_id, RULES[rule_id], words, source, place.mof_div_code, place.fiscal_year, about=about,
        amount_fen=fen,
    )  # fmt: skip


def _of_place(conn: psycopg.Connection[Any], place: Place) -> list[Finding]:
    return check_cash(conn, place.mof_div_code, place.on)


CHECKS: Final = (Check(RULES, _of_place),)
