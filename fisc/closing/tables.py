"""The shipped tables of a year's end: which elements a balance keeps, what an account becomes in 2023."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from fisc.sheets.shipped import read_shipped

#: The first year of 财库〔2022〕41号: balances of the year before are converted into its books.
CONVERSION_YEAR = 2023


class Kept(NamedTuple):
    """The elements that balances of the accounts with a prefix keep when a year ends."""

    book: str
    code_prefix: str
    elements: tuple[str, ...]


class Conversion(NamedTuple):
    """What an old account becomes in one new book; no `new_book`: it must have no balance."""

    old_code: str
    new_book: str
    new_code: str
    note: str
    source: str
    is_verified: bool


@cache
def kept_rows() -> tuple[Kept, ...]:
    """Elements kept, by book and code prefix."""
    rows = read_shipped("fisc.closing", "kept_elements.csv")
    return tuple(Kept(row["book"], row["code_prefix"], tuple(row["elements"].split())) for row in rows)


@cache
def kept_elements(book: str, code: str) -> tuple[str, ...]:
    """The elements that an account's balance keeps, by the longest prefix; the fund alone without one."""
    fitting = [row for row in kept_rows() if row.book == book and code.startswith(row.code_prefix)]
    found = max(fitting, key=lambda row: len(row.code_prefix), default=None)
    return found.elements if found else ("fund_type_code",)


@cache
def conversions() -> tuple[Conversion, ...]:
    """What every account of the 2015 rule set becomes on the first of January 2023."""
    return tuple(
        Conversion(
            row["old_code"], row["new_book"], row["new_code"], row["note"], row["source"],
            row["is_verified"] == "yes",
        )
        for row in read_shipped("fisc.closing", "account_conversion_2023.csv")
    )  # fmt: skip
