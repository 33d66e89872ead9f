"""Where to look for what is open at a year's end.

Documents under way, accounts that should be even, and money lent, advanced or paid for the time being that
has not come back: each paper, and who owes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import psycopg

from fisc.budget import services as budget
from fisc.documents import Kind
from fisc.documents.listing import Standing, standing
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry.books import account_words
from fisc.treasury import services as treasury

Conn = psycopg.Connection[Any]
#: What is open in regions of a year, region by region, asked of whom it belongs to.
Open = Callable[[Conn, Sequence[str], int], list[Standing]]
#: One that stands: its region, what is left in fen, and the words that tell it.
_One = tuple[str, int, str]


def documents(kind: Kind[Any], *states: str, amount: str = "amount_fen", **but: str) -> Open:
    """Documents of a year in one of `states`, and not of a column's value in `but`."""

    def found(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        where = {"mof_div_code": regions, "fiscal_year": fiscal_year, "state": states}
        return standing(conn, kind, where, but=but, amount=amount)

    return found


def uneven(*accounts: str, where: tuple[Among, ...] = ()) -> Open:
    """Accounts that should be even at a year's end."""

    def found(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stood = Turnover(accounts, tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0), where=where)
        left: dict[str, dict[str, int]] = {}
        for (region, account), fen in turnover(conn, stood, "mof_div_code", "account").items():
            if fen:
                left.setdefault(region, {})[account_words(account)] = abs(fen)
        return [Standing(region, len(of), sum(of.values()), tuple(of)) for region, of in left.items()]

    return found


def affairs_of(kind: str) -> Open:
    """Affairs of a kind that are not settled at the end of a year, region by region."""
    return _by_region(lambda conn, regions, year: _affairs(conn, kind, regions, year))


def _affairs(conn: Conn, kind: str, regions: Sequence[str], fiscal_year: int) -> Iterator[_One]:
    for one in treasury.affairs_left(conn, regions, date(fiscal_year, 12, 31), kind):
        owed_by = one.counterparty or "（没有写明对方）"
        yield one.mof_div_code, one.left_fen, f"{one.affair_no} {owed_by} {format_fen(one.left_fen)} 元"


def _advances(conn: Conn, regions: Sequence[str], fiscal_year: int) -> Iterator[_One]:
    for region in regions:
        for one in budget.list_open_advances(conn, region, fiscal_year):
            yield region, one.left_fen, f"{one.doc_key} 单位 {one.agency_code} {format_fen(one.left_fen)} 元"
    yield from _affairs(conn, "funds_advanced", regions, fiscal_year)


def _by_region(found: Callable[[Conn, Sequence[str], int], Iterator[_One]]) -> Open:
    def stand(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands: dict[str, list[tuple[int, str]]] = {region: [] for region in regions}
        for region, fen, words in found(conn, regions, fiscal_year):
            stands[region].append((fen, words))
        return [
            Standing(region, len(of), sum(fen for fen, _ in of), tuple(words for _, words in of))
            for region, of in stands.items() if of
        ]  # fmt: skip

    return stand


#: Funds advanced to units, by either paper, that no quota was charged with.
advances_left = _by_region(_advances)
