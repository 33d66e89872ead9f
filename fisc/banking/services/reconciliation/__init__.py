"""Daily three-way reconciliation: vouchers, agent bank, central-bank treasury (对账).

Reconciliation goes forward day by day and works on what is open: yesterday's differences and today's
business. Each report is a document of the ledger. Any day may be reconciled again: where more has come
to be known of it since, the report is another edition, and the earlier one stays. A day before the last one
is judged by what was closed before it (`past`); what later days closed stays closed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.kinds import RECONCILIATION
from fisc.banking.services import findings, register
from fisc.banking.services.reconciliation import run
from fisc.banking.services.reconciliation.cash import cash, matched_on
from fisc.banking.services.reconciliation.chain import BEGINNING, Chain, chains, missing
from fisc.banking.services.reconciliation.faults import ONCE, keep_faults
from fisc.banking.services.reconciliation.model import (
    CLASSES,
    Class,
    Identity,
    Item,
    Match,
    ReconciliationReport,
    payload_of,
    report_of,
)
from fisc.banking.services.reconciliation.openings import compared
from fisc.banking.services.reconciliation.run import Day
from fisc.kernel import Document, record_documents
from fisc.reading.entries import payloads
from fisc.registry.officers import require_duty
from fisc.registry.rows import insert_rows
from fisc.treasury.services.unsettled import Unsettled, unsettled

__all__ = [
    "CLASSES", "Class", "Identity", "Item", "Match", "ReconciliationReport", "reconcile", "reconcile_all",
    "report", "reports_of",
]  # fmt: skip

Conn = psycopg.Connection[Any]

_KIND = "reconciliation"


def reconcile(
    conn: Conn, region: str, day: date, *, by: str, late_days: int = 3, clearing_late_days: int = 1
) -> ReconciliationReport:
    """Match a region's vouchers, bank and treasury up to `day`, name every difference, record the report.

    A voucher without an answer for more than `late_days`, or a clearing document not executed for more
    than `clearing_late_days` (预算法实施条例第六十六条: the treasury executes the same day), is late.
    A day again gives the recorded report where nothing has changed, else a new edition of it. Raises
    MissingDuty.
    """
    (made,) = reconcile_all(
        conn, [region], day, by=by, late_days=late_days, clearing_late_days=clearing_late_days
    )
    return made


def reconcile_all(
    conn: Conn, regions: Sequence[str], day: date, *, by: str, late_days: int = 3, clearing_late_days: int = 1
) -> list[ReconciliationReport]:
    """`reconcile` for each of these regions, all or none, in as many statements as for one."""
    wanted = sorted(set(regions))
    with conn.transaction():
        require_duty(conn, by, "reconcile", *wanted)
        found = _reconciled(conn, wanted, day, by, (late_days, clearing_late_days))
        return [found[region] for region in regions]


#: After how many days a voucher without an answer, and a clearing document not executed, are late.
_LATE: Final = (3, 1)


def _reconciled(
    conn: Conn, wanted: Sequence[str], day: date, by: str, late: tuple[int, int]
) -> dict[str, ReconciliationReport]:
    register.hold(conn, wanted)
    found = reports(conn, wanted, day)
    before, is_past = _before(conn, wanted, day, found)
    for group in ([r for r in wanted if not is_past[r]], [r for r in wanted if is_past[r]]):
        if group:
            begun = {region: before[region] for region in group}
            last = {region: one.last for region, one in begun.items()}
            at = Day(day, last, chains(conn, last, day), *late)
            made = _past(conn, at, begun) if is_past[group[0]] else _made(conn, at, begun)
            found |= _kept(conn, made, found, by)
    return found


def reconcile_last(conn: Conn, regions: Sequence[str], *, by: str) -> None:
    """`reconcile` the last day of each of these regions again, where there is one: less is known than was.

    It follows from what an officer did, whose duty that step has asked.
    """
    rows = conn.execute(
        "select mof_div_code, max(day) from banking_reconciliation where mof_div_code = any(%s) group by 1 "
        "order by 1",
        [list(regions)],
    ).fetchall()
    for region, day in rows:
        _reconciled(conn, [region], day, by, _LATE)


def report(conn: Conn, region: str, day: date) -> ReconciliationReport | None:
    """The recorded report of a region's day, or None."""
    return reports(conn, [region], day).get(region)


def reports(conn: Conn, regions: Sequence[str], day: date) -> dict[str, ReconciliationReport]:
    """Region -> its recorded report of a day, where there is one."""
    rows = conn.execute(
        "select distinct on (mof_div_code) mof_div_code, document_id, edition from banking_reconciliation "
        "where mof_div_code = any(%s) and day = %s order by mof_div_code, edition desc",
        [list(regions), day],
    ).fetchall()
    said = payloads(conn, [number for _, number, _ in rows]) if rows else {}
    return {region: report_of(region, day, (number, n), dict(said[number])) for region, number, n in rows}


def reports_of(conn: Conn, first: date, last: date) -> list[ReconciliationReport]:
    """The recorded reports of all regions from one day to another, both included; of each day the last."""
    rows = conn.execute(
        "select distinct on (day, mof_div_code) mof_div_code, day, document_id, edition "
        "from banking_reconciliation where day between %s and %s order by day, mof_div_code, edition desc",
        [first, last],
    ).fetchall()
    said = payloads(conn, [row[2] for row in rows]) if rows else {}
    return [report_of(region, day, (number, n), dict(said[number])) for region, day, number, n in rows]


class _SoFar(NamedTuple):
    """The sums of a region up to a day: outside, closed, settled (fen)."""

    outside_fen: int = 0
    closed_fen: int = 0
    settled_fen: int = 0


_NOTHING: Final = _SoFar()


@dataclass(frozen=True, slots=True)
class _Before:
    """The last reconciled day before this one, the sums so far, and what this day's earlier edition said."""

    last: date = BEGINNING
    sums: _SoFar = _NOTHING
    edition: ReconciliationReport | None = None


def _before(
    conn: Conn, regions: Sequence[str], day: date, found: Mapping[str, ReconciliationReport]
) -> tuple[dict[str, _Before], dict[str, bool]]:
    """Region -> what came before the day, and whether the region went on to a later day already."""
    rows = conn.execute(
        "select distinct on (mof_div_code) mof_div_code, day, "
        "(select max(b.day) from banking_reconciliation b "
        "where b.mof_div_code = r.mof_div_code and b.day < %s), outside_fen, closed_fen, settled_fen "
        "from banking_reconciliation r where mof_div_code = any(%s) "
        "order by mof_div_code, day desc, edition desc",
        [day, list(regions)],
    ).fetchall()
    before = {region: _Before() for region in regions}
    is_past = dict.fromkeys(regions, False)
    for region, reached, last, *sums in rows:
        before[region] = _Before(last or BEGINNING, _SoFar(*sums), found.get(region))
        is_past[region] = reached > day
    return before, is_past


def _past(conn: Conn, at: Day, before: Mapping[str, _Before]) -> list[_Made]:
    """What is reconciled of a day that regions went on from: as it was left by the days before it.

    What it opens and closes is undone: later days stand on what they closed.
    """
    with conn.transaction(force_rollback=True):
        left = run.left_before(conn, at)
        begun = {
            region: replace(
                one, sums=_SoFar(*left[region]),
                edition=one.edition and replace(one.edition, matched_count=0, matched_fen=0),
            )
            for region, one in before.items()
        }  # fmt: skip
        return _made(conn, at, begun)


class _Made(NamedTuple):
    """What is reconciled of a region, and the sums with it."""

    report: ReconciliationReport
    sums: _SoFar


def _made(conn: Conn, at: Day, before: Mapping[str, _Before]) -> list[_Made]:
    outside = run.adopt(conn, at)
    pairs, moved = run.vouchers(conn, at)
    cleared = run.clearing(conn, at)
    others = cash(conn, at)
    said = run.messages(conn, at, pairs)
    untold = run.by_region((*missing(conn, at.chain, at.day), *compared(conn, at.regions, at.day)))
    findings.settle(conn, at.covered, at.day)
    told = [
        (region, item) for of in (pairs, cleared, others, outside, untold)
        for region in of for item in of[region] if not _is_told(before[region].edition, item)
    ]  # fmt: skip
    keep_faults(conn, at.regions, at.day, told)
    totals, matches = run.sums(conn, at), matched_on(conn, at)
    waiting, basis = unsettled(conn, at.regions, at.day), run.basis(conn, at)
    return [
        _of_region(
            (region, at.day), before[region], moved[region], (totals[region], at.chain[region]),
            waiting[region], (tuple(matches[region]), basis[region]),
            *(of.get(region, []) for of in (pairs, cleared, others, said, outside, untold)),
        )
        for region in at.regions
    ]  # fmt: skip


def _kept(
    conn: Conn, made: Sequence[_Made], recorded: Mapping[str, ReconciliationReport], by: str
) -> dict[str, ReconciliationReport]:
    """The reports of regions: those that say something new are recorded, the others were."""
    changed = [one for one in made if not _is_same(one.report, recorded.get(one.report.region))]
    return _record(conn, changed, by)


def _is_told(earlier: ReconciliationReport | None, item: Item) -> bool:
    """Whether a fault that is told once was told by an earlier edition: a person has it since."""
    return earlier is not None and item.kind in ONCE and item in earlier.items


def _is_same(made: ReconciliationReport, earlier: ReconciliationReport | None) -> bool:
    return earlier is not None and json.loads(json.dumps(payload_of(made))) == payload_of(earlier)


def _of_region(  # noqa: PLR0917 -- what the sets say of one region
    of: tuple[str, date], before: _Before, moved: run.Movement, totals: tuple[run.Sums, Chain],
    waiting: Unsettled, rests: tuple[tuple[Match, ...], str],
    pairs: list[Item], cleared: list[Item], others: list[Item], said: list[Item], outside: list[Item],
    untold: list[Item],
) -> _Made:  # fmt: skip
    sums = _SoFar(
        before.sums.outside_fen + sum(item.ours_fen for item in outside),
        before.sums.closed_fen + moved.closed_fen,
        before.sums.settled_fen + moved.settled_fen,
    )
    closed = (sums.closed_fen, sums.settled_fen)
    total, chain = totals
    proof = run.identities(total, pairs, cleared, others, sums.outside_fen, closed, chain.outflow_fen)
    proof += run.in_books(waiting)
    earlier = before.edition
    told = [item for item in earlier.items if item.kind == "sent_outside"] if earlier else []
    items = tuple(sorted([*pairs, *cleared, *others, *said, *told, *outside, *untold], key=_order))
    count, fen, number = (
        (earlier.matched_count, earlier.matched_fen, earlier.edition) if earlier else (0, 0, 0)
    )
    report = ReconciliationReport(
        *of, items, proof, count + moved.matched_count, fen + moved.matched_fen, *rests,
        edition=number + 1,
    )  # fmt: skip
    return _Made(report, sums)


def _order(item: Item) -> tuple[bool, str, str, str]:
    return (not item.is_fault, item.kind, item.ours, item.theirs)


def _record(conn: Conn, made: Sequence[_Made], by: str) -> dict[str, ReconciliationReport]:
    """Record the reports as documents of the ledger; they are given as a later call will read them."""
    if not made:
        return {}
    ids = record_documents(conn, [_document(one.report) for one in made])
    insert_rows(conn, RECONCILIATION, [
        RECONCILIATION.row(
            one.sums, mof_div_code=one.report.region, day=one.report.day, edition=one.report.edition,
            document_id=number,
            fault_count=len(one.report.faults), is_proven=one.report.is_proven, made_by=by,
            basis=one.report.basis,
        )
        for number, one in zip(ids, made, strict=True)
    ])  # fmt: skip
    return {one.report.region: _again(one.report, n) for n, one in zip(ids, made, strict=True)}


def _document(made: ReconciliationReport) -> Document:
    edition = f"~{made.edition}" if made.edition > 1 else ""
    return Document(
        natural_key=f"{_KIND}:{made.region}:{made.day}{edition}",
        kind=_KIND,
        region=made.region,
        fiscal_year=made.day.year,
        dated_on=made.day,
        doc_no=f"DZ{made.region}{made.day:%Y%m%d}{edition}",
        title=f"{made.day} 三方对账：差错 {len(made.faults)} 项，在途 {len(made.in_transit)} 项",
        payload=payload_of(made),
    )


def _again(made: ReconciliationReport, document_id: int) -> ReconciliationReport:
    said = json.loads(json.dumps(payload_of(made)))
    return replace(report_of(made.region, made.day, (document_id, made.edition), said), is_new=True)
