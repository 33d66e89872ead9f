"""What a document from above must be before it is registered: its number, its giver, its codes, its amounts.

Its number is an official one in its one form, of a plausible year; who gives stands above who receives; money
comes under an item of revenue. A number that is nearly one that stands, with the same amount and day, and an
amount out of proportion are asked about: `confirm_reason` says why they are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import RuleBroken
from fisc.documents.flow import ENDED
from fisc.documents.from_above import above_number
from fisc.documents.refusals import refusal
from fisc.kernel.errors import DuplicateConflict
from fisc.kernel.money import FEN_PER_UNIT, format_fen
from fisc.registry import classifications, limits, regions
from fisc.sheets.official import HOW, official_number, year_of
from fisc.sheets.text import says_something

if TYPE_CHECKING:
    from fisc.transfers.services.receive import SourceDocument

Conn = psycopg.Connection[Any]

_RULE: Final = "上级资金凭上级文件登记，一份文件一个文号（财办〔2022〕36号）"
_ARRIVES: Final = "转移支付由上级政府逐级下达，一份文件的资金只收到一次（预算法第十六条、财办〔2022〕36号）"
_ARRIVING: Final = (
    "select a.number, a.giver, reading_keeps_books(a.giver, a.year), "
    "array(select o.rec_div_code from transfers_on_the_way(a.receiver, a.giver, a.number) o order by 1) "
    "from unnest(%s::text[], %s::text[], %s::int[], %s::text[]) with ordinality "
    "as a (receiver, giver, year, number, n) order by a.n"
)
#: A class of revenue (款) has so many digits; transfers come under what is below it.
_CLASS_DIGITS: Final = 5


def in_one_form(documents: Sequence[SourceDocument]) -> list[SourceDocument]:
    """The documents under the one form of their numbers. Raises RuleBroken for what is no such number."""
    forms = [official_number(document.doc_no) for document in documents]
    if bad := [f"“{d.doc_no}”" for d, form in zip(documents, forms, strict=True) if not form]:
        raise refusal(RuleBroken, "不是上级文件的文号", bad, rule=_RULE, hint=f"{HOW}；请按原件填写")
    return [replace(d, doc_no=form) for d, form in zip(documents, forms, strict=True)]


def require_sound(documents: Sequence[SourceDocument]) -> None:
    """Raise RuleBroken for numbers of another time, givers that are not above, codes that are parted further,
    and amounts that no government can have."""
    _refuse(
        "文号的年份与预算年度不符",
        (f"{d.doc_no}（{d.fiscal_year} 年）" for d in documents if not _is_near(d)),
        _RULE, "文号的年份须为预算年度或其前后一年；请核对文号与预算年度",
    )  # fmt: skip
    _refuse(
        "下达方不是本级的上级政府",
        (f"{d.doc_no}（{d.from_div_code}）" for d in documents if not _is_from_above(d)),
        "转移支付由上级政府逐级下达（预算法第十六条）", "下达方区划填上级政府，不填的为直接上级",
    )  # fmt: skip
    lines = [(d, line) for d in documents for line in d.lines]
    _refuse(
        "收入分类不是末级，其下还有项",
        (
            f"{d.doc_no} 第 {line.line_no} 行 {line.rev_func_code}" for d, line in lines
            if len(line.rev_func_code) <= _CLASS_DIGITS
            and classifications.children("rev_func", line.rev_func_code, d.fiscal_year, d.fund_type_code)
        ),
        "收入按政府收支分类科目的项登记", "请按上级文件的科目填到项（fisc registry list rev_func）",
    )  # fmt: skip
    _refuse(
        "金额超出一级政府一笔可能收到的数",
        (
            f"{d.doc_no} 第 {line.line_no} 行 {format_fen(line.amount_fen)} 元" for d, line in lines
            if line.amount_fen > limits.limit("receipt_line_max_yuan", d.fiscal_year) * FEN_PER_UNIT["元"]
        ),
        "一笔上级资金不超过登记的上限（legal_limits.csv）", "请核对金额与单位",
    )  # fmt: skip


def require_arriving(conn: Conn, documents: Sequence[SourceDocument]) -> None:
    """Raise RuleBroken for documents that arrive by an issue: of their giver, or of a government between.

    Whoever keeps books here issues, and its issue is the receipt; what a government between registered of the
    same giver's document comes down by that government's issue. The database holds it as well.
    """
    asked = [(d.mof_div_code, giver_of(d), d.fiscal_year, d.doc_no) for d in documents]
    given = [list(column) for column in zip(*asked, strict=True)]
    rows = conn.execute(_ARRIVING, given).fetchall()
    _refuse(
        "下达方在本系统记账，没有下达这份文件",
        (f"{number}（{regions.name_of(giver)}）" for number, giver, kept, _ in rows if kept),
        _ARRIVES,
        "请与下达方核对，由其下达（fisc transfers make-issues、issue）；下达时自动记入本级，不必登记",
    )
    _refuse(
        "这份文件已由其他层级登记收到",
        (f"{number}（{regions.name_of(place)}）" for number, _, _, at in rows for place in at),
        _ARRIVES,
        "中间一级登记的，由其下达后自动记入本级；下级直接登记的，请先由下级收回（make-take-backs）",
    )


def giver_of(document: SourceDocument) -> str:
    """The government that gives: the one named, else the one directly above; '' where none is known."""
    if document.from_div_code:
        return document.from_div_code
    place = regions.lookup(document.mof_div_code)
    return place.parent if place else ""


def require_distinct(conn: Conn, documents: Sequence[SourceDocument]) -> None:
    """Raise DuplicateConflict for numbers that stand here as they were written before, RuleBroken for numbers
    that are a slip of the hand off one with the same amount and day, unless a reason is given."""
    standing = _standing(conn, documents)
    written = [
        f"{d.doc_no}（已按“{number}”登记）" for d in documents for region, number, _, _ in standing
        if region == d.mof_div_code and number != d.doc_no and above_number(number) == d.doc_no
    ]  # fmt: skip
    if written:
        raise refusal(
            DuplicateConflict, "这份文件已经登记", written, rule=_RULE, hint="请核对文号，不必再登记"
        )
    alike = [
        f"{d.doc_no} 与 {number}" for at, d in enumerate(documents) if not says_something(d.confirm_reason)
        for number in _near(d, [*standing, *map(_said, documents[:at])])
    ]  # fmt: skip
    _refuse(
        "文号与已登记的只差一个字或字序不同，金额、成文日期相同，疑为同一份文件", alike, _RULE,
        "请核对原件；确为两份文件的，请写明核对情况（--confirm-reason、confirm_reason）",
    )  # fmt: skip


_Standing = tuple[str, str, int, str]


def _standing(conn: Conn, documents: Sequence[SourceDocument]) -> list[_Standing]:
    """(region, number, fen, day) of what stands in the regions with the same amounts and days, or under
    numbers in other forms than the one."""
    said = [_said(d) for d in documents]
    rows = conn.execute(
        "select mof_div_code, bgt_doc_no, total_fen, dated_on::text from transfers_receipt "
        "where mof_div_code = any(%s) and state <> all(%s) and (bgt_doc_no !~ %s or "
        "(total_fen, dated_on::text) in (select * from unnest(%s::bigint[], %s::text[])))",
        [
            sorted({one[0] for one in said}), list(ENDED), "^[^〔〕]+〔[0-9]{4}〕[1-9][0-9]*号$",
            [one[2] for one in said], [one[3] for one in said],
        ],
    ).fetchall()  # fmt: skip
    return [(region, number, fen, day) for region, number, fen, day in rows]


def _said(document: SourceDocument) -> _Standing:
    total = sum(line.amount_fen for line in document.lines)
    return (document.mof_div_code, document.doc_no, total, document.dated_on.isoformat())


def _near(document: SourceDocument, standing: Iterable[_Standing]) -> list[str]:
    """Numbers that are a slip of the hand off the document's, of any year, with its amount and day."""
    region, mine, fen, day = _said(document)
    return sorted({
        number for place, number, other, when in standing
        if (place, other, when) == (region, fen, day) and number != mine
        and is_slip(number, mine)
    })  # fmt: skip


def is_slip(one: str, other: str) -> bool:
    """Whether two texts differ by one sign (put in, left out, or another in its place), or by the order of
    their signs alone: what a hand slips into."""
    return sorted(one) == sorted(other) or _is_one_off(one, other)


def _is_one_off(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, sign in enumerate(short) if sign != long[n]), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


def _is_near(document: SourceDocument) -> bool:
    year = year_of(document.doc_no)
    return year is not None and abs(year - document.fiscal_year) <= 1


def _is_from_above(document: SourceDocument) -> bool:
    if not document.from_div_code:
        return True
    above = {row.mof_div_code for row in regions.above(document.mof_div_code)}
    return regions.full_code(document.from_div_code) in above


def _refuse(what: str, items: Iterable[str], rule: str, hint: str) -> None:
    if found := list(items):
        raise refusal(RuleBroken, what, found, rule=rule, hint=hint)
