"""Balances of regions' books by account and the elements that statements need, in one query.

Fen are signed, debit positive. What entries of a year's end moved is left out where it is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from fisc.closing.tables import kept_elements, kept_rows
from fisc.kernel import Coding
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.registry import rules

Conn = psycopg.Connection[Any]

#: Classes of accounts that a year's end brings to zero; the others go on.
NOMINAL = frozenset({"income", "outlay", "expense", "budget_income", "budget_outlay"})
#: The elements that any balance keeps, in the order of the columns.
ELEMENTS = tuple(dict.fromkeys(element for row in kept_rows() for element in row.elements))


class Balance(NamedTuple):
    """What stands on an account of a book for a coding block, debit positive."""

    book: str
    code: str
    coding: Coding
    fen: int

    @property
    def account(self) -> str:
        """'book:code'."""
        return f"{self.book}:{self.code}"

    @property
    def is_nominal(self) -> bool:
        """Whether it is an account of income or outlay, which a year's end brings to zero."""
        found = rules.account(self.account)
        return found is not None and found.account_class in NOMINAL


def books_of(fiscal_year: int) -> tuple[str, ...]:
    """The books that are closed and carried on: the treasury's and social insurance."""
    return (*rules.treasury_books(fiscal_year), "social_insurance")


_ACCOUNTS = "select book, code, id from ledger.account where book = any(%s)"
_BALANCES = """
    with moved as (
        select m.account_id, m.coding_id, m.debit_fen - m.credit_fen as fen
        from ledger.balance_month m
        where m.account_id = any(%(accounts)s) and m.period between %(first)s and %(last)s
        union all
        select p.account_id, p.coding_id, -p.amount_fen
        from ledger.entry e join ledger.posting p on p.entry_id = e.id
        where e.natural_key = any(%(without)s) and p.period between %(first)s and %(last)s
          and p.account_id = any(%(accounts)s))
    select c.mof_div_code, a.book, a.code, {columns}, sum(t.fen)::bigint
    from moved t join ledger.account a on a.id = t.account_id
    join ledger.coding c on c.id = t.coding_id
    where c.mof_div_code = any(%(regions)s)
    group by {groups} having sum(t.fen) <> 0 order by {groups}"""


def balances_of(
    conn: Conn,
    regions: Sequence[str],
    fiscal_year: int,
    *,
    books: Sequence[str],
    periods: tuple[int, int],
    without: Sequence[str] = (),
) -> dict[str, list[Balance]]:
    """What periods first..last left on each account, by the elements it keeps: region -> balances, no zeros.

    Coding blocks are those of `fiscal_year`; entries with the natural keys `without` do not count.
    """
    known = conn.execute(_ACCOUNTS, [list(books)]).fetchall()
    columns, given = _kept_columns([(book, code, number) for book, code, number in known])
    groups = ", ".join(str(n) for n in range(1, len(ELEMENTS) + 4))
    given |= {
        "accounts": [row[2] for row in known], "regions": list(regions), "first": periods[0],
        "last": periods[1], "without": list(without),
    }  # fmt: skip
    rows = conn.execute(_BALANCES.format(columns=columns, groups=groups).encode(), given).fetchall()
    found: dict[str, list[Balance]] = {region: [] for region in regions}
    for region, book, code, *elements, fen in rows:
        coding = Coding(fiscal_year, region, **dict(zip(ELEMENTS, elements, strict=True)))
        found[region].append(Balance(book, code, coding, fen))
    return found


def of_year(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Balance]]:
    """What a year's fourteen periods left in the books that are closed and carried on, by region."""
    periods = (fiscal_year * 100, fiscal_year * 100 + YEAR_END_MONTH)
    return balances_of(conn, regions, fiscal_year, books=books_of(fiscal_year), periods=periods)


def _kept_columns(accounts: Sequence[tuple[str, str, int]]) -> tuple[str, dict[str, Any]]:
    """Columns that are blank on accounts which do not keep the element, and their parameters."""
    keepers = {
        element: [number for book, code, number in accounts if element in kept_elements(book, code)]
        for element in ELEMENTS
    }
    columns = ", ".join(
        f"case when a.id = any(%({element})s) then c.{element} else '' end" for element in ELEMENTS
    )
    return columns, dict(keepers)
