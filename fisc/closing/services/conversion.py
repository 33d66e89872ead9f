"""What the conversion of 2023-01-01 made of every opening balance, and whether the books agree with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from fisc.closing.balances import Balance, balances_of
from fisc.closing.papers import OPEN, entry_keys
from fisc.closing.rules.carry import OLD_BOOK, by_old_code
from fisc.closing.tables import CONVERSION_YEAR
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.registry import rules
from fisc.registry.books import book_title

Conn = psycopg.Connection[Any]
_NEW_BOOKS: Final = ("treasury_2022_financial", "treasury_2022_budget")
_CASH: Final = {"treasury_2022_financial": ("1001", "1003", "1011"), "treasury_2022_budget": ("804101",)}


@dataclass(frozen=True, slots=True)
class ConvertedLine:
    """An old account and what it became in one book, in fen, debit positive.

    `explanation` is what the table of the conversion says where the new account is not of its kind;
    `is_verified`: whether that row was checked against a published text.
    """

    old_account: str
    old_name: str
    old_fen: int
    new_account: str
    new_name: str
    new_fen: int
    explanation: str
    source: str
    is_verified: bool

    @property
    def difference_fen(self) -> int:
        """Old less new."""
        return self.old_fen - self.new_fen


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The conversion of a region: a line for each old account and new book, and sums that must agree.

    `posted`: new account -> (what the lines come to, what the new book opened with). `cash`: old
    accounts whose money stands in 库款资金结存 though it is no cash, with the fen: why 资金结存 and
    国库存款 differ.
    """

    mof_div_code: str
    lines: tuple[ConvertedLine, ...]
    posted: dict[str, tuple[int, int]]
    cash: dict[str, int]

    @property
    def is_sound(self) -> bool:
        """Whether every opening balance is explained."""
        return not self.differences

    @property
    def differences(self) -> list[str]:
        """What does not agree; [] when every opening balance is explained."""
        wrong = [f"{line.old_account} → {line.new_account}" for line in self.lines if line.difference_fen]
        wrong += [
            f"{account}：应为 {format_fen(due)} 元，账上 {format_fen(has)} 元"
            for account, (due, has) in self.posted.items()
            if due != has
        ]
        for book in (OLD_BOOK, *_NEW_BOOKS):
            fen = self._sum_of(book)
            wrong += [f"{book_title(book)}年初数不平：{format_fen(fen)} 元"] * bool(fen)
        gap = self._cash_of("treasury_2022_budget") - self._cash_of("treasury_2022_financial")
        return wrong + ["资金结存与国库存款的差未能说明"] * (gap != sum(self.cash.values()))

    def _sum_of(self, book: str) -> int:
        if book == OLD_BOOK:
            return sum({line.old_account: line.old_fen for line in self.lines}.values())
        return sum(has for account, (_, has) in self.posted.items() if account.startswith(f"{book}:"))

    def _cash_of(self, book: str) -> int:
        return sum(self.posted.get(f"{book}:{code}", (0, 0))[1] for code in _CASH[book])


def reconciliation(conn: Conn, region: str) -> Reconciliation:
    """Old account, amount, new account, amount, difference, for every balance at the end of 2022.

    Old balances are those of the closed year before they were carried; new ones are read from the
    opening entries themselves, so an entry that says anything else shows. Before the conversion all
    new balances are zero.
    """
    return reconciliations(conn, [region])[region]


def reconciliations(conn: Conn, regions: Sequence[str]) -> dict[str, Reconciliation]:
    """As `reconciliation`, of many regions at once: region -> its reconciliation."""
    year = CONVERSION_YEAR - 1
    carried = [key for region in regions for key in entry_keys(conn, region, year, OPEN)]
    old = balances_of(
        conn, regions, year, books=[OLD_BOOK], periods=(year * 100, year * 100 + YEAR_END_MONTH),
        without=carried,
    )  # fmt: skip
    start = CONVERSION_YEAR * 100
    new = balances_of(conn, regions, CONVERSION_YEAR, books=_NEW_BOOKS, periods=(start, start))
    return {region: _reconciled(region, _sums(old[region]), _sums(new[region])) for region in regions}


def _reconciled(region: str, old: Counter[str], new: Counter[str]) -> Reconciliation:
    lines = tuple(_lines(old))
    due: Counter[str] = Counter()
    for line in lines:
        due[line.new_account] += line.new_fen
    posted = {account: (due[account], new.get(account, 0)) for account in sorted({*due, *new}) if account}
    return Reconciliation(region, lines, posted, _not_cash(old))


def _sums(balances: Sequence[Balance]) -> Counter[str]:
    found: Counter[str] = Counter()
    for b in balances:
        found[b.account] += b.fen
    return found


def _lines(old: Counter[str]) -> list[ConvertedLine]:
    table = by_old_code()
    return [
        ConvertedLine(
            account, rules.account_name(account), fen, new, rules.account_name(new),
            fen if row.new_book else 0, row.note, row.source, row.is_verified,
        )
        for account, fen in sorted(old.items()) if fen
        for row in table.get(account.partition(":")[2], ())
        for new in (f"{row.new_book}:{row.new_code}" if row.new_book else "",)
    ]  # fmt: skip


def _not_cash(old: Counter[str]) -> dict[str, int]:
    """Old accounts that are carried into 库款资金结存 and are no money on the treasury's accounts."""
    cash = {"1001", "1003", "1006"}
    return {
        account: fen for account, fen in sorted(old.items())
        if fen and (code := account.partition(":")[2]) not in cash
        and any(row.new_code == "804101" for row in by_old_code().get(code, ()))
    }  # fmt: skip
