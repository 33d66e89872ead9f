"""Sub-ledgers: a batch is one voucher, its lines are a table of the domain that owns them.

A payroll of a million lines posts one entry with a posting per coding block; the lines go
into a table with `entry_id, account_id, coding_id, amount_fen` and whatever the domain
needs, made by a migration that also calls `ledger.define_subledger(table)`. The database refuses lines
that do not sum to the voucher's postings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from fisc.kernel.catalog import account_ids
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    import polars as pl


def write_lines(
    conn: psycopg.Connection,
    *,
    table: str,
    account: str,
    entry_ids: Sequence[int],
    coding_ids: Sequence[int],
    amount_fen: Sequence[int],
    columns: Mapping[str, Sequence[object]],
) -> None:
    """Write the lines of vouchers posted in this transaction; all lines of a voucher in one call.

    `amount_fen[i]` (signed, debit positive) belongs to `coding_ids[i]` on `account` of the voucher
    `entry_ids[i]`; `columns` are the domain's own columns of `table`, as long as these. The sums by voucher
    and coding block must equal the voucher's postings on `account` (UnbalancedEntry otherwise).
    """
    if not entry_ids:
        return
    import numpy as np  # only who writes lines waits for these
    import polars as pl

    account_id = account_ids(conn, [account])[account]
    frame = pl.DataFrame(
        {"entry_id": np.asarray(entry_ids, dtype=np.int64), "account_id": np.full(len(entry_ids), account_id),
         "coding_id": np.asarray(coding_ids, dtype=np.int64),
         "amount_fen": np.asarray(amount_fen, dtype=np.int64), **columns}
    )  # fmt: skip
    in_transaction(conn, lambda: _copy(conn, table, frame))


def _copy(conn: psycopg.Connection, table: str, frame: pl.DataFrame) -> None:
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(frame.write_csv(include_header=False).encode())
