"""Loans repaid early out of injections: the bank's receipts, and the interest they save a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from fisc.budget import services as budget
from fisc.capital import rules
from fisc.capital.kinds import INJECTION, PREPAYMENT
from fisc.capital.rules import LOAN
from fisc.capital.services.lines import injections_of, line_of, require_left
from fisc.capital.services.shared import Conn, require_unclaimed
from fisc.documents import NotFound, RuleBroken, WrongState, advance, make, move, read, select, taken
from fisc.documents.refusals import refuse_each
from fisc.kernel import Entry, FiscError
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.capital import models


@dataclass(frozen=True, slots=True)
class Prepayment:
    """A bank's receipt (`evidence_no`): so much of the loan of an injection's line was repaid early."""

    prepayment_no: str
    injection_no: str
    line_no: int
    amount_fen: int
    prepaid_on: date
    evidence_no: str


@dataclass(frozen=True, slots=True)
class LoanSaving:
    """A loan repaid early and what it saves, in fen: in the year after (for `days` of it), and in each
    calendar year until it would have fallen due."""

    prepayment_no: str
    injection_no: str
    enterprise_code: str
    bank_name: str
    contract_no: str
    principal_fen: int
    rate_bp: int
    new_rate_bp: int
    prepaid_on: date
    due_on: date
    saving_fen: int
    evidence_no: str = ""
    by_year: Mapping[int, int] = field(default_factory=dict)

    @property
    def days(self) -> int:
        """The days that `saving_fen` counts."""
        return rules.saving_days(self.prepaid_on, self.due_on)

    @property
    def is_yearly(self) -> bool:
        """Whether `saving_fen` is a full year's; else it is what the days that were left would have cost."""
        return rules.saves_yearly(self.prepaid_on, self.due_on)


def record_prepayments(
    conn: Conn, prepayments: Sequence[Prepayment], *, by: str, reviewed_by: str, on: date
) -> list[bool]:
    """Draft and confirm bank receipts of loans repaid early: True where new. Raises as the two steps do."""

    def work() -> list[bool]:
        is_new = draft_prepayments(conn, prepayments, by=by, on=on)
        confirm_prepayments(conn, [p.prepayment_no for p in prepayments], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


def draft_prepayments(conn: Conn, prepayments: Sequence[Prepayment], *, by: str, on: date) -> list[bool]:
    """Draft bank receipts of loans repaid early: True where new.

    Raises NotFound (injection, line), WrongState (equity not recognised yet), RuleBroken (no loan, more
    than the line has left, a day before the money came or after the loan fell due), DuplicateConflict.
    """

    def work() -> list[bool]:
        found = injections_of(conn, prepayments)
        refuse_each(x for p in prepayments for x in _wrong(p.prepayment_no, p, found[p.injection_no], on))
        claims = {p.evidence_no: p.prepayment_no for p in prepayments}
        require_unclaimed(conn, "capital_prepayment", "evidence_no", claims, "银行回单")
        rows = [_row(p, found[p.injection_no]) for p in prepayments]
        is_new = make(conn, PREPAYMENT, rows, by=by, on=on)
        require_left(conn, [_taken_from(p.prepayment_no, p)
                            for p, new in zip(prepayments, is_new, strict=True) if new])  # fmt: skip
        return is_new

    return in_transaction(conn, work)


def confirm_prepayments(conn: Conn, prepayment_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Confirm drafted receipts: True where now; each posts the loan and its saving.

    Raises NotFound, WrongState, FourEyes, MissingDuty, and what the draft raises.
    """

    def work() -> list[bool]:
        drafted = read(conn, PREPAYMENT, prepayment_nos)
        found = injections_of(conn, drafted)
        refuse_each(x for p in drafted for x in _wrong(p.doc_key, p, found[p.injection_no], on))
        require_left(conn, [_taken_from(p.doc_key, p) for p in drafted if p.state == PREPAYMENT.flow.initial])
        codings = budget.quota_codings(conn, [row.bgt_id for row in found.values()])

        def posts(document: models.Prepayment) -> list[Entry]:
            injection = found[document.injection_no]
            line = line_of(injection, document.line_no)
            return [rules.prepaid(document, line, codings[injection.bgt_id])] if line else []

        moved = advance(conn, PREPAYMENT, prepayment_nos, "confirm", by=by, on=on, posts=posts)
        return taken(prepayment_nos, moved)

    return in_transaction(conn, work)


def discard_prepayments(conn: Conn, prepayment_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Give drafted receipts up: True where given up now. Raises NotFound, WrongState, MissingDuty."""
    return move(conn, PREPAYMENT, prepayment_nos, "discard", by=by, on=on)


def _taken_from(number: str, p: Prepayment | models.Prepayment) -> tuple[str, str, int]:
    return (f"回单 {number} 还贷", p.injection_no, p.line_no)


def _wrong(
    number: str, p: Prepayment | models.Prepayment, injection: models.Injection, on: date
) -> Iterator[FiscError]:
    what = f"还贷回单 {number}（注资单 {p.injection_no} 第 {p.line_no} 行）"
    line = line_of(injection, p.line_no)
    if injection.state != "invested":
        yield WrongState(f"{what}：注资尚未支付并确认股权", rule="先注资、后还贷", hint="请先确认股权")
    elif line is None or line.kind != LOAN:
        yield NotFound(
            f"{what}：该行不是偿还贷款的用途",
            rule="注资只能用于单据写明的用途（依据文件）",
            hint="请核对注资单号与用途行号",
        )
    elif not (
        injection.invested_on
        and injection.invested_on <= p.prepaid_on <= min(on, date.fromisoformat(line.due_on))
    ):
        yield RuleBroken(
            f"{what}：还款日 {p.prepaid_on} 不在注资日 {injection.invested_on} 与到期日 {line.due_on} 之间",
            rule="提前还贷在注资之后、贷款到期之前",
            hint="请核对银行回单的日期",
        )
    elif p.amount_fen <= 0 or not p.evidence_no:
        yield RuleBroken(
            f"{what}：金额 {format_fen(p.amount_fen)} 元、回单号“{p.evidence_no}”不成立",
            rule="还贷以银行回单为准",
            hint="请写明正数金额与银行回单号",
        )


def _row(p: Prepayment, injection: models.Injection) -> dict[str, object]:
    return PREPAYMENT.row(
        p, doc_key=p.prepayment_no, mof_div_code=injection.mof_div_code, fiscal_year=p.prepaid_on.year
    )


def loan_savings(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[LoanSaving]:
    """The loans that a region's injections repaid early in a year, and what each saves a year."""
    where = (
        "where mof_div_code = %s and fiscal_year = %s and state = 'confirmed' order by prepaid_on, doc_key"
    )
    found = select(conn, PREPAYMENT, where, [mof_div_code, fiscal_year])
    injections = read(conn, INJECTION, [p.injection_no for p in found])
    return [_saving(p, injection) for p, injection in zip(found, injections, strict=True)]


def _saving(p: models.Prepayment, injection: models.Injection) -> LoanSaving:
    line = line_of(injection, p.line_no)
    assert line is not None  # a receipt names a line that is there
    return LoanSaving(
        p.doc_key, p.injection_no, injection.enterprise_code, line.bank_name, line.contract_no,
        p.amount_fen, line.rate_bp, line.new_rate_bp, p.prepaid_on, date.fromisoformat(line.due_on),
        rules.saving_fen(line, p.amount_fen, p.prepaid_on), p.evidence_no,
        rules.saving_by_year(line, p.amount_fen, p.prepaid_on),
    )  # fmt: skip
