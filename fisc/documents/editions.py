"""Numbers used again: what was given up or reversed stands, and its number may be entered anew.

The second document of a number R1 is R1~2, the third R1~3; whoever says R1 means the last one. So nothing
that was recorded is overwritten, and people keep the number that stands on the paper. The first alone is
R1~1; nobody gives a number that ends so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc.documents.flow import ENDED
from fisc.documents.keys import require_plain
from fisc.documents.kind import Kind
from fisc.documents.months import MADE_ON, is_anew
from fisc.documents.store import By, move
from fisc.kernel import Entry
from fisc.kernel.entries import OPENING_MONTH

Conn = psycopg.Connection[Any]
_SIGN: Final = "~"
_FIRST: Final = f"{_SIGN}1"


def fresh(conn: Conn, kind: Kind[Any], rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Rows to be made, each under the number that is open to it.

    That is its own; of a number whose last document ended, the next one; of one that stands, that one's, so
    that making it again changes nothing. Raises RuleBroken for numbers that end as those of editions do.
    """
    if not kind.has_editions:
        raise ValueError(f"documents of {kind.prefix} have no editions")
    require_plain(kind, [str(row["doc_key"]) for row in rows])
    last = _last(conn, kind, (str(row["doc_key"]) for row in rows))
    found = []
    for row in rows:
        key = str(row["doc_key"])
        count, state = last.get(key, (0, ""))
        found.append({**row, "doc_key": _named(key, count if state not in ("", *ENDED) else count + 1)})
    return found


def current(conn: Conn, kind: Kind[Any], doc_keys: Sequence[str]) -> list[str]:
    """The last document of each number, in the order given; a number that is not known stays.

    R1~1 is the first document of R1, whatever came after it.
    """
    if not kind.has_editions:
        return list(doc_keys)
    last = _last(conn, kind, doc_keys)
    return [_named(key, last[key][0]) if key in last else key.removesuffix(_FIRST) for key in doc_keys]


def move_last(
    conn: Conn, kind: Kind[Any], doc_keys: Sequence[str], code: str, *, by: By, on: date, note: str = ""
) -> list[bool]:
    """`documents.move` with the last document of each number: True where it took the step now."""
    return move(conn, kind, current(conn, kind, doc_keys), code, by=by, on=on, note=note)


def booked(conn: Conn, kind: Kind[Any], entries: Sequence[Entry]) -> list[Entry]:
    """Entries of documents on the day that those say; of what was entered anew after it had been reversed, on
    the day of that, in the month to which the document belongs (`Kind.own_month`). What a year begins with
    stays in its opening.
    """
    statement = sql.SQL("select n.id, {}, {} from {} n where n.id = any(%s) and {}").format(
        sql.SQL(MADE_ON), sql.SQL(kind.own_month), sql.Identifier(kind.table), sql.SQL(is_anew(kind.table))
    )
    found = conn.execute(statement, [[entry.document_id for entry in entries]]).fetchall()
    anew = {number: (day, month) for number, day, month in found}
    return [
        _moved(entry, *anew[entry.document_id]) if entry.document_id in anew else entry for entry in entries
    ]


def _moved(entry: Entry, day: date, month: int) -> Entry:
    is_opening = entry.period is not None and entry.period % 100 == OPENING_MONTH
    return replace(entry, business_date=day, period=entry.period if is_opening else month)


def _last(conn: Conn, kind: Kind[Any], doc_keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Number -> how many documents there are of it, and the state of the last; of those that are known."""
    statement = sql.SQL("select doc_key, state from {} where doc_key = any(%s)").format(
        sql.Identifier(kind.table)
    )
    last: dict[str, tuple[int, str]] = {}
    asked = dict.fromkeys(doc_keys, 1)
    while asked:
        states = dict(conn.execute(statement, [[_named(key, n) for key, n in asked.items()]]).fetchall())
        known = {key: n for key, n in asked.items() if _named(key, n) in states}
        last |= {key: (n, states[_named(key, n)]) for key, n in known.items()}
        asked = {key: n + 1 for key, n in known.items() if last[key][1] in ENDED}
    return last


def _named(key: str, count: int) -> str:
    return key if count <= 1 else f"{key}{_SIGN}{count}"
