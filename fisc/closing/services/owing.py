"""Who owes whom at a year's end: every account of claims and debts between parties that has a balance.

What is held until it is known what for is no debt to anybody yet: it is told by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg

from fisc.closing.balances import Balance, of_year
from fisc.documents.listing import Standing
from fisc.registry import regions
from fisc.registry.books import account_words
from fisc.registry.rules import account, account_name

#: What the name of an account says of it: somebody owes, or is owed. Cash, securities, stakes are no claims.
_MARKS: Final = ("往来", "应收", "应付", "借入", "借出", "预拨", "代管", "其他负债")
#: What the name of an account with the government above says; that with a lower one keeps which.
_UPPER: Final = ("上级", "转贷款")


#: Where money is held until it is known what for (其他应付款).
HELD: Final = ("treasury_2015:2015", "treasury_2022_financial:2013")


def owing(conn: psycopg.Connection[Any], places: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What stands on each of these accounts of regions' books, in fen, said as who owes whom."""
    found = []
    for region, balances in of_year(conn, places, fiscal_year).items():
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for one in balances:
            if is_owed(one.account) and not _is_held(one):
                sums[one.account, one.coding.rec_div_code] += one.fen
        found += list(_told(region, sums))
    return found


def _is_held(one: Balance) -> bool:
    """What is owed to agent banks stands on the same account, with its owner: that waits for its clearing."""
    return one.account in HELD and not one.coding.book_owner_code


def is_owed(name: str) -> bool:
    """Whether the account 'book:code' is one on which somebody owes, or is owed."""
    row = account(name)
    return row is not None and row.account_class in _CLASSES and any(mark in row.name for mark in _MARKS)


_CLASSES: Final = ("asset", "liability")


def _told(region: str, sums: dict[tuple[str, str], int]) -> Iterator[Standing]:
    for (name, lower), fen in sorted(sums.items()):
        if fen:
            other = _other(region, name, lower)
            debtor, creditor = (other, "本级") if fen > 0 else ("本级", other)
            words = f"{account_words(name)}：{debtor}欠{creditor}"
            yield Standing(region, 1, abs(fen), (words,))


def _other(region: str, name: str, lower: str) -> str:
    if lower:
        return regions.name_of(lower)
    if any(mark in account_name(name) for mark in _UPPER):
        return next((one.name for one in regions.above(region)), "上级")
    return "他方"
