"""What was paid out of quotas, by payee: for those who follow money down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg


class PaidTo(NamedTuple):
    """What left a quota for one payee's account, after refunds, in fen, in how many payments."""

    bgt_id: str
    payee_name: str
    payee_acct_no: str
    payment_count: int
    paid_fen: int


_PAID_TO = """
    with back as (select pay_app_no, sum(amount_fen) as fen from treasury_refund group by 1)
    select p.bgt_id, p.payee_name, p.payee_acct_no, count(*), sum(p.amount_fen - coalesce(b.fen, 0))::bigint
    from treasury_payment p left join back b on b.pay_app_no = p.doc_key
    where p.bgt_id = any(%s) and p.state in ('paid', 'cleared') and p.amount_fen > coalesce(b.fen, 0)
    group by 1, 2, 3 order by 1, 2, 3"""


def paid_by_payee(conn: psycopg.Connection[Any], bgt_ids: Sequence[str]) -> list[PaidTo]:
    """What was paid out of these quotas, by quota, payee and account; one query for all."""
    return [PaidTo(*row) for row in conn.execute(_PAID_TO, [list(bgt_ids)])]
