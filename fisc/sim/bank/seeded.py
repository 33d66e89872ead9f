"""Faults that the plan seeded against faults that the treasury named: none missing, none made up.

What the plan told the banks to do wrong is known by key; what reconciliation, messages and returns
named is read from the books. The two must be the same set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import polars as pl
import psycopg

from fisc.banking.services.reconciliation import CLASSES, reports_of
from fisc.banking.services.register import orders_answered, orders_with
from fisc.city.parts import Compared
from fisc.city.world import World
from fisc.sim.bank import slips
from fisc.sim.bank.faults import reference
from fisc.treasury.services import returned_between
from fisc.treasury.sim.paying import certificate
from fisc.treasury.sim.payments import (
    ANSWERED_TWICE,
    DUPLICATE,
    LATE,
    NO_VOUCHER,
    PAID_TWICE,
    UNKNOWN_RECEIPT,
    WITHDRAWN,
    WRONG_ACCOUNT,
)

Conn = psycopg.Connection[Any]

RETURNED: Final = "returned"
#: The plan's fate -> the class under which it is named (a late answer is first a matter of days).
_CLASS: Final = {
    ANSWERED_TWICE: "duplicate_receipt", PAID_TWICE: "paid_twice", NO_VOUCHER: "no_voucher",
    UNKNOWN_RECEIPT: "unknown_receipt", DUPLICATE: "duplicate_message", WRONG_ACCOUNT: RETURNED,
    WITHDRAWN: RETURNED, LATE: LATE,
}  # fmt: skip
_UNEXPLAINED, _DIFFERS = "line_unexplained", "document_differs"
#: Reports that the bank booked as one, and a slip beside it under their number.
_ALONE: Final = """
    select ref_no from sim_bank_booking where ref_no = any(%s) and code = 'REV' and side = 'CRDT'
    group by 1 having count(*) = 2"""
_NAMES: Final = {RETURNED: "退票", LATE: "回单迟到（在途）"}
#: Fates that show only on the day after.
_NEXT_DAY: Final = (DUPLICATE, ANSWERED_TWICE)
#: Classes that a late answer is named by while it is on its way.
_ON_ITS_WAY: Final = ("bank_first", "in_transit", "late")


def compare(conn: Conn, years: Sequence[World], first: date, on: date) -> list[Compared]:
    """Every class of fault from `first` to the end of `on`, a day on which all regions reconciled.

    `years` are the years planned in that time. A fault that stays open is named again later; one that
    began before `first` is left out by its key.
    """
    seeded = _seeded(conn, years, on)
    named = _named(conn, first, on)
    named[LATE] &= seeded[LATE]  # others that are on their way at a day's end are no fault
    return [
        Compared(kind, _name(kind), len(seeded.get(kind, ())), len(named.get(kind, ())),
                 _listed(seeded.get(kind, set()) - named.get(kind, set())),
                 _listed(named.get(kind, set()) - seeded.get(kind, set())))
        for kind in sorted(seeded.keys() | named.keys())
    ]  # fmt: skip


def _name(kind: str) -> str:
    return _NAMES.get(kind) or CLASSES[kind].name


def _listed(keys: set[str]) -> tuple[str, ...]:
    return tuple(sorted(keys)[:20])


def _seeded(conn: Conn, years: Sequence[World], on: date) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {kind: set() for kind in _CLASS.values()}
    for world in years:
        days = world.days
        told = world.plan["payments"].filter(pl.col("fate").is_in(list(_CLASS)))
        for row in told.iter_rows(named=True):
            day = days[row["day"]]
            if day < on or (day == on and row["fate"] not in _NEXT_DAY):
                found[_CLASS[row["fate"]]].add(_key(world, row))
        given = [row for row in world.plan.rows("slips") if days[row["day"]] <= on]
        for kind, key in _slips(conn, world, given):
            found.setdefault(kind, set()).add(key)
    # a message that comes twice answers a whole order
    found["duplicate_message"] = orders_with(conn, found["duplicate_message"])
    return found


def _slips(conn: Conn, world: World, rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """How each slip is named: where one booking agrees with the report, the other is one without paper."""
    numbers = [slips.number(world, row) for row in rows if row["kind"] == slips.TOO_MUCH]
    alone = {number for (number,) in conn.execute(_ALONE, [numbers])}
    for row in rows:
        number = slips.number(world, row)
        is_alone = row["kind"] == slips.STRAY or number in alone
        yield (_UNEXPLAINED, slips.reference(world, row)) if is_alone else (_DIFFERS, number)


def _key(world: World, row: dict[str, Any]) -> str:
    number = certificate(row)
    if row["fate"] == UNKNOWN_RECEIPT:
        return f"XX{number}"[:35]
    return reference(world.seed, "without voucher", number) if row["fate"] == NO_VOUCHER else number


def _items(conn: Conn, first: date, on: date) -> set[tuple[str, str, str]]:
    """(kind, ours, theirs) of what the reports of these days list, of vouchers not older than `first`."""
    return {
        (item.kind, item.ours, item.theirs)
        for report in reports_of(conn, first, on) for item in report.items if item.since >= first
    }  # fmt: skip


def _named(conn: Conn, first: date, on: date) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {kind: set() for kind in (*_CLASS.values(),)}
    for kind, ours, theirs in sorted(_items(conn, first, on)):
        if kind in _ON_ITS_WAY:
            found[LATE].add(ours)
        elif kind in found or CLASSES[kind].is_fault:
            found.setdefault(kind, set()).add(ours or theirs)
    found["duplicate_message"] = orders_answered(conn, found["duplicate_message"])
    found[RETURNED] = returned_between(conn, first, on)
    return found
