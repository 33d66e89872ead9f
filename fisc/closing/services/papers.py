"""The documents of a year's end: which rounds there were, and the next one, made and posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypedDict

import psycopg

from fisc.closing.balances import Balance, of_year
from fisc.closing.kinds import YEAR_END
from fisc.documents import advance, make, read
from fisc.kernel import Entry, settle
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

Conn = psycopg.Connection[Any]
CLOSE: Final = "close"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class YearEndResult:
    """What a year's end did in a region: whether this call posted, and its entries' natural keys."""

    mof_div_code: str
    fiscal_year: int
    is_new: bool
    entry_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YearEndPaper:
    """A document of a year's end: `close` or `open`, its round, who drew it up and who signed it."""

    kind: str
    round: int
    made_by: str
    signed_by: str
    signed_on: date
    entry_count: int


def rounds(conn: Conn, region: str, fiscal_year: int, kind: str) -> int:
    """How many times a region's year was closed (or opened)."""
    row = conn.execute(
        "select count(*) from closing_year_end where mof_div_code = %s and fiscal_year = %s and kind = %s",
        [region, fiscal_year, kind],
    ).fetchone()
    return int(row[0]) if row else 0


def entry_keys(conn: Conn, region: str, fiscal_year: int, kind: str) -> tuple[str, ...]:
    """Natural keys of every entry that a kind of year's end posted for a region's year."""
    rows = conn.execute(
        "select k from closing_year_end, unnest(entry_keys) with ordinality as u (k, n) "
        "where mof_div_code = %s and fiscal_year = %s and kind = %s order by round, n",
        [region, fiscal_year, kind],
    ).fetchall()
    return tuple(row[0] for row in rows)


class Signed(TypedDict):
    """Who draws up a year's end, who signs it, and the day."""

    by: str
    signed_by: str
    on: date


@dataclass(frozen=True, slots=True)
class Ending:
    """A kind of year's end: whether balances leave it anything to do, and what it posts of them.

    `require` raises where regions (of a year) may not take it.
    """

    kind: str
    is_due: Callable[[Sequence[Balance]], bool]
    entries_of: Callable[[YearEnd, Sequence[Balance]], Sequence[Entry]]
    require: Callable[[Conn, Sequence[str], int], None]


def end_each(
    conn: Conn, ending: Ending, regions: Sequence[str], fiscal_year: int, signed: Signed
) -> list[YearEndResult]:
    """Take a kind of year's end in each region, in one transaction: all or none."""

    def work() -> list[YearEndResult]:
        for region in sorted(regions):
            settle(conn, region)  # nothing slips in between reading and booking
        ending.require(conn, regions, fiscal_year)
        standing = of_year(conn, regions, fiscal_year)
        done = {
            region: _end(conn, ending, (region, fiscal_year), standing[region], signed)
            for region in dict.fromkeys(regions)  # a region named twice is ended once: its balances are gone
        }
        return [done[region] for region in regions]

    return in_transaction(conn, work)


def _end(
    conn: Conn, ending: Ending, place: tuple[str, int], standing: Sequence[Balance], signed: Signed
) -> YearEndResult:
    if not ending.is_due(standing):
        return YearEndResult(*place, False, entry_keys(conn, *place, ending.kind))
    return book(conn, (*place, ending.kind), lambda document: ending.entries_of(document, standing), **signed)


def book(
    conn: Conn,
    place: tuple[str, int, str],
    entries_of: Callable[[YearEnd], Sequence[Entry]],
    *,
    by: str,
    signed_by: str,
    on: date,
) -> YearEndResult:
    """Make, sign and post the next round of (region, year, kind); `entries_of` says what it posts.

    Raises FourEyes, MissingDuty, and what `entries_of` raises.
    """
    region, year, kind = place
    number = rounds(conn, region, year, kind) + 1
    key = f"{region}-{year}-{kind}-{number}"
    row = {
        "doc_key": key, "mof_div_code": region, "fiscal_year": year, "kind": kind, "round": number,
        "entry_keys": [],
    }  # fmt: skip
    make(conn, YEAR_END, [row], by=by, on=on)
    [document] = read(conn, YEAR_END, [key])
    entries = entries_of(document)
    keys = tuple(entry.natural_key for entry in entries)
    advance(
        conn, YEAR_END, [key], "post", by=signed_by, on=on,
        changes={"entry_keys": [keys]}, posts=lambda _: entries,
    )  # fmt: skip
    return YearEndResult(region, year, True, keys)
