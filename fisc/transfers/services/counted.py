"""Whether a document is what the approved budget counts on from above: asked while that waits for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.documents import RuleBroken
from fisc.documents.refusals import refusal
from fisc.kernel.money import format_fen
from fisc.reading.algebra import DEBIT
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.sheets.text import says_something

if TYPE_CHECKING:
    from fisc.transfers.services.receive import SourceDocument

Conn = psycopg.Connection[Any]

#: Where money from above stands as a source; a class of it (款) has so many digits.
_SOURCES: Final = "quota:9102"
_CLASS_DIGITS: Final = 5
_RULE: Final = (
    "上级提前下达的转移支付编入本级预算，一份文件的资金只列一次预算来源（预算法第三十八条、财办〔2022〕36号）"
)
_HINT: Final = (
    "预算已列的，请写明（--is-budgeted、is_budgeted）；确在预算以外另行下达的，请写明核对情况（--confirm-reason、"
    "confirm_reason）"
)
_Class = tuple[str, int, str, str]


def require_told_whether_budgeted(conn: Conn, documents: Sequence[SourceDocument]) -> None:
    """Raise RuleBroken for documents that are not said to be budgeted, of a class that the budget counts on.

    Not where as much of the class was registered as the budget has, nor where a reason is given.
    """
    asked = [d for d in documents if not d.is_budgeted and not says_something(d.confirm_reason)]
    places = {(d.mof_div_code, d.fiscal_year, d.fund_type_code) for d in asked}
    waiting = {key: fen for place in sorted(places) for key, fen in _waiting(conn, *place).items() if fen > 0}
    bad = [
        f"{d.doc_no}（{line.rev_func_code[:_CLASS_DIGITS]} 预算已列、没有登记文件的 {format_fen(fen)} 元）"
        for d in asked for line in d.lines
        if (fen := waiting.get(_class(d, line.rev_func_code)))
    ]  # fmt: skip
    if bad:
        raise refusal(
            RuleBroken, "本级预算已列这类上级资金，没有写明是否已列预算", bad, rule=_RULE, hint=_HINT
        )


def _class(document: SourceDocument, code: str) -> _Class:
    return document.mof_div_code, document.fiscal_year, document.fund_type_code, code[:_CLASS_DIGITS]


def _waiting(conn: Conn, region: str, fiscal_year: int, fund: str) -> dict[_Class, int]:
    """Class of income -> fen that the budget counts on and no document was registered for."""
    of = (("fund_type_code", fund), ("sup_bgt_doc_no", ""), ("bgt_type_code", ""))
    asked = Turnover(
        (_SOURCES,), (region,), year(fiscal_year, first_month=0), DEBIT, coding_year=fiscal_year,
        where=tuple(Among(element, (code,)) for element, code in of),
    )  # fmt: skip
    found: Counter[_Class] = Counter()
    for (code,), fen in turnover(conn, asked, "rev_func_code").items():
        found[region, fiscal_year, fund, code[:_CLASS_DIGITS]] += fen
    came = conn.execute("select * from transfers_budgeted(%s, %s, %s)", [region, fund, fiscal_year])
    for code, fen in came.fetchall():
        found[region, fiscal_year, fund, code] -= fen
    return dict(found)
