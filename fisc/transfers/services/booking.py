"""What every kind of cash between governments has in common: made, signed, counted, settled, posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.documents import RuleBroken, advance, make, read, taken, write_lines
from fisc.documents.editions import current, fresh, move_last
from fisc.documents.refusals import refusal
from fisc.kernel import post
from fisc.kernel.errors import FiscError
from fisc.kernel.money import format_fen
from fisc.registry import regions
from fisc.registry.areas import is_kept
from fisc.transfers.kinds import CASH, CURRENT
from fisc.transfers.rules.cash import KINDS, UPWARD, Kind, booked, entries
from fisc.transfers.services.grants import change_lines, lock_lines, together
from fisc.transfers.services.other_side import refuse_of_other_side

if TYPE_CHECKING:
    from fisc.transfers.models import Cash, TransferLine


@dataclass(frozen=True, slots=True)
class CashItem:
    """Cash between two governments as it is asked for, before it is a document."""

    cash_no: str
    kind: str
    upper_div_code: str
    lower_div_code: str
    fiscal_year: int
    fund_type_code: str
    amount_fen: int
    func_code: str = ""
    line: TransferLine | None = None
    ref_no: str = ""


Conn = psycopg.Connection[Any]


@together
def book(conn: Conn, items: Sequence[CashItem], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Make, sign, count and post a set of cash documents, in one transaction."""
    make_cash(conn, items, by=by, on=on)
    return sign_cash(conn, [item.cash_no for item in items], by=signed_by, on=on)


@together
def make_cash(conn: Conn, items: Sequence[CashItem], *, by: str, on: date) -> list[bool]:
    """Draft cash documents; nothing is posted yet. Raises RuleBroken, DuplicateConflict."""
    if bad := [f"{i.cash_no} 金额 {format_fen(i.amount_fen)} 元" for i in items if i.amount_fen <= 0]:
        raise refusal(
            RuleBroken, "金额须大于零", bad, rule="财库〔2015〕192号", hint="请填正数，红字由系统生成"
        )
    _require_neighbours(items)
    _refuse_late([(item.cash_no, item.kind, item.fiscal_year) for item in items], on)
    rows = [_row(item) for item in items]
    refuse_of_other_side(conn, rows, by)
    return make(conn, CASH, fresh(conn, CASH, rows), by=by, on=on)


@together
def sign_cash(conn: Conn, cash_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Sign drafts (签发记账), count what they book on their lines, settle what they settle, and post.

    Raises RuleBroken where a line or what is settled does not cover it, and for cash of a year that is over.
    """
    numbers = current(conn, CASH, cash_nos)
    drafts = read(conn, CASH, numbers)
    lines = lock_lines(conn, [draft.line_key for draft in drafts if draft.line_key], on)
    moved = advance(conn, CASH, numbers, "book", by=by, on=on)
    _refuse_late([(cash.doc_key, cash.kind, cash.fiscal_year) for cash in moved], on)
    _count(conn, moved)
    _open_and_settle(conn, moved, on)
    post(conn, [
        entry for cash in moved for entry in entries(cash, lines.get(cash.line_key), booked(cash, on))
    ])  # fmt: skip
    if any(not KINDS[cash.kind].opens for cash in moved):  # refused here, not when all is over
        conn.execute("set constraints transfers_set_off, transfers_recovered immediate")
        conn.execute("set constraints transfers_set_off, transfers_recovered deferred")
    return taken(numbers, moved)


def discard_cash(conn: Conn, cash_nos: Sequence[str], *, by: str, on: date, note: str = "") -> list[bool]:
    """Give up drafts (作废); their numbers may be entered anew."""
    return move_last(conn, CASH, cash_nos, "discard", by=by, on=on, note=note)


def _refuse_late(items: Iterable[tuple[str, str, int]], on: date) -> None:
    """Raise RuleBroken for cash of a year that is over: its books hold what was received and paid in it.

    `items` are (number, kind, fiscal year).
    """
    if late := [number for number, kind, year in items if KINDS[kind].moves_cash and on.year > year]:
        raise refusal(
            RuleBroken,
            f"资金在 {on.year} 年收付，不能记入上年",
            late,
            rule="财库〔2015〕192号：收支按实际收付列当年；上年应补未补先年终挂账（T06、T09），次年以往来拨付",
            hint="请先按年终挂账办理，再拨付挂账；当年另下文件的记当年",
        )


def _require_neighbours(items: Sequence[CashItem]) -> None:
    """Money goes from one level to the next: the upper government is directly above the lower one."""
    above = {i.lower_div_code: regions.lookup(i.lower_div_code) for i in items}
    if bad := [
        f"{i.cash_no}：{i.upper_div_code} 与 {i.lower_div_code}"
        for i in items
        for lower in [above[i.lower_div_code]]
        if lower is None or lower.parent != i.upper_div_code
    ]:
        raise refusal(
            RuleBroken,
            "资金双方不是上下级政府",
            bad,
            rule="政府间资金逐级办理（预算法第五十二条、实施条例第五十九条）",
            hint="请核对上级与下级的区划，是否写反",
        )


def _row(item: CashItem) -> dict[str, object]:
    pair = (item.upper_div_code, item.lower_div_code)
    giver, receiver = pair[::-1] if item.kind in UPWARD else pair
    return {
        "doc_key": item.cash_no,
        "mof_div_code": giver if is_kept(giver) else receiver,
        "fiscal_year": item.fiscal_year,
        "kind": item.kind,
        "giver_div_code": giver,
        "rec_div_code": receiver,
        "fund_type_code": item.fund_type_code,
        "line_key": item.line.line_key if item.line else "",
        "ref_no": item.ref_no,
        "func_code": item.func_code,
        "amount_fen": item.amount_fen,
    }


def _count(conn: Conn, moved: Sequence[Cash]) -> None:
    totals: Counter[str] = Counter()
    for cash in moved:
        sign = KINDS[cash.kind].books
        if cash.line_key and sign:
            totals[cash.line_key] += sign * cash.amount_fen
    if totals:
        change_lines(conn, "booked_fen", totals)


def _open_and_settle(conn: Conn, moved: Sequence[Cash], on: date) -> None:
    write_lines(conn, CURRENT, [_current(cash, on) for cash in moved if KINDS[cash.kind].opens])
    if settling := [cash for cash in moved if KINDS[cash.kind].settles]:
        _settle_items(conn, settling)


def _current(cash: Cash, on: date) -> dict[str, object]:
    return {
        "cash_no": cash.doc_key,
        "kind": cash.kind,
        "giver_div_code": cash.giver_div_code,
        "rec_div_code": cash.rec_div_code,
        "fiscal_year": cash.fiscal_year,
        "fund_type_code": cash.fund_type_code,
        "opened_on": on,
        "amount_fen": cash.amount_fen,
    }


def _settle_items(conn: Conn, moved: Sequence[Cash]) -> None:
    totals: Counter[str] = Counter()
    for cash in moved:
        totals[cash.ref_no] += cash.amount_fen
    rows = conn.execute(
        "select cash_no, kind, giver_div_code, rec_div_code, fund_type_code, amount_fen - settled_fen "
        "from transfers_current where cash_no = any(%s) order by cash_no for update",
        [list(totals)],
    ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    bad = [_misfit(cash, found.get(cash.ref_no)) for cash in moved]
    bad += [
        f"{no}：尚余 {format_fen(found[no][4])} 元，要结清 {format_fen(fen)} 元"
        for no, fen in totals.items()
        if no in found and fen > found[no][4]
    ]
    if wrong := [text for text in bad if text]:
        raise _not_settled(wrong)
    conn.execute(
        "update transfers_current c set settled_fen = c.settled_fen + s.fen "
        "from unnest(%s::text[], %s::bigint[]) s (no, fen) where c.cash_no = s.no",
        [list(totals), list(totals.values())],
    )


def _misfit(cash: Cash, found: tuple[str, str, str, str, int] | None) -> str:
    """Why an item of the account cannot be settled this way; '' where it can."""
    kind: Kind = KINDS[cash.kind]
    if found is None:
        return f"没有往来款 {cash.ref_no}"
    if found[0] not in kind.settles:
        return f"{cash.ref_no} 是{KINDS[found[0]].name}，不能{kind.name}"
    if (found[1], found[2], found[3]) != (cash.giver_div_code, cash.rec_div_code, cash.fund_type_code):
        return f"{cash.ref_no} 是 {found[1]}→{found[2]} 资金 {found[3]}，与本单不符"
    return ""


def _not_settled(wrong: Sequence[str]) -> FiscError:
    return refusal(
        RuleBroken,
        "往来款不能这样结清",
        wrong,
        rule="与上级往来、与下级往来按原单结清（财库〔2015〕192号）",
        hint="请核对原单号、双方与余额",
    )
