"""The books of a government as accountants call them, and their accounts in words and back.

Programs name an account 'book:code' (`treasury_2015:1001`); people say “总预算会计 1001 国库存款”, or the
code or the name alone where a year has only one such account.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from fisc.registry.rules import account, account_name, accounts


class Book(NamedTuple):
    """What a book is called on its own forms, and in a line beside other words."""

    title: str
    short: str


BOOKS: Final = {
    "quota": Book("预算指标账", "指标账"),
    "treasury_2015": Book("财政总预算会计", "总预算会计"),
    "treasury_2022_financial": Book("财政总会计：财务会计", "财务会计"),
    "treasury_2022_budget": Book("财政总会计：预算会计", "预算会计"),
    "social_insurance": Book("社会保险基金会计", "社保基金会计"),
    "debt_register": Book("债务台账", "债务台账"),
    "capital_register": Book("注资用途登记簿", "注资登记簿"),
    "list_register": Book("预算文本分项登记簿", "分项登记簿"),
    "source_register": Book("上级资金登记簿", "上级资金登记簿"),
    "tax_register": Book("退税减免登记簿", "退税减免登记簿"),
}
_NAMED: Final = re.compile(rf"\b({'|'.join(BOOKS)}):(\w+)")
#: How the ledger's guards name an account, and write an amount. A refusal may quote long texts: each word is
#: looked at from its beginning alone.
_GUARDED: Final = re.compile(rf"\b(\w+) (\S+?)（({'|'.join(BOOKS)})）")
_AMOUNT: Final = re.compile(r"(?<![\d.,])-?\d{4,}\.\d\d(?= 元)")


def book_title(book: str) -> str:
    """What a book is called on its forms; its code where nobody named it."""
    return BOOKS[book].title if book in BOOKS else book


def account_words(name: str, *, with_name: bool = True) -> str:
    """An account in words: '总预算会计 1001 国库存款'; what names no account of a known book as it is."""
    book, _, code = name.partition(":")
    if not code or book not in BOOKS:
        return name
    return " ".join(filter(None, (BOOKS[book].short, code, account_name(name) if with_name else "")))


def in_words(text: str) -> str:
    """A text with its accounts in words, whether programs or the ledger's guards name them so, and its
    amounts with separators.
    """
    said = _NAMED.sub(lambda found: account_words(found[0]), text)
    said = _GUARDED.sub(lambda found: f"{BOOKS[found[3]].short} {found[1]} {found[2]} ", said)
    return _AMOUNT.sub(lambda found: f"{Decimal(found[0]):,}", said)


def accounts_meant(said: str, fiscal_year: int, books: Collection[str] = ()) -> list[str]:
    """The accounts of a year that somebody means: 'book:code', or words of book, code and name in any choice.

    One account where it is said enough; several where more fit, of `books` where some are given; [] where
    none does.
    """
    if account(said) is not None:
        return [said]
    words = said.replace(":", " ").replace("：", " ").split()
    return [
        f"{row.book}:{row.code}" for row in accounts(fiscal_year=fiscal_year)
        if words and (not books or row.book in books)
        and all(word in _called(row.book, row.code, row.name) for word in words)
    ]  # fmt: skip


def which_of(said: str, found: Sequence[str]) -> str:
    """That several accounts are called what somebody said, and how each is said alone."""
    named = "、".join(account_words(one) for one in found[:_NAMED_AT_MOST])
    return f"有 {len(found)} 个科目都是“{said}”，请连同账簿写明：{named}"


#: How many accounts are named of which one may be meant.
_NAMED_AT_MOST: Final = 8


def _called(book: str, code: str, name: str) -> Iterable[str]:
    known = BOOKS.get(book)
    return {book, code, name, *(known or ()), *((known.title.rpartition("：")[2],) if known else ())}
