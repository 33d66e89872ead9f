"""Holds the register of what books list by name against the totals that the lists print."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import psycopg

from fisc.disclosure.checks import Addend, IdentityResult
from fisc.disclosure.facts import group_of, is_listed
from fisc.disclosure.model import BUDGET, GRAND_TOTAL, OWN_TOTAL, POSTED, SUBTOTAL, Book, BookLine, Table
from fisc.disclosure.rules import FIRST_BUDGET
from fisc.reading.algebra import DEBIT
from fisc.reading.ledger import Turnover, turnover
from fisc.registry import rules

LISTS: Final = "ledger.lists"
_BOOK: Final = "list_register"

#: Region, year, source ('' as it was, 1 as first budgeted), account.
_Key = tuple[Any, ...]


def check_lists(
    conn: psycopg.Connection[Any], book: Book, superseded: Collection[str] = ()
) -> Iterator[IdentityResult]:
    """The rows of each list that are kept by name come to the total that the list prints, or refuse the book.

    Of `superseded` groups of facts a better known stage stands, and nothing is compared.
    """
    totals = [(table, line) for table in book.tables for line in _totals(table)]
    if not totals:
        return
    kept = _kept(conn, sorted({line.region for _, line in totals}))
    for table, line in totals:
        if group_of(line) not in superseded:
            yield _check(table, line, kept)


def _totals(table: Table) -> list[BookLine]:
    """The line of each column's total: the grand one, or the only one."""
    lines = [line for line in table.lines if is_listed(line) and line.role == SUBTOTAL]
    grand = [line for line in lines if line.row_role == GRAND_TOTAL]
    own = [line for line in lines if line.row_role == OWN_TOTAL]
    return grand or (own if len({line.row for line in own}) == 1 else [])


def _kept(conn: psycopg.Connection[Any], regions: Sequence[str]) -> Mapping[_Key, int]:
    asked = Turnover((f"{_BOOK}:",), tuple(regions), side=DEBIT)
    return turnover(conn, asked, "mof_div_code", "coding_year", "source_type_code", "code")


def _check(table: Table, line: BookLine, kept: Mapping[_Key, int]) -> IdentityResult:
    pair = rules.accounts_for("item_listed", line.fiscal_year, line.fund, list=line.table)[0]
    source = FIRST_BUDGET if line.stage == BUDGET else ""
    key = (line.region, line.fiscal_year, source, pair.debit)
    count = sum(one.role == POSTED and one.column == line.column for one in table.lines)
    return IdentityResult(
        LISTS, "账：所列各项之和 = 表：合计", line.region, line.fiscal_year, line.stage,
        (Addend(f"账:{_BOOK}:{':'.join(map(str, key))}", kept.get(key, 0)),),
        (Addend(line.place, line.amount_fen),), table.rounding_fen(count), True,
    )  # fmt: skip
