"""What the planner and the trace ask of a place where rows live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

import polars as pl

#: account_id, coding_id, bucket, amount_fen (debit positive), posting_count
Cells = pl.DataFrame

CELL_TYPES: dict[str, Any] = {
    "account_id": pl.Int16, "coding_id": pl.Int32, "bucket": pl.Int32,
    "amount_fen": pl.Int64, "posting_count": pl.Int64,
}  # fmt: skip


#: The first postings wanted of which cells: the number of the asker, the cell, its first and last period
WANTED_TYPES: dict[str, Any] = {
    "number": pl.Int32, "account_id": pl.Int16, "coding_id": pl.Int32, "low": pl.Int32, "high": pl.Int32,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matched:
    """The rows of a bound selection: the postings of these accounts and coding blocks in low..high."""

    accounts: tuple[int, ...]
    codings: tuple[int, ...]
    low: int
    high: int


class Row(NamedTuple):
    """One posting with the entry and the document it came from. `amount_fen` is signed, debit positive.

    A page may list a hundred thousand of them, so they are as cheap to make as tuples.
    """

    entry_id: int
    line: int
    amount_fen: int
    account: str
    account_name: str
    coding_id: int
    period: int
    business_date: date
    natural_key: str
    summary: str
    rule_code: str
    source_ref: str
    posted_at: datetime
    document_title: str
    document_no: str
    source_name: str


@dataclass(frozen=True, slots=True)
class Report:
    """A document that says a quantity: its payload has `item` and `value`."""

    natural_key: str
    title: str
    mof_div_code: str
    fiscal_year: int
    recorded_at: datetime
    payload: dict[str, Any]
    source_name: str = ""

    @property
    def paper(self) -> str:
        """What it reports, and in brackets the paper it rests on: issuer and title, number."""
        if said := str(self.payload.get("paper") or ""):
            return said
        source = " ".join(filter(None, (self.source_name, str(self.payload.get("source_no") or ""))))
        return f"{self.title}（{source}）" if source else self.title


class Booked(NamedTuple):
    """How far a division's treasury books of a year go: the last booked day, and the last month that is
    closed with all before it (0: none)."""

    last_day: date
    closed_month: int


class Engine(Protocol):
    """A place where rows live. `as_of` asks what was known at a moment (None: now)."""

    name: str

    @property
    def is_simulated(self) -> bool:
        """Whether the rows are those of a simulation: whatever is made of them has to say so."""

    def years(self) -> dict[str, tuple[int, ...]]:
        """Division -> the fiscal years of which it has books, in order."""

    def day(self, as_of: datetime | None) -> date:
        """The day it was at the moment, in Beijing; under the present of a simulation the simulated day."""

    def booked(self, fiscal_year: int, as_of: datetime | None) -> dict[str, Booked]:
        """Division -> how far its treasury books go, of those that posted in a month of the year.

        What they posted in the next year counts too: books that went on have left the year behind.
        """

    def accounts(self) -> pl.DataFrame:
        """id, book, code, name of every account."""

    def codings(self, elements: Collection[str], needed: pl.Series | None = None) -> pl.DataFrame:
        """id and these `elements` (there may be more) of every coding block, those `needed` among them."""

    def cells(
        self, accounts: tuple[int, ...], bounds: tuple[int, ...], high: int, as_of: datetime | None
    ) -> Cells:
        """Turnover by account, coding block and bucket of periods."""

    def active(self, accounts: tuple[int, ...], low: int, high: int, as_of: datetime | None) -> pl.Series:
        """Ids of the coding blocks that moved."""

    def rows(self, matched: Matched, as_of: datetime | None) -> list[Row]:
        """Every posting, by account, coding block, period, entry and line."""

    def first_rows(self, wanted: pl.DataFrame, limit: int, as_of: datetime | None) -> dict[int, list[Row]]:
        """The first `limit` postings for each number in `wanted` (see WANTED_TYPES), ordered as `rows`.

        All of them are read at once; a number whose cells hold no postings is not in the answer.
        """

    def keys(self, matched: Matched, as_of: datetime | None) -> Iterator[tuple[int, int, int]]:
        """(entry id, line, amount_fen) of every posting, by entry and line."""

    def reports(self, kind: str, fiscal_year: int, as_of: datetime | None) -> list[Report]:
        """The documents of a kind for a year."""

    def papers(
        self, divisions: str, years: tuple[int, int], as_of: datetime | None
    ) -> tuple[date | None, tuple[str, ...]]:
        """The date of the newest document of regions whose code begins with `divisions`, and all sources.

        `years` are the first and the last fiscal year; the names of the sources are in their own order.
        """


def first_of_each(rows: Iterable[Sequence[Any]], limit: int) -> dict[int, list[Row]]:
    """The first `limit` rows of each number; rows come number first, in order."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        mine = found.setdefault(row[0], [])
        if len(mine) < limit:
            mine.append(Row._make(row[1:]))
    return found
