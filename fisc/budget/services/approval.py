"""The government's budget: drafted from the departments' second up, approved by the people's congress.

The draft puts sources against spending by functional class, transfers downwards and the reserve.
It goes to the congress only when sources cover spending, 三保 is fully budgeted and the reserve is
within the law. The resolution is recorded, and with it the approved budget is posted: sources
into the pool (9200), the pool into classes (9201, 9202). Nothing can be issued before that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.kinds import DRAFT, DRAFT_LINES
from fisc.budget.rules.approval import Source, Spending, approved
from fisc.budget.rules.fit import sourced, spent
from fisc.budget.rules.quota_types import SOURCES
from fisc.budget.services.lines import Whole, line_of, make_whole, revise_whole, row_of
from fisc.budget.services.needs import coverage, require_covered
from fisc.budget.services.refusals import require_none
from fisc.documents import RuleBroken, advance, lines_of, move, read, taken
from fisc.documents.fitting import refuse as refuse_misfits
from fisc.documents.lines import digest
from fisc.documents.refusals import refusal
from fisc.documents.store import By
from fisc.kernel import open_year, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications, funds
from fisc.registry.limits import limit, lookup
from fisc.registry.rules import budget_fund

if TYPE_CHECKING:
    from fisc.budget.models import Draft, DraftLine

RULE: Final = "预算法第四十三条：地方各级政府预算由本级人民代表大会审查和批准"
BALANCE_RULE: Final = "预算法第三十五条：地方各级预算按照量入为出、收支平衡的原则编制"
RESERVE_CODE: Final = "227"
_GENERAL: Final = "111"


@dataclass(frozen=True, slots=True)
class DraftBudget:
    """What the budget office adds to the departments' budgets, in fen.

    `held`: own spending not yet given to a department (代编). `transfers`: to lower governments, by
    `tp_func_code`. `reserve_fen`: 预备费, under 227 of the general budget.
    """

    mof_div_code: str
    fiscal_year: int
    title: str
    sources: tuple[Source, ...]
    transfers: tuple[Spending, ...] = ()
    held: tuple[Spending, ...] = ()
    reserve_fen: int = 0

    @property
    def doc_key(self) -> str:
        """Natural key: region and year."""
        return draft_key(self.mof_div_code, self.fiscal_year)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The people's congress approves the budget of a region and year (人大决议)."""

    mof_div_code: str
    fiscal_year: int
    resolution_no: str
    title: str
    adopted_on: date

    @property
    def doc_key(self) -> str:
        """The key of the budget that it approves."""
        return draft_key(self.mof_div_code, self.fiscal_year)


def draft_key(mof_div_code: str, fiscal_year: int) -> str:
    """The document key of a region's budget."""
    return f"{mof_div_code}-{fiscal_year}-budget"


def make_draft(conn: psycopg.Connection[Any], budget: DraftBudget, *, by: By, on: date) -> bool:
    """编制草案 (duty budget_make) from every accepted second up; True where it is new.

    Raises RuleBroken naming departments whose second up is not accepted, and codes that are not in
    force. What is drafted must equal the departments' budgets, so they come first.
    """
    return in_transaction(conn, lambda: _make(conn, budget, by, on))


def _make(conn: psycopg.Connection[Any], budget: DraftBudget, by: By, on: date) -> bool:
    [is_new] = make_whole(conn, DRAFT, [_whole(conn, budget)], by=by, on=on)
    return is_new


def revise_draft(conn: psycopg.Connection[Any], budget: DraftBudget, *, by: By, on: date) -> bool:
    """修改 a draft that was returned: compiled anew, as the next revision."""

    def work() -> bool:
        return bool(revise_whole(conn, DRAFT, [_whole(conn, budget)], "revise", by=by, on=on))

    return in_transaction(conn, work)


def _whole(conn: psycopg.Connection[Any], budget: DraftBudget) -> Whole:
    spending = _compile(conn, budget)
    row = {
        **row_of(budget, "sources", "transfers", "held"),
        "source_fen": sum(s.amount_fen for s in budget.sources),
        "spending_fen": sum(s.amount_fen for s in spending),
        "lines_digest": digest((*budget.sources, *spending)),
    }
    sources = (_NO_LINE | {"side": "source"} | line_of(source) for source in budget.sources)
    return Whole(row, [*sources, *(_NO_LINE | {"side": "spending"} | line_of(line) for line in spending)])


#: What a line of the one side has not, and of the other side has.
_NO_LINE: Final = {"source": "", "rev_func_code": "", "exp_func_code": "", "tp_func_code": ""}


def _compile(conn: psycopg.Connection[Any], budget: DraftBudget) -> list[Spending]:
    """The whole outlay side: departments' classes with what is held, the reserve, transfers."""
    _require_sound(budget)
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for fund, code, amount_fen in _accepted(conn, (budget.mof_div_code, budget.fiscal_year)):
        totals[fund, code] += amount_fen
    for line in budget.held:
        totals[line.fund_type_code, line.exp_func_code] += line.amount_fen
    if budget.reserve_fen:
        totals[_GENERAL, RESERVE_CODE] += budget.reserve_fen
    own = [Spending(fund, fen, exp_func_code=code) for (fund, code), fen in sorted(totals.items())]
    return [*own, *sorted(budget.transfers, key=lambda t: (t.fund_type_code, t.tp_func_code))]


def _accepted(conn: psycopg.Connection[Any], place: tuple[str, int]) -> list[tuple[str, str, int]]:
    asked = dict(zip(("region", "year"), place, strict=True))
    # held until the end: no budget is reopened behind the draft's back
    found = conn.execute(
        "select dept_code, state from budget_proposal "
        "where mof_div_code = %(region)s and fiscal_year = %(year)s and round = 2 order by 1 for share",
        asked,
    ).fetchall()
    waiting = [dept for dept, state in found if state != "accepted"]
    require_none("部门二上预算尚未审定", waiting, rule=RULE, hint="请先审定或退回这些部门的预算")
    return conn.execute(
        "select l.fund_type_code, l.exp_func_code, sum(l.amount_fen)::bigint from budget_proposal p "
        "join budget_proposal_line l on l.doc_key = p.doc_key and l.revision = p.revision "
        "where p.mof_div_code = %(region)s and p.fiscal_year = %(year)s and p.round = 2 "
        "and l.side = 'outlay' group by 1, 2",
        asked,
    ).fetchall()


def _require_sound(budget: DraftBudget) -> None:
    year = budget.fiscal_year
    problems = [
        *(f"没有来源 {s.source}" for s in budget.sources if s.source not in SOURCES),
        *(why for s in (*budget.held, *budget.transfers)
          if (why := classifications.unknown("exp_func", s.exp_func_code or s.tp_func_code, year))),
        *(f"支出功能分类 {coarse} 未列至末级" for s in budget.held
          if (coarse := classifications.coarse(s.exp_func_code, year, budget_fund(s.fund_type_code)))),
        *(f"{s.exp_func_code}{s.tp_func_code}{s.rev_func_code} 的金额应大于零"
          for s in _amounts(budget) if s.amount_fen <= 0),
        *("预备费只写在“预备费”一栏，不列支出行" for s in budget.held if s.exp_func_code == RESERVE_CODE),
    ]  # fmt: skip
    require_none("政府预算草案有误", problems, rule=RULE, hint="请按提示更正")
    refuse_misfits(sourced(year, budget.sources))
    refuse_misfits(spent(year, (*budget.held, *budget.transfers)))


@dataclass(frozen=True, slots=True)
class _Amount:
    amount_fen: int
    exp_func_code: str = ""
    tp_func_code: str = ""
    rev_func_code: str = ""


def _amounts(budget: DraftBudget) -> Iterable[_Amount]:
    yield from (_Amount(s.amount_fen, rev_func_code=s.rev_func_code) for s in budget.sources)
    for s in (*budget.held, *budget.transfers):
        yield _Amount(s.amount_fen, s.exp_func_code, s.tp_func_code)


def review_draft(conn: psycopg.Connection[Any], doc_key: str, *, by: By, on: date) -> bool:
    """审核 (duty budget_review)."""
    return move(conn, DRAFT, [doc_key], "review", by=by, on=on)[0]


def return_draft(conn: psycopg.Connection[Any], doc_key: str, *, by: By, on: date, note: str) -> bool:
    """退回 with a reason (duty budget_approve), before the congress has approved."""
    return move(conn, DRAFT, [doc_key], "back", by=by, on=on, note=note)[0]


def submit_draft(conn: psycopg.Connection[Any], doc_key: str, *, by: By, on: date) -> bool:
    """提请审议 (duty budget_approve).

    Refused (RuleBroken) while spending exceeds sources in any fund, a 三保 need is not fully budgeted,
    or the reserve is not 1 to 3 % of own-level general expenditure (the reserve itself left out).
    """

    def work() -> bool:
        submitted = advance(conn, DRAFT, [doc_key], "submit", by=by, on=on)
        for draft in submitted:
            _require_lawful(conn, draft)
        return bool(submitted)

    return in_transaction(conn, work)


def _require_lawful(conn: psycopg.Connection[Any], draft: Draft) -> None:
    region, year = draft.mof_div_code, draft.fiscal_year
    sources, spending = _sides(lines_of(conn, DRAFT_LINES, [draft])[draft.doc_key])
    _require_current(conn, (region, year), spending)
    _require_balance(sources, spending)
    require_covered(coverage(conn, region, year), "“三保”没有足额安排，草案不能提请审议")
    _require_reserve(spending, year)


def read_draft(conn: psycopg.Connection[Any], doc_key: str) -> tuple[list[Source], list[Spending]]:
    """The lines of a draft as it stands: sources, spending, in their order. NotFound where there is none."""
    drafts = read(conn, DRAFT, [doc_key])
    return _sides(lines_of(conn, DRAFT_LINES, drafts)[doc_key])


def _sides(lines: Sequence[DraftLine]) -> tuple[list[Source], list[Spending]]:
    sources = [
        Source(line.fund_type_code, line.rev_func_code, line.amount_fen, line.source)
        for line in lines
        if line.side == "source"
    ]
    spending = [
        Spending(line.fund_type_code, line.amount_fen, line.exp_func_code, line.tp_func_code)
        for line in lines
        if line.side == "spending"
    ]
    return sources, spending


def _require_current(
    conn: psycopg.Connection[Any], place: tuple[str, int], spending: Sequence[Spending]
) -> None:
    """A department's budget may have changed since the draft was compiled."""
    drafted = {(s.fund_type_code, s.exp_func_code): s.amount_fen for s in spending if s.use == "own"}
    short = [
        f"资金性质 {funds.words(fund)} 科目 {code}：草案 {format_fen(drafted.get((fund, code), 0))}，"
        f"部门预算 {format_fen(fen)} 元"
        for fund, code, fen in sorted(_accepted(conn, place))
        if fen > drafted.get((fund, code), 0)
    ]
    require_none("草案少于各部门预算之和", short, rule=RULE, hint="请退回草案，按审定的部门预算重新汇编")


def _require_balance(sources: Sequence[Source], spending: Sequence[Spending]) -> None:
    left: dict[str, int] = defaultdict(int)
    for source in sources:
        left[source.fund_type_code] += source.amount_fen
    for line in spending:
        left[line.fund_type_code] -= line.amount_fen
    short = [
        f"资金性质 {funds.words(fund)} 缺 {format_fen(-fen)} 元"
        for fund, fen in sorted(left.items())
        if fen < 0
    ]
    require_none("支出大于来源，草案不能提请审议", short, rule=BALANCE_RULE, hint="请压减支出，或落实来源")


def _require_reserve(spending: Sequence[Spending], year: int) -> None:
    general = [s for s in spending if s.use == "own" and budget_fund(s.fund_type_code) == _GENERAL]
    reserve_fen = sum(s.amount_fen for s in general if s.exp_func_code == RESERVE_CODE)
    base_fen = sum(s.amount_fen for s in general) - reserve_fen
    low, high = (limit(f"reserve_share_{end}_bp", year) for end in ("min", "max"))
    if low * base_fen <= reserve_fen * 10_000 <= high * base_fen:
        return
    raise refusal(
        RuleBroken,
        "预备费不在法定比例之内，草案不能提请审议",
        [f"预备费 {format_fen(reserve_fen)} 元，本级一般公共预算支出 {format_fen(base_fen)} 元，"
         f"应为 {low / 100:g}% 至 {high / 100:g}%，即 {format_fen(-(-low * base_fen // 10_000))} 至 "
         f"{format_fen(high * base_fen // 10_000)} 元"],
        rule=f"{lookup('reserve_share_min_bp', year).rule}：按本级一般公共预算支出额的一定比例设置预备费",
        hint="请调整预备费",
    )  # fmt: skip


def approve_budgets(
    conn: psycopg.Connection[Any], resolutions: Sequence[Resolution], *, by: By, on: date
) -> list[bool]:
    """登记人大批准 (duty congress_record) and post the approved budgets; True for each that is new.

    One voucher a region on the day of adoption: budget_source_approved, budget_spending_approved. Raises
    RuleBroken for a resolution of a later day than `on` or without number, QuotaShortfall where spending
    would exceed its fund's sources (9200), PeriodClosed where the month is closed.
    """
    problems = [
        f"{r.mof_div_code} {r.fiscal_year} 年：决议“{r.resolution_no}”{r.adopted_on.isoformat()}"
        for r in resolutions
        if not r.resolution_no or not r.title or r.adopted_on > on
    ]
    require_none("决议没有文号、名称，或日期晚于登记日", problems, rule=RULE, hint="请按人大决议原文登记")
    return in_transaction(conn, lambda: _approve(conn, resolutions, by, on))


def _approve(
    conn: psycopg.Connection[Any], resolutions: Sequence[Resolution], by: By, on: date
) -> list[bool]:
    keys = [r.doc_key for r in resolutions]
    changes: dict[str, list[object]] = {
        "resolution_no": [r.resolution_no for r in resolutions],
        "resolution_title": [r.title for r in resolutions],
        "approved_on": [r.adopted_on.isoformat() for r in resolutions],
    }
    adopted = advance(conn, DRAFT, keys, "approve", by=by, on=on, changes=changes)
    for draft in adopted:
        open_year(conn, draft.mof_div_code, draft.fiscal_year)
    lines = lines_of(conn, DRAFT_LINES, adopted)
    post(conn, [approved(draft, *_sides(lines[draft.doc_key])) for draft in adopted])
    return taken(keys, adopted)
