"""From a daily report to its entry: every revenue code by its rule (财库〔2015〕192号 T01)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fisc.documents import Leg, RuleBroken, voucher
from fisc.kernel import Coding, Entry
from fisc.registry.rules import postings_for


def received(report: Mapping[str, Any]) -> Entry:
    """Dr 国库存款 Cr 本级收入 by revenue code; an amount below zero is red, as the report prints it."""
    region, year, day = report["mof_div_code"], report["fiscal_year"], report["received_on"]
    legs = [_leg(region, year, *line) for line in report["lines"]]
    key = f"daily_report:{report['doc_key']}:posted"
    return voucher(key, region, _day(day), legs, summary=f"{day} 国库收入日报", source_ref=report["doc_key"])


def _leg(region: str, fiscal_year: int, rev_func_code: str, fund: str, amount_fen: int) -> Leg:
    posting = postings_for("rev_func", rev_func_code, fund, "execution")
    if posting is None or posting.event not in OWN_REVENUE:
        raise RuleBroken(
            f"收入科目 {rev_func_code} 不是本级税收或非税收入，不能由收入日报入账",
            rule="国库收入日报表（财库〔2015〕192号第三十一条以下，T01）",
            hint="补助、转贷、调入资金请由各自的单据入账",
            details={"rev_func_code": rev_func_code, "fund_type_code": fund},
        )
    coding = Coding(fiscal_year, region, fund_type_code=fund, rev_func_code=rev_func_code)
    return Leg(posting.event, amount_fen, coding, choices=posting.choices)


#: Events a daily report may post; money from other governments and debt have documents of their own.
OWN_REVENUE = frozenset({"tax_received", "nontax_received"})


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
