"""Vouchers (记账凭证) as slips: what was posted, line by line, who made and who reviewed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from fisc.kernel.capitals import in_capitals
from fisc.kernel.money import format_fen
from fisc.kernel.simulation import notice_of
from fisc.registry import regions
from fisc.registry.books import book_title
from fisc.registry.officers import officers
from fisc.report.slips.model import Column, Slip

if TYPE_CHECKING:
    import psycopg

    from fisc.documents.detail import Step
    from fisc.reading.account_books import Voucher, VoucherLine

_COLUMNS: Final = (
    Column("摘要", 26),
    Column("会计科目", 34),
    Column("辅助核算", 34),
    Column("借方金额", 20, is_amount=True),
    Column("贷方金额", 20, is_amount=True),
)
#: Steps of a trail that bring a document in; those that only check it bear these in their names.
_MAKE: Final = "make"
_CHECKS: Final = ("审", "核", "签")


def slips_of(conn: psycopg.Connection[Any], vouchers: Sequence[Voucher]) -> list[Slip]:
    """A slip for each book of each voucher, in their order."""
    names = {officer.code: officer.name for officer in officers(conn)}
    notice = notice_of(conn)
    return [
        _slip(one, book, [line for line in one.lines if _book(line) == book], names, notice)
        for one in vouchers
        for book in dict.fromkeys(map(_book, one.lines))
    ]


def _book(line: VoucherLine) -> str:
    return line.account.partition(":")[0]


def _slip(one: Voucher, book: str, lines: Sequence[VoucherLine], names: dict[str, str], notice: str) -> Slip:
    debit, credit = (sum(getattr(line, side) for line in lines) for side in ("debit_fen", "credit_fen"))
    return Slip(
        "记账凭证",
        (
            ("核算主体", regions.name_of(one.mof_div_code)),
            ("账簿", book_title(book)),
            ("日期", f"{one.business_date:%Y年%m月%d日}"),
            ("字号", f"记字第 {one.voucher_no} 号"),
            ("附件张数", ""),
        ),
        _COLUMNS,
        tuple(_row(one, line) for line in lines),
        (f"合计（大写）人民币{in_capitals(debit)}", format_fen(debit), format_fen(credit)),
        tuple(
            (name, value)
            for name, value in (
                ("共同要素", one.elements), ("单据", one.document_no), ("出处", one.source),
            )
            if value
        ),
        (("会计主管", ""), ("记账", ""), ("复核", _who(_checked(one.trail), names)),
         ("制单", _who([step for step in one.trail if step.move == _MAKE], names))),
        notice,
        f"记字第 {one.voucher_no} 号 {book_title(book)}",
    )  # fmt: skip


def _row(one: Voucher, line: VoucherLine) -> tuple[str, ...]:
    account = f"{line.account.partition(':')[2]} {line.account_name}"
    return one.summary, account, line.elements, _amount(line.debit_fen), _amount(line.credit_fen)


def _amount(fen: int) -> str:
    """An amount of one side; the other side stays empty."""
    return format_fen(fen) if fen else ""


def _checked(trail: Sequence[Step]) -> list[Step]:
    return [step for step in trail if step.move != _MAKE and any(word in step.name for word in _CHECKS)]


def _who(steps: Sequence[Step], names: dict[str, str]) -> str:
    """Who took steps, each once, by name; '' where none is known: room to sign."""
    return "、".join(dict.fromkeys(names.get(step.officer, step.officer) for step in steps))
