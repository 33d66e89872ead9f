"""Daily three-way reconciliation: vouchers, agent bank, central-bank treasury (对账).

Reconciliation goes forward day by day and works on what is open: yesterday's differences and today's
business. Each report is a document of the ledger; asking for it again gives the same report.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.banking.services import findings
from fisc.banking.services.reconciliation import run
from fisc.banking.services.reconciliation.faults import keep_faults
from fisc.banking.services.reconciliation.model import (
    CLASSES,
    Class,
    Identity,
    Item,
    ReconciliationReport,
    payload_of,
    report_of,
)
from fisc.banking.services.reconciliation.run import BEGINNING, Day
from fisc.documents import RuleBroken
from fisc.kernel import Document, record_documents
from fisc.reading.entries import payloads
from fisc.registry.officers import require_duty

__all__ = ["CLASSES", "Class", "Identity", "Item", "ReconciliationReport", "reconcile", "report"]

Conn = psycopg.Connection[Any]

_KIND = "reconciliation"
#: 'RECO' as a number: one reconciliation of a region at a time.
_LOCK = 0x5245434F


def reconcile(
    conn: Conn, region: str, day: date, *, by: str, late_days: int = 3, clearing_late_days: int = 1
) -> ReconciliationReport:
    """Match a region's vouchers, bank and treasury up to `day`, name every difference, record the report.

    A voucher without an answer for more than `late_days`, or a clearing document not executed for more
    than `clearing_late_days` (预算法实施条例第六十六条: the treasury executes the same day), is late.
    The same day again gives the recorded report. Raises MissingDuty, and RuleBroken for a day before
    the last one reconciled: what is closed stays closed.
    """
    with conn.transaction():
        require_duty(conn, by, "reconcile", region)
        conn.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, int(region[:6])])
        standing = report(conn, region, day)
        if standing is not None:
            return standing
        last, totals = _before(conn, region, day)
        covered = run.covered_until(conn, region, day)
        return _reconcile(conn, Day(region, day, last, covered, late_days, clearing_late_days), totals, by)


def report(conn: Conn, region: str, day: date) -> ReconciliationReport | None:
    """The recorded report of a region's day, or None."""
    row = conn.execute(
        "select document_id from treasury_reconciliation where mof_div_code = %s and day = %s",
        [region, day],
    ).fetchone()
    return None if row is None else report_of(region, day, row[0], dict(payloads(conn, row)[row[0]]))


def _before(conn: Conn, region: str, day: date) -> tuple[date, tuple[int, int, int]]:
    """The last reconciled day, and the sums so far: outside, closed, settled (fen)."""
    row = conn.execute(
        "select day, outside_fen, closed_fen, settled_fen from treasury_reconciliation "
        "where mof_div_code = %s order by day desc limit 1",
        [region],
    ).fetchone()
    if row is None:
        return BEGINNING, (0, 0, 0)
    if row[0] > day:
        raise RuleBroken(
            f"{region} 已对账到 {row[0]}，不能再对 {day} 的账",
            rule="对账逐日向前，已核销的不再改动（预算法实施条例第六十七条：按月、按年对账）",
            hint="请查看当日已登记的对账报告；遗漏的差异会在下一次对账中列出",
        )
    return row[0], (row[1], row[2], row[3])


def _reconcile(conn: Conn, at: Day, totals: tuple[int, int, int], by: str) -> ReconciliationReport:
    outside = run.adopt(conn, at)
    pairs, moved = run.vouchers(conn, at)
    cleared = run.clearing(conn, at)
    said = run.messages(conn, at, pairs)
    findings.settle(conn, at.region, at.covered, at.day)
    again = [item for item in said if item.kind == "duplicate_message"]
    keep_faults(conn, at.region, at.day, [*pairs, *cleared, *outside, *again])
    sums = (
        totals[0] + sum(item.ours_fen for item in outside),
        totals[1] + moved.closed_fen,
        totals[2] + moved.settled_fen,
    )
    proof = run.identities(run.sums(conn, at), pairs, cleared, sums[0], (sums[1], sums[2]))
    items = tuple(sorted([*pairs, *cleared, *said, *outside], key=_order))
    made = ReconciliationReport(at.region, at.day, items, proof, moved.matched_count, moved.matched_fen)
    return _record(conn, made, sums, by)


def _order(item: Item) -> tuple[bool, str, str, str]:
    return (not item.is_fault, item.kind, item.ours, item.theirs)


def _record(conn: Conn, made: ReconciliationReport, sums: Sequence[int], by: str) -> ReconciliationReport:
    payload = payload_of(made)
    document = Document(
        natural_key=f"{_KIND}:{made.region}:{made.day}",
        kind=_KIND,
        region=made.region,
        fiscal_year=made.day.year,
        dated_on=made.day,
        doc_no=f"DZ{made.region}{made.day:%Y%m%d}",
        title=f"{made.day} 三方对账：差错 {len(made.faults)} 项，在途 {len(made.in_transit)} 项",
        payload=payload,
    )
    (document_id,) = record_documents(conn, [document])
    conn.execute(
        "insert into treasury_reconciliation (mof_div_code, day, document_id, outside_fen, closed_fen, "
        "settled_fen, fault_count, is_proven, made_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [made.region, made.day, document_id, *sums, len(made.faults), made.is_proven, by],
    )
    said = json.loads(json.dumps(payload))
    again = report_of(made.region, made.day, document_id, said)
    return ReconciliationReport(
        again.region, again.day, again.items, again.identities, again.matched_count, again.matched_fen,
        document_id, is_new=True,
    )  # fmt: skip
