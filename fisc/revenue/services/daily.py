"""What the treasury received, day by day: recorded by one person, confirmed and posted by another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fisc.documents import RuleBroken, advance, make, select, taken
from fisc.documents.editions import booked, current, fresh
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


@dataclass(frozen=True, slots=True)
class DailyLine:
    """What was received of one revenue code; below zero where refunds prevail."""

    rev_func_code: str
    fund_type_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """A region's report of a day, whole: its number follows from where and when."""

    mof_div_code: str
    received_on: date
    lines: tuple[DailyLine, ...]

    @property
    def doc_key(self) -> str:
        """Its number."""
        return report_key(self.mof_div_code, self.received_on)


def make_daily_reports(conn: Conn, reports: Sequence[DayReport], *, by: By, on: date) -> list[bool]:
    """Record reports, each with all its lines: True for each that is new. Lines of one code are added up.

    The same report again changes nothing; another content for the day raises DuplicateConflict.
    Raises NotFound for revenue codes that the year does not know, RuleBroken for a zero amount or no line.
    """
    _require_lines(reports)
    rows = fresh(conn, DAILY_REPORT, [_row(report) for report in reports])
    return make(conn, DAILY_REPORT, rows, by=by, on=on)


def _row(report: DayReport) -> dict[str, object]:
    sums: Counter[tuple[str, str]] = Counter()
    for line in report.lines:
        sums[line.rev_func_code, line.fund_type_code] += line.amount_fen
    return {
        "doc_key": report.doc_key, "mof_div_code": report.mof_div_code,
        "fiscal_year": report.received_on.year, "received_on": report.received_on,
        "total_fen": sum(sums.values()),
        "lines": [[code, fund, fen] for (code, fund), fen in sorted(sums.items()) if fen],
    }  # fmt: skip


def record_daily_reports(
    conn: Conn, receipts: Sequence[DailyReceipt], *, by: str, on: date
) -> dict[str, bool]:
    """Record the reports that `receipts` make up, one per region and day, in order: key -> whether it is new.

    Raises as `make_daily_reports`.
    """
    days: dict[tuple[str, date], list[DailyLine]] = defaultdict(list)
    for r in receipts:
        line = DailyLine(r.rev_func_code, r.fund_type_code, r.amount_fen)
        days[r.mof_div_code, r.received_on].append(line)
    reports = [DayReport(region, day, tuple(lines)) for (region, day), lines in sorted(days.items())]
    is_new = make_daily_reports(conn, reports, by=by, on=on)
    return {report.doc_key: one for report, one in zip(reports, is_new, strict=True)}


def confirm_daily_reports(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Post recorded reports, each as one entry: True where posted now.

    Raises NotFound, WrongState, FourEyes (who recorded may not confirm), RuleBroken where shared
    receipts or refunds have entered a code of the day; then nothing is posted.
    """

    def work() -> list[bool]:
        numbers = current(conn, DAILY_REPORT, doc_keys)
        reports = advance(conn, DAILY_REPORT, numbers, "confirm", by=by, on=on)
        lines = [(r.mof_div_code, r.received_on, code, fund) for r in reports for code, fund, _ in r.lines]
        claim_days(conn, lines, "daily_report")
        post(conn, booked(conn, DAILY_REPORT, [received(report) for report in reports]))
        return taken(numbers, reports)

    return in_transaction(conn, work)


def booked_in_reports(conn: Conn, keys: Sequence[str]) -> dict[tuple[str, str], int]:
    """What posted reports brought into the books: (report, revenue code) -> fen, every fund together."""
    found: Counter[tuple[str, str]] = Counter()
    where = "where state = 'posted' and doc_key = any(%s)"
    for report in select(conn, DAILY_REPORT, where, [list(keys)]):
        for code, _, amount_fen in report.lines:
            found[report.doc_key, code] += amount_fen
    return dict(found)


def _require_lines(reports: Sequence[DayReport]) -> None:
    """Raise what refuses lines: codes that their years do not know, zero amounts, reports without any."""
    lines = [(report, line) for report in reports for line in report.lines]
    require_codes((line.rev_func_code, r.received_on.year, line.fund_type_code) for r, line in lines)
    if zero := [(r.doc_key, line.rev_func_code) for r, line in lines if line.amount_fen == 0]:
        raise RuleBroken(
            f"收入分类 {zero[0][1]} 的金额为零", rule="日报只列有发生额的科目", hint="请去掉金额为零的行",
            details={"keys": [key for key, _ in zero[:20]], "refused": len(zero)},
        )  # fmt: skip
    if empty := [row for row in map(_row, reports) if not row["lines"]]:
        raise RuleBroken(
            f"日报 {empty[0]['doc_key']} 没有发生额", rule="日报只列有发生额的科目",
            hint="没有收入的日子不编日报",
            details={"keys": [row["doc_key"] for row in empty[:20]], "refused": len(empty)},
        )  # fmt: skip
