"""The end of a year: what is unspent goes on as next year's quota, or is surplus after two years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Unpack

import psycopg

from fisc.budget.kinds import QUOTA_DOCUMENT
from fisc.budget.rules.quota_types import QuotaDocument, QuotaFacts, QuotaLine
from fisc.budget.services import quota_flow
from fisc.budget.services.quota_flow import Signed
from fisc.budget.services.quota_store import facts, quota_balances, quota_coding_ids
from fisc.budget.services.quotas import draft_of
from fisc.documents import RuleBroken, document_key, select
from fisc.documents.flow import MAKE
from fisc.registry import limits
from fisc.registry.quota_rules import CARRIED, speaks_of

__all__ = [
    "Carried",
    "CarriedOut",
    "CarryOver",
    "CarryOverPlan",
    "Unspent",
    "carried_out",
    "carry_over",
    "carry_over_ids",
    "carry_over_lines",
    "make_carry_overs",
    "unspent",
]  # fmt: skip

#: 上年结余收入, as the budget's income side shows what was carried over.
CARRIED_INCOME = "11008"


@dataclass(frozen=True, slots=True)
class Unspent:
    """What a quota has left at the year's end, and whether it may go on to the next year."""

    bgt_id: str
    agency_code: str
    dept_code: str
    amount_fen: int
    is_executable: bool
    may_carry: bool


@dataclass(frozen=True, slots=True)
class CarryOver:
    """A carry-over document of the new year: its number and date, and the lines it opens."""

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    title: str
    basis_doc_no: str
    lines: tuple[QuotaLine, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """So much of last year's quota that goes on, in fen."""

    bgt_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CarryOverPlan:
    """A carry-over document as people hand it in: last year's quotas, and how much of each goes on."""

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    title: str
    basis_doc_no: str
    lines: tuple[Carried, ...]

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


def unspent(conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int) -> list[Unspent]:
    """Quotas of a year with money left, by `bgt_id`; frozen, reserved or planned money is named and refused.

    What may go on follows 实施条例第五十条: not what is unspent at the end of the following year, but for the
    proceeds of bonds and the like, which stay bound to their projects.
    """
    ids = [row[0] for row in conn.execute(
        "select bgt_id from budget_quota where mof_div_code = %s and fiscal_year = %s order by bgt_id",
        [mof_div_code, fiscal_year])]  # fmt: skip
    balances, known = quota_balances(conn, ids), facts(conn, ids)
    held = [i for i in ids if (b := balances[i]).total_fen - b.paid_fen - b.pending_fen - b.executable_fen]
    if held:
        raise RuleBroken(
            f"还有 {len(held)} 个指标被冻结、占用、列入计划或在途：{'、'.join(held[:20])}",
            rule="财办〔2022〕36号：年终结转前清理占用与在途",
            hint="请先解冻、释放占用，"
            "没有用完的用款计划撤销或核减（fisc treasury withdraw-plans、cut-plans），"
            "并办完或撤回在途申请",
            details={"keys": held[:20], "refused": len(held)},
        )
    years = limits.limit("carry_over_years", fiscal_year + 1)
    return [
        Unspent(
            bgt_id=i,
            agency_code=known[i].coding.agency_code,
            dept_code=known[i].coding.dept_code,
            amount_fen=left,
            is_executable=known[i].is_executable,
            may_carry=speaks_of("bound", known[i].coding) or fiscal_year + 1 - known[i].first_year < years,
        )
        for i in ids
        if (left := balances[i].pending_fen + balances[i].executable_fen)
    ]


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """What quotas of a region's year took into the next one, by fund and class; fen.

    `lying_fen` of it is unspent since the year before this one, or longer.
    """

    mof_div_code: str
    fund_type_code: str
    exp_func_code: str
    amount_fen: int
    lying_fen: int


#: What went on with quotas, less what the next year cut of them with their source.
_CARRIED_OUT: Final = """
    select mof_div_code, fund_type_code, exp_func_code, sum(fen)::bigint,
           coalesce(sum(fen) filter (where first_year < %(year)s), 0)::bigint
    from (
        select q.mof_div_code, q.fund_type_code, q.exp_func_code, q.first_year,
               l.amount_fen * case d.operation when 'carry_over' then 1 else -1 end as fen
        from budget_quota_document d
        join budget_quota_line l on l.doc_key = d.doc_key and l.revision = d.revision
        join budget_quota q
            on q.bgt_id = case d.operation when 'carry_over' then l.ori_bgt_id else l.bgt_id end
        where d.operation in ('carry_over', 'cut_with_source') and d.state = 'issued'
          and d.fiscal_year = %(year)s + 1 and d.mof_div_code = any(%(regions)s)
          and (d.operation = 'carry_over' or q.bgt_type_code = '2')) went
    group by 1, 2, 3 order by 1, 2, 3"""


def carried_out(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[CarriedOut]:
    """What was carried out of regions' year by documents that are in force, less what came back of it."""
    rows = conn.execute(_CARRIED_OUT.encode(), {"year": fiscal_year, "regions": list(regions)})
    return [CarriedOut(*row) for row in rows]


def carry_over_ids(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> set[int]:
    """The documents in force that carried quotas out of regions' year, by their ids in the ledger."""
    where = (
        "where operation = 'carry_over' and state = 'issued' and fiscal_year = %s and mof_div_code = any(%s)"
    )
    return {one.id for one in select(conn, QUOTA_DOCUMENT, where, [fiscal_year + 1, list(regions)])}


def carry_over_lines(conn: psycopg.Connection[Any], amounts: dict[str, int]) -> tuple[QuotaLine, ...]:
    """Lines that open last year's quotas anew, named `<bgt_id>-J`: same elements, marked 上年结转.

    `amounts` is fen by last year's `bgt_id`.
    """
    known = facts(conn, amounts)
    return tuple(_line(known[bgt_id], fen) for bgt_id, fen in amounts.items())


def _line(old: QuotaFacts, amount_fen: int) -> QuotaLine:
    """It keeps the number of its document, too: quotas that differ by that alone go on side by side."""
    coding = replace(old.coding, fiscal_year=old.coding.fiscal_year + 1, bgt_type_code=CARRIED)
    return QuotaLine(f"{old.bgt_id}-J", amount_fen, coding, old.is_executable, old.bgt_id, old.tags)


def make_carry_overs(
    conn: psycopg.Connection[Any], plans: Sequence[CarryOverPlan], *, by: str, on: date, step: str = MAKE
) -> list[bool]:
    """Make documents that carry last year's quotas over (结转): True where new. Review and approval follow.

    Raises NotFound for quotas that there are none of, RuleBroken for what may not go on (see `carry_over`).
    """
    quotas = [line.bgt_id for plan in plans for line in plan.lines]
    quota_coding_ids(conn, quotas)
    known = facts(conn, quotas)
    drafts = [draft_of(_document(_opened(plan, known)), "carry_over") for plan in plans]
    return quota_flow.make_drafts(conn, drafts, by=by, on=on, step=step)


def _opened(plan: CarryOverPlan, known: Mapping[str, QuotaFacts]) -> CarryOver:
    lines = tuple(_line(known[line.bgt_id], line.amount_fen) for line in plan.lines)
    return CarryOver(
        plan.doc_no, plan.mof_div_code, plan.fiscal_year, plan.dated_on, plan.title, plan.basis_doc_no, lines
    )


def carry_over(
    conn: psycopg.Connection[Any],
    documents: Sequence[CarryOver],
    **signed: Unpack[Signed],
) -> list[bool]:
    """Carry quotas over into a new year (结转): True where issued by this call.

    Each line names last year's quota in `ori_bgt_id`. Posts 36-13 and 36-14 in the old year's year-end
    period and 36-04 in the new year. The year the money was first budgeted stays on the quota, so
    that a second carry-over is refused (实施条例第五十条). Raises RuleBroken, QuotaShortfall.
    """
    drafts = [draft_of(_document(d), "carry_over") for d in documents]
    return quota_flow.run(conn, drafts, **signed)


def _document(given: CarryOver) -> QuotaDocument:
    return QuotaDocument(
        given.doc_no, given.mof_div_code, given.fiscal_year, given.dated_on, given.title, given.lines,
        source="carried", base="added", rev_func_code=CARRIED_INCOME, basis_doc_no=given.basis_doc_no,
    )  # fmt: skip
