"""Which bookings count, and what of what was settled with them is judged again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from fisc.banking.services import register

Conn = psycopg.Connection[Any]

STATEMENT, NOTIFICATION, VOID = "S", "N", "V"


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


def set_aside(conn: Conn, keys: Sequence[int]) -> None:
    """Lines of these statements count no more.

    What was matched with a line is judged again by the next reconciliation: until then the line is open.
    """
    gone = conn.execute(
        "with before as (select id, document_no from banking_line "
        "where message_key = any(%s) and source = %s) "
        "update banking_line l set source = %s, closed_on = null, document_no = '' from before b "
        "where l.id = b.id returning l.mof_div_code, l.ref_no, b.document_no",
        [list(keys), STATEMENT, VOID],
    ).fetchall()
    reopen(conn, [(row[0], row[2]) for row in gone])
    # what a bank booked and took back without a voucher of ours was closed as a pair
    conn.execute(
        "update banking_line l set closed_on = null from ("
        "select distinct * from unnest(%s::text[], %s::text[])) g(region, ref_no) "
        "where l.mof_div_code = g.region and l.ref_no = g.ref_no and l.source = %s and l.amount_fen > 0 "
        "and (l.role = 'pay' or l.role = 'other' and l.acct_kind <> '61') and l.document_no = '' "
        "and not exists (select from banking_voucher_match v where v.pay_cert_no = l.ref_no "
        "and v.mof_div_code = l.mof_div_code and l.acct_no = any(v.payer_accts))",
        [[row[0] for row in gone], [row[1] for row in gone], STATEMENT],
    )


def restore(conn: Conn, keys: Sequence[int]) -> None:
    """Lines of these statements count again, and are open."""
    conn.execute(
        "update banking_line set source = %s, closed_on = case when amount_fen = 0 then told_on end "
        "where message_key = any(%s) and source = %s",
        [STATEMENT, list(keys), VOID],
    )
