"""Quota that a giver takes back (收回): red in the giver's and the receiver's book at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import RuleBroken, advance, make, move, read, taken
from fisc.documents.refusals import refusal
from fisc.kernel import post
from fisc.kernel.money import format_fen
from fisc.transfers.kinds import TAKE_BACK
from fisc.transfers.rules.quotas import take_back as entries
from fisc.transfers.services.grants import change_lines, lock_lines, together

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine


@dataclass(frozen=True, slots=True)
class TakeBackItem:
    """A part of a line (`line_key`, see `services.line_key`) that is taken back."""

    take_back_no: str
    line_key: str
    amount_fen: int
    reason: str = ""


@together
def take_back(
    conn: psycopg.Connection[Any], items: Sequence[TakeBackItem], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Take back quota (36-09 in red, both books; of a line from above the receiver's alone).

    It must lie free in the receiver's pool (9200): what was arranged or issued on comes back first,
    and so does cash that was booked on the line. Raises NotFound, RuleBroken, QuotaShortfall,
    DuplicateConflict; then nothing is posted. True where it happened now.
    """
    make_take_backs(conn, items, by=by, on=on)
    return enter_take_backs(conn, [item.take_back_no for item in items], by=reviewed_by, on=on)


@together
def make_take_backs(
    conn: psycopg.Connection[Any], items: Sequence[TakeBackItem], *, by: str, on: date
) -> list[bool]:
    """Draft what is to be taken back; nothing is posted yet. Raises as `take_back`."""
    if bad := [
        f"{item.take_back_no} 金额 {format_fen(item.amount_fen)} 元" for item in items if item.amount_fen <= 0
    ]:
        raise refusal(
            RuleBroken, "收回金额须大于零", bad, rule="财办〔2022〕36号", hint="请填正数，红字由系统生成"
        )
    lines = lock_lines(conn, [item.line_key for item in items], on)
    _refuse_budgeted(lines.values())
    return make(conn, TAKE_BACK, [_row(item, lines[item.line_key]) for item in items], by=by, on=on)


@together
def enter_take_backs(
    conn: psycopg.Connection[Any], take_back_nos: Sequence[str], *, by: str, on: date
) -> list[bool]:
    """Put drafts into force and post them in both books (see `take_back`)."""
    drafts = read(conn, TAKE_BACK, take_back_nos)
    lines = lock_lines(conn, [draft.line_key for draft in drafts], on)
    moved = advance(conn, TAKE_BACK, take_back_nos, "take_back", by=by, on=on)
    totals: Counter[str] = Counter()
    for document in moved:
        totals[document.line_key] += document.amount_fen
    change_lines(conn, "taken_back_fen", totals)
    post(conn, [entry for one in moved for entry in entries(one, lines[one.line_key], on)])
    return taken(take_back_nos, moved)


def discard_take_backs(
    conn: psycopg.Connection[Any], take_back_nos: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up drafts (作废); their numbers stay used."""
    return move(conn, TAKE_BACK, take_back_nos, "discard", by=by, on=on, note=note)


def _refuse_budgeted(lines: Iterable[TransferLine]) -> None:
    budgeted = [one.line_key for one in lines if one.is_budgeted and not one.is_issue and not one.is_bond]
    if budgeted:
        raise refusal(
            RuleBroken,
            "已列入本级预算的上级资金不能直接红冲来源",
            budgeted,
            rule="预算法第六十七条",
            hint="请先调整预算，减少相应的来源与支出",
        )


def _row(item: TakeBackItem, line: TransferLine) -> dict[str, object]:
    return {
        "doc_key": item.take_back_no,
        "mof_div_code": line.giver_div_code if line.is_issue else line.rec_div_code,
        "fiscal_year": line.fiscal_year,
        "line_key": item.line_key,
        "amount_fen": item.amount_fen,
        "reason": item.reason,
    }
