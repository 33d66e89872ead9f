"""Direct funds (直达资金): from the centre to the payee, with distribution and payment progress.

财预〔2020〕56号: 中央切块、省级细化、备案同意、快速直达. The mark goes with the document; the number of
the source document stays on every quota, so progress is read from the quota books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import psycopg

from fisc.documents.findings import Finding
from fisc.registry import limits
from fisc.transfers.services.clocks import BASE, pass_on_clocks
from fisc.transfers.services.read import Granted, Stage, direct_lines, stages

#: Accounts of the quota book on which money of a quota stands: 待分 … 已支付.
QUOTA_STAGES: Final = ("9301", "9302", "9303", "9304", "9401", "9402", "9501")
_PAID: Final = "9501"


@dataclass(frozen=True, slots=True)
class DirectProgress:
    """A direct fund in a region, in fen; region '' is the whole chain below the first receiver.

    Distributed: issued to lower governments, or given to quotas. Paid: out of the region's quotas.
    """

    doc_no: str
    mof_div_code: str
    title: str
    is_direct_fund: str
    received_on: date
    received_fen: int
    issued_fen: int
    quota_fen: int
    paid_fen: int

    @property
    def own_fen(self) -> int:
        """What the region keeps for its own quotas."""
        return self.received_fen - self.issued_fen

    @property
    def distribution_bp(self) -> int:
        """Distributed per 10,000 received (分配进度)."""
        return _share(self.issued_fen + self.quota_fen, self.received_fen)

    @property
    def payment_bp(self) -> int:
        """Paid per 10,000 of what the region keeps (支付进度)."""
        return _share(self.paid_fen, self.own_fen)


#: Rules of monitoring_rules.csv over direct funds.
DIRECT_RULES: Final = {"R11": "直达资金下达不及时", "R12": "直达资金滞留闲置"}


def _share(part_fen: int, whole_fen: int) -> int:
    return part_fen * BASE // whole_fen if whole_fen else 0


def direct_progress(conn: psycopg.Connection[Any], fiscal_year: int) -> list[DirectProgress]:
    """Progress of every direct fund of a year: by number, the whole chain first, then each region."""
    by_number: dict[str, list[Granted]] = defaultdict(list)
    for one in direct_lines(conn, fiscal_year):
        by_number[one.line.sup_bgt_doc_no].append(one)
    standing: dict[tuple[str, str], list[Stage]] = defaultdict(list)
    for stage in stages(conn, list(by_number), QUOTA_STAGES):
        standing[stage.sup_bgt_doc_no, stage.mof_div_code].append(stage)
    return [row for number, lines in by_number.items() for row in _of_document(number, lines, standing)]


def _of_document(
    number: str, lines: Sequence[Granted], standing: Mapping[tuple[str, str], Sequence[Stage]]
) -> list[DirectProgress]:
    receivers = list(dict.fromkeys(one.line.rec_div_code for one in lines))
    rows = [_of_region(number, region, lines, standing.get((number, region), ())) for region in receivers]
    givers = {one.line.giver_div_code for one in lines}
    first = [one for one in lines if one.line.giver_div_code not in receivers]
    whole = DirectProgress(
        number,
        "",
        first[0].title,
        first[0].line.is_direct_fund,
        min(one.effective_on for one in first),
        sum(one.net_fen for one in first),
        0,
        sum(row.quota_fen for row in rows),
        sum(row.paid_fen for row in rows),
    )
    return [whole, *sorted(rows, key=lambda row: (row.mof_div_code not in givers, row.mof_div_code))]


def _of_region(
    number: str, region: str, lines: Sequence[Granted], standing: Sequence[Stage]
) -> DirectProgress:
    own = [one for one in lines if one.line.rec_div_code == region]
    return DirectProgress(
        number,
        region,
        own[0].title,
        own[0].line.is_direct_fund,
        min(one.effective_on for one in own),
        sum(one.net_fen for one in own),
        sum(one.net_fen for one in lines if one.line.giver_div_code == region),
        sum(stage.fen for stage in standing),
        sum(stage.fen for stage in standing if stage.account == _PAID),
    )


def direct_violations(conn: psycopg.Connection[Any], fiscal_year: int, as_of: date) -> list[Finding]:
    """R11 not issued within the days of law; R12 money that lies unpaid with no payment for many days.

    (R10, direct funds into special accounts, is refused where a payment is applied for.)
    """
    progress = [row for row in direct_progress(conn, fiscal_year) if row.mof_div_code]
    return [*_late(conn, progress, fiscal_year, as_of), *_idle(conn, progress, fiscal_year, as_of)]


def _late(
    conn: psycopg.Connection[Any], progress: Sequence[DirectProgress], fiscal_year: int, as_of: date
) -> list[Finding]:
    direct = {(row.doc_no, row.mof_div_code) for row in progress}
    found = []
    for region in sorted({row.mof_div_code for row in progress}):
        for clock in pass_on_clocks(conn, region, fiscal_year, as_of):
            if clock.is_overrun and (clock.doc_no, region) in direct:
                message = f"{clock.started_on} 收到，限 {clock.due_on} 前下达，已超 {clock.days_over} 天"
                place = (region, fiscal_year, clock.doc_no)
                found.append(_finding("R11", place, clock.open_fen, message, clock.rule))
    return found


def _idle(
    conn: psycopg.Connection[Any], progress: Sequence[DirectProgress], fiscal_year: int, as_of: date
) -> list[Finding]:
    limit = limits.lookup("direct_fund_idle_days", fiscal_year)
    unpaid = [row for row in progress if row.quota_fen > row.paid_fen]
    last = _last_paid(conn, [row.doc_no for row in unpaid], as_of)
    found = []
    for row in unpaid:
        since = last.get((row.doc_no, row.mof_div_code), row.received_on)
        if as_of - since > timedelta(days=limit.value):
            message = f"自 {since} 起 {(as_of - since).days} 天没有支付"
            fen = row.quota_fen - row.paid_fen
            place = (row.mof_div_code, fiscal_year, row.doc_no)
            found.append(_finding("R12", place, fen, message, limit.rule))
    return found


def _finding(rule_id: str, place: tuple[str, int, str], fen: int, words: str, source: str) -> Finding:
    region, year, number = place
    return Finding(rule_id, DIRECT_RULES[rule_id], words, source, region, year, number, amount_fen=fen)


def _last_paid(
    conn: psycopg.Connection[Any], numbers: Sequence[str], as_of: date
) -> dict[tuple[str, str], date]:
    """(number, region) -> the last day on which something was paid, by `as_of`."""
    rows = conn.execute(
        "select c.sup_bgt_doc_no, c.mof_div_code, max(e.business_date) "
        "from ledger.coding c join ledger.account a on a.book = 'quota' and a.code = %s "
        "join ledger.posting p on p.account_id = a.id and p.coding_id = c.id and p.amount_fen < 0 "
        "join ledger.entry e on e.id = p.entry_id "
        "where c.sup_bgt_doc_no = any(%s) and c.sup_bgt_doc_no <> '' and e.business_date <= %s group by 1, 2",
        [_PAID, list(set(numbers)), as_of],
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}
