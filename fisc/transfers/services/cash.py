"""Cash between governments: one call books it in every treasury book that is kept here.

Paid on a line (T07/T05, on-lent debt T17/T16), advanced before a document and charged when it follows
(T08), accrued at the year's end (T09/T06), returned in red, uploaded (T10/T11).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents import NotFound, RuleBroken, make, move
from fisc.documents.refusals import refusal
from fisc.kernel import post
from fisc.kernel.errors import FiscError
from fisc.kernel.money import format_fen
from fisc.registry import regions
from fisc.transfers import twins
from fisc.transfers.codings import Line
from fisc.transfers.flow import CASH
from fisc.transfers.rules.cash import KINDS, UPWARD, Kind, Moved, entries, is_kept, refuse_late
from fisc.transfers.services.grants import change_lines, insert, lock_lines, together


@dataclass(frozen=True, slots=True)
class LineCash:
    """Cash booked on a line (`line_key`); amounts are fen, positive also where it goes back."""

    cash_no: str
    line_key: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AdvanceCash:
    """Treasury cash lent to a lower government before the document (调度款, or early cash from above)."""

    cash_no: str
    upper_div_code: str
    lower_div_code: str
    fiscal_year: int
    fund_type_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SettleCash:
    """What settles an item of the account between two governments: `ref_no` is the earlier cash.

    With `line_key` it is charged on the document that followed.
    """

    cash_no: str
    ref_no: str
    amount_fen: int
    line_key: str = ""


@dataclass(frozen=True, slots=True)
class UploadCash:
    """Cash that a lower government uploads (上解); `tp_func_code` 23006…."""

    cash_no: str
    lower_div_code: str
    upper_div_code: str
    fiscal_year: int
    fund_type_code: str
    tp_func_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class _Item:
    moved: Moved
    ref_no: str = ""


Conn = psycopg.Connection[Any]


def pay_out(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Pay cash on lines: T07 5011/1001 above and T05 1001/4011 below (debt: T17 and T16); True where now.

    Of a line from outside these books (received from above) only the receiver's side stands. Raises
    RuleBroken where it exceeds what the line grants, NotFound, DuplicateConflict; nothing is posted then.
    """
    return _on_lines(conn, items, ("paid", "bond_paid"), by=by, signed_by=signed_by, on=on)


def receive_cash(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Cash from above arrives on lines of received documents (T05, debt T16): `pay_out` seen from below."""
    return pay_out(conn, items, by=by, signed_by=signed_by, on=on)


def recover_cash(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Cash paid on lines comes back: the entries of `pay_out` in red, on both sides."""
    return _on_lines(conn, items, ("recovered", "bond_recovered"), by=by, signed_by=signed_by, on=on)


def accrue(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """At the year's end, what is granted and not yet paid: T09 5011/1031 above, T06 2012/4011 below."""
    return _on_lines(conn, items, ("accrued", ""), by=by, signed_by=signed_by, on=on)


def advance(conn: Conn, items: Sequence[AdvanceCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Lend treasury cash before the document: T08 1031/1001 above, T05 1001/2012 below."""
    return _book(conn, [_Item(_advanced(item)) for item in items], by=by, signed_by=signed_by, on=on)


def _advanced(item: AdvanceCash) -> Moved:
    return Moved(
        item.cash_no,
        "advanced",
        item.upper_div_code,
        item.lower_div_code,
        item.fiscal_year,
        item.fund_type_code,
        item.amount_fen,
    )


@together
def charge_advances(
    conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """The document followed an advance: T08 5011/1031 above, T05 2012/4011 below, on `line_key`.

    Raises RuleBroken where the advance, or the line, does not cover it.
    """
    lines = lock_lines(conn, [item.line_key for item in items], on)
    given = [
        _on_line(item.cash_no, "advance_charged", lines[item.line_key], item.amount_fen) for item in items
    ]
    pairs = [_Item(moved, item.ref_no) for moved, item in zip(given, items, strict=True)]
    return _book(conn, pairs, by=by, signed_by=signed_by, on=on)


def return_advances(
    conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """A lower government gives advanced cash back: T08 and T05 in red."""
    return _settle(conn, items, "advance_returned", by=by, signed_by=signed_by, on=on)


def pay_accrued(conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Cash for what was accrued at last year's end: 1031/1001 above, 1001/2012 below."""
    return _settle(conn, items, "accrual_paid", by=by, signed_by=signed_by, on=on)


def upload(conn: Conn, items: Sequence[UploadCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """A lower government uploads: T11 5012/1001 below, T10 1001/4012 above; codes mirror (23006/11006)."""
    return _uploads(conn, items, "uploaded", by=by, signed_by=signed_by, on=on)


def accrue_uploads(
    conn: Conn, items: Sequence[UploadCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """At the year's end, uploads due and not yet paid: T11 5012/2012 below, T10 1031/4012 above."""
    return _uploads(conn, items, "upload_accrued", by=by, signed_by=signed_by, on=on)


def settle_uploads(
    conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """Cash for uploads accrued last year: 2012 and 1031 are settled (T05 and T08 in red)."""
    return _settle(conn, items, "upload_settled", by=by, signed_by=signed_by, on=on)


@together
def _on_lines(
    conn: Conn, items: Sequence[LineCash], kinds: tuple[str, str], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """Book cash on lines: the first kind, or the second where the line is on-lent debt."""
    lines = lock_lines(conn, [item.line_key for item in items], on)
    if not kinds[1]:
        _refuse_bonds([lines[item.line_key] for item in items])
    given = [
        _on_line(i.cash_no, kinds[lines[i.line_key].is_bond], lines[i.line_key], i.amount_fen) for i in items
    ]
    return _book(conn, [_Item(moved) for moved in given], by=by, signed_by=signed_by, on=on)


def _refuse_bonds(lines: Sequence[Line]) -> None:
    if bonds := [line.line_key for line in lines if line.is_bond]:
        raise refusal(
            RuleBroken,
            "转贷债务按到账列收支，年终不挂往来",
            bonds,
            rule="财库〔2015〕192号（T16、T17）",
            hint="请在资金到账时登记",
        )


def _on_line(cash_no: str, kind: str, line: Line, amount_fen: int) -> Moved:
    return Moved(
        cash_no,
        kind,
        line.giver_div_code,
        line.rec_div_code,
        line.fiscal_year,
        line.fund_type_code,
        amount_fen,
        line=line,
    )


def _uploads(
    conn: Conn, items: Sequence[UploadCash], kind: str, *, by: str, signed_by: str, on: date
) -> list[bool]:
    if bad := [
        f"{i.cash_no} 科目 {i.tp_func_code}" for i in items if twins.category(i.tp_func_code) != "upload"
    ]:
        raise refusal(
            RuleBroken, "上解须用 23006 科目", bad, rule="政府收支分类", hint="请用体制上解或专项上解科目"
        )
    given = [
        Moved(
            i.cash_no,
            kind,
            i.upper_div_code,
            i.lower_div_code,
            i.fiscal_year,
            i.fund_type_code,
            i.amount_fen,
            func_code=i.tp_func_code,
        )
        for i in items
    ]
    return _book(conn, [_Item(moved) for moved in given], by=by, signed_by=signed_by, on=on)


@together
def _settle(
    conn: Conn, items: Sequence[SettleCash], kind: str, *, by: str, signed_by: str, on: date
) -> list[bool]:
    opened = _lock_current(conn, [item.ref_no for item in items])
    given = [
        Moved(item.cash_no, kind, *opened[item.ref_no][:2], on.year, opened[item.ref_no][2], item.amount_fen)
        for item in items
    ]
    pairs = [_Item(moved, item.ref_no) for moved, item in zip(given, items, strict=True)]
    return _book(conn, pairs, by=by, signed_by=signed_by, on=on)


def _lock_current(conn: Conn, numbers: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Cash number -> (upper, lower, fund) of the item it opened. Raises NotFound."""
    rows = conn.execute(
        "select cash_no, kind, giver_div_code, rec_div_code, fund_type_code from transfers_current "
        "where cash_no = any(%s) order by cash_no for update",
        [list(set(numbers))],
    ).fetchall()
    found = {
        no: (rec, giver, fund) if kind in UPWARD else (giver, rec, fund)
        for no, kind, giver, rec, fund in rows
    }
    if missing := sorted(set(numbers) - found.keys()):
        raise refusal(
            NotFound,
            "没有这些往来款",
            missing,
            rule="结清往来须指明原单（财库〔2015〕192号）",
            hint="请核对原调度、早到或年终挂账的单号",
        )
    return found


@together
def _book(conn: Conn, items: Sequence[_Item], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Make, sign, count and post a set of cash documents, in one transaction."""
    if bad := [f"{i.moved.cash_no} 金额 {i.moved.amount_fen} 分" for i in items if i.moved.amount_fen <= 0]:
        raise refusal(
            RuleBroken, "金额须大于零", bad, rule="财库〔2015〕192号", hint="请填正数，红字由系统生成"
        )
    _require_neighbours([item.moved for item in items])
    refuse_late([item.moved for item in items], on)
    make(conn, CASH, [_row(item) for item in items], by=by, on=on)
    moved = move(conn, CASH, [item.moved.cash_no for item in items], "book", by=signed_by, on=on)
    now = [item for item, is_now in zip(items, moved, strict=True) if is_now]
    _count(conn, now)
    _open_and_settle(conn, now, on)
    post(conn, [entry for item in now for entry in entries(item.moved, on)])
    return moved


def _require_neighbours(moved: Sequence[Moved]) -> None:
    """Money goes from one level to the next: the upper government is directly above the lower one."""
    above = {m.lower_div_code: regions.lookup(m.lower_div_code) for m in moved}
    if bad := [
        f"{m.cash_no}：{m.upper_div_code} 与 {m.lower_div_code}"
        for m in moved
        for lower in [above[m.lower_div_code]]
        if lower is None or lower.parent != m.upper_div_code
    ]:
        raise refusal(
            RuleBroken,
            "资金双方不是上下级政府",
            bad,
            rule="政府间资金逐级办理（预算法第五十二条、实施条例第五十九条）",
            hint="请核对上级与下级的区划，是否写反",
        )


def _row(item: _Item) -> dict[str, object]:
    moved = item.moved
    giver, receiver = _direction(moved)
    return {
        "doc_key": moved.cash_no,
        "mof_div_code": giver if is_kept(giver) else receiver,
        "fiscal_year": moved.fiscal_year,
        "kind": moved.kind,
        "giver_div_code": giver,
        "rec_div_code": receiver,
        "fund_type_code": moved.fund_type_code,
        "line_key": moved.line.line_key if moved.line else "",
        "ref_no": item.ref_no,
        "func_code": moved.func_code,
        "amount_fen": moved.amount_fen,
    }


def _direction(moved: Moved) -> tuple[str, str]:
    """(giver, receiver) of the money's ordinary way: upwards for uploads."""
    pair = (moved.upper_div_code, moved.lower_div_code)
    return pair[::-1] if moved.kind in UPWARD else pair


def _count(conn: Conn, items: Sequence[_Item]) -> None:
    totals: Counter[str] = Counter()
    for item in items:
        sign = KINDS[item.moved.kind].books
        if item.moved.line is not None and sign:
            totals[item.moved.line.line_key] += sign * item.moved.amount_fen
    if totals:
        change_lines(conn, "booked_fen", totals)


def _open_and_settle(conn: Conn, items: Sequence[_Item], on: date) -> None:
    opened = [_current(item, on) for item in items if KINDS[item.moved.kind].opens]
    insert(conn, "transfers_current", opened, "cash_no")
    if settling := [item for item in items if KINDS[item.moved.kind].settles]:
        _settle_items(conn, settling)


def _current(item: _Item, on: date) -> dict[str, object]:
    row = _row(item)
    kept = ("kind", "giver_div_code", "rec_div_code", "fiscal_year", "fund_type_code", "amount_fen")
    return {"cash_no": item.moved.cash_no, "opened_on": on.isoformat(), **{name: row[name] for name in kept}}


def _settle_items(conn: Conn, items: Sequence[_Item]) -> None:
    totals: Counter[str] = Counter()
    for item in items:
        totals[item.ref_no] += item.moved.amount_fen
    rows = conn.execute(
        "select cash_no, kind, giver_div_code, rec_div_code, fund_type_code, amount_fen - settled_fen "
        "from transfers_current where cash_no = any(%s) order by cash_no for update",
        [list(totals)],
    ).fetchall()
    found = {row[0]: row[1:] for row in rows}
    bad = [_misfit(item, found.get(item.ref_no)) for item in items]
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


def _misfit(item: _Item, found: tuple[str, str, str, str, int] | None) -> str:
    """Why an item of the account cannot be settled this way; '' where it can."""
    kind: Kind = KINDS[item.moved.kind]
    if found is None:
        return f"没有往来款 {item.ref_no}"
    if found[0] not in kind.settles:
        return f"{item.ref_no} 是{KINDS[found[0]].name}，不能{kind.name}"
    if (found[1], found[2], found[3]) != (*_direction(item.moved), item.moved.fund_type_code):
        return f"{item.ref_no} 是 {found[1]}→{found[2]} 资金 {found[3]}，与本单不符"
    return ""


def _not_settled(wrong: Sequence[str]) -> FiscError:
    return refusal(
        RuleBroken,
        "往来款不能这样结清",
        wrong,
        rule="与上级往来、与下级往来按原单结清（财库〔2015〕192号）",
        hint="请核对原单号、双方与余额",
    )
