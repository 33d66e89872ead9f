"""Of which kind of government fund the money of documents is: what the database tells of their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

Conn = psycopg.Connection[Any]
#: A region, whether it issued the document (else it received it), and the document's number there.
Numbered = tuple[str, bool, str]


def fund_kinds(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[Numbered, str]:
    """The kind of each document of government funds that regions received, or issued, by a year.

    By the classes that its lines name; documents that name none, or classes of several kinds, are left out.
    """
    rows = conn.execute(
        "select r.code, k.is_issue, k.number, k.kind from unnest(%s::text[]) r (code) "
        "cross join lateral transfers_fund_kinds(r.code, %s) k where k.kind <> ''",
        [list(regions), fiscal_year],
    )
    return {(region, is_issue, number): kind for region, is_issue, number, kind in rows}


def kind_moves(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Counter[str]]:
    """Region -> what its year gave to quotas of other kinds than the documents', by kind; zero in all."""
    found: dict[str, Counter[str]] = {region: Counter() for region in regions}
    rows = conn.execute(
        "select r.code, k.kind, k.fen from unnest(%s::text[]) r (code) "
        "cross join lateral transfers_kind_moves(r.code, %s) k",
        [list(regions), fiscal_year],
    )
    for region, kind, fen in rows:
        found[region][kind] = fen
    return found
