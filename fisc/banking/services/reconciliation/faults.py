"""The faults that reconciliation names, as findings in the one list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import psycopg

from fisc.banking.services.findings import kind_of, still_open
from fisc.banking.services.reconciliation.model import CLASSES, Item
from fisc.documents import findings
from fisc.kernel.findings import Finding

Conn = psycopg.Connection[Any]

_SOURCE: Final = "国库按月、按年与财政、银行对账（预算法实施条例第六十七条）"
#: Told on the day they happen and not again: a person closes them.
ONCE: Final = ("sent_outside",)
_LASTING: Final = tuple(
    f"reconcile.{kind}" for kind, one in CLASSES.items() if one.is_fault and kind not in ONCE
)


def keep_faults(conn: Conn, regions: Sequence[str], day: date, items: Iterable[tuple[str, Item]]) -> None:
    """Keep the faults of a day's reconciliation of regions; those that it names no more are closed.

    `items` (with their regions) are what the sets of vouchers, lines and clearing documents say; what a
    message says is kept when it comes, and a fault of the same kind about the same voucher is not kept twice.
    What was closed and is named again is open again.
    """
    open_now = (one.finding for one in still_open(conn, regions))
    known = {(one.mof_div_code, kind_of(one), one.document) for one in open_now}
    times: Counter[tuple[str, ...]] = Counter()
    found = []
    for region, item in items:
        if item.is_fault and (region, item.kind, item.ours) not in known:
            key = (region, item.kind, item.ours, "" if item.ours else item.theirs)
            times[key] += 1  # two bookings that bear one reference are two faults
            found.append(_of_item(region, item, times[key]))
    findings.record(conn, found, on=day, is_fact=True)
    keys = {finding.key for finding in found}
    still = findings.recorded(conn, regions=regions, rules=_LASTING)
    gone = [one.key for one in still if one.key not in keys]
    findings.lapse(conn, gone, on=day, note="当日对账已相符")


def _of_item(region: str, item: Item, number: int) -> Finding:
    """The key is the voucher, or the bank's reference where there is none; the year is that of its start.

    `number` tells apart those that have both in common.
    """
    # a booking that the bank alone tells of is named by its reference
    is_theirs = not item.ours and bool(item.theirs_fen)
    document = item.theirs if is_theirs else item.ours
    about = "" if document else item.theirs
    name = CLASSES[item.kind].name
    what = f"{name}：{item.words}" if item.words else name
    return Finding(
        f"reconcile.{item.kind}", name, what, _SOURCE, region, item.since.year, document,
        f"{about} #{number}".strip() if number > 1 else about,
        item.theirs_fen if is_theirs else item.ours_fen, None if is_theirs else item.theirs_fen,
        tuple(f"bank:{ref}" for ref in item.theirs.split()), hint="请逐笔核实，按实更正或追回",
    )  # fmt: skip
