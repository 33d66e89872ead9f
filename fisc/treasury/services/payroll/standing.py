"""What was applied for before: the payments that carry lines, and how often other lines were withdrawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.documents import read
from fisc.kernel.money import format_fen
from fisc.rosters import services as rosters
from fisc.treasury.kinds import PAYMENT
from fisc.treasury.services.payroll.matching import PayItem
from fisc.treasury.services.payroll.sheets import PayrollSheet

ONCE: Final = "同一人同一月同一工资项目只发一次"


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A line that a payment carries already: as the sheet says it, and the fen that were applied for."""

    item: PayItem
    pay_app_no: str
    bgt_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Standing:
    """By key: the lines that are paid or on their way, and how often each of the others was withdrawn."""

    paid: Mapping[str, PaidBefore]
    rounds: Mapping[str, int]


def standing(conn: psycopg.Connection[Any], items: Sequence[PayItem]) -> Standing:
    """What stands of lines."""
    carried = rosters.carried(conn, [item.line_key for item in items])
    numbers = sorted({number for of_line in carried.values() for number, _ in of_line})
    payments = {p.doc_key: p for p in read(conn, PAYMENT, numbers) if p.state not in PAYMENT.flow.ended}
    paid = dict(_paid(items, carried, payments))
    return Standing(paid, {key: len(of) for key, of in carried.items() if key not in paid})


def _paid(
    items: Sequence[PayItem], carried: Mapping[str, Sequence[tuple[str, int]]], payments: Mapping[str, Any]
) -> Iterator[tuple[str, PaidBefore]]:
    for item in items:
        for number, fen in carried.get(item.line_key, ()):
            if number in payments:
                yield item.line_key, PaidBefore(item, number, payments[number].bgt_id, fen)


def set_apart(sheet: PayrollSheet, found: Standing) -> list[PaidBefore]:
    """The lines that were applied for before; the others are left in the sheet.

    One that says another amount now makes its row no good: what stands is not changed by a sheet.
    """
    before = [found.paid[item.line_key] for item in sheet.items if item.line_key in found.paid]
    for one in before:
        if one.amount_fen != one.item.amount_fen:
            sheet.fault(one.item.row_no, _differs(one), ONCE, _HOW)
    sheet.items = [
        item for item in sheet.items if item.line_key not in found.paid and item.row_no not in sheet.faults
    ]
    return [one for one in before if one.item.row_no not in sheet.faults]


_HOW: Final = "请改回已发的金额；补发的请用另一个工资项目名称，多发的由退款收回"


def _differs(one: PaidBefore) -> str:
    item = one.item
    return (
        f"{item.per_name}（{item.per_code}）{item.item_name} {format_fen(item.amount_fen)} 元，"
        f"与已发金额不符：支付申请 {one.pay_app_no} 已发 {format_fen(one.amount_fen)} 元"
    )
