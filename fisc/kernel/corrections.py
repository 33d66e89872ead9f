"""Red entries (红字): the only way to undo what was posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.kernel.coding import ELEMENTS, Coding
from fisc.kernel.entries import Entry, Line, PostResult
from fisc.kernel.errors import DuplicateConflict, UnknownAccount
from fisc.kernel.knowledge import moment_of
from fisc.kernel.posting import in_transaction, post

_HEADS = b"""
    select e.id, e.natural_key, r.mof_div_code, e.business_date, e.period, e.document_id, e.source_ref,
           e.rule_code, e.summary, e.reverses_id
    from ledger.entry e join ledger.region r on r.id = e.region_id where e.id = any(%s)"""


def reverse(
    conn: psycopg.Connection,
    entry_ids: Sequence[int],
    key_suffix: str,
    *,
    business_date: date | None = None,
    period: int | None = None,
    document_id: int | None = None,
    summary: str | Callable[[Entry], str] = "红字冲销",
    replaced_by: Sequence[Entry] = (),
) -> PostResult:
    """Post, for each entry, its exact opposite in red. Idempotent by `natural key + key_suffix`.

    `replaced_by` are the right entries in their place, posted in the same set: what the red takes
    away and they give back is weighed together, where either alone might break a control. The result
    is of the red entries first, in the order given, then of these.

    Date, period and document are the reversed entry's unless given: give an open period
    when the entry's own is closed. Raises what `post` raises, UnknownAccount for an entry that
    does not exist, and DuplicateConflict for one that is reversed already under another key.
    """

    def red(entry_id: int, old: Entry) -> Entry:
        return Entry(
            natural_key=old.natural_key + key_suffix,
            region=old.region,
            business_date=business_date or old.business_date,
            period=period if period is not None else (None if business_date else old.period),
            lines=tuple(Line(ln.account, ln.coding, ln.side, -ln.amount_fen) for ln in old.lines),
            document_id=document_id or old.document_id,
            source_ref=old.source_ref,
            rule_code=old.rule_code,
            summary=summary if isinstance(summary, str) else summary(old),
            reverses_id=entry_id,
        )

    def work() -> PostResult:
        wanted = sorted(entry_ids)
        # two reversals of the same entry wait for each other here
        conn.execute("select id from ledger.entry where id = any(%s) order by id for update", [wanted])
        reds = [red(entry_id, old) for entry_id, old in _existing(conn, entry_ids)]
        _refuse_second_reversal(conn, reds)
        return post(conn, [*reds, *replaced_by])

    return in_transaction(conn, work)


def _existing(conn: psycopg.Connection, entry_ids: Sequence[int]) -> list[tuple[int, Entry]]:
    wanted = list(entry_ids)
    entries = read_entries(conn, wanted)
    if missing := [i for i in wanted if i not in entries]:
        raise UnknownAccount(f"没有凭证 {missing[0]}", rule="红字冲销须指明原凭证", hint="请核对凭证号")
    return [(i, entries[i]) for i in wanted]


def _refuse_second_reversal(conn: psycopg.Connection, reds: Sequence[Entry]) -> None:
    row = conn.execute(
        "select o.natural_key, e.natural_key from ledger.entry e join ledger.entry o on o.id = e.reverses_id "
        "where e.reverses_id = any(%s) and e.natural_key <> all(%s) order by e.id limit 1",
        [[red.reverses_id for red in reds], [red.natural_key for red in reds]],
    ).fetchone()
    if row is not None:
        raise DuplicateConflict(
            f"凭证 {row[0]} 已被凭证 {row[1]} 红字冲销",
            rule="一笔凭证只冲销一次",
            hint="若要恢复，请另记一笔正确的凭证",
            details={"natural_key": row[0], "reversed_by": row[1]},
        )


def read_entries(conn: psycopg.Connection, entry_ids: Sequence[int]) -> dict[int, Entry]:
    """The entries with these ids, as they were posted."""
    heads = conn.execute(_HEADS, [list(entry_ids)]).fetchall()
    lines = _read_lines(conn, entry_ids)
    return {
        row[0]: Entry(
            natural_key=row[1], region=row[2], business_date=row[3], period=row[4], document_id=row[5],
            source_ref=row[6], rule_code=row[7], summary=row[8], reverses_id=row[9],
            lines=tuple(lines[row[0]]),
        )
        for row in heads
    }  # fmt: skip


def read_entries_of(conn: psycopg.Connection, document_ids: Sequence[int]) -> dict[int, Entry]:
    """id -> entry of all that these documents posted, in the order it was posted."""
    rows = conn.execute(
        "select id from ledger.entry where document_id = any(%s) "
        "and posted_at <= coalesce(%s::timestamptz, 'infinity') order by id",
        [list(document_ids), moment_of(conn)],
    ).fetchall()
    found = read_entries(conn, [row[0] for row in rows])
    return {row[0]: found[row[0]] for row in rows}


def _read_lines(conn: psycopg.Connection, entry_ids: Sequence[int]) -> dict[int, list[Line]]:
    rows: list[tuple[Any, ...]] = conn.execute(
        "select p.entry_id, a.book || ':' || a.code, p.side, p.amount_fen, "
        + ", ".join(f"c.{e}" for e in ELEMENTS)
        + " from ledger.posting p join ledger.account a on a.id = p.account_id "
        "join ledger.coding c on c.id = p.coding_id where p.entry_id = any(%s) order by p.entry_id, p.line",
        [list(entry_ids)],
    ).fetchall()
    lines: dict[int, list[Line]] = defaultdict(list)
    for entry_id, account, side, amount_fen, *elements in rows:
        lines[entry_id].append(Line(account, Coding(*elements), side, side * amount_fen))
    return lines
