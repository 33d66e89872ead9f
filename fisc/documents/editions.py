"""Numbers used again: what was given up or reversed stands, and its number may be entered anew.

The second document of a number R1 is R1~2, the third R1~3; whoever says R1 means the last one. So nothing
that was recorded is overwritten, and people keep the number that stands on the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql

from fisc.documents.flow import ENDED
from fisc.documents.kind import Kind

Conn = psycopg.Connection[Any]
_SIGN: Final = "~"


def fresh(conn: Conn, kind: Kind[Any], rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Rows to be made, each under the number that is open to it.

    That is its own; of a number whose last document ended, the next one; of one that stands, that one's, so
    that making it again changes nothing.
    """
    last = _last(conn, kind, (str(row["doc_key"]) for row in rows))
    found = []
    for row in rows:
        key = str(row["doc_key"])
        count, state = last.get(key, (0, ""))
        found.append({**row, "doc_key": _named(key, count if state not in ("", *ENDED) else count + 1)})
    return found


def current(conn: Conn, kind: Kind[Any], doc_keys: Sequence[str]) -> list[str]:
    """The last document of each number, in the order given; a number that is not known stays."""
    last = _last(conn, kind, doc_keys)
    return [_named(key, last[key][0]) if key in last else key for key in doc_keys]


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
