"""A day's reconciliation as people are told it: differences by the names of their classes, the proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg

from fisc.banking.services.reconciliation import reconcile, report
from fisc.banking.services.reconciliation.model import CLASSES, Identity, Item, ReconciliationReport

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `ours` and `theirs` are the keys on both sides, amounts are fen, out positive."""

    name: str
    is_fault: bool
    ours: str
    theirs: str
    ours_fen: int
    theirs_fen: int
    since: date
    words: str


@dataclass(frozen=True, slots=True)
class Proof:
    """An equation of sums: what stands on its sides, in fen, and by how much they differ."""

    name: str
    left_side_fen: int
    right_side_fen: int
    gap_fen: int


@dataclass(frozen=True, slots=True)
class MatchedDocument:
    """What a document settled: its number and the bank's (several joined by a space), fen, out positive.

    `words`: by what, where the party of both did not tell.
    """

    document: str
    theirs: str
    line_count: int
    outflow_fen: int
    booked_on: date
    words: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the vouchers, the bank and the treasury say about a region up to a day.

    `edition`: which reconciliation of the day it is; `is_new`: whether this call made it or an earlier one
    did, None where it was only looked at.
    """

    mof_div_code: str
    day: date
    edition: int
    is_new: bool | None
    is_proven: bool
    fault_count: int
    matched_count: int
    matched_fen: int
    differences: tuple[Difference, ...]
    proofs: tuple[Proof, ...]
    matches: tuple[MatchedDocument, ...]


def reconcile_day(
    conn: Conn, region: str, day: date, *, by: str, late_days: int = 3, clearing_late_days: int = 1
) -> Reconciled:
    """`reconcile`, as people are told it. Raises as it."""
    return _told(
        reconcile(conn, region, day, by=by, late_days=late_days, clearing_late_days=clearing_late_days)
    )


def reconciled_day(conn: Conn, region: str, day: date) -> Reconciled | None:
    """The recorded reconciliation of a region's day, or None."""
    found = report(conn, region, day)
    return None if found is None else replace(_told(found), is_new=None)


def _told(made: ReconciliationReport) -> Reconciled:
    return Reconciled(
        made.region, made.day, made.edition, made.is_new, made.is_proven, len(made.faults),
        made.matched_count, made.matched_fen,
        tuple(map(_difference, made.items)), tuple(map(_proof, made.identities)),
        tuple(MatchedDocument(*match) for match in made.matches),
    )  # fmt: skip


def _difference(item: Item) -> Difference:
    return Difference(
        CLASSES[item.kind].name, item.is_fault, item.ours, item.theirs, item.ours_fen, item.theirs_fen,
        item.since, item.words,
    )  # fmt: skip


def _proof(identity: Identity) -> Proof:
    left, right = (sum(fen for _, fen in side) for side in (identity.left, identity.right))
    return Proof(identity.name, left, right, identity.gap_fen)
