"""What is paired: papers that moved cash, bookings of the treasury's account, and what was judged of both."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple

from fisc.banking.services.party import NOBODY, Other, Party
from fisc.banking.services.reconciliation.taken_back import Turn
from fisc.sheets.text import paper_number

#: The year's and region's key before a printed number.
_KEYED: Final = re.compile(r"^\d{9}:\d{4}:")


class Leg(NamedTuple):
    """An entry that moved cash and is open; `document` is its paper, whichever edition."""

    id: int
    document: str
    kind: str
    document_no: str
    outflow_fen: int
    moved_on: date
    papers: tuple[str, ...]
    party: Party = NOBODY
    business: str = ""


class Booking(NamedTuple):
    """An open booking of the treasury's account, and who the bank says is on the other side."""

    id: int
    bank_ref: str
    ref_no: str
    remark: str
    code: str
    booked_on: date
    outflow_fen: int
    other: Other
    turn: Turn


@dataclass(frozen=True)
class Paper:
    """What is open of one paper: all its entries together, a red one taking back what it takes back."""

    legs: tuple[Leg, ...]

    @property
    def number(self) -> str:
        """As people know it."""
        return self.legs[0].document_no

    @property
    def kind(self) -> str:
        """The kind of document."""
        return self.legs[0].kind

    @cached_property
    def outflow_fen(self) -> int:
        """What it moved; out positive."""
        return sum(leg.outflow_fen for leg in self.legs)

    @cached_property
    def since(self) -> date:
        """The first day."""
        return min(leg.moved_on for leg in self.legs)

    @cached_property
    def names(self) -> frozenset[str]:
        """The forms of its number that a bank may repeat."""
        return frozenset(names_of(self.number))

    @cached_property
    def papers(self) -> frozenset[str]:
        """The numbers of the budget documents behind it."""
        return frozenset(paper_number(number) for leg in self.legs for number in leg.papers)

    @cached_property
    def party(self) -> Party:
        """Who is on the other side, where it says so."""
        places, names, acct_nos = zip(*(leg.party for leg in self.legs), strict=True)
        return Party(*(frozenset(chain.from_iterable(of)) for of in (places, names, acct_nos)))

    @cached_property
    def business(self) -> str:
        """Its kind with the sort of its business, as codes of banks say what they carry."""
        return f"{self.kind}:{self.legs[0].business}"


class Pair(NamedTuple):
    """Papers and bookings that come to the same; papers without bookings where they come to nothing."""

    papers: tuple[Paper, ...]
    bookings: tuple[Booking, ...]


@dataclass(slots=True)
class Judged:
    """What agrees, and what is left over on either side."""

    pairs: list[Pair] = field(default_factory=list)
    taken_back: list[Booking] = field(default_factory=list)
    """What the bank booked and took back itself."""
    differing: list[Pair] = field(default_factory=list)
    several: list[tuple[Booking, tuple[Paper, ...]]] = field(default_factory=list)
    strange: list[tuple[Booking, str]] = field(default_factory=list)
    """Bookings that fit nothing, each with the settled paper that it names or ''."""
    waiting: list[Paper] = field(default_factory=list)


def names_of(number: str) -> set[str]:
    """A paper's number in the forms in which it is compared: whole, and as it is printed."""
    return {paper_number(number), paper_number(_KEYED.sub("", number))} - {""}


def papers_of(legs: Iterable[Leg]) -> list[Paper]:
    """Open entries, each paper's together, by the day of the first."""
    found: dict[tuple[str, str], list[Leg]] = defaultdict(list)
    for leg in legs:
        found[leg.kind, leg.document].append(leg)
    return sorted((Paper(tuple(of)) for of in found.values()), key=lambda p: (p.since, p.number))
