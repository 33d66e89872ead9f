"""What an application says against its quota and its region's way of paying."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Protocol

from fisc.documents import RuleBroken
from fisc.kernel import Coding, FiscError
from fisc.registry.rules import budget_fund
from fisc.registry.value_lists import values as element_values
from fisc.treasury.kinds import OTHER_YEAR
from fisc.treasury.rules import payments as rules
from fisc.treasury.services import payees, principal
from fisc.treasury.services.settings import Setting

PAY_TYPES: Final[Mapping[str, str]] = {
    "direct": "直接支付", "authorised": "授权支付", "payroll": "工资统发", "entity": "实拨",
}  # fmt: skip

#: What may be asked for one by one: pay is asked for by its roster (`treasury.payroll`), person by person.
ASKED_ALONE: Final = {kind: name for kind, name in PAY_TYPES.items() if kind != "payroll"}


class Asked(payees.Asked, Protocol):
    """An application, with the quota that it is of."""

    @property
    def bgt_id(self) -> str:
        """The quota."""

    @property
    def stage(self) -> str:
        """What the money is taken from."""


def malformed(
    a: Asked, coding: Coding, settings: Mapping[tuple[str, int], Setting], on: date
) -> FiscError | None:
    """What an application says against its quota and its region's way of paying."""
    try:
        rules.spending_event(coding.exp_func_code, coding.fund_type_code)
        rules.stage_account(a.stage, coding.fiscal_year)
    except FiscError as refusal:
        return refusal
    setting = settings[coding.mof_div_code, coding.fiscal_year]
    for is_wrong, words in (
        (a.amount_fen <= 0, _NOT_POSITIVE),
        (a.pay_type not in PAY_TYPES, _NO_SUCH_TYPE),
        (a.mof_div_code != coding.mof_div_code, _OTHER_REGION),
        (coding.fiscal_year != on.year, _OTHER_YEAR),
        (not _is_allowed(a.pay_type, coding, setting), _mode_refused(a.pay_type, coding)),
        (setting.has_payment_agency and a.pay_type != "entity" and not _is_general(coding), _NOT_BY_AGENCY),
        (principal.is_borrowed_interest(coding), _BORROWED_INTEREST),
        (setting.plan_required and a.stage == "executable", _WITHOUT_PLAN),
    ):
        if is_wrong:
            return broken(a, words)
    return None


def broken(a: Asked, words: tuple[str, str, str]) -> RuleBroken:
    """The refusal of an application: what is wrong, by which rule, what to do."""
    what, rule, hint = words
    return RuleBroken(f"支付申请 {a.pay_app_no} {what}", rule=rule, hint=hint)


#: 支付方式 of a quota -> the types of payments that it lets through; a quota without one lets all.
_MODES: Mapping[str, tuple[str, ...]] = {
    "1": ("direct", "payroll"), "2": ("authorised",), "3": ("entity",),
}  # fmt: skip
_YES = ("1", "yes", "是")


def _is_allowed(pay_type: str, coding: Coding, setting: Setting) -> bool:
    """Whether a quota lets its money go this way; a payment agency's other funds go as allocations always."""
    if pay_type == "entity" and setting.has_payment_agency and not _is_general(coding):
        return True
    if coding.is_unified_pay in _YES and pay_type != "payroll":
        return False
    return pay_type in _MODES.get(coding.pay_type_code, tuple(PAY_TYPES))


def _mode_refused(pay_type: str, coding: Coding) -> tuple[str, str, str]:
    own = element_values()["pay_type_code"].get(coding.pay_type_code, coding.pay_type_code)
    says = "工资统发" if coding.is_unified_pay in _YES else f"支付方式“{own}”"
    return (
        f"的支付类型是{PAY_TYPES.get(pay_type, pay_type)}，指标只用于{says}",
        "支付方式按指标所列（财办〔2022〕36号：支付方式、是否工资统发）",
        "请改用指标所列的支付方式，或先调整指标",
    )  # fmt: skip


def _is_general(coding: Coding) -> bool:
    return budget_fund(coding.fund_type_code) == "111"


#: What is wrong, by which rule, what to do.
_NOT_POSITIVE = ("的金额不是正数", "支付金额大于零", "请核对金额")
_NO_SUCH_TYPE = ("的支付类型不存在", "支付方式按国库集中支付制度", f"请用 {'、'.join(PAY_TYPES)} 之一")
_OTHER_REGION = ("的区划与指标的区划不符", "指标只供本区划使用（财办〔2022〕36号）", "请核对区划与指标")
_OTHER_YEAR = (*OTHER_YEAR, "上年结转的资金请先结转为当年指标，再用当年指标申请")
_NOT_BY_AGENCY = (
    "的资金不属一般公共预算，不能由支付执行机构支付",
    "支付执行机构的记账规则只列 5001（财库〔2015〕192号）",
    "请用实拨（entity）支付",
)
_BORROWED_INTEREST = (
    "用债券资金付息",
    "举借的债务只用于公益性资本支出，不得用于经常性支出（预算法第三十五条）",
    "付息请用一般公共预算或政府性基金预算资金的指标",
)
_WITHOUT_PLAN = (
    "没有使用用款计划",
    "按预算和用款计划支付（预算法实施条例第五十七条）",
    f"请先编报用款计划，开启后从计划支付：资金占用阶段写“{rules.STAGES['planned']}”",
)
