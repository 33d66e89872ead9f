"""What went in and out of the treasury's account, day by day and by stream (类别).

A stream is told by the coding block of the cash line itself: a payment's line carries its
classes, a receipt's its revenue code. Openings are no flows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Final, NamedTuple

import psycopg

from fisc.cash.services.balances import cash_accounts
from fisc.documents.inputs import OneOf
from fisc.kernel.catalog import account_ids
from fisc.reading.algebra import By
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.tables import read_table

ELEMENTS = ("rev_func_code", "tp_func_code", "exp_func_code", "dep_bgt_eco_code")


class Stream(NamedTuple):
    """A kind of cash flow and how it is foretold: profile, calendar, yearly or listed."""

    code: str
    name: str
    direction: str
    method: str
    day: int | None
    is_movable: bool


class _Selector(NamedTuple):
    stream: str
    direction: str
    element: str
    prefixes: tuple[str, ...]


@cache
def streams() -> tuple[Stream, ...]:
    """The streams, each once, in order."""
    rows = sorted(read_table("cash_streams.csv"), key=lambda row: int(row["priority"]))
    found = {
        row["stream"]: Stream(
            row["stream"], row["name"], row["direction"], row["method"],
            int(row["day"]) if row["day"] else None, row["is_movable"] == "yes",
        )
        for row in rows
    }  # fmt: skip
    return tuple(found.values())


@cache
def _selectors() -> tuple[_Selector, ...]:
    rows = sorted(read_table("cash_streams.csv"), key=lambda row: int(row["priority"]))
    return tuple(
        _Selector(row["stream"], row["direction"], row["element"], tuple(row["prefixes"].split()))
        for row in rows
    )


def stream_of(codes: Mapping[str, str]) -> str:
    """The stream of a cash line by the elements of its coding block; a refund belongs where it came from."""
    for selector in _selectors():
        if not selector.element or codes.get(selector.element, "").startswith(selector.prefixes):
            return selector.stream
    raise LookupError("the last stream takes everything")


#: How far each element of a cash line tells streams apart.
_BY: Final = (By("rev_func_code"), By("tp_func_code"), By("exp_func_code"), By("dep_bgt_eco_code", 3))


class DayFlow(NamedTuple):
    """What a stream brought into the treasury account on a day, or (negative) took out of it, in fen."""

    day: date
    stream: Annotated[str, OneOf(lambda: {stream.code: stream.name for stream in streams()})]
    amount_fen: int


def list_flows(conn: psycopg.Connection[Any], region: str, first: date, last: date) -> list[DayFlow]:
    """`daily_flows` from one day to another, both included, by day and stream."""
    flows = daily_flows(conn, region, first, last)
    found = [DayFlow(day, s, fen) for s, days in flows.items() for day, fen in days.items() if fen]
    return sorted(found)


def daily_flows(
    conn: psycopg.Connection[Any], region: str, since: date, until: date
) -> dict[str, dict[date, int]]:
    """Stream -> day -> fen into (positive) or out of the treasury account; days without flow are left out."""
    names = [account.account for account in cash_accounts() if account.kind == "treasury"]
    account_ids(conn, names)  # refuses accounts that are not there
    asked = Turnover(tuple(names), (region,), since=since, until=until)
    found: dict[str, dict[date, int]] = {stream.code: {} for stream in streams()}
    for (day, month, *codes), fen in turnover(conn, asked, "business_date", "month", *_BY).items():
        if not 1 <= month <= 12:  # openings and closings are no flows
            continue
        days = found[stream_of(dict(zip(ELEMENTS, codes, strict=True)))]
        days[day] = days.get(day, 0) + fen
    return found
