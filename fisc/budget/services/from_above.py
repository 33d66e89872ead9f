"""Money from above is spent from what was received: under its document's number, in one form, to its floor.

What a document brought waits in its pool (9200), stands in a class under its number (9201), or in the own
budget (`source_register`). Whoever names a number takes from there, and the ledger holds the floor; here is
said which number nobody registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.rules.quota_types import Draft, DraftLine, Movement
from fisc.budget.rules.quotas import class_of, open_class, received_pool
from fisc.documents import NotFound
from fisc.documents.accounts import SOURCE_BUDGETED, SOURCE_PENDING, SPENDING
from fisc.documents.from_above import standing_forms
from fisc.documents.refusals import refusal
from fisc.kernel import Coding, balances
from fisc.kernel.coding import intern_codings
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Turnover, turnover

if TYPE_CHECKING:
    from fisc.budget.models import QuotaDocument

Conn = psycopg.Connection[Any]

RULE: Final = (
    "先有预算、再有指标：上级资金凭登记的上级文件安排，不超过收到数"
    "（财办〔2022〕36号、预算法实施条例第五十九条）"
)
HINT: Final = (
    "请先登记收到的上级文件（fisc transfers make-receipts、receive），再按文号安排；"
    "各文件收到、已用和结余见 fisc transfers list-sources"
)
_STANDING: Final = "select bgt_id from budget_quota where bgt_id = any(%s)"
#: Operations that give money out under a number; others move what was given out under it.
_TAKING: Final = ("enter", "append")


def in_one_form(conn: Conn, draft: Draft) -> Draft:
    """The draft with numbers from above as they stand here, on itself and on its coding blocks."""
    codings = [line.coding for line in draft.lines if line.coding is not None]
    forms = standing_forms(conn, (draft.sup_bgt_doc_no, *(coding.sup_bgt_doc_no for coding in codings)))
    lines = tuple(
        replace(line, coding=_named(line.coding, forms)) if line.coding is not None else line
        for line in draft.lines
    )
    return replace(draft, lines=_marked(conn, lines), sup_bgt_doc_no=forms[draft.sup_bgt_doc_no])


def _marked(conn: Conn, lines: tuple[DraftLine, ...]) -> tuple[DraftLine, ...]:
    """The lines with the mark of direct funds that their document from above has, where they say none.

    A quota that stands without the mark keeps its elements.
    """
    unmarked = [
        line.bgt_id
        for line in lines
        if line.coding is not None and line.coding.sup_bgt_doc_no and not line.coding.is_direct_fund
    ]
    if not unmarked:
        return lines
    standing = {name for (name,) in conn.execute(_STANDING, [unmarked])}
    pools = {received_pool(line.coding) for line in lines if line.coding is not None}
    marks = {pool: _mark(conn, pool) for pool in pools if pool.sup_bgt_doc_no}
    return tuple(
        replace(line, coding=replace(line.coding, is_direct_fund=marks[received_pool(line.coding)]))
        if line.coding is not None and line.bgt_id in unmarked and line.bgt_id not in standing
        else line
        for line in lines
    )


def _mark(conn: Conn, pool: Coding) -> str:
    """The mark that all money of a document has; '' where it has none, or several."""
    given = [pool.mof_div_code, pool.fiscal_year, pool.fund_type_code, pool.sup_bgt_doc_no]
    [(marks,)] = conn.execute("select registry_grant_marks(%s, %s, %s, %s)", given).fetchall()
    return str(marks[0]) if len(marks) == 1 else ""


def _named(coding: Coding, forms: Mapping[str, str]) -> Coding:
    """The coding block with its number from above in its form."""
    number = forms[coding.sup_bgt_doc_no]
    return coding if number == coding.sup_bgt_doc_no else replace(coding, sup_bgt_doc_no=number)


def of_classes(
    conn: Conn, documents: Iterable[QuotaDocument], lines: Mapping[str, Sequence[Movement]]
) -> dict[str, Sequence[Movement]]:
    """The movements of documents; those out of the approved budget with what their classes hold for them.

    Money of a document that was arranged to a class, or cut from a quota, stands there under its number, debt
    that was cut with its project, and is taken first; the rest is what is open in the class.
    """
    given: dict[str, Sequence[Movement]] = dict(lines)
    asking = [d.doc_key for d in documents if (d.operation, d.base) == ("enter", "approved")]
    codings = {m.quota.coding for key in asking for m in lines[key]}
    wanted = {class_of(coding) for coding in codings} - {open_class(coding) for coding in codings}
    if not wanted:
        return given
    ids = intern_codings(conn, wanted)
    standing = balances(conn, [SPENDING], ids.values())
    left = {one: max(standing.get((SPENDING, number), 0), 0) for one, number in ids.items()}
    for key in asking:
        given[key] = [_out_of_class(m, left) for m in lines[key]]
    return given


def _out_of_class(m: Movement, left: dict[Coding, int]) -> Movement:
    of = class_of(m.quota.coding)
    fen = min(left.get(of, 0), m.amount_fen)
    if of in left:
        left[of] -= fen
    return replace(m, class_fen=fen)


def require_received(conn: Conn, drafts: Sequence[Draft]) -> None:
    """Raise NotFound for numbers from above that quotas name and that nothing was received under."""
    require_pools(
        conn,
        (
            received_pool(line.coding)
            for draft in drafts
            if draft.operation in _TAKING
            for line in draft.lines
            if line.coding is not None and line.coding.sup_bgt_doc_no
        ),
    )


def require_pools(conn: Conn, pools: Iterable[Coding]) -> None:
    """Raise NotFound for pools of documents (region, year, fund, number) to which nothing ever came."""
    wanted = sorted(set(pools), key=lambda one: (one.mof_div_code, one.sup_bgt_doc_no, one.fund_type_code))
    if not wanted:
        return
    ids = intern_codings(conn, wanted)
    came = Turnover((SOURCE_PENDING, SOURCE_BUDGETED), None, side=CREDIT, codings=tuple(ids.values()))
    known = {number for number, _ in turnover(conn, came, "coding_id", "side")}
    missing = [
        f"{one.mof_div_code} {one.fiscal_year} 年 {one.sup_bgt_doc_no}（资金性质 {one.fund_type_code}）"
        for one in wanted
        if ids[one] not in known
    ]
    if missing:
        raise refusal(NotFound, "没有登记这些上级文件", missing, rule=RULE, hint=HINT)
