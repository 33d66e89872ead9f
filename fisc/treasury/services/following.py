"""What was paid out of quotas, by payee, and what came back later: for those who follow money down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from fisc.reading.ledger import Among, Turnover, turnover


class PaidTo(NamedTuple):
    """What left a quota for one payee's account, in fen, in how many payments.

    After refunds of the same year: what comes back later restores no quota.
    """

    bgt_id: str
    payee_name: str
    payee_acct_no: str
    payment_count: int
    paid_fen: int


_PAID_TO = """
    with back as (
        select pay_app_no, sum(amount_fen) as fen from treasury_refund where kind = 'this_year' group by 1)
    select p.bgt_id, p.payee_name, p.payee_acct_no, count(*), sum(p.amount_fen - coalesce(b.fen, 0))::bigint
    from treasury_payment p left join back b on b.pay_app_no = p.doc_key
    where p.bgt_id = any(%s) and p.state in ('paid', 'cleared') and p.amount_fen > coalesce(b.fen, 0)
    group by 1, 2, 3 order by 1, 2, 3"""


def paid_by_payee(conn: psycopg.Connection[Any], bgt_ids: Sequence[str]) -> list[PaidTo]:
    """What was paid out of these quotas, by quota, payee and account; one query for all."""
    return [PaidTo(*row) for row in conn.execute(_PAID_TO, [list(bgt_ids)])]


def restored(conn: psycopg.Connection[Any], pay_app_nos: Sequence[str]) -> dict[str, int]:
    """What of payments came back in their year, so that their quotas have it again; fen by application."""
    rows = conn.execute(
        "select pay_app_no, sum(amount_fen)::bigint from treasury_refund "
        "where kind = 'this_year' and pay_app_no = any(%s) group by 1",
        [list(pay_app_nos)],
    )
    return dict(rows.fetchall())


def came_back(conn: psycopg.Connection[Any], numbers: Sequence[str]) -> dict[tuple[str, str], int]:
    """(region, number from above) -> what of earlier years' payments came back to its pool; fen."""
    where = (Among("sup_bgt_doc_no", tuple(numbers)), Among("is_last_year", ("1",)))
    asked = Turnover(("quota:9104",), None, where=where)
    # on the other side the book of its year is closed
    rows = turnover(conn, asked, "mof_div_code", "sup_bgt_doc_no", column="debit") if numbers else {}
    return {(region, number): fen for (region, number), fen in rows.items()}
