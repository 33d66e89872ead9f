"""Documents of state capital to entries: pure functions, one per event, each citing its rule.

An injection has two entries (192-T26): the spending, 借5001|5003 贷1001, is posted by the payment that
carries it and by nothing else; the equity, 借1071 贷3081, is posted here when that payment was made, on
the payment's own coding block. From 2023 (41-11) the equity takes over what the payment spent.
`equity_part_code` says what a part of 1071 is, as 192's own detail accounts do, `enterprise_code` in which
enterprise.

What the money was used for stands in a register beside the books (cap-01 to cap-03).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from fisc.capital.kinds import ENTERPRISE, INCOME, INJECTION, PREPAYMENT, REFUND
from fisc.documents import Leg, voucher
from fisc.kernel import Coding, Entry
from fisc.registry.rules import rules_for

if TYPE_CHECKING:
    from fisc.capital.models import Enterprise, Income, Injection, InjectionRefund, Prepayment

#: Parts of 1071 and 1022 (`equity_part_code`).
COST, OPENING, RESULTS, RECEIVABLE = "投资成本", "登记投资", "损益调整", "应收股利"
LOAN, PROJECT = "loan", "project"


@dataclass(frozen=True, slots=True)
class UseLine:
    """What a part of an injection is for, as its document holds it."""

    line_no: int
    kind: str
    amount_fen: int
    sector: str = ""
    project_name: str = ""
    bank_name: str = ""
    contract_no: str = ""
    rate_bp: int = 0
    new_rate_bp: int = 0
    due_on: str = ""

    @property
    def loan_no(self) -> str:
        """The loan's name in the register."""
        return f"{self.bank_name}:{self.contract_no}"


def use_lines(uses: Sequence[Mapping[str, Any]]) -> list[UseLine]:
    """The lines of an injection, in order."""
    return [UseLine(**line) for line in uses]


def saving_fen(line: UseLine, amount_fen: int, prepaid_on: date) -> int:
    """Interest saved in the year after a loan was repaid early, in fen, rounded half up.

    Principal × (rate of the loan − rate of the new money); where fewer than 365 days were left, only
    for those days. Below zero where the new money costs more.
    """
    days = saving_days(prepaid_on, date.fromisoformat(line.due_on))
    return _interest(amount_fen * (line.rate_bp - line.new_rate_bp), days)


def saving_days(prepaid_on: date, due_on: date) -> int:
    """For how many days of the year after it was repaid a loan would still have run: 0 to 365."""
    return min(max((due_on - prepaid_on).days, 0), _YEAR)


def saves_yearly(prepaid_on: date, due_on: date) -> bool:
    """Whether a loan would have run for a year or more, so that what it saves is saved in a whole year."""
    return saving_days(prepaid_on, due_on) == _YEAR


def saving_by_year(line: UseLine, amount_fen: int, prepaid_on: date) -> dict[int, int]:
    """Interest saved in each calendar year until the loan would have fallen due, in fen.

    Day by day over 365: what is saved up to a day is rounded half up, so the years add up to the whole.
    """
    due_on = date.fromisoformat(line.due_on)
    product = amount_fen * (line.rate_bp - line.new_rate_bp)
    found, before = {}, 0
    for year in range(prepaid_on.year, due_on.year + 1):
        until = min(due_on, date(year + 1, 1, 1))
        so_far = _interest(product, max((until - prepaid_on).days, 0))
        found[year], before = so_far - before, so_far
    return {year: fen for year, fen in found.items() if fen}


_YEAR = 365


def _interest(fen_bp: int, days: int) -> int:
    """Principal times rate (fen × basis points) for so many days of 365, in fen, rounded half up."""
    return (2 * fen_bp * days + 10_000 * _YEAR) // (2 * 10_000 * _YEAR)


def invested(injection: Injection, coding: Coding, on: date, *, project_names: Mapping[str, str]) -> Entry:
    """The equity (192-T26, second entry), and the major projects that it is for (cap-02), by sector."""
    legs = [_equity(coding, injection.enterprise_code, injection.amount_fen)]
    legs += [
        Leg(
            "major_project_supported",
            line.amount_fen,
            replace(coding, sector_code=project_names[line.sector]),
        )
        for line in use_lines(injection.uses)
        if line.kind == PROJECT
    ]
    return voucher(
        INJECTION.event(injection.doc_key, "invested"), injection.mof_div_code, on, legs,
        document_id=injection.id, summary=f"资本金注入 {injection.basis_doc_no}",
        source_ref=injection.pay_app_no,
    )  # fmt: skip


def _equity(coding: Coding, enterprise_code: str, amount_fen: int) -> Leg:
    block = replace(coding, equity_part_code=COST, enterprise_code=enterprise_code)
    if any(row.step == 2 for row in rules_for("capital_injected", block.fiscal_year, block.fund_type_code)):
        return Leg("capital_injected", amount_fen, block, step=2)
    return Leg("injection_capitalised", amount_fen, block, coding)


def refunded(
    injection: Injection, coding: Coding, refund: InjectionRefund, line: UseLine, sector: str
) -> Entry:
    """What came back of the payment leaves the stake again: the same entries in red."""
    on = refund.refunded_on
    block = replace(coding, fiscal_year=on.year)
    legs = [_equity(block, injection.enterprise_code, -refund.amount_fen)]
    if line.kind == PROJECT:
        legs.append(Leg("major_project_supported", -refund.amount_fen, replace(block, sector_code=sector)))
    return voucher(
        REFUND.event(refund.doc_key, "posted"), refund.mof_div_code, on, legs, document_id=refund.id,
        summary=f"资本金注入退回 {injection.basis_doc_no}", source_ref=refund.doc_key,
    )  # fmt: skip


def prepaid(prepayment: Prepayment, line: UseLine, coding: Coding) -> Entry:
    """A loan repaid early (cap-01) and what it saves a year (cap-03), or in its last days (cap-04)."""
    on, fen = prepayment.prepaid_on, prepayment.amount_fen
    block = replace(coding, fiscal_year=on.year, loan_no=line.loan_no)
    legs = [Leg("loan_prepaid", fen, block)]
    saving = saving_fen(line, fen, on)
    if saving:
        is_yearly = saves_yearly(on, date.fromisoformat(line.due_on))
        legs.append(Leg("interest_saving_recorded" if is_yearly else "interest_tail_recorded", saving, block))
    return voucher(
        PREPAYMENT.event(prepayment.doc_key, "confirmed"), prepayment.mof_div_code, on, legs,
        document_id=prepayment.id,
        summary=f"提前还贷 {line.loan_no} 年利率 {line.rate_bp / 100:.2f}%，"
        f"新资金 {line.new_rate_bp / 100:.2f}%，到期 {line.due_on}",
        source_ref=prepayment.evidence_no,
    )  # fmt: skip


def _block(document: Enterprise | Income, what: str, on: date, rev_func_code: str = "") -> Coding:
    """The coding block of a stake where no payment gives one."""
    return Coding(
        on.year, document.mof_div_code, document.fund_type_code,
        rev_func_code=rev_func_code, equity_part_code=what, enterprise_code=document.enterprise_code,
    )  # fmt: skip


def registered(enterprise: Enterprise) -> Entry:
    """A stake held before the books began: 借1071 贷3081 (192-T26, second entry); 借1061 贷3001 (41-35)."""
    on = enterprise.held_on
    leg = Leg("stake_registered", enterprise.cost_fen, _block(enterprise, OPENING, on))
    return voucher(
        ENTERPRISE.event(enterprise.doc_key, "registered"), enterprise.mof_div_code, on, [leg],
        document_id=enterprise.id, summary=f"登记所持股权 {enterprise.name}", source_ref=enterprise.doc_key,
    )  # fmt: skip


def income(document: Income) -> Entry:
    """A share of results (192-T27), a dividend declared (T28) or received (T29)."""
    return voucher(
        INCOME.event(document.doc_key, "posted"), document.mof_div_code, document.happened_on,
        list(_income_legs(document)), document_id=document.id,
        summary=f"{INCOME_NAMES[document.kind]} {document.evidence_no}", source_ref=document.evidence_no,
    )  # fmt: skip


INCOME_NAMES: Mapping[str, str] = {
    "result": "确认应享净损益", "declared": "宣告分配股利利润", "received": "收到股利利润",
}  # fmt: skip


def _declared_legs(fen: int, receivable: Coding, results: Coding) -> Iterator[Leg]:
    """By 3081 in two steps (192-T28); from 2023 in one, 借1022 贷1061 (41-33)."""
    if any(row.step == 2 for row in rules_for("dividend_declared", results.fiscal_year)):
        yield Leg("dividend_declared", fen, receivable, step=1)
        yield Leg("dividend_declared", fen, results, step=2)
    else:
        yield Leg("dividend_declared", fen, receivable, results)


def _income_legs(document: Income) -> Iterator[Leg]:
    fen, on, code = document.amount_fen, document.happened_on, document.rev_func_code
    results, receivable = (_block(document, what, on, code) for what in (RESULTS, RECEIVABLE))
    if document.kind == "result":
        yield Leg("equity_gain_recognised" if fen > 0 else "equity_loss_recognised", abs(fen), results)
    elif document.kind == "declared":
        yield from _declared_legs(fen, receivable, results)
    else:
        if not document.daily_report_no:  # otherwise the treasury's daily report has booked the cash
            yield Leg(
                "dividend_received", fen, replace(receivable, equity_part_code="", enterprise_code=""), step=1
            )
        yield Leg("dividend_received", fen, replace(receivable, rev_func_code=""), step=2)
