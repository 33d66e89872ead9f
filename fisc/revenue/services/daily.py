"""What the treasury received, day by day: recorded by one person, confirmed and posted by another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fisc.documents import RuleBroken, advance, make, select, taken
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.posting import in_transaction
from fisc.revenue.kinds import DAILY_REPORT
from fisc.revenue.rules import received
from fisc.revenue.services.common import Conn, claim_days, require_codes


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
    conn: Conn, receipts: Sequence[DailyReceipt], *, by: str, on: date
) -> dict[str, bool]:
    """Record the reports that `receipts` make up, one per region and day, in order: key -> whether it is new.

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
    is_new = make(conn, DAILY_REPORT, rows, by=by, on=on)
    return {str(row["doc_key"]): one for row, one in zip(rows, is_new, strict=True)}


def confirm_daily_reports(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Post recorded reports, each as one entry: True where posted now.

    Raises NotFound, WrongState, FourEyes (who recorded may not confirm), RuleBroken where shared
    receipts or refunds have entered a code of the day; then nothing is posted.
    """

    def work() -> list[bool]:
        reports = advance(conn, DAILY_REPORT, doc_keys, "confirm", by=by, on=on)
        lines = [(r.mof_div_code, r.received_on, code, fund) for r in reports for code, fund, _ in r.lines]
        claim_days(conn, lines, "daily_report")
        post(conn, [received(report) for report in reports])
        return taken(doc_keys, reports)

    return in_transaction(conn, work)


def booked_in_reports(conn: Conn, keys: Sequence[str]) -> dict[tuple[str, str], int]:
    """What posted reports brought into the books: (report, revenue code) -> fen, every fund together."""
    found: Counter[tuple[str, str]] = Counter()
    where = "where state = 'posted' and doc_key = any(%s)"
    for report in select(conn, DAILY_REPORT, where, [list(keys)]):
        for code, _, amount_fen in report.lines:
            found[report.doc_key, code] += amount_fen
    return dict(found)


def _require_known(receipts: Sequence[DailyReceipt]) -> None:
    require_codes((r.rev_func_code, r.received_on.year, r.fund_type_code) for r in receipts)
    zero = [r.rev_func_code for r in receipts if r.amount_fen == 0]
    if zero:
        raise RuleBroken(
            f"收入科目 {zero[0]} 的金额为零", rule="日报只列有发生额的科目", hint="请去掉金额为零的行"
        )
