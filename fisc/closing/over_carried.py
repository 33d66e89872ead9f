"""What papers carried over under numbers beyond what there was: the next paper takes it back in red."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg

from fisc.closing.papers import SOURCES, entry_keys
from fisc.closing.rules.sources import SourceLeft, Taken
from fisc.documents.accounts import SOURCE_BUDGETED, SOURCE_PENDING, SPENDING, TRANSFER_SPENDING
from fisc.kernel import Coding, codings_of
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.ledger import Turnover, turnover, year
from fisc.reserves import services as reserves

Conn = psycopg.Connection[Any]

_Pool = tuple[str, str]
_BY_POOL: Final = ("fund_type_code", "sup_bgt_doc_no")


def over_carried(conn: Conn, region: str, fiscal_year: int) -> list[SourceLeft]:
    """What a region's year carried by number that its quotas had, as far as the next year holds it still.

    Fen below zero: so much of a document goes back where it was taken.
    """
    keys = entry_keys(conn, region, fiscal_year, SOURCES)
    over = reserves.over_carried(conn, region, fiscal_year) if keys else {}
    return list(_back(conn, region, fiscal_year, keys, Counter(over))) if over else []


def _back(
    conn: Conn, region: str, fiscal_year: int, keys: Sequence[str], over: Counter[str]
) -> Iterator[SourceLeft]:
    taken = _taken(conn, region, fiscal_year, keys)
    for (fund, number), waits in sorted(_returnable(conn, region, fiscal_year).items()):
        fen, parts = waits, []
        for one, left in taken.items():
            part = min(fen, over[fund], left) if one[1].fund_type_code == fund else 0
            if part > 0:
                parts.append(Taken(*one, -part))
                fen, over[fund], taken[one] = fen - part, over[fund] - part, left - part
        if parts:
            yield SourceLeft(Coding(fiscal_year, region, fund, sup_bgt_doc_no=number), tuple(parts))


def _taken(conn: Conn, region: str, fiscal_year: int, keys: Sequence[str]) -> dict[tuple[str, Coding], int]:
    """What the papers took out of budgets without numbers, by account and block; fen."""
    last = fiscal_year * 100 + YEAR_END_MONTH
    budgets = (SPENDING, TRANSFER_SPENDING)
    found: Counter[tuple[str, int]] = Counter()
    for without, sign in (((), 1), (tuple(keys), -1)):
        asked = Turnover(budgets, (region,), (last, last), DEBIT, without=without)
        for (code, number), fen in turnover(conn, asked, "code", "coding_id").items():
            found[code, number] += sign * fen
    blocks = codings_of(conn, {number for _, number in found})
    return {
        (code, blocks[number]): fen for (code, number), fen in sorted(found.items())
        if fen > 0 and not blocks[number].sup_bgt_doc_no
    }  # fmt: skip


def _returnable(conn: Conn, region: str, fiscal_year: int) -> dict[_Pool, int]:
    """Fund and number -> fen that came out of budgets without numbers and wait in the next year's pool."""
    first = (fiscal_year + 1) * 100 + OPENING_MONTH
    asked = (
        Turnover((SOURCE_BUDGETED,), (region,), year(fiscal_year, first_month=0), CREDIT),
        Turnover((SOURCE_PENDING,), (region,), (first, first), CREDIT),
        Turnover((SOURCE_PENDING,), (region,), year(fiscal_year + 1, first_month=0), CREDIT),
    )
    registered, carried, waits = (turnover(conn, one, *_BY_POOL) for one in asked)
    return {
        (fund, number): min(fen, carried.get((fund, number), 0), waits.get((fund, number), 0))
        for (fund, number), fen in registered.items() if number
    }  # fmt: skip
