"""Sub-ledgers: a batch is one voucher, its lines are a table of the domain that owns them.

A payroll of a million lines posts one entry with a posting per coding block; the lines go
into a table with `entry_id, account_id, coding_id, amount_fen` and whatever the domain
needs. The database refuses lines that do not sum to the voucher's postings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

from fisc.kernel.catalog import account_ids
from fisc.kernel.coding import Coding, intern_codings
from fisc.kernel.entries import Entry, Line, PostResult
from fisc.kernel.posting import in_transaction, post


def define_subledger(conn: psycopg.Connection, table: str) -> None:
    """Guard an existing table (`schema.name`) as a sub-ledger: sums proven, append-only."""
    conn.execute("select ledger.define_subledger(%s)", [table])


def post_with_lines(
    conn: psycopg.Connection,
    entry: Entry,
    *,
    table: str,
    account: str,
    coding_index: Sequence[int],
    codings: Sequence[Coding],
    amount_fen: Sequence[int],
    columns: Mapping[str, Sequence[object]],
) -> PostResult:
    """Post `entry` and its lines, all or nothing; posting it again adds nothing.

    `amount_fen[i]` (signed, debit positive) belongs to `codings[coding_index[i]]` on `account`;
    `columns` are the domain's own columns of `table`, as long as `amount_fen`. The sums by
    coding block must equal the entry's postings on `account` (UnbalancedEntry otherwise).
    """
    account_id = account_ids(conn, [account])[account]
    ids = intern_codings(conn, codings)
    coding_ids = np.array([ids[c] for c in codings])[np.asarray(coding_index)]

    def work() -> PostResult:
        result = post(conn, [entry])
        if result.is_new[0]:
            frame = pl.DataFrame(
                {"entry_id": np.full(len(coding_ids), result.entry_ids[0]),
                 "account_id": np.full(len(coding_ids), account_id),
                 "coding_id": coding_ids, "amount_fen": np.asarray(amount_fen, dtype=np.int64), **columns}
            )  # fmt: skip
            _copy(conn, table, frame)
        return result

    return in_transaction(conn, work)


def _copy(conn: psycopg.Connection, table: str, frame: pl.DataFrame) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(frame.write_csv(include_header=False).encode())


def sums_by_coding(
    account: str, side: int, coding_index: Sequence[int], codings: Sequence[Coding], amount_fen: Sequence[int]
) -> list[Line]:
    """The voucher's lines on `account`: one per coding block, adding up the batch's amounts.

    `amount_fen` is counted in the column `side`; blocks that sum to zero have no line.
    """
    totals = np.zeros(len(codings), dtype=np.int64)
    np.add.at(totals, np.asarray(coding_index), np.asarray(amount_fen, dtype=np.int64))
    return [
        Line(account, coding, side, int(total))
        for coding, total in zip(codings, totals, strict=True)
        if total
    ]
