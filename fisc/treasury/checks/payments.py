"""Monitoring rules over a payment application, before it holds any money.

Which rules there are and what they do (拦截, 禁止: refuse; 预警: note an alert; 预警需附件: note it, and
refuse a payment without an attachment) is `monitoring_rules.csv`; thresholds and words are
`payment_checks.csv`, by region where a row or a document of the region says so, and by day.
Each test answers why a payment is caught, or '' when it is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from fisc.documents import RuleBroken
from fisc.kernel import Coding, FiscError
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.registry.quota_rules import matching
from fisc.registry.settings import check_parameter
from fisc.registry.tables import read_table
from fisc.registry.told_words import recurrent_words, told


class PayeeAgency(NamedTuple):
    """A budget unit that is a payee, and its department."""

    agency_code: str
    dept_code: str


class Beside(NamedTuple):
    """What the unit pays the payee by other applications: their sum in fen, and the first.

    On the same day, and (`near`) for the same purpose from the same quota within some days of it.
    """

    amount_fen: int = 0
    first: str = ""
    near_fen: int = 0
    near_first: str = ""


NOTHING_BESIDE: Final = Beside()


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
    attachments: tuple[str, ...] = ()
    on: date = date.max
    beside: Beside = NOTHING_BESIDE


_TO_ATTACH: Final = (
    "请附上依据：附件写作“文件名:SM3摘要”（openssl dgst -sm3 文件名），如 --attachments 合同.pdf:66c7…"
)
_TO_SETTLE: Final = (
    "请更正申请后重新提交；确有依据的，请以地区设定（fisc registry make-settings）调整监控参数"
)
_FORBIDDEN: Final = "禁止"
_NOT_AT_ALL: Final = "这类支出一律禁止，请撤回申请；用途写得不准确的，请据实写明用途后重新提交"


def refusal(finding: Finding) -> FiscError:
    """The finding as a refusal of its payment."""
    hint = _TO_SETTLE
    if "需附件" in finding.hint:
        hint = _TO_ATTACH
    elif finding.hint.startswith(_FORBIDDEN):
        hint = _NOT_AT_ALL
    return RuleBroken(
        f"支付申请 {finding.document} 被监控规则拦截：{finding.what}",
        rule=f"{finding.rule_id} {finding.name}（{finding.source}）",
        hint=hint,
    )


@cache
def _compiled(text: str) -> re.Pattern[str] | None:
    return re.compile(text) if text else None


def _pattern(rule_id: str, f: Facts) -> re.Pattern[str] | None:
    return _compiled(check_parameter(rule_id, "pattern", f.mof_div_code, f.on))


def _direct_fund_to_own_account(f: Facts) -> str:
    is_caught = f.coding.is_direct_fund in _YES and f.payee_agency is not None
    return f"直达资金不得转入预算单位 {f.payee_name} 的实有资金账户" if is_caught else ""


#: How 直达资金标识 says yes: 01 中央直达, 02 地方配套, or a plain 1.
_YES = ("01", "02", "1")


def _large(f: Facts) -> str:
    """By itself, or together with what the unit pays the same payee that day: what is split stays large."""
    threshold = check_parameter("R13", "threshold_fen", f.mof_div_code, f.on)
    together = f.amount_fen + f.beside.amount_fen
    if not threshold or together < int(threshold):
        return ""
    has = f"，附件 {len(f.attachments)} 份" if f.attachments else "，没有附件"
    what = f"金额 {format_fen(f.amount_fen)} 元"
    if f.amount_fen < int(threshold):
        what = f"与同日付给同一收款人的 {f.beside.first} 等合计 {format_fen(together)} 元，"
    return f"{what}达到大额标准 {format_fen(int(threshold))} 元{has}"


def split_days(mof_div_code: str, on: date) -> int:
    """Within how many days a region counts payments of one purpose together; 0 where it does not."""
    return int(check_parameter("R48", "days", mof_div_code, on) or 0)


def _split(f: Facts) -> str:
    """What is large over several days, though on no day by itself (that is R13's)."""
    threshold = int(check_parameter("R13", "threshold_fen", f.mof_div_code, f.on) or 0)
    together = f.amount_fen + f.beside.near_fen
    if not f.beside.near_first or together < threshold or f.amount_fen + f.beside.amount_fen >= threshold:
        return ""
    days = split_days(f.mof_div_code, f.on)
    return (
        f"与 {f.beside.near_first} 等 {days} 日之内用途、指标和收款人相同的支付合计 "
        f"{format_fen(together)} 元，达到大额标准 {format_fen(threshold)} 元，疑为拆分"
    )


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
    pattern = _pattern("R18", f)
    is_caught = pattern is not None and f.purpose.strip() and pattern.fullmatch(f.purpose.strip())
    return f"用途“{f.purpose}”全部是数字或符号" if is_caught else ""


def _account_of_words(f: Facts) -> str:
    pattern = _pattern("R19", f)
    is_sound = pattern is None or pattern.fullmatch(f.payee_acct_no)
    return "" if is_sound else f"收款账号“{f.payee_acct_no}”含中文或为空"


def _irregular_purpose(f: Facts) -> str:
    return _told_of(f, "R22")


def _forbidden_purpose(f: Facts) -> str:
    return _told_of(f, "R47")


def _fuel_card(f: Facts) -> str:
    return _told_of(f, "R49")


def _told_of(f: Facts, rule_id: str) -> str:
    """The words of a rule that a purpose says, in whatever signs."""
    caught = told(rule_id, f.purpose, f.mof_div_code, f.on)
    return f"用途含有“{'、'.join(caught)}”" if caught else ""


def _debt_for_running(f: Facts) -> str:
    """Of a quota that was issued before it was looked at; pay is recurrent whatever its classes say."""
    debt = matching("debt", f.coding)
    if debt is None:
        return ""
    running = matching("recurrent", f.coding)
    what = f"{running.name}（{running.element_name} {running.code_of(f.coding)}）" if running else ""
    what = what or ("工资统发" if f.pay_type == "payroll" else "")
    what = what or "、".join(recurrent_words(f.purpose, f.coding, f.on))
    return f"{debt.name}用于经常性支出：{what}" if what else ""


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
    "R27": _debt_for_running,
    "R47": _forbidden_purpose,
    "R48": _split,
    "R49": _fuel_card,
}


@cache
def _rules() -> tuple[tuple[dict[str, str], Callable[[Facts], str]], ...]:
    rows = {row["rule_id"]: row for row in read_table("monitoring_rules.csv")}
    return tuple((rows[rule_id], test) for rule_id, test in TESTS.items() if rule_id in rows)


def _refuses(f: Facts, control: str) -> bool:
    return control.startswith(("拦截", _FORBIDDEN)) or ("需附件" in control and not f.attachments)


def judge(facts: Facts) -> list[Finding]:
    """What the monitoring rules say of a payment, those that refuse it first."""
    found = [
        _finding(facts, row, message, _refuses(facts, row["control"]))
        for row, test in _rules()
        if (message := test(facts))
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
