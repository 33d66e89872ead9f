"""Monitoring rules over a payment application, before it holds any money.

Which rules there are and what they do (拦截, 禁止: refuse; 预警: note an alert) is
`monitoring_rules.csv`; thresholds and words are `payment_checks.csv`, by region where a row names one.
Each test answers why a payment is caught, or '' when it is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from fisc.documents import RuleBroken
from fisc.kernel import Coding, FiscError
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.registry.tables import read_table


class PayeeAgency(NamedTuple):
    """A budget unit that is a payee, and its department."""

    agency_code: str
    dept_code: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a payment is judged by. `payee_agency` is the budget unit that bears the payee's name, if any."""

    pay_app_no: str
    mof_div_code: str
    amount_fen: int
    pay_type: str
    payee_name: str
    payee_acct_no: str
    purpose: str
    coding: Coding
    payee_agency: PayeeAgency | None = None


def refusal(finding: Finding) -> FiscError:
    """The finding as a refusal of its payment."""
    return RuleBroken(
        f"支付申请 {finding.document} 被监控规则拦截：{finding.what}",
        rule=f"{finding.rule_id} {finding.name}（{finding.source}）",
        hint="请更正申请后重新提交；确有依据的，请按规定调整监控参数",
    )


@cache
def parameter(rule_id: str, name: str, mof_div_code: str = "") -> str:
    """A rule's parameter for a region, or for every region; '' where there is none."""
    found = {
        row["mof_div_code"]: row["value"]
        for row in read_table("payment_checks.csv")
        if (row["rule_id"], row["parameter"]) == (rule_id, name)
    }
    return found.get(mof_div_code, found.get("", ""))


@cache
def _pattern(rule_id: str, mof_div_code: str) -> re.Pattern[str] | None:
    text = parameter(rule_id, "pattern", mof_div_code)
    return re.compile(text) if text else None


@cache
def _words(rule_id: str, name: str, mof_div_code: str) -> tuple[str, ...]:
    return tuple(parameter(rule_id, name, mof_div_code).split())


def _direct_fund_to_own_account(f: Facts) -> str:
    is_caught = f.coding.is_direct_fund in _YES and f.payee_agency is not None
    return f"直达资金不得转入预算单位 {f.payee_name} 的实有资金账户" if is_caught else ""


#: How 直达资金标识 says yes: 01 中央直达, 02 地方配套, or a plain 1.
_YES = ("01", "02", "1")


def _large(f: Facts) -> str:
    threshold = parameter("R13", "threshold_fen", f.mof_div_code)
    if not threshold or f.amount_fen < int(threshold):
        return ""
    return f"金额 {format_fen(f.amount_fen)} 元达到大额标准，须有附件"


def _to_own_name(f: Facts) -> str:
    """实拨 is paid to the unit's own account by its nature; other payments are not."""
    if f.pay_type == "entity" or f.payee_agency is None:
        return ""
    is_own = f.payee_agency.agency_code == f.coding.agency_code
    is_of_department = bool(f.coding.dept_code) and f.payee_agency.dept_code == f.coding.dept_code
    return f"从零余额账户向本单位（部门）{f.payee_name} 的账户划款" if is_own or is_of_department else ""


def _to_another_agency(f: Facts) -> str:
    is_caught = f.pay_type != "entity" and f.payee_agency is not None
    return f"以拨代支：收款人 {f.payee_name} 是预算单位" if is_caught else ""


def _no_purpose(f: Facts) -> str:
    return "" if f.purpose.strip() else "没有填写用途"


def _purpose_of_signs(f: Facts) -> str:
    pattern = _pattern("R18", f.mof_div_code)
    is_caught = pattern is not None and f.purpose.strip() and pattern.fullmatch(f.purpose.strip())
    return f"用途“{f.purpose}”全部是数字或符号" if is_caught else ""


def _account_of_words(f: Facts) -> str:
    pattern = _pattern("R19", f.mof_div_code)
    is_sound = pattern is None or pattern.fullmatch(f.payee_acct_no)
    return "" if is_sound else f"收款账号“{f.payee_acct_no}”含中文或为空"


def _irregular_purpose(f: Facts) -> str:
    caught = [word for word in _words("R22", "words", f.mof_div_code) if word in f.purpose]
    return f"用途含有“{'、'.join(caught)}”" if caught else ""


def _special_bond_for_running(f: Facts) -> str:
    is_bond = f.coding.fund_type_code in _words("R27", "fund_type_code", f.mof_div_code)
    forbidden = _words("R27", "gov_bgt_eco_code", f.mof_div_code)
    is_caught = is_bond and f.coding.gov_bgt_eco_code.startswith(forbidden)
    return f"专项债券资金用于经常性支出（政府经济分类 {f.coding.gov_bgt_eco_code}）" if is_caught else ""


#: rule_id of monitoring_rules.csv -> its test.
TESTS: Mapping[str, Callable[[Facts], str]] = {
    "R10": _direct_fund_to_own_account,
    "R13": _large,
    "R14": _to_own_name,
    "R17": _no_purpose,
    "R18": _purpose_of_signs,
    "R19": _account_of_words,
    "R22": _irregular_purpose,
    "R26": _to_another_agency,
    "R27": _special_bond_for_running,
}


@cache
def _rules() -> tuple[tuple[dict[str, str], bool, Callable[[Facts], str]], ...]:
    rows = {row["rule_id"]: row for row in read_table("monitoring_rules.csv")}
    return tuple(
        (rows[rule_id], rows[rule_id]["control"].startswith(("拦截", "禁止")), test)
        for rule_id, test in TESTS.items()
        if rule_id in rows
    )


def judge(facts: Facts) -> list[Finding]:
    """What the monitoring rules say of a payment, those that refuse it first."""
    found = [
        _finding(facts, row, message, refuses) for row, refuses, test in _rules() if (message := test(facts))
    ]
    return sorted(found, key=lambda finding: not finding.refuses) if len(found) > 1 else found


def _finding(f: Facts, row: Mapping[str, str], message: str, refuses: bool) -> Finding:
    return Finding(
        row["rule_id"], row["name"], message, row["source"], f.mof_div_code, f.coding.fiscal_year,
        f.pay_app_no, amount_fen=f.amount_fen, hint=row["control"], refuses=refuses,
    )  # fmt: skip


def refusing(findings: Iterable[Finding]) -> Finding | None:
    """The first finding that refuses the payment, or None."""
    return next((finding for finding in findings if finding.refuses), None)
