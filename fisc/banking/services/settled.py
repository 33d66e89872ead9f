"""What bookings and papers were settled together, and is judged again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg

from fisc.banking.services import register

Conn = psycopg.Connection[Any]


def reopen(conn: Conn, settled: Iterable[tuple[str, str]]) -> None:
    """What was settled together (region, document) is open again on both sides: a booking of it is gone."""
    asked = register.columns_of(sorted({one for one in settled if one[1]}), 2)
    gone = conn.execute(
        "update banking_cash_match m set closed_on = null, match_no = '' "
        "from unnest(%s::text[], %s::text[]) g(region, number) "
        "where m.mof_div_code = g.region and m.match_no = g.number and not m.is_explained "
        "returning m.mof_div_code, g.number",
        asked,
    ).fetchall()
    conn.execute(
        "update banking_line l set closed_on = null, document_no = '' "
        "from unnest(%s::text[], %s::text[]) g(region, number) "
        "where l.mof_div_code = g.region and l.document_no = g.number and l.source = 'S'",
        register.columns_of(sorted(set(gone)), 2),
    )
