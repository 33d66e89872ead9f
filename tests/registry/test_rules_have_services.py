"""Every posting rule is posted by a service, or it is said why none posts it."""

from __future__ import annotations

import ast
from pathlib import Path

from fisc.registry import rules

TREE = Path(rules.__file__).parents[1]
#: What brings in published tables and opening balances, or plays the city, is no service of a user's.
_ASIDE = ("disclosure", "sim", "registry")
_PUBLISHED = "只由公布的表导入：社会保险基金的收支在经办系统里办理"
_LIMITS = "债务限额与余额台账只由公布的表导入；逐笔债券的登记另行建立"
#: Event -> why no service posts it.
WITHOUT: dict[str, str] = {
    "nontax_receivable_recognised": "应收非税收入由执收单位的缴款通知确认，系统还没有缴款通知",
    "nontax_received_against_receivable": "同上；日报已按 nontax_received 记入，不能再记库款",
    "debt_onlent_out_by_account": "转贷随文件付款；以往来抵拨的没有单据",
    "budget_rounding": "公布表四舍五入的差，只在导入时出现",
    "item_listed": "公布表按名称列示的分项，只在导入时登记",
    **dict.fromkeys(
        ["insurance_premium_received", "insurance_subsidy_received", "insurance_interest_received",
         "insurance_other_received", "insurance_benefit_paid", "insurance_other_paid"], _PUBLISHED),
    **dict.fromkeys(["debt_limit_set", "debt_drawn", "debt_repaid", "debt_opening"], _LIMITS),
}  # fmt: skip


def posted() -> set[str]:
    """The events that modules of domains name."""
    named = set()
    for path in TREE.rglob("*.py"):
        if path.relative_to(TREE).parts[0] not in _ASIDE and "sim" not in path.parts:
            tree = ast.parse(path.read_text("utf8"))
            named |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return named & set(rules.events())


def test_every_rule_is_posted_by_a_service_or_says_why_not() -> None:
    assert set(rules.events()) - posted() == set(WITHOUT)


def test_a_reason_is_said_for_each_that_is_left_out() -> None:
    assert all(WITHOUT.values())
