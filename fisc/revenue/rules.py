"""From a document of revenue to its entry: each event by its rule, pure functions.

T01 receipts and T02 refunds follow 财库〔2015〕192号 (and 财库〔2022〕41号 from 2023); relief and refunds in
full are statistics in a register of their own (tax-01, tax-02) and never an outlay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fisc.documents import Leg, RuleBroken, voucher
from fisc.kernel import Coding, Entry
from fisc.registry.rules import postings_for
from fisc.revenue.kinds import DAILY_REPORT, RECEIPT, REFUND, RELIEF
from fisc.revenue.sharing import LevelAmount

if TYPE_CHECKING:
    from fisc.revenue.models import DailyReport, Receipt, Refund, Relief

#: Events a daily report may post; money from other governments and debt have documents of their own.
OWN_REVENUE = frozenset({"tax_received", "nontax_received"})

#: Levels that keep books here; what goes to the centre and the region stays in rows.
OUR_LEVELS = frozenset({"city", "county"})


def received(report: DailyReport) -> Entry:
    """Dr 国库存款 Cr 本级收入 by revenue code; an amount below zero is red, as the report prints it."""
    region, day = report.mof_div_code, report.received_on
    return voucher(
        DAILY_REPORT.event(report.doc_key, "posted"), region, day,
        [_leg(region, report.fiscal_year, *line) for line in report.lines],
        document_id=report.id, summary=f"{day} 国库收入日报", source_ref=report.doc_key,
    )  # fmt: skip


def shared(receipt: Receipt, shares: Iterable[LevelAmount]) -> list[Entry]:
    """T01 for each of our levels: its share, in its own books."""
    year, day = receipt.fiscal_year, receipt.received_on
    code, fund = receipt.rev_func_code, receipt.fund_type_code
    return [
        voucher(
            RECEIPT.event(receipt.doc_key, "posted", share.to_div_code), share.to_div_code, day,
            [_leg(share.to_div_code, year, code, fund, share.amount_fen)],
            document_id=receipt.id, summary=f"{day} 分成收入入库", source_ref=receipt.doc_key,
        )
        for share in shares if share.level in OUR_LEVELS
    ]  # fmt: skip


def refunded(refund: Refund, shares: Iterable[LevelAmount]) -> list[Entry]:
    """T02, red, for each of our levels' shares; tax-02 for the full amount where it was collected.

    `shares` are below zero, as a refund is.
    """
    region, year, day = refund.mof_div_code, refund.fiscal_year, refund.refunded_on
    legs: dict[str, list[Leg]] = {region: []}
    for share in shares:
        if share.level in OUR_LEVELS:
            coding = Coding(
                year, share.to_div_code, fund_type_code=refund.fund_type_code,
                rev_func_code=refund.rev_func_code,
            )  # fmt: skip
            legs.setdefault(share.to_div_code, []).append(Leg("revenue_refunded", -share.amount_fen, coding))
    register = Coding(year, region, rev_func_code=refund.rev_func_code, relief_code=refund.kind)
    legs[region].append(Leg("refund_registered", refund.full_fen, register))
    return [
        voucher(
            REFUND.event(refund.doc_key, "posted", to), to, day, given, document_id=refund.id,
            summary=f"{day} 收入退库", source_ref=refund.doc_key,
        )
        for to, given in legs.items()
    ]  # fmt: skip


def relieved(relief: Relief) -> Entry:
    """tax-01: taxes and fees not collected, a statistic; no outlay, no revenue."""
    region, day = relief.mof_div_code, relief.reported_on
    coding = Coding(relief.fiscal_year, region, rev_func_code=relief.rev_func_code, relief_code=relief.kind)
    return voucher(
        RELIEF.event(relief.doc_key, "posted"), region, day,
        [Leg("tax_relief_registered", relief.amount_fen, coding)],
        document_id=relief.id, summary=f"{day} 减免税费统计", source_ref=relief.doc_key,
    )  # fmt: skip


def require_own_revenue(rev_func_code: str, fund: str) -> None:
    """Raises RuleBroken for a code that is no tax or non-tax receipt of the government's own."""
    _event(rev_func_code, fund)


def _leg(region: str, fiscal_year: int, rev_func_code: str, fund: str, amount_fen: int) -> Leg:
    name, choices = _event(rev_func_code, fund)
    coding = Coding(fiscal_year, region, fund_type_code=fund, rev_func_code=rev_func_code)
    return Leg(name, amount_fen, coding, choices=choices)


def _event(rev_func_code: str, fund: str) -> tuple[str, Mapping[str, str]]:
    posting = postings_for("rev_func", rev_func_code, fund, "execution")
    if posting is None or posting.event not in OWN_REVENUE:
        raise RuleBroken(
            f"收入分类 {rev_func_code} 不是本级税收或非税收入，不能由收入日报入账",
            rule="国库收入日报表（财库〔2015〕192号第三十一条以下，T01）",
            hint="补助、转贷、调入资金请由各自的单据入账",
            details={"rev_func_code": rev_func_code, "fund_type_code": fund},
        )
    return posting.event, posting.choices
