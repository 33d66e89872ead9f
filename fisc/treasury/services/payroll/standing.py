"""What was applied for before: the payments that carry lines, and how often other lines were withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.documents import read
from fisc.kernel.money import format_fen
from fisc.rosters import carrying
from fisc.sheets.text import alike, heading
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services.payroll.matching import PayItem
from fisc.treasury.services.payroll.sheets import PayrollSheet

Conn = psycopg.Connection[Any]
#: Account, class, item in the form in which names of items are compared.
_Item = tuple[str, str, str]
ONCE: Final = "同一人同一月同一工资项目只发一次"


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A line that a payment carries already: as the sheet says it, and as it was applied for."""

    item: PayItem
    bgt_id: str
    said: carrying.Carried

    @property
    def pay_app_no(self) -> str:
        """The payment that carries it."""
        return self.said.batch_no

    @property
    def amount_fen(self) -> int:
        """Fen that were applied for."""
        return self.said.amount_fen


@dataclass(frozen=True, slots=True)
class Standing:
    """By key: the lines that are paid or on their way, and how often each of the others was withdrawn.

    `others`: account and item -> the lines that are paid to it or on their way, whoever they are of.
    """

    paid: Mapping[str, PaidBefore]
    rounds: Mapping[str, int]
    others: Mapping[_Item, Sequence[carrying.Carried]]


def standing(conn: Conn, items: Sequence[PayItem], region: str, pay_month: str) -> Standing:
    """What stands of lines of a region's month."""
    carried = carrying.carried(conn, [item.line_key for item in items])
    accounts = sorted({item.payee_acct_no for item in items if item.payee_acct_no})
    beside = carrying.carried_to(conn, region, pay_month, accounts)
    numbers = {one.batch_no for of_line in carried.values() for one in of_line}
    numbers |= {one.batch_no for one in beside}
    payments = {
        p.doc_key: p for p in read(conn, PAYMENT, sorted(numbers)) if p.state not in PAYMENT.flow.ended
    }
    paid = {
        item.line_key: PaidBefore(item, payments[one.batch_no].bgt_id, one)
        for item in items for one in carried.get(item.line_key, ()) if one.batch_no in payments
    }  # fmt: skip
    others: dict[_Item, list[carrying.Carried]] = defaultdict(list)
    for one in beside:
        if one.batch_no in payments:
            others[one.acct_nos[0], one.dep_bgt_eco_code, heading(one.item_name)].append(one)
    return Standing(paid, {key: len(of) for key, of in carried.items() if key not in paid}, others)


def set_apart(sheet: PayrollSheet, found: Standing) -> list[PaidBefore]:
    """The lines that were applied for before; the others are left in the sheet.

    One that says another amount, name or account now makes its row no good: what stands is not changed by a
    sheet. So does one that pays an item to the account of another person to whom it is paid.
    """
    before = [found.paid[item.line_key] for item in sheet.items if item.line_key in found.paid]
    for one in before:
        if said := _differs(one):
            sheet.fault(one.item.row_no, said, ONCE, _HOW)
    for item, other, where in two_persons(sheet.items, found):
        said = f"{_who(item)}与{other}{where}同一账号 {item.payee_acct_no}，同月同一工资项目"
        sheet.fault(item.row_no, said, ONCE, _ONE_PERSON)
    sheet.items = [
        item for item in sheet.items if item.line_key not in found.paid and item.row_no not in sheet.faults
    ]
    return [one for one in before if one.item.row_no not in sheet.faults]


_HOW: Final = (
    "请改回已申请的金额、姓名、账号；补发的请用另一个工资项目名称，多发的由退款收回，账号变了的退回后更正"
)
_ONE_PERSON: Final = "请核对人员编号（表格软件会丢掉前面的零）；确是两个人的，请各用各的账号或工资项目名称"


def _who(item: PayItem) -> str:
    return f"{item.per_name}（{item.per_code}）{item.item_name}"


def _differs(one: PaidBefore) -> str:
    """How a line says something else than was applied for; '' where it does not."""
    item, said = one.item, one.said
    if said.amount_fen != item.amount_fen:
        return (
            f"{_who(item)} {format_fen(item.amount_fen)} 元，"
            f"与已发金额不符：支付申请 {one.pay_app_no} 已发 {format_fen(said.amount_fen)} 元"
        )
    if alike(said.per_name) != alike(item.per_name):
        return f"{_who(item)}与已申请的姓名不符：支付申请 {one.pay_app_no} 为 {said.per_name}"
    if item.payee_acct_no and item.payee_acct_no not in said.acct_nos:
        return (
            f"{_who(item)}的账号 {item.payee_acct_no} 与已申请的不符："
            f"支付申请 {one.pay_app_no} 为 {said.acct_nos[-1]}"
        )
    return ""


def two_persons(items: Sequence[PayItem], found: Standing) -> Iterator[tuple[PayItem, str, str]]:
    """Lines that pay an item to an account to which it is paid under another person's code: that, and where.

    The first of a sheet stands; the others are told.
    """
    first: dict[_Item, PayItem] = {}
    for item in items:
        if not item.payee_acct_no:
            continue
        of = (item.payee_acct_no, item.dep_bgt_eco_code, heading(item.item_name))
        one = first.setdefault(of, item)
        paid = next((o for o in found.others.get(of, ()) if _is_another(item, o.per_code)), None)
        if _is_another(item, one.per_code):
            yield item, f"{one.per_name}（{one.per_code}）", f"（第 {one.row_no} 行）"
        elif paid is not None:
            yield item, f"{paid.per_name}（{paid.per_code}）", f"（支付申请 {paid.batch_no}）"


def _is_another(item: PayItem, per_code: str) -> bool:
    return item.per_code.upper() != per_code.upper()
