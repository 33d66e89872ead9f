"""What the treasury received, day by day: recorded by one person, confirmed and posted by another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from fisc.documents import RuleBroken, advance, findings, make, select, taken
from fisc.documents.editions import booked, current, fresh
from fisc.documents.inputs import OrBlank
from fisc.documents.refusals import printed
from fisc.documents.store import By
from fisc.kernel import post
from fisc.kernel.money import MAX_FEN, format_fen
from fisc.kernel.posting import in_transaction
from fisc.revenue.kinds import DAILY_REPORT
from fisc.revenue.rules import received
from fisc.revenue.services.asking import Amount, require_usual
from fisc.revenue.services.common import Conn, claim_days, require_leaves, require_past

if TYPE_CHECKING:
    from fisc.revenue.models import DailyReport


@dataclass(frozen=True, slots=True)
class DailyReceipt:
    """What a region's treasury received of one revenue code on a day; below zero it takes back what the
    report `corrects_no` posted."""

    mof_div_code: str
    received_on: date
    rev_func_code: str
    fund_type_code: str
    amount_fen: int
    corrects_no: str = ""


def report_key(mof_div_code: str, received_on: date) -> str:
    """The natural key of a region's report of a day."""
    return f"{mof_div_code}-{received_on:%Y%m%d}"


@dataclass(frozen=True, slots=True)
class DailyLine:
    """What was received of one revenue code; below zero what is taken back of a report that it corrects."""

    rev_func_code: str
    fund_type_code: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """A region's report of a day, whole: its number follows from where and when.

    `corrects_no` is the earlier report out of which its lines below zero are taken back; `confirm_reason`
    says why an amount that was asked about is right.
    """

    mof_div_code: str
    received_on: date
    lines: tuple[DailyLine, ...]
    corrects_no: OrBlank = ""
    confirm_reason: str = ""

    @property
    def doc_key(self) -> str:
        """Its number."""
        return report_key(self.mof_div_code, self.received_on)


def make_daily_reports(conn: Conn, reports: Sequence[DayReport], *, by: By, on: date) -> list[bool]:
    """Record reports, each with all its lines: True for each that is new. Lines of one code are added up.

    The same report again changes nothing; another content for the day raises DuplicateConflict.
    Raises NotFound for revenue codes that the year does not know or has parted further, RuleBroken for a zero
    amount or no line, a day that is still to come, lines below zero that correct no report, and what `asking`
    asks about.
    """
    return in_transaction(conn, lambda: _make(conn, reports, by, on))


def _make(conn: Conn, reports: Sequence[DayReport], by: By, on: date) -> list[bool]:
    rows = fresh(conn, DAILY_REPORT, [_row(report) for report in reports])
    keys = [str(row["doc_key"]) for row in rows]
    standing = {d.doc_key for d in select(conn, DAILY_REPORT, "where doc_key = any(%s)", [keys])}
    new = [at for at, key in enumerate(keys) if key not in standing]
    require_past(((reports[at].doc_key, reports[at].received_on) for at in new), on)
    _require_lines([reports[at] for at in new])
    notes = require_usual(conn, (one for at in new for one in _amounts(rows[at])))
    _bind(conn, rows)
    _require_corrected(conn, [rows[at] for at in new])
    is_new = make(conn, DAILY_REPORT, rows, by=by, on=on)
    findings.record(conn, notes, on=on)
    return is_new


def _row(report: DayReport) -> dict[str, Any]:
    sums: Counter[tuple[str, str]] = Counter()
    for line in report.lines:
        sums[line.rev_func_code, line.fund_type_code] += line.amount_fen
    return {
        "doc_key": report.doc_key, "mof_div_code": report.mof_div_code,
        "fiscal_year": report.received_on.year, "received_on": report.received_on,
        "total_fen": sum(sums.values()), "corrects_no": report.corrects_no,
        "confirm_reason": report.confirm_reason,
        "lines": [[code, fund, fen] for (code, fund), fen in sorted(sums.items()) if fen],
    }  # fmt: skip


def record_daily_reports(
    conn: Conn, receipts: Sequence[DailyReceipt], *, by: str, on: date
) -> dict[str, bool]:
    """Record the reports that `receipts` make up, one per region and day, in order: key -> whether it is new.

    Raises as `make_daily_reports`.
    """
    days: dict[tuple[str, date], list[DailyReceipt]] = defaultdict(list)
    for r in receipts:
        days[r.mof_div_code, r.received_on].append(r)
    reports = [
        DayReport(
            *place, tuple(DailyLine(r.rev_func_code, r.fund_type_code, r.amount_fen) for r in given),
            max(r.corrects_no for r in given),
        )
        for place, given in sorted(days.items())
    ]  # fmt: skip
    is_new = make_daily_reports(conn, reports, by=by, on=on)
    return {report.doc_key: one for report, one in zip(reports, is_new, strict=True)}


def confirm_daily_reports(conn: Conn, doc_keys: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Post recorded reports, each as one entry: True where posted now.

    Raises NotFound, WrongState, FourEyes (who recorded may not confirm), CashShortfall, RuleBroken where
    shared receipts or refunds have entered a code of the day, or more is taken back than the report named
    posted; then nothing is posted.
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


def _amounts(row: Mapping[str, Any]) -> Iterator[Amount]:
    place = (row["doc_key"], row["mof_div_code"], row["fiscal_year"])
    for code, fund, fen in row["lines"]:
        yield Amount(*place, fund, code, fen, row["confirm_reason"])


def _bind(conn: Conn, rows: Sequence[dict[str, Any]]) -> None:
    """Of the number that a report corrects, the document that stands is meant."""
    given = [row["corrects_no"] for row in rows]
    for row, key in zip(rows, current(conn, DAILY_REPORT, given), strict=True):
        row["corrects_no"] = key


def _require_corrected(conn: Conn, rows: Sequence[dict[str, Any]]) -> None:
    """Raise RuleBroken where lines below zero have no report, or none that fits, to correct.

    How much of that is left to be taken back is judged when it is confirmed.
    """
    keys = [row["corrects_no"] for row in rows]
    standing = {d.doc_key: d for d in select(conn, DAILY_REPORT, "where doc_key = any(%s)", [keys])}
    for row in rows:
        if fault := _fault(row, standing.get(row["corrects_no"])):
            raise RuleBroken(
                f"日报 {printed(row['doc_key'])} {fault}",
                rule="红字只冲减已入账的原单（会计基础工作规范第五十一条以下）；退库凭收入退还书办理",
                hint="请写明同一国库以前日期、已入账的日报编号（更正的日报），冲减不超过它的入账额；"
                "退库的请登记收入退还书",
                details={"keys": [row["doc_key"]]},
            )


def _fault(row: dict[str, Any], corrected: DailyReport | None) -> str:
    """What is wrong with the lines below zero of a report, beside the one that it names; '' where nothing."""
    red = {(code, fund): fen for code, fund, fen in row["lines"] if fen < 0}
    if not red:
        return "没有红字，却写了所更正的日报" if row["corrects_no"] else ""
    words = "、".join(f"{code} {format_fen(fen)} 元" for (code, _), fen in list(red.items())[:3])
    if not row["corrects_no"]:
        return f"有红字（{words}），没有写所更正的日报"
    if (
        corrected is None or corrected.state != "posted" or corrected.received_on >= row["received_on"]
        or corrected.mof_div_code != row["mof_div_code"]
    ):  # fmt: skip
        return f"所更正的 {row['corrects_no']} 不是同一国库以前日期已入账的日报"
    posted = {(code, fund): fen for code, fund, fen in corrected.lines}
    for (code, fund), fen in red.items():
        if posted.get((code, fund), 0) + fen < 0:
            was = format_fen(max(posted.get((code, fund), 0), 0))
            return f"冲减收入分类 {code} {format_fen(-fen)} 元，所更正的日报入账 {was} 元"
    return ""


def _require_lines(reports: Sequence[DayReport]) -> None:
    """Raise what refuses lines: codes that their years do not know or parts, zero amounts, no line at all."""
    lines = [(report, line) for report in reports for line in report.lines]
    require_leaves((line.rev_func_code, r.received_on.year, line.fund_type_code) for r, line in lines)
    if zero := [(r.doc_key, line.rev_func_code) for r, line in lines if line.amount_fen == 0]:
        raise RuleBroken(
            f"收入分类 {zero[0][1]} 的金额为零", rule="日报只列有发生额的科目", hint="请去掉金额为零的行",
            details={"keys": [key for key, _ in zero[:20]], "refused": len(zero)},
        )  # fmt: skip
    if beyond := [row["doc_key"] for row in map(_row, reports) if _reach(row) > MAX_FEN]:
        raise RuleBroken(
            f"日报 {beyond[0]} 的合计超出账务可记的范围",
            rule="金额是数，在账务可记的范围内", hint="请核对金额与单位",
            details={"keys": beyond[:20], "refused": len(beyond)},
        )  # fmt: skip
    if empty := [row for row in map(_row, reports) if not row["lines"]]:
        raise RuleBroken(
            f"日报 {empty[0]['doc_key']} 没有发生额", rule="日报只列有发生额的科目",
            hint="没有收入的日子不编日报",
            details={"keys": [row["doc_key"] for row in empty[:20]], "refused": len(empty)},
        )  # fmt: skip


def _reach(row: dict[str, Any]) -> int:
    """What the amounts of a report come to without their signs, in fen."""
    return sum(abs(fen) for _, _, fen in row["lines"])
