"""Funds advanced (预拨经费) to entries: paid out, charged to a quota, taken back (192-T34, X14, 41-37)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.budget.kinds import ADVANCE, ADVANCE_RETURN
from fisc.documents import Leg, voucher
from fisc.documents.voucher import cost_of
from fisc.kernel import Coding, Entry
from fisc.registry.rules import account, rules_for

if TYPE_CHECKING:
    from fisc.budget.models import Advance, AdvanceReturn

#: What is said where an advance should be settled in another year, and what is done about it.
PENDING_RULE: Final = "待处理支出（7051）年终没有余额，当年的预拨在当年转列支出或收回"
PENDING_HINT: Final = "请以该年的业务日期和指标转列支出；次年到账的退款再按以前年度支出的退款办理"


def funds_advanced(advance: Advance, coding: Coding, on: date) -> Entry:
    """192-T34: cash leaves before there is a quota; 1011 holds it on `coding` until it is settled."""
    return voucher(
        ADVANCE.event(advance.doc_key, "funds_advanced"), advance.mof_div_code, on,
        [Leg("funds_advanced", advance.amount_fen, coding)], document_id=advance.id,
        summary=f"预拨经费 {advance.purpose}", source_ref=coding.cor_bgt_doc_no,
    )  # fmt: skip


def funds_returned(given: AdvanceReturn, advance: Coding) -> Entry:
    """The entry of what came back of an advance, on the day on which it came."""
    cash = Coding(given.fiscal_year, given.mof_div_code, given.fund_type_code)
    return voucher(
        ADVANCE_RETURN.event(given.doc_key, "posted"), given.mof_div_code, given.happened_on,
        [advance_returned(given.amount_fen, cash, advance)], document_id=given.id,
        summary=f"预拨经费收回 {given.reason}", source_ref=advance.cor_bgt_doc_no,
    )  # fmt: skip


def advance_charged(fen: int, quota: Coding, advance: Coding) -> Leg:
    """借 spending of the quota, 贷 what was advanced (192-T34, 41-37).

    From 2023 待处理支出 (7051) holds the advances of its own year alone: one of an earlier year is spent out
    of cash in the budgetary book.
    """
    choices = _advanced(quota, advance) | cost_of(quota)
    return Leg("funds_advanced_charged", fen, quota, credit=advance, choices=choices)


def advance_returned(fen: int, cash: Coding, advance: Coding) -> Leg:
    """借 cash, 贷 what was advanced; of an earlier year the budgetary book had the cash all along."""
    return Leg("funds_advanced_returned", fen, cash, credit=advance, choices=_advanced(cash, advance))


def _advanced(settled: Coding, advance: Coding) -> dict[str, str]:
    return {"advanced": "earlier" if advance.fiscal_year < settled.fiscal_year else "same_year"}


def ends_with_its_year(fiscal_year: int, fund_type_code: str) -> bool:
    """Whether advances of a year are settled within it: on 7051, which ends no year with a balance."""
    rows = rules_for("funds_advanced", fiscal_year, fund_type_code)
    debits = [account(f"{row.book}:{row.debit}") for row in rows]
    return any(one is not None and one.account_class == "budget_outlay" for one in debits)
