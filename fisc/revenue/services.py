"""What the treasury received, day by day: recorded by one person, confirmed and posted by another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents import NotFound, RuleBroken, make, move, read
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.posting import in_transaction
from fisc.registry import classifications
from fisc.revenue.flow import DAILY_REPORT
from fisc.revenue.rules import received

__all__ = ["DailyReceipt", "confirm_daily_reports", "record_daily_reports", "report_key"]


@dataclass(frozen=True, slots=True)
class DailyReceipt:
    """What a region's treasury received of one revenue code on a day; below zero where refunds prevail."""

    mof_div_code: str
    received_on: date
    rev_func_code: str
    fund_type_code: str
    amount_fen: int


def report_key(mof_div_code: str, received_on: date) -> str:
    """The natural key of a region's report of a day."""
    return f"{mof_div_code}-{received_on:%Y%m%d}"


def record_daily_reports(
    conn: psycopg.Connection[Any], receipts: Sequence[DailyReceipt], *, by: str, on: date
) -> list[str]:
    """Record the reports that `receipts` make up, one per region and day; returns their keys, in order.

    The same report again changes nothing; another content for the day raises DuplicateConflict.
    Raises NotFound for revenue codes that the year does not know, RuleBroken for a zero amount.
    """
    _require_known(receipts)
    days: dict[tuple[str, date], dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for r in receipts:
        days[r.mof_div_code, r.received_on][r.rev_func_code, r.fund_type_code] += r.amount_fen
    rows = [
        {"doc_key": report_key(region, day), "mof_div_code": region, "fiscal_year": day.year,
         "received_on": day, "total_fen": sum(lines.values()),
         "lines": [[code, fund, fen] for (code, fund), fen in sorted(lines.items()) if fen]}
        for (region, day), lines in sorted(days.items())
    ]  # fmt: skip
    make(conn, DAILY_REPORT, rows, by=by, on=on)
    return [str(row["doc_key"]) for row in rows]


def confirm_daily_reports(conn: psycopg.Connection[Any], keys: Sequence[str], *, by: By, on: date) -> int:
    """Post recorded reports, each as one entry; returns how many were posted by this call.

    Raises NotFound, WrongState, FourEyes (who recorded may not confirm); then nothing is posted.
    """

    def work() -> int:
        moved = move(conn, DAILY_REPORT, keys, "confirm", by=by, on=on)
        reports = read(conn, DAILY_REPORT, [key for key, now in zip(keys, moved, strict=True) if now])
        return post(conn, [received(report) for report in reports]).posted_count

    return in_transaction(conn, work)


def _require_known(receipts: Sequence[DailyReceipt]) -> None:
    codes = {(r.rev_func_code, r.received_on.year, r.fund_type_code) for r in receipts}
    unknown = sorted(c for c, year, fund in codes if not classifications.lookup("rev_func", c, year, fund))
    if unknown:
        raise NotFound(
            f"没有收入科目 {'、'.join(unknown[:5])}",
            rule="政府收支分类科目按年度使用",
            hint="请用 fisc registry list rev_func 核对科目",
            details={"keys": unknown},
        )
    zero = [r.rev_func_code for r in receipts if r.amount_fen == 0]
    if zero:
        raise RuleBroken(
            f"收入科目 {zero[0]} 的金额为零", rule="日报只列有发生额的科目", hint="请去掉金额为零的行"
        )
