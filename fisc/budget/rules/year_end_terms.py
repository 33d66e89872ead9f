"""The terms of a year's end: what may be carried over, how long, and what becomes surplus."""

from __future__ import annotations

from typing import Final

from fisc.budget.rules.quota_sources import Quotas, coding_of, is_same
from fisc.budget.rules.quota_types import EXECUTABLE, Draft
from fisc.budget.rules.refusing import refuse
from fisc.documents import year_end
from fisc.registry import limits
from fisc.registry.quota_rules import CARRIED, matching, speaks_of

#: What carrying over does not change.
_KEPT: Final = (
    "mof_div_code",
    "fund_type_code",
    "exp_func_code",
    "sup_bgt_doc_no",
    "agency_code",
    "pro_code",
)


def not_carried_too_long(draft: Draft, quotas: Quotas) -> None:
    """实施条例第五十条: what is unspent at the end of the following year is surplus, not carried again."""
    years = limits.limit("carry_over_years", draft.fiscal_year)
    old = [line.ori_bgt_id for line in draft.lines
           if draft.fiscal_year - quotas[line.ori_bgt_id].first_year >= years
           and not speaks_of("bound", quotas[line.ori_bgt_id].coding)]  # fmt: skip
    refuse(
        old, "下一年度终了仍未用完的结转资金应作结余，不能再结转", "预算法实施条例第五十条",
        "请用收回（结转满两年）补充预算稳定调节基金",
    )  # fmt: skip


def not_bound(draft: Draft, quotas: Quotas) -> None:
    """The proceeds of bonds and foreign loans are no surplus, however long they lie."""
    found = {line.bgt_id: matching("bound", quotas[line.bgt_id].coding) for line in draft.lines}
    bound = [f"{bgt_id}（{rule.name}）" for bgt_id, rule in found.items() if rule is not None]
    refuse(
        bound, "债券等专用资金不作结余，不能收回补充预算稳定调节基金",
        "预算法第三十五条：举借的债务用于规定的公益性资本支出",
        "请继续结转用于原项目（fisc year-end carry）；原项目用不完的，请调减后编制预算调整方案"
        "（make-adjustments）报批新的用途",
    )  # fmt: skip


def carried_is_due(draft: Draft, quotas: Quotas) -> None:
    """What is taken back as surplus was carried over before, and the year it was carried into has ended.

    A year's own money is carried over first; until the last of December the unit may still spend it.
    """
    years = limits.limit("carry_over_years", draft.fiscal_year)
    early = [line.bgt_id for line in draft.lines
             if draft.fiscal_year - quotas[line.bgt_id].first_year < years - 1]  # fmt: skip
    refuse(
        early, "还没有结转满两年", "预算法实施条例第五十条：至下一年度终了未用完的才作结余",
        "本年未用完的请先结转；要收回另行安排请用闲置指标收回（fisc budget make-take-backs）",
    )  # fmt: skip
    ends = year_end(draft.fiscal_year)[0]
    before = [f"{line.bgt_id}（{draft.dated_on}）" for line in draft.lines if draft.dated_on < ends]
    refuse(
        before, f"{draft.fiscal_year} 年还没有终了，结转的资金年内仍可使用",
        "预算法实施条例第五十条：至下一年度终了未用完的才作结余",
        f"请在 {ends} 办理；确已不需要、要另行安排的按闲置指标收回（fisc budget make-take-backs）",
    )  # fmt: skip


def same_money(draft: Draft, quotas: Quotas) -> None:
    """Carried over: last year's quota, of the same unit, project, class, fund and upper document."""
    bad = []
    for line in draft.lines:
        old, new = quotas[line.ori_bgt_id], coding_of(line, quotas)
        stays = all(is_same(name, old.coding, new) for name in _KEPT)
        if (
            not stays
            or new.bgt_type_code != CARRIED
            or old.coding.fiscal_year != draft.fiscal_year - 1
            or old.is_executable != (line.stage == EXECUTABLE)
        ):
            bad.append(line.bgt_id)
    refuse(
        bad, "结转改变了资金的用途或来源，或不是上一年度的指标",
        "预算法第四十二条：结转按原用途使用",
        "请按原单位、项目、功能分类、资金性质、上级文号和环节结转，指标类型填“2 上年结转”；"
        "不再需要的请收回（make-take-backs）另行安排，债券改变用途须作预算调整",
    )  # fmt: skip
