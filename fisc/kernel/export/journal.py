"""Reads the journal in one snapshot, a block of entries at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg

from fisc.kernel.coding import ELEMENTS

#: Told (entries done, entries in all).
Progress = Callable[[int, int], None]

_BLOCK_IDS = 20_000


@dataclass(frozen=True, slots=True)
class Count:
    """How much was written."""

    entries: int
    postings: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One posting; `coding` lists the budget elements that apply, `is_red` marks 红字."""

    account_id: int
    amount_fen: int
    is_red: bool
    coding: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry with its lines in order; `document` is its document's natural key or ''."""

    id: int
    natural_key: str
    region: str
    business_date: date
    period: int
    source_ref: str
    rule_code: str
    summary: str
    document: str
    reverses: str
    lines: tuple[JournalLine, ...]


@contextmanager
def snapshot(conn: psycopg.Connection) -> Iterator[None]:
    """A read-only transaction that sees one moment of the ledger throughout."""
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        yield


def entry_count(conn: psycopg.Connection) -> int:
    """How many entries there are."""
    (count,) = conn.execute("select count(*) from ledger.entry").fetchone() or (0,)
    return int(count)


def first_date(conn: psycopg.Connection) -> date:
    """The business date of the earliest entry; any day where there is none."""
    (day,) = conn.execute("select min(business_date) from ledger.entry").fetchone() or (None,)
    return day or date(2000, 1, 1)


_ENTRIES = b"""
    select e.id, e.natural_key, r.mof_div_code, e.business_date, e.period, e.source_ref, e.rule_code,
           e.summary, coalesce(d.natural_key, ''), coalesce(o.natural_key, '')
    from ledger.entry e
    join ledger.region r on r.id = e.region_id
    left join ledger.document d on d.id = e.document_id
    left join ledger.entry o on o.id = e.reverses_id
    where e.id between %s and %s order by e.id"""

_POSTINGS = b"""
    select entry_id, account_id, amount_fen, amount_fen * side < 0, coding_id
    from ledger.posting where entry_id between %s and %s order by entry_id, line"""

_CODINGS = f"select id, {', '.join(ELEMENTS)} from ledger.coding where id = any(%s)".encode()


def read(conn: psycopg.Connection) -> Iterator[JournalEntry]:
    """Every entry in the order of posting; needs `snapshot` around it."""
    (last,) = conn.execute("select coalesce(max(id), 0) from ledger.entry").fetchone() or (0,)
    for low in range(1, last + 1, _BLOCK_IDS):
        yield from _read_block(conn, low, low + _BLOCK_IDS - 1)


def _read_block(conn: psycopg.Connection, low: int, high: int) -> Iterator[JournalEntry]:
    entries = conn.execute(_ENTRIES, [low, high]).fetchall()
    postings = conn.execute(_POSTINGS, [low, high]).fetchall()
    codings = _codings(conn, {posting[4] for posting in postings})
    lines: dict[int, tuple[JournalLine, ...]] = {}
    for entry_id, rows in groupby(postings, itemgetter(0)):
        lines[entry_id] = tuple(JournalLine(row[1], row[2], row[3], codings[row[4]]) for row in rows)
    for entry in entries:
        yield JournalEntry(*(*entry, lines.get(entry[0], ())))


def _codings(conn: psycopg.Connection, ids: set[int]) -> dict[int, str]:
    """Coding blocks as text: `fiscal_year=2025 exp_func_code=2050201`."""
    return {row[0]: _elements(row[1:]) for row in conn.execute(_CODINGS, [list(ids)])}


def _elements(values: tuple[Any, ...]) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(ELEMENTS, values, strict=True) if value != "")
