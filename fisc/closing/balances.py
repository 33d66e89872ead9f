"""Balances of regions' books by account and the elements that statements need, in one query.

Fen are signed, debit positive. What entries of a year's end moved is left out where it is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from fisc.closing.tables import kept_elements, kept_rows
from fisc.kernel import Account, Coding
from fisc.kernel.catalog import list_accounts
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.reading.ledger import Kept, Turnover, turnover
from fisc.registry import rules
from fisc.registry.fund_kinds import FUND
from fisc.transfers import services as transfers

Conn = psycopg.Connection[Any]

#: Classes of accounts that a year's end brings to zero; the others go on.
NOMINAL = frozenset({"income", "outlay", "expense", "budget_income", "budget_outlay"})
#: The elements that any balance keeps, in the order of the columns.
ELEMENTS = tuple(dict.fromkeys(element for row in kept_rows() for element in row.elements))


class Balance(NamedTuple):
    """What stands on an account of a book for a coding block, debit positive.

    `of_document` is the kind of government fund that the number of its document tells, where one does.
    """

    book: str
    code: str
    coding: Coding
    fen: int
    of_document: str = ""

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
    known = [account for account in list_accounts(conn) if account.book in books]
    asked = Turnover(tuple(f"{book}:" for book in books), tuple(regions), periods, without=tuple(without))
    moved = turnover(conn, asked, "mof_div_code", "book", "code", *_kept(known))
    kinds = transfers.fund_kinds(conn, regions, fiscal_year)
    found: dict[str, list[Balance]] = {region: [] for region in regions}
    for (region, book, code, *elements), fen in moved.items():
        if not fen:
            continue
        coding = Coding(fiscal_year, region, **dict(zip(ELEMENTS, elements, strict=True)))
        found[region].append(Balance(book, code, coding, fen, _of_document(coding, kinds)))
    return found


def _of_document(coding: Coding, kinds: Mapping[tuple[str, bool, str], str]) -> str:
    if coding.fund_type_code != FUND:
        return ""
    given, came = coding.cor_bgt_doc_no, coding.sup_bgt_doc_no
    return kinds.get((coding.mof_div_code, bool(given), given or came), "")


def of_year(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Balance]]:
    """What a year's fourteen periods left in the books that are closed and carried on, by region."""
    periods = (fiscal_year * 100, fiscal_year * 100 + YEAR_END_MONTH)
    return balances_of(conn, regions, fiscal_year, books=books_of(fiscal_year), periods=periods)


def _kept(accounts: Sequence[Account]) -> list[Kept]:
    """The elements, each blank on accounts which do not keep it."""
    return [
        Kept(
            element, tuple(f"{a.book}:{a.code}" for a in accounts if element in kept_elements(a.book, a.code))
        )
        for element in ELEMENTS
    ]
