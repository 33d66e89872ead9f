"""From facts to entries: pure functions, each entry citing the posting rule it follows.

Which accounts an amount moves is the registry's: the code says the event, the year says the
rule set (财库〔2015〕192号 to 2022, 财库〔2022〕41号 from 2023). Functional tables do not
disclose the economic class of spending, so its financial side stands on 5008 其他拨款费用.

Each fiscal year stands by itself: it opens with what the tables say was carried over, and its
coding blocks carry the year, so the same money is never opened twice.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from fisc.disclosure.facts import (
    ACCOUNTS,
    CHANGE_OF_PLAN,
    PLAN,
    REGISTER,
    REGISTER_PLAN,
    Fact,
)
from fisc.disclosure.model import BUDGET, INCOME, STAGE_NAMES
from fisc.disclosure.titles import KIND_BY_ID
from fisc.kernel import Coding, Entry, Line, credit, debit
from fisc.registry import names, rules
from fisc.registry.errors import UnknownRule

#: Classes of accounts whose lines carry the full coding block; the others are stocks.
_DETAILED = frozenset(
    ["income", "outlay", "expense", "budget_income", "budget_outlay", "quota_source", "debt"]
)
_SOURCE_BALANCE = "9200"
_OPENING, _FIRST, _ADJUSTED, _YEAR = 0, 1, 12, 12
_INSURANCE_EVENTS = {
    "premium": "insurance_premium_received", "interest": "insurance_interest_received",
    "subsidy": "insurance_subsidy_received", "benefit": "insurance_benefit_paid",
}  # fmt: skip
_DEBT_EVENTS = {"opening": "debt_opening", "limit": "debt_limit_set", "repaid": "debt_repaid"}
ROUNDING = "rounding"
#: The most that rounding may add to the sources of one budget: ten displayed units of 万元.
MAX_ROUNDING_FEN = 10 * 1_000_000
#: 来源: 年初预算 and 调整.
FIRST_BUDGET, ADJUSTMENT = "1", "2"


def entry_of(fact: Fact, key: str, document_id: int) -> Entry:
    """The entry of a fact under natural key `key`. Raises UnknownRule where its year has no rule."""
    event, choices = event_of(fact)
    pairs = rules.accounts_for(event, fact.fiscal_year, fact.fund, **choices)
    lines: list[Line] = []
    for pair in pairs:
        for account, side in ((pair.debit, debit), (pair.credit, credit)):
            lines.append(side(f"{pair.book}:{account}", _coding(fact, pair.book, account), fact.amount_fen))
    month = _month(fact, event)
    return Entry(
        natural_key=key, region=fact.region, period=fact.fiscal_year * 100 + month,
        business_date=date(fact.fiscal_year, 1, 1) if month <= _FIRST else date(fact.fiscal_year, 12, 31),
        lines=tuple(lines), document_id=document_id, source_ref=fact.source_ref,
        rule_code="+".join(dict.fromkeys(pair.rule_code for pair in pairs)), summary=_summary(fact),
    )  # fmt: skip


def event_of(fact: Fact) -> tuple[str, dict[str, str]]:
    """The event a fact is, and the choices its rules ask for."""
    if fact.listed_as or fact.about in (REGISTER, REGISTER_PLAN):
        return _registered(fact)
    if fact.line.table == "general.transfer_matrix":
        return "transfer_quota_received", {}
    if fact.item == ROUNDING:
        return "budget_rounding", {}
    if fact.item == "opening":
        return (
            ("budget_source_approved", {"source": "carried"})
            if fact.about == PLAN
            else ("opening_balance", {})
        )
    if fact.fund == "14" and fact.about == ACCOUNTS:
        other = "insurance_other_received" if fact.side == INCOME else "insurance_other_paid"
        return _INSURANCE_EVENTS.get(fact.item.partition(":")[0], other), {}
    return _coded_event(fact.side, fact.code, fact.fund, fact.about in (PLAN, CHANGE_OF_PLAN))


def _registered(fact: Fact) -> tuple[str, dict[str, str]]:
    if fact.listed_as:
        return "item_listed", {"list": fact.listed_as}
    return _DEBT_EVENTS.get(fact.debt[1], "debt_drawn"), {}


@lru_cache(maxsize=16384)
def _coded_event(side: str, code: str, fund: str, is_plan: bool) -> tuple[str, dict[str, str]]:
    kind = "rev_func" if side == INCOME else "exp_func"
    posting = rules.postings_for(kind, code, fund, "budget" if is_plan else "execution")
    if posting is None:
        raise UnknownRule(
            f"科目 {code} 没有对应的业务", rule="每笔凭证须有记账规则", hint="请登记科目与业务的对应"
        )
    return posting.event, posting.choices


def _month(fact: Fact, event: str) -> int:
    if event in ("opening_balance", "debt_opening", "debt_limit_set"):
        return _OPENING
    if fact.is_planned:
        return _FIRST
    return _ADJUSTED if fact.about == CHANGE_OF_PLAN else _YEAR


def _coding(fact: Fact, book: str, account: str) -> Coding:
    year, region, fund = fact.fiscal_year, fact.region, fact.fund
    if fact.about in (REGISTER, REGISTER_PLAN):
        return _debt_coding(fact, account)
    if fact.listed_as:
        return _listed_coding(fact)
    row = rules.account(f"{book}:{account}")
    if account == _SOURCE_BALANCE or row is None or row.account_class not in _DETAILED:
        scheme = fact.code if fact.fund == "14" and book == "social_insurance" else ""
        return Coding(year, mof_div_code=region, fund_type_code=fund, scheme_code=_scheme(scheme))
    return _detailed(fact, is_quota=book == "quota", is_control=row.floor_fen is not None)


def _debt_coding(fact: Fact, account: str) -> Coding:
    """Planned debt is marked 年初预算: its limit controls the plan and nothing that happened."""
    debt_type, move = fact.debt
    return Coding(
        fact.fiscal_year, mof_div_code=fact.region, is_debt="1",
        debt_type_code=debt_type, debt_move_code=move if account == "D200" else "",
        source_type_code=FIRST_BUDGET if fact.is_planned else "",
    )  # fmt: skip


def _listed_coding(fact: Fact) -> Coding:
    """A row by its name; what is planned is marked 年初预算, as planned debt is."""
    return Coding(
        fact.fiscal_year, mof_div_code=fact.region, fund_type_code=fact.fund,
        source_type_code=FIRST_BUDGET if fact.is_planned else "",
        table_part_code=names.as_part(fact.line.name),
    )  # fmt: skip


def _scheme(code: str) -> str:
    """An insurance scheme is known by its revenue code, whichever side its money moves on."""
    return f"102{code[3:]}" if code else ""


def _detailed(fact: Fact, *, is_quota: bool, is_control: bool) -> Coding:
    codes = {"rev_func_code": fact.code} if fact.side == INCOME else {"exp_func_code": fact.code}
    if fact.code.startswith("230"):
        codes = {"tp_func_code": fact.code}
    advance = ""
    if fact.line.table == "general.transfer_matrix":
        codes = {"tp_func_code": "23001" if fact.item == "return" else "230"}
        advance = "1"
    return Coding(
        fact.fiscal_year, mof_div_code=fact.region, fund_type_code=fact.fund, **codes, is_advance=advance,
        source_type_code=_source(fact, is_control) if is_quota else "",
        **_part(fact),
    )  # fmt: skip


def _part(fact: Fact) -> dict[str, str]:
    """An insurance scheme, so that its income, outlay and balance add up by one element; else the part."""
    if fact.fund == "14":
        return {"scheme_code": _scheme(fact.code)}
    return {"table_part_code": fact.item if fact.item != "total" else ""}


def _source(fact: Fact, is_control: bool) -> str:
    """An adjustment is marked as one; a cut of spending takes back the first budget's quota,
    because what can be spent is the balance of that coding block."""
    if fact.about != CHANGE_OF_PLAN or (is_control and fact.amount_fen < 0):
        return FIRST_BUDGET
    return ADJUSTMENT


def _summary(fact: Fact) -> str:
    if fact.listed_as:
        of = f"{KIND_BY_ID[fact.listed_as].name}{STAGE_NAMES[fact.stage]}"
        return f"{fact.fiscal_year}年{of} {names.as_printed(fact.line.name)}"
    words = {
        PLAN: "预算", CHANGE_OF_PLAN: "预算调整", REGISTER: "债务", REGISTER_PLAN: "债务预算",
        ACCOUNTS: "决算" if fact.stage == "final" else "执行",
    }  # fmt: skip
    note = {"unlisted": "（未列出的下级科目）", "other": "（其他）", "opening": "（年初）"}.get(fact.item, "")
    return f"{fact.fiscal_year}年{words[fact.about]} {fact.line.name}{note}"


def signature(entry: Entry) -> str:
    """Eight letters that differ when the lines of an entry differ."""
    text = repr([(line.account, line.coding, line.side, line.amount_fen) for line in entry.lines])
    return hashlib.sha256(f"{entry.period}{text}".encode()).hexdigest()[:8]


def source_gaps(facts: Iterable[Fact]) -> dict[tuple[str, int, str], int]:
    """Sources less uses of each budget (region, year, fund), with its adjustments, in fen."""
    gaps: dict[tuple[str, int, str], int] = defaultdict(int)
    for fact in facts:
        if fact.about in (PLAN, CHANGE_OF_PLAN):
            sign = 1 if fact.side == INCOME or fact.line.table == "general.transfer_matrix" else -1
            gaps[(fact.region, fact.fiscal_year, fact.fund)] += sign * fact.amount_fen
    return dict(gaps)


def with_rounding(facts: list[Fact]) -> list[Fact]:
    """The facts, and for each budget whose rounded figures spend a little more than its rounded
    sources, a rounding source (尾差): tables are rounded cell by cell."""
    extra = []
    for (region, year, fund), gap in source_gaps(facts).items():
        if -MAX_ROUNDING_FEN <= gap < 0:
            line = next(f.line for f in facts if (f.region, f.fiscal_year, f.fund) == (region, year, fund))
            extra.append(Fact(PLAN, region, year, BUDGET, fund, INCOME, "", ROUNDING, -gap, line.place, line))
    return [*facts, *extra]
