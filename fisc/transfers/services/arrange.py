"""Money of a source document given to its uses: own spending (9201) or transfers below (9202)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import psycopg

from fisc.documents import NotFound, RuleBroken, advance, findings, make, move, read, taken
from fisc.documents.accounts import SOURCE_PENDING, SPENDING
from fisc.documents.fitting import Used, require_fitting
from fisc.documents.from_above import standing_forms
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed, refusal
from fisc.kernel import Coding, balances
from fisc.kernel.coding import intern_codings
from fisc.kernel.money import format_fen
from fisc.registry import classifications
from fisc.registry.fit_types import State
from fisc.registry.rules import budget_fund
from fisc.transfers import codings, twins
from fisc.transfers.kinds import ARRANGEMENT
from fisc.transfers.rules.quotas import arrangement, target
from fisc.transfers.services.classes import require_classes
from fisc.transfers.services.grants import together
from fisc.transfers.services.read import SOURCE_NO, stages

if TYPE_CHECKING:
    from fisc.transfers.models import Arrangement

OWN: Final = "own"
TRANSFER: Final = "transfer"
USES: Final = {OWN: "本级支出", TRANSFER: "对下转移支付"}
SOURCE_TYPES: Final = {codings.INITIAL: "年初预算", codings.ADJUSTED: "调整"}


@dataclass(frozen=True, slots=True)
class Arrange:
    """One use of a source document's money. `func_code`: functional class for `own`, 230… for `transfer`.

    `is_return` gives it back to the pool, as far as it was not used. `source_type_code`: '1' where
    the document was told early and is in the year's budget, else '2'.
    """

    arrange_no: str
    mof_div_code: str
    fiscal_year: int
    fund_type_code: str
    sup_bgt_doc_no: str
    use: Annotated[str, OneOf(USES)]
    func_code: str
    amount_fen: int
    source_type_code: Annotated[str, OneOf(SOURCE_TYPES)] = codings.ADJUSTED
    is_return: bool = False


@together
def arrange(
    conn: psycopg.Connection[Any], items: Sequence[Arrange], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Give received money to uses (36-01: 9200 to 9201 or 9202); True where that happened now.

    Raises NotFound for a document that was not received, RuleBroken for a wrong use or code,
    QuotaShortfall where more is arranged (or given back) than there is; then nothing is posted.
    """
    make_arrangements(conn, items, by=by, on=on)
    return enter_arrangements(conn, [item.arrange_no for item in items], by=reviewed_by, on=on)


@together
def make_arrangements(
    conn: psycopg.Connection[Any], items: Sequence[Arrange], *, by: str, on: date
) -> list[bool]:
    """Draft uses of received money; nothing is posted yet. Raises NotFound, RuleBroken (see `arrange`)."""
    forms = standing_forms(conn, (item.sup_bgt_doc_no for item in items))
    items = [replace(item, sup_bgt_doc_no=forms[item.sup_bgt_doc_no]) for item in items]
    _require_uses(items)
    _require_received(conn, items)
    is_new = make(conn, ARRANGEMENT, [_row(item) for item in items], by=by, on=on)
    fresh = [item for item, new in zip(items, is_new, strict=True) if new]
    _require_waiting(conn, fresh)
    used = [_used(item) for item in fresh if not item.is_return]
    findings.record(conn, require_fitting(conn, used), on=on)
    return is_new


def _used(item: Arrange) -> Used:
    place = (item.fiscal_year, item.mof_div_code, item.fund_type_code)
    own, passed = (item.func_code, "") if item.use == OWN else ("", item.func_code)
    block = Coding(*place, exp_func_code=own, tp_func_code=passed, sup_bgt_doc_no=item.sup_bgt_doc_no)
    return Used(item.arrange_no, f"安排单 {item.arrange_no}", block, item.amount_fen, State.BALANCE)


def enter_arrangements(
    conn: psycopg.Connection[Any], arrange_nos: Sequence[str], *, by: str, on: date
) -> list[bool]:
    """Put drafted uses into force and post them (see `arrange`).

    What waits of each document from above is asked again: others may have taken it since they were drafted.
    """
    _require_waiting(conn, [one for one in read(conn, ARRANGEMENT, arrange_nos) if one.state == "draft"])
    moved = advance(
        conn,
        ARRANGEMENT,
        arrange_nos,
        "arrange",
        by=by,
        on=on,
        posts=lambda one: [arrangement(one, on, keeps_number=_keeps_number(conn, one))],
    )
    return taken(arrange_nos, moved)


def _keeps_number(conn: psycopg.Connection[Any], given: Arrangement) -> bool:
    """Whether own spending stands in its class under the document's number: what has a purpose does.

    What is given back comes from where it is: what was arranged before numbers were kept there is not.
    """
    if given.is_return:
        of = target(given, keeps_number=True)
        [number] = intern_codings(conn, [of]).values()
        return balances(conn, [SPENDING], [number]).get((SPENDING, number), 0) >= given.amount_fen
    return bool(
        conn.execute(
            "select transfers_is_bound(%s, %s, %s, %s)",
            [given.mof_div_code, given.fiscal_year, given.fund_type_code, given.sup_bgt_doc_no],
        ).fetchone()[0]  # type: ignore[index]  # one row
    )


def discard_arrangements(
    conn: psycopg.Connection[Any], arrange_nos: Sequence[str], *, by: str, on: date, note: str = ""
) -> list[bool]:
    """Give up drafts (作废); their numbers stay used."""
    return move(conn, ARRANGEMENT, arrange_nos, "discard", by=by, on=on, note=note)


def _require_uses(items: Sequence[Arrange]) -> None:
    bad = [f"{i.arrange_no} 金额 {format_fen(i.amount_fen)} 元" for i in items if i.amount_fen <= 0]
    bad += [f"{i.arrange_no} 用途 {i.use}" for i in items if i.use not in USES]
    bad += [
        f"{i.arrange_no} 科目 {i.func_code}"
        for i in items
        if i.use in USES and i.func_code.startswith("230") != (i.use == TRANSFER)
    ]
    if bad:
        raise refusal(
            RuleBroken,
            "安排单的用途、科目或金额不对",
            bad,
            rule="本级支出用支出功能分类，对下补助用 230 科目（政府收支分类）",
            hint="用途填 own 或 transfer，金额大于零",
        )
    require_classes(
        (i.arrange_no, i.func_code, i.fiscal_year, i.fund_type_code) for i in items if i.use == OWN
    )
    _require_items(items)
    for item in items:
        if item.use == TRANSFER:
            twins.income_of(item.func_code, item.fiscal_year, item.fund_type_code)


def _require_items(items: Sequence[Arrange]) -> None:
    """Own spending is arranged to the finest code: quotas take from the very code that was arranged."""
    coarse = [
        f"{i.arrange_no} 科目 {coarse}"
        for i in items
        if i.use == OWN
        and (coarse := classifications.coarse(i.func_code, i.fiscal_year, budget_fund(i.fund_type_code)))
    ]
    if coarse:
        raise refusal(
            RuleBroken,
            "本级支出须安排到项级科目",
            coarse,
            rule=classifications.FINEST,
            hint="请改用项级科目；指标只能从所安排的同一科目中取",
        )


def _require_waiting(conn: psycopg.Connection[Any], items: Sequence[Arrange | Arrangement]) -> None:
    """No more of a document from above is arranged than waits of it."""
    asked: dict[tuple[str, int, str], int] = defaultdict(int)
    papers: dict[tuple[str, int, str], list[str]] = defaultdict(list)
    for i in items:
        number = i.arrange_no if isinstance(i, Arrange) else i.doc_key
        papers[i.mof_div_code, i.fiscal_year, i.sup_bgt_doc_no].append(number)
        asked[i.mof_div_code, i.fiscal_year, i.sup_bgt_doc_no] += (
            -i.amount_fen if i.is_return else i.amount_fen
        )
    found = {
        (*of, one.sup_bgt_doc_no): one.fen
        for of in {(place, year) for place, year, _ in asked}
        for one in stages(conn, sorted({key[2] for key in asked if key[:2] == of}), [SOURCE_PENDING], of)
    }
    over = [
        f"{key[2]} 待安排 {format_fen(found.get(key, 0))} 元，要安排 {format_fen(fen)} 元"
        f"（{listed(papers[key], most=5, unit='份')}）"
        for key, fen in asked.items()
        if fen > max(found.get(key, 0), 0)
    ]
    if over:
        raise refusal(
            RuleBroken,
            "安排超过上级文件待安排的资金",
            over,
            rule="先有来源，后有安排（财办〔2022〕36号）",
            hint="请作废超出的安排单、按待安排的余额另编；待安排的可用 fisc transfers list-waiting 查看",
        )


def _require_received(conn: psycopg.Connection[Any], items: Sequence[Arrange]) -> None:
    """Under each number something came, in the year or in one from which it was carried over."""
    rows = conn.execute(
        f"select distinct l.rec_div_code, y.year, {SOURCE_NO} from transfers_line l "
        "join unnest(%s::int[]) as y (year) on l.fiscal_year <= y.year "
        f"where {SOURCE_NO} = any(%s) and l.effective_on is not null".encode(),
        [list({i.fiscal_year for i in items}), list({i.sup_bgt_doc_no for i in items})],
    ).fetchall()
    known = set(rows)
    missing = {
        f"{i.mof_div_code} {i.fiscal_year} 年 {i.sup_bgt_doc_no}"
        for i in items
        if (i.mof_div_code, i.fiscal_year, i.sup_bgt_doc_no) not in known
    }
    if missing:
        raise refusal(
            NotFound,
            "没有收到这些上级文件",
            sorted(missing),
            rule="先有来源，后有安排（财办〔2022〕36号）",
            hint=_hint_of_waiting(conn, items, known),
        )


def _hint_of_waiting(
    conn: psycopg.Connection[Any], items: Sequence[Arrange], known: Collection[tuple[str, int, str]]
) -> str:
    """What may be meant by numbers that nothing was received under: the paper on which the money came down.

    Money that several governments hand on has, for each of them, the number of who is directly above.
    """
    asked = {(i.mof_div_code, i.fiscal_year, i.sup_bgt_doc_no) for i in items} - set(known)
    rows = conn.execute(
        f"select distinct l.sup_bgt_doc_no, {SOURCE_NO} from transfers_line l "
        "where (l.rec_div_code, l.fiscal_year, l.sup_bgt_doc_no) in (select * from unnest(%s::text[], "
        "%s::int[], %s::text[])) and l.effective_on is not null order by 1, 2".encode(),
        [list(column) for column in zip(*sorted(asked), strict=True)],
    ).fetchall()
    waiting = "待安排的可用 fisc transfers list-waiting 查看"
    if not rows:
        return f"请核对上级文号，或先登记收到的上级文件；{waiting}"
    passed = "；".join(f"{first} 的资金由上级以 {given} 转下达，请写 {given}" for first, given in rows)
    return f"{passed}；{waiting}"


def _row(item: Arrange) -> dict[str, object]:
    return ARRANGEMENT.row(item, doc_key=item.arrange_no)
