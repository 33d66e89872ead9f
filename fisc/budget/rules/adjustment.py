"""Formal adjustments (预算调整): which case of 预算法第六十七条 a plan is, and what its resolution posts.

There are four cases: the total of spending changes, the stabilisation fund is drawn, key spending is cut,
more is borrowed. What was borrowed changes its use in the same way. All else is a swap or an append.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

from fisc.budget.kinds import ADJUSTMENT
from fisc.budget.rules.approval import class_coding, pool_coding, source_coding, transfer_class_coding
from fisc.budget.rules.quota_types import SourceKind
from fisc.budget.rules.quotas import numbered, received_pool
from fisc.documents import Leg, RuleBroken, document_key, voucher, year_end
from fisc.documents.from_above import above_number
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import refusal
from fisc.kernel import Coding, Entry
from fisc.kernel.money import format_fen
from fisc.registry import classifications, funds
from fisc.registry.quota_rules import CARRIED, speaks_of
from fisc.registry.rules import budget_fund

if TYPE_CHECKING:
    from fisc.budget.models import Adjustment, AdjustmentLine

#: Case -> what it is, in the order of 预算法第六十七条; the last by the rules of debt (recalled, as in
#: `quota_rules.csv`): law 35 binds what it is used for.
CASES: Final = {
    "total": "增加或者减少预算总支出",
    "stabilisation": "调入预算稳定调节基金",
    "key_cut": "调减预算安排的重点支出数额",
    "debt": "增加举借债务数额",
    "debt_use": "调整举借债务的用途",
}
LAW = "预算法第六十七条"
#: Why spending falls, where that makes it no adjustment.
REASONS: Final = {"savings": "因节约减少支出"}


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A source that grows or shrinks (negative fen).

    With `sup_bgt_doc_no` the money is of a document from above: taken from what was received under it.
    """

    fund_type_code: str
    rev_func_code: str
    amount_fen: int
    source: SourceKind = "own"
    sup_bgt_doc_no: str = ""
    source_type_code: str = ""


@dataclass(frozen=True, slots=True)
class SpendingChange:
    """A class of spending that grows or shrinks; exactly one of the two codes is given.

    What shrinks is taken from the class on which it stands: `source_type_code` 1, the first budget,
    unless another is named. What grows stands under 2. Of debt `pro_code` is the project from whose quotas it
    was cut, or to which it goes; `bgt_type_code` 2 says that it was carried over.
    """

    fund_type_code: str
    amount_fen: int
    exp_func_code: str = ""
    tp_func_code: str = ""
    source_type_code: str = ""
    pro_code: str = ""
    bgt_type_code: str = ""


@dataclass(frozen=True, slots=True)
class AdjustmentPlan:
    """A plan to adjust the budget (预算调整方案), for the standing committee's session of `session_on`.

    `reason` `savings` says that spending falls because less was needed (节约): no adjustment.
    """

    doc_no: str
    mof_div_code: str
    fiscal_year: int
    dated_on: date
    session_on: date
    title: str
    sources: tuple[SourceChange, ...]
    spending: tuple[SpendingChange, ...]
    reason: Annotated[str, OneOf(REASONS)] = ""

    @property
    def doc_key(self) -> str:
        """The natural key: region, year, number."""
        return document_key(self.mof_div_code, self.fiscal_year, self.doc_no)


def cases_of(plan: AdjustmentPlan) -> tuple[str, ...]:
    """The cases of law 67 that a plan falls under, in the law's order; () where it is none."""
    drawn = any(
        s.amount_fen > 0
        and speaks_of("stabilisation", Coding(plan.fiscal_year, rev_func_code=s.rev_func_code))
        for s in plan.sources
    )
    borrowed = sum(s.amount_fen for s in plan.sources if s.source == "debt") > 0
    facts = {
        "total": sum(s.amount_fen for s in plan.spending) != 0,
        "stabilisation": drawn,
        "key_cut": bool(key_cuts(plan)),
        "debt": borrowed,
        "debt_use": bool(_other_uses(plan)),
    }
    return tuple(case for case, holds in facts.items() if holds)


def _other_uses(plan: AdjustmentPlan) -> set[str]:
    """Funds of debt of which one class shrinks and another grows."""
    of_debt = [s for s in plan.spending if _is_debt(plan, s)]
    return {s.fund_type_code for s in of_debt if s.amount_fen < 0} & {
        s.fund_type_code for s in of_debt if s.amount_fen > 0
    }


def _is_debt(plan: AdjustmentPlan, line: SpendingChange) -> bool:
    return speaks_of("bound", Coding(plan.fiscal_year, fund_type_code=line.fund_type_code))


def key_cuts(plan: AdjustmentPlan) -> dict[str, int]:
    """Classes of key spending that shrink, with their change in fen."""
    change: dict[str, int] = defaultdict(int)
    for line in plan.spending:
        change[line.exp_func_code[:3]] += line.amount_fen
    return {
        code: fen
        for code, fen in change.items()
        if fen < 0 and speaks_of("key_spending", Coding(plan.fiscal_year, exp_func_code=code))
    }


def require_adjustment(plan: AdjustmentPlan) -> tuple[str, ...]:
    """The plan's cases. Raises RuleBroken where it is no adjustment, or does not balance."""
    _require_balanced(plan)
    _require_finest(plan)
    _require_from_above(plan)
    _require_bound(plan)
    if plan.reason == "savings":
        raise _not_an_adjustment(plan, "因节约减少支出，不属于预算调整", "预算法实施条例第七十八条",
                                 "请用调减或收回，结余按规定补充预算稳定调节基金")  # fmt: skip
    if _only_special_transfers(plan):
        raise _not_an_adjustment(plan, "增加不需要本级配套的专项转移支付，不属于预算调整", "预算法第七十一条",
                                 "请用追加（append），填写上级指标文号")  # fmt: skip
    cases = cases_of(plan)
    if not cases:
        raise _not_an_adjustment(
            plan, "总支出不变，没有调入稳定调节基金、减少重点支出或增加举债",
            f"{LAW}：只有四种情形属于预算调整，另有债务用途的调整", "这是调剂或追加：请用 swap 或 append",
        )  # fmt: skip
    return cases


def _not_an_adjustment(plan: AdjustmentPlan, why: str, rule: str, hint: str) -> RuleBroken:
    return RuleBroken(f"{plan.doc_no} 不是预算调整：{why}", rule=rule, hint=hint)


def _require_finest(plan: AdjustmentPlan) -> None:
    """What is added is given out as quotas of that very class; what is cut stands where it stands."""
    added = {(s.exp_func_code, budget_fund(s.fund_type_code)) for s in plan.spending if s.amount_fen > 0}
    coarse = (classifications.coarse(code, plan.fiscal_year, fund) for code, fund in sorted(added))
    found = [f"科目 {one}" for one in coarse if one]
    if found:
        raise refusal(
            RuleBroken, f"{plan.doc_no} 增加的支出没有列到最细一级科目", found,
            rule=classifications.FINEST, hint="请改用其下的科目；指标只能从所安排的同一科目中取",
        )  # fmt: skip


def _require_from_above(plan: AdjustmentPlan) -> None:
    """Only transfers and on-lent debt come under a number from above."""
    wrong = [
        f"{s.rev_func_code}（来源 {s.source}）{s.sup_bgt_doc_no}"
        for s in plan.sources
        if s.sup_bgt_doc_no and s.source not in ("transfer", "debt")
    ]
    if wrong:
        raise refusal(
            RuleBroken, f"{plan.doc_no} 的来源不是上级资金，却写了上级文号", wrong,
            rule="财办〔2022〕36号：上级资金按上级指标文号追踪",
            hint="请去掉上级文号，或把来源改为 transfer、debt",
        )  # fmt: skip


def _require_bound(plan: AdjustmentPlan) -> None:
    """Debt alone has projects and is moved after it was carried over, when as much of it stays so."""
    sums: dict[str, int] = defaultdict(int)
    for line in plan.spending:
        sums[line.fund_type_code] += line.amount_fen if line.bgt_type_code else 0
    wrong = [
        f"{s.exp_func_code or s.tp_func_code}（资金性质 {funds.words(s.fund_type_code)}）"
        for s in plan.spending
        if (s.pro_code or s.bgt_type_code)
        and (s.bgt_type_code not in ("", CARRIED) or sums[s.fund_type_code] or not _is_debt(plan, s))
    ]
    if wrong:
        raise refusal(
            RuleBroken, f"{plan.doc_no} 写明项目、上年结转的支出不是债务资金，或上年结转的增减不相等", wrong,
            rule="预算法第四十二条：结转按原用途使用；调整债务用途的写明项目",
            hint="项目和指标类型（2 上年结转）只在调整债务资金用途时填写；其他结转资金不再需要的请收回",
        )  # fmt: skip


def _require_balanced(plan: AdjustmentPlan) -> None:
    change: dict[str, int] = defaultdict(int)
    for source in plan.sources:
        change[source.fund_type_code] += source.amount_fen
    for spending in plan.spending:
        change[spending.fund_type_code] -= spending.amount_fen
        if bool(spending.exp_func_code) == bool(spending.tp_func_code):
            raise RuleBroken(f"{plan.doc_no} 有支出行没有（或同时有）功能分类与转移支付分类", rule=LAW,
                             hint="本级支出填支出功能分类，对下转移支付填转移支付支出功能分类")  # fmt: skip
    unequal = [f"资金性质 {funds.words(fund)} 差 {format_fen(fen)} 元" for fund, fen in change.items() if fen]
    if unequal or not (plan.sources or plan.spending):
        raise RuleBroken(
            f"{plan.doc_no} 收支不平：{'、'.join(unequal) or '没有明细'}",
            rule="预算法第十二条：预算收支平衡", hint="请使来源增减等于支出增减",
        )  # fmt: skip


def _only_special_transfers(plan: AdjustmentPlan) -> bool:
    """All that changes comes from above with a document number; nothing of our own is moved."""
    return bool(plan.sources) and all(
        s.source == "transfer" and s.amount_fen > 0 and s.sup_bgt_doc_no for s in plan.sources
    ) and all(s.amount_fen > 0 for s in plan.spending)  # fmt: skip


def resolved(
    adjustment: Adjustment, lines: Iterable[AdjustmentLine], codings: Mapping[int, Coding], on: date
) -> Entry:
    """The voucher of a resolution (36-01): growth in black, what shrinks in red; `codings` by id."""
    return voucher(
        ADJUSTMENT.event(adjustment.doc_key, "resolve"), adjustment.mof_div_code, on,
        [leg for line in lines for leg in _legs(line, codings[line.coding_id])], document_id=adjustment.id,
        source_ref=adjustment.resolution_doc_no,
        period=year_end(adjustment.fiscal_year)[1] if on.year > adjustment.fiscal_year else None,
        summary=f"预算调整 {adjustment.resolution_doc_no} {adjustment.title}".strip(),
    )  # fmt: skip


def _legs(line: AdjustmentLine, coding: Coding) -> list[Leg]:
    pool = pool_coding(coding.fiscal_year, coding.mof_div_code, coding.fund_type_code)
    if line.side == "spending":
        return [Leg("budget_spending_approved", line.amount_fen, pool, coding, choices={"use": line.kind})]
    if not coding.sup_bgt_doc_no:
        return [Leg("budget_source_approved", line.amount_fen, coding, pool, choices={"source": line.kind})]
    taken = Leg("source_taken_up", line.amount_fen, received_pool(coding), pool)
    return [taken, *numbered(coding, line.amount_fen)]


def kept_lines(plan: AdjustmentPlan) -> list[tuple[str, str, Coding, int]]:
    """The plan's lines as they are kept: (side, kind, coding, fen)."""
    place = plan.fiscal_year, plan.mof_div_code
    return [
        *(("source", s.source, _source(place, s), s.amount_fen) for s in plan.sources),
        *(("spending", "transfer" if s.tp_func_code else "own", _class(place, s), s.amount_fen)
          for s in plan.spending),
    ]  # fmt: skip


def _stands_under(given: str, amount_fen: int) -> str:
    return given or ("2" if amount_fen > 0 else "1")


def _source(place: tuple[int, str], line: SourceChange) -> Coding:
    kind = _stands_under(line.source_type_code, line.amount_fen)
    income = source_coding(*place, line.fund_type_code, line.rev_func_code, kind)
    return replace(income, sup_bgt_doc_no=above_number(line.sup_bgt_doc_no))


def _class(place: tuple[int, str], line: SpendingChange) -> Coding:
    kind = _stands_under(line.source_type_code, line.amount_fen)
    if line.tp_func_code:
        return transfer_class_coding(*place, line.fund_type_code, line.tp_func_code, kind)
    of_budget = class_coding(*place, line.fund_type_code, line.exp_func_code, kind)
    return replace(of_budget, pro_code=line.pro_code, bgt_type_code=line.bgt_type_code)
