"""Cash between governments: one call books it in every treasury book that is kept here.

Paid on a line (T07/T05, on-lent debt T17/T16), advanced before a document and charged when it follows
(T08), accrued at the year's end (T09/T06), set off against what the lower owes on the account (T07), returned
in red, uploaded (T10/T11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import NotFound, RuleBroken
from fisc.documents.editions import current
from fisc.documents.refusals import refusal
from fisc.transfers import twins
from fisc.transfers.kinds import CASH
from fisc.transfers.rules.cash import SET_OFF, SET_OFF_UNDONE, UPWARD
from fisc.transfers.services.booking import CashItem, book, make_cash
from fisc.transfers.services.grants import lock_lines, together

if TYPE_CHECKING:
    from fisc.transfers.models import TransferLine


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
    """What settles an item of the account between two governments: `ref_no` is the earlier cash."""

    cash_no: str
    ref_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ChargeCash:
    """An advance charged on the line (`line_key`) of the document that followed; `ref_no` is the advance."""

    cash_no: str
    ref_no: str
    amount_fen: int
    line_key: str


@dataclass(frozen=True, slots=True)
class UploadCash:
    """Cash that a lower government uploads (上解); `tp_func_code` 23006….

    `line_key`: the received line whose money goes back (交回), out of what waits under its number.
    """

    cash_no: str
    lower_div_code: str
    upper_div_code: str
    fiscal_year: int
    fund_type_code: str
    tp_func_code: str
    amount_fen: int
    line_key: str = ""


Conn = psycopg.Connection[Any]
GIVEN_BACK: Final = "上级专项未分配、结转满两年的交回上级（财预〔2015〕15号；以上解交回为凭记忆）"

#: What cash on lines does -> its kind, and the kind for on-lent debt; '' where debt has none.
ON_LINES: Final = {
    "paid": ("paid", "bond_paid"), "recovered": ("recovered", "bond_recovered"), "accrued": ("accrued", ""),
    SET_OFF: (SET_OFF, ""), SET_OFF_UNDONE: (SET_OFF_UNDONE, ""),
}  # fmt: skip


# ---- made by one officer; another signs (`booking.sign_cash`)


@together
def make_line_cash(conn: Conn, items: Sequence[LineCash], *, kind: str, by: str, on: date) -> list[bool]:
    """Draft cash on lines, of a kind of `ON_LINES`; True where new. Raises RuleBroken, NotFound."""
    return make_cash(conn, _on_lines(conn, items, kind, on), by=by, on=on)


def make_advances(conn: Conn, items: Sequence[AdvanceCash], *, by: str, on: date) -> list[bool]:
    """Draft cash that is lent before the document; True where new. Raises RuleBroken."""
    return make_cash(conn, [_advanced(item) for item in items], by=by, on=on)


@together
def make_charges(conn: Conn, items: Sequence[ChargeCash], *, by: str, on: date) -> list[bool]:
    """Draft charges of advances on the documents that followed; True where new. Raises NotFound."""
    return make_cash(conn, _charged(conn, items, on), by=by, on=on)


@together
def make_settlements(conn: Conn, items: Sequence[SettleCash], *, kind: str, by: str, on: date) -> list[bool]:
    """Draft what settles earlier cash, of a kind that settles (`rules.cash.KINDS`); True where new.

    Raises NotFound for earlier cash that there is none of.
    """
    return make_cash(conn, _settled(conn, items, kind, on), by=by, on=on)


def make_uploads(conn: Conn, items: Sequence[UploadCash], *, kind: str, by: str, on: date) -> list[bool]:
    """Draft uploads, or (`upload_accrued`) what is due of them; True where new. Raises RuleBroken."""
    return make_cash(conn, _uploaded(conn, items, kind, on), by=by, on=on)


# ---- made and signed at once


def pay_out(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Pay cash on lines: T07 5011/1001 above and T05 1001/4011 below (debt: T17 and T16); True where now.

    Of a line from outside these books (received from above) only the receiver's side stands. Raises
    RuleBroken where it exceeds what the line grants, NotFound, DuplicateConflict; nothing is posted then.
    """
    return _line_cash(conn, items, "paid", (by, signed_by), on)


def receive_cash(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Cash from above arrives on lines of received documents (T05, debt T16): `pay_out` seen from below."""
    return pay_out(conn, items, by=by, signed_by=signed_by, on=on)


def recover_cash(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Cash paid on lines comes back: the entries of `pay_out` in red, on both sides.

    Raises RuleBroken where more comes back than was paid: an accrual moved no cash before it is paid.
    """
    return _line_cash(conn, items, "recovered", (by, signed_by), on)


def accrue(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """At the year's end, what is granted and not yet paid: T09 5011/1031 above, T06 2012/4011 below."""
    return _line_cash(conn, items, "accrued", (by, signed_by), on)


def set_off(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Lines are paid with what the lower owes on the account: T07 5011/1031 above, 2012/4011 below.

    What was withheld of its debt (T25, T24) is so cleared. Raises RuleBroken where no so much stands there
    beside advances and accruals, which are settled by their own numbers; NotFound as `pay_out`.
    """
    return _line_cash(conn, items, SET_OFF, (by, signed_by), on)


def undo_set_off(conn: Conn, items: Sequence[LineCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """What was set off on lines is not: the entries of `set_off` in red, the lower owes it again.

    Raises RuleBroken where no so much was set off on a line.
    """
    return _line_cash(conn, items, SET_OFF_UNDONE, (by, signed_by), on)


@together
def _line_cash(
    conn: Conn, items: Sequence[LineCash], kind: str, hands: tuple[str, str], on: date
) -> list[bool]:
    return book(conn, _on_lines(conn, items, kind, on), by=hands[0], signed_by=hands[1], on=on)


def advance(conn: Conn, items: Sequence[AdvanceCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Lend treasury cash before the document: T08 1031/1001 above, T05 1001/2012 below."""
    return book(conn, [_advanced(item) for item in items], by=by, signed_by=signed_by, on=on)


@together
def charge_advances(
    conn: Conn, items: Sequence[ChargeCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """The document followed an advance: T08 5011/1031 above, T05 2012/4011 below, on `line_key`.

    Raises RuleBroken where the advance, or the line, does not cover it.
    """
    return book(conn, _charged(conn, items, on), by=by, signed_by=signed_by, on=on)


def return_advances(
    conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """A lower government gives advanced cash back: T08 and T05 in red."""
    return _settle(conn, items, "advance_returned", (by, signed_by), on)


def pay_accrued(conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """Cash for what was accrued at last year's end: 1031/1001 above, 1001/2012 below."""
    return _settle(conn, items, "accrual_paid", (by, signed_by), on)


def settle_uploads(
    conn: Conn, items: Sequence[SettleCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """Cash for uploads accrued last year: 2012 and 1031 are settled (T05 and T08 in red)."""
    return _settle(conn, items, "upload_settled", (by, signed_by), on)


@together
def _settle(
    conn: Conn, items: Sequence[SettleCash], kind: str, hands: tuple[str, str], on: date
) -> list[bool]:
    return book(conn, _settled(conn, items, kind, on), by=hands[0], signed_by=hands[1], on=on)


def upload(conn: Conn, items: Sequence[UploadCash], *, by: str, signed_by: str, on: date) -> list[bool]:
    """A lower government uploads: T11 5012/1001 below, T10 1001/4012 above; codes mirror (23006/11006)."""
    return book(conn, _uploaded(conn, items, "uploaded", on), by=by, signed_by=signed_by, on=on)


def accrue_uploads(
    conn: Conn, items: Sequence[UploadCash], *, by: str, signed_by: str, on: date
) -> list[bool]:
    """At the year's end, uploads due and not yet paid: T11 5012/2012 below, T10 1031/4012 above."""
    return book(conn, _uploaded(conn, items, "upload_accrued", on), by=by, signed_by=signed_by, on=on)


# ---- what is asked for, as cash between two governments


def _advanced(item: AdvanceCash) -> CashItem:
    return CashItem(
        item.cash_no,
        "advanced",
        item.upper_div_code,
        item.lower_div_code,
        item.fiscal_year,
        item.fund_type_code,
        item.amount_fen,
    )


def _charged(conn: Conn, items: Sequence[ChargeCash], on: date) -> list[CashItem]:
    lines = lock_lines(conn, [item.line_key for item in items], on)
    return [
        _on_line(i.cash_no, "advance_charged", lines[i.line_key], i.amount_fen, ref_no=ref_no)
        for i, ref_no in zip(items, current(conn, CASH, [item.ref_no for item in items]), strict=True)
    ]


def _on_lines(conn: Conn, items: Sequence[LineCash], kind: str, on: date) -> list[CashItem]:
    """Cash on lines: of a kind, or of the one that it has for on-lent debt."""
    kinds, lines = ON_LINES[kind], lock_lines(conn, [item.line_key for item in items], on)
    if not kinds[1]:
        _refuse_bonds([lines[item.line_key] for item in items])
    return [
        _on_line(i.cash_no, kinds[lines[i.line_key].is_bond], lines[i.line_key], i.amount_fen) for i in items
    ]


def _refuse_bonds(lines: Sequence[TransferLine]) -> None:
    if bonds := [line.line_key for line in lines if line.is_bond]:
        raise refusal(
            RuleBroken,
            "转贷债务按到账列收支，年终不挂往来",
            bonds,
            rule="财库〔2015〕192号（T16、T17）",
            hint="请在资金到账时登记",
        )


def _on_line(cash_no: str, kind: str, line: TransferLine, amount_fen: int, *, ref_no: str = "") -> CashItem:
    return CashItem(
        cash_no,
        kind,
        line.giver_div_code,
        line.rec_div_code,
        line.fiscal_year,
        line.fund_type_code,
        amount_fen,
        line=line,
        ref_no=ref_no,
    )


def _uploaded(conn: Conn, items: Sequence[UploadCash], kind: str, on: date) -> list[CashItem]:
    if bad := [
        f"{i.cash_no} 科目 {i.tp_func_code}" for i in items if twins.category(i.tp_func_code) != "upload"
    ]:
        raise refusal(
            RuleBroken, "上解须用 23006 科目", bad, rule="政府收支分类", hint="请用体制上解或专项上解科目"
        )
    lines = lock_lines(conn, [i.line_key for i in items if i.line_key], on)
    _refuse_strange([(i, lines[i.line_key]) for i in items if i.line_key])
    return [
        CashItem(
            i.cash_no,
            kind,
            i.upper_div_code,
            i.lower_div_code,
            i.fiscal_year,
            i.fund_type_code,
            i.amount_fen,
            func_code=i.tp_func_code,
            line=lines.get(i.line_key),
        )
        for i in items
    ]


def _refuse_strange(given: Sequence[tuple[UploadCash, TransferLine]]) -> None:
    """Raise RuleBroken where what goes back did not come from there, of that fund, in special grants."""
    bad = [
        f"{i.cash_no} 明细 {i.line_key}"
        for i, line in given
        if line.category not in twins.SPECIAL
        or (line.giver_div_code, line.rec_div_code, line.fund_type_code)
        != (i.upper_div_code, i.lower_div_code, i.fund_type_code)
        or line.fiscal_year > i.fiscal_year
    ]
    if bad:
        raise refusal(
            RuleBroken, "交回的不是双方之间同一资金性质的专项转移支付", bad, rule=GIVEN_BACK,
            hint="请核对明细号、双方和资金性质；其他上解不写明细号",
        )  # fmt: skip


def _settled(conn: Conn, items: Sequence[SettleCash], kind: str, on: date) -> list[CashItem]:
    numbers = current(conn, CASH, [item.ref_no for item in items])
    opened = _lock_current(conn, numbers)
    return [
        CashItem(i.cash_no, kind, upper, lower, on.year, fund, i.amount_fen, ref_no=number)
        for i, number in zip(items, numbers, strict=True)
        for upper, lower, fund in [opened[number]]
    ]


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
