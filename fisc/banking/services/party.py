"""Whose money a booking is: who the bank says is on the other side, against whom our paper names.

One place for every match. An account that is known decides; else the name does, whole and in its normal
form: a name within a longer name is another name. Where one of both says nobody, this cannot tell, and a
number must.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from fisc.registry import regions
from fisc.sheets.shipped import read_shipped
from fisc.sheets.text import plain_words


class Other(NamedTuple):
    """Who the bank says is on the other side.

    `at` is the government whose treasury that is, where account or name tells; `is_account_known` says that
    the account alone has told, for or against.
    """

    name: str = ""
    acct_no: str = ""
    at: str = ""
    is_account_known: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the bank says anybody."""
        return bool(self.name or self.acct_no)


class Party(NamedTuple):
    """Whom a paper names: governments, names in their normal form, accounts; empty where it names nobody."""

    places: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    acct_nos: frozenset[str] = frozenset()

    @property
    def is_named(self) -> bool:
        """Whether the paper names anybody."""
        return any(self)


NOBODY: Final = Party()


def party_of(names: Iterable[str], acct_nos: Iterable[str] = (), places: Iterable[str] = ()) -> Party:
    """Whom these words, accounts and governments mean; a name may mean the treasury of a government."""
    told = [name for name in names if name.strip()]
    governments = {place for name in told if (place := government_named(name))}
    return Party(
        frozenset({*places, *governments}), frozenset(plain_words(name) for name in told),
        frozenset(filter(None, acct_nos)),
    )  # fmt: skip


def is_of(other: Other, party: Party) -> bool | None:
    """Whether a booking is money to or from the party of a paper; None where one of both says nobody."""
    if not other.is_told or not party.is_named:
        return None
    if other.acct_no and party.acct_nos:
        return other.acct_no in party.acct_nos
    if other.is_account_known:
        return other.at in party.places
    return other.at in party.places or is_name_of(other.name, party)


def is_name_of(name: str, party: Party) -> bool:
    """Whether a name is one that a paper names."""
    return bool(name.strip()) and plain_words(name) in party.names


@cache
def _called() -> tuple[tuple[str, ...], frozenset[str]]:
    """What stands before and after a government's name in that of its treasury or finance department."""
    rows = read_shipped("fisc.banking", "treasury_names.csv")
    before = sorted((row["words"] for row in rows if row["stands"] == "before"), key=len, reverse=True)
    return (*before, ""), frozenset({"", *(row["words"] for row in rows if row["stands"] == "after")})


def government_named(name: str, within: str = "") -> str:
    """The government whose treasury a name is, by its own code; '' for every other name.

    `within` (any code of a city) tells two districts of one name apart.
    """
    text = plain_words(name)
    before, after = _called()
    for begins in before:
        if not text.startswith(begins):
            continue
        for area in dict.fromkeys((within, "")):
            found = regions.at_start(text[len(begins) :], area)
            if found and found[1] in after:
                return regions.own(found[0].mof_div_code)
    return ""
