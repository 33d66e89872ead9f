"""Amounts of a file's rows, and what is wrong with its rows before any rule is asked."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from fisc.sheets import BadCell, Fault, Table
from fisc.sheets.columns import amount_fen
from fisc.treasury.services.imports.faults import placed

_MOST_FEN = 10**17


def fen_of(texts: Iterable[str], unit: str) -> pl.DataFrame:
    """Columns `fen` (null where `fault` is set) and `fault`, one row per text.

    `fault` is one of missing, negative, not_amount, decimals, zero, too_large, or null.
    """
    known: dict[str, tuple[int | None, str | None]] = {}
    found = []
    for text in texts:
        if text not in known:
            known[text] = _fen(text, unit)
        found.append(known[text])
    return pl.DataFrame(found, schema={"fen": pl.Int64, "fault": pl.String}, orient="row")


def _fen(text: str, unit: str) -> tuple[int | None, str | None]:
    if not text:
        return None, "missing"
    try:
        fen = amount_fen(text, unit)
    except BadCell as error:
        return None, "negative" if text.startswith(("(", "（")) else error.code
    if fen < 0:
        return None, "negative"
    if fen == 0:
        return 0, "zero"
    return (None, "too_large") if fen >= _MOST_FEN else (fen, None)


def beside(table: Table) -> list[Fault]:
    """Faults of rows that are no payment of their own: totals."""
    return [fault for fault in table.faults if fault.row in {*table.totals, *table.subtotals}]


def broken(table: Table) -> pl.DataFrame:
    """Rows whose cells say nothing certain: place, code, what and hint; they are judged no further."""
    names = [column.name for column in table.columns if column.name in table.places]
    place = {number: at for at, number in enumerate(table.numbers)}
    rows = [
        (place[fault.row], fault.code, placed(fault), fault.remedy)
        for fault in (*table.faults, *table.cell_faults(names))
        if fault.row in place
    ]
    schema = {"place": pl.UInt32, "code": pl.String, "what": pl.String, "hint": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
