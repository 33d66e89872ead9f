"""What is wrong with an event of debt, each fault with what its officer does about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from fisc.debt import rules
from fisc.debt.rules import KINDS, PARTS, SPENT_AS
from fisc.documents.refusals import Fault
from fisc.kernel import Coding
from fisc.kernel.money import format_fen
from fisc.registry.areas import is_kept
from fisc.registry.rules import budget_fund, code_event

if TYPE_CHECKING:
    from fisc.debt.models import DebtEvent


@dataclass(frozen=True, slots=True)
class Said:
    """An event as it was handed in, or as it stands, with the government above."""

    doc_key: str
    kind: str
    mof_div_code: str
    part: str
    upper_div_code: str
    lower_div_code: str
    fund_type_code: str
    amount_fen: int
    accrued_fen: int
    settles_no: str
    pay_app_no: str
    bgt_id: str
    happened_on: date


SAID: Final = tuple(Said.__dataclass_fields__)


def of_itself(s: Said, kind: rules.Kind, on: date) -> Iterator[Fault]:
    """What is wrong with an event by itself."""
    if s.amount_fen <= 0 or not 0 <= s.accrued_fen <= max(s.amount_fen, 0):
        yield Fault(
            f"金额 {format_fen(s.amount_fen)} 元、其中已计提 {format_fen(s.accrued_fen)} 元不成立",
            "请填写大于零的金额；已计提额不小于零，不大于金额",
        )
    if s.part not in kind.parts:
        allowed = "、".join(PARTS[p] for p in kind.parts)
        yield Fault(f"只办理{allowed}", f"“本金或利息”请改填{allowed}")
    if s.accrued_fen and (s.part == rules.PRINCIPAL or kind.is_of_interest or kind.spends):
        yield Fault("已计提额只在结清利息时填写", "请去掉已计提额")
    if budget_fund(s.fund_type_code) not in ("111", "121"):
        yield Fault(
            f"资金性质 {s.fund_type_code} 没有地方政府债券（只有一般公共预算和政府性基金预算）",
            "请填写债券的资金性质（112、122）或其预算（111、121）",
        )
    elif s.part == rules.INTEREST and s.fund_type_code != budget_fund(s.fund_type_code):
        yield Fault(
            f"资金性质 {s.fund_type_code} 是债券资金，不付利息（预算法第三十五条），"
            f"利息列 {budget_fund(s.fund_type_code)}",
            f"资金性质请填 {budget_fund(s.fund_type_code)}",
        )
    if s.happened_on > on:
        yield Fault(f"发生日 {s.happened_on} 晚于今天 {on}", "请核对发生日和业务日期，事项发生后再登记")


def of_places(s: Said, kind: rules.Kind) -> Iterator[Fault]:
    """What is wrong with the governments that it names."""
    if bool(s.lower_div_code) != kind.is_between:
        if kind.is_between:
            yield Fault("须写明下级区划", "请填写下级区划（--lower-div-code），即欠转贷本息的地区")
        else:
            yield Fault("不写下级区划", "请去掉下级区划；与下级之间的请选相应的事项")
        return
    if kind.is_between and not s.upper_div_code:
        yield Fault(f"没有区划 {s.lower_div_code}", "请核对下级区划（fisc registry list regions）")
        return
    if kind.is_between:
        maker = s.lower_div_code if kind.by_lower and is_kept(s.lower_div_code) else s.upper_div_code
        if s.mof_div_code != maker:
            yield Fault(
                f"由 {maker} 办理，同时记入双方",
                f"请由 {maker} 的人员办理，财政区划填 {maker}，下级区划填 {s.lower_div_code}",
            )
    if kind.of_upper and not kind.spends and is_kept(s.upper_div_code):
        yield Fault(
            f"上级 {s.upper_div_code} 的账也在本系统，由上级办理扣缴，同时记入本级",
            f"请由 {s.upper_div_code} 的人员办理“扣缴下级本息”，下级区划填 {s.mof_div_code}",
        )


def of_origin(s: Said, kind: rules.Kind, origin: DebtEvent | None, *, is_over: bool) -> Iterator[Fault]:
    """What is wrong with the event that it settles; `is_over`: that one's December is closed."""
    if bool(s.settles_no) != bool(kind.settles):
        if kind.settles:
            yield Fault(
                "须写明所结清的事项",
                f"请填写所结清的{_named(kind.settles)}的编号（--settles-no），见 fisc debt list-open",
            )
        else:
            yield Fault("不结清别的事项", "请去掉所结清的事项")
    if origin is None or not kind.settles:
        return
    if origin.state != "posted":
        yield Fault(
            f"不能结清 {origin.doc_key}：它还没有入账",
            f"请先审核入账 {origin.doc_key}（fisc debt post-events）",
        )
    elif origin.kind not in kind.settles:
        yield Fault(
            f"不能结清 {origin.doc_key}：它是“{KINDS[origin.kind].name}”",
            f"请填写已入账的{_named(kind.settles)}的编号，见 fisc debt list-open",
        )
    if (origin.fund_type_code, origin.part) != (s.fund_type_code, s.part):
        yield Fault(
            f"与 {origin.doc_key} 不是同一资金（{origin.fund_type_code}）的本金或利息",
            f"{origin.doc_key} 是资金性质 {origin.fund_type_code} 的{PARTS[origin.part]}，请照填",
        )
    if s.mof_div_code not in (whose := _whose(origin, kind)):
        yield Fault(
            f"{origin.doc_key} 不是本级的", f"请由 {'、'.join(sorted(whose))} 办理，或核对所结清的事项"
        )
    if kind.is_between and origin.lower_div_code and origin.lower_div_code != s.lower_div_code:
        yield Fault(
            f"{origin.doc_key} 的下级是 {origin.lower_div_code}", f"下级区划请填 {origin.lower_div_code}"
        )
    if kind.spends and origin.fiscal_year != s.happened_on.year:
        yield from _of_other_year(origin, s, is_over=is_over)


def _of_other_year(origin: DebtEvent, s: Said, *, is_over: bool) -> Iterator[Fault]:
    """What was withheld is charged to its year; where that is over, to a later one."""
    if origin.fiscal_year > s.happened_on.year or not is_over:
        yield Fault(
            "上级扣缴的本息须在当年列支，年终其他应收款没有余额",
            f"{origin.doc_key} 是 {origin.fiscal_year} 年的，请以该年的业务日期和指标列支；"
            "该年十二月已关账仍漏列的，才在以后年度列支",
        )


def _named(kinds: Sequence[str]) -> str:
    return "、".join(f"“{KINDS[code].name}”" for code in kinds)


def _whose(origin: DebtEvent, kind: rules.Kind) -> set[str]:
    """Who may settle an event: the government that it was withheld from charges it, both others settle it."""
    is_two = KINDS[origin.kind].is_between
    if kind.spends:
        return {origin.lower_div_code if is_two else origin.mof_div_code}
    upper = origin.upper_div_code if is_two else origin.mof_div_code
    return {upper, origin.lower_div_code} if kind.by_lower else {upper}


def of_payment(s: Said, kind: rules.Kind, paid: Mapping[str, Any] | None) -> Iterator[Fault]:
    """What is wrong with the payment that carried its money."""
    is_due = kind.pays and (not kind.is_between or s.mof_div_code == s.lower_div_code)
    if bool(s.pay_app_no) != is_due:
        if is_due:
            yield Fault(
                "须写明付款的支付申请：付息、还本须有预算和指标",
                f"请先用{_classes(s.part)}的指标支付，再填写支付申请编号（--pay-app-no）",
            )
        else:
            yield Fault("不写支付申请", "请去掉支付申请编号：这一事项不由本级的支付付款")
    if paid is None:
        return
    other = "请核对支付申请编号，另填与本单同一区划、年度、预算的付款"
    if paid["mof_div_code"] != s.mof_div_code:
        yield Fault(f"支付 {s.pay_app_no} 不是本级的", other)
    if budget_fund(paid["fund_type_code"]) != budget_fund(s.fund_type_code):
        yield Fault(f"支付 {s.pay_app_no} 的资金性质是 {paid['fund_type_code']}", other)
    if _spent_as(paid["exp_func_code"], paid["fund_type_code"]) != SPENT_AS[s.part]:
        yield Fault(
            f"支付 {s.pay_app_no} 的支出功能科目 {paid['exp_func_code']} 不是{_classes(s.part)}",
            f"请填写列{_classes(s.part)}的支付申请",
        )
    if paid["fiscal_year"] != s.happened_on.year:
        yield Fault(f"支付 {s.pay_app_no} 是 {paid['fiscal_year']} 年度的", other)


def of_quota(s: Said, kind: rules.Kind, quota: Coding | None) -> Iterator[Fault]:
    """What is wrong with the quota that it uses up."""
    if bool(s.bgt_id) != kind.spends:
        if kind.spends:
            yield Fault(
                "须写明指标：无预算不得支出",
                f"请填写列{_classes(s.part)}的指标（--bgt-id）；没有的先下达指标（fisc budget make-quotas）",
            )
        else:
            yield Fault("不用指标", "请去掉指标")
    if quota is None:
        return
    place = (quota.fiscal_year, quota.mof_div_code, quota.fund_type_code)
    if place != (s.happened_on.year, s.mof_div_code, s.fund_type_code):
        yield Fault(
            f"年度、区划或资金与指标 {s.bgt_id} 不符",
            f"请改用 {s.mof_div_code} {s.happened_on.year} 年资金性质 {s.fund_type_code} 的指标",
        )
    if _spent_as(quota.exp_func_code, quota.fund_type_code) != SPENT_AS[s.part]:
        yield Fault(
            f"指标 {s.bgt_id} 的支出功能科目 {quota.exp_func_code} 不是{_classes(s.part)}",
            f"请改用列{_classes(s.part)}的指标",
        )


def _spent_as(exp_func_code: str, fund_type_code: str) -> str:
    found = code_event("exp_func", exp_func_code, fund_type_code)
    return found.event if found else ""


def _classes(part: str) -> str:
    return "还本支出（231）" if part == rules.PRINCIPAL else "付息支出（232）"
