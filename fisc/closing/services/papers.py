"""The documents of a year's end: which rounds there were, and the next one, made and posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.closing.flow import YEAR_END
from fisc.documents import make, move
from fisc.kernel import Entry, post

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


def suffix(number: int) -> str:
    """What tells the keys of a later round apart; '' in the first."""
    return f"#{number}" if number > 1 else ""


def book(
    conn: Conn,
    place: tuple[str, int, str],
    number: int,
    entries: Sequence[Entry],
    *,
    by: str,
    signed_by: str,
    on: date,
) -> YearEndResult:
    """Make, sign and post one round of (region, year, kind). Raises FourEyes, MissingDuty."""
    region, year, kind = place
    keys = [entry.natural_key for entry in entries]
    row = {
        "doc_key": f"{region}-{year}-{kind}-{number}", "mof_div_code": region, "fiscal_year": year,
        "kind": kind, "round": number, "entry_keys": keys,
    }  # fmt: skip
    make(conn, YEAR_END, [row], by=by, on=on)
    move(conn, YEAR_END, [str(row["doc_key"])], "post", by=signed_by, on=on)
    post(conn, entries)
    return YearEndResult(region, year, True, tuple(keys))
