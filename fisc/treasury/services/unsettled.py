"""What banks paid and the central bank has not moved yet: by documents, and as the ledger has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.kernel import Line
from fisc.reading.algebra import CREDIT
from fisc.reading.entries import entries_of
from fisc.reading.ledger import EVER, Among, Turnover, turnover
from fisc.treasury.kinds import PAYMENT, REFUND
from fisc.treasury.rules.payments import AGENT_BANK

Conn = psycopg.Connection[Any]
_OWED: Final = ("treasury_2015:2015", "treasury_2022_financial:2013")
_CASH: Final = ("treasury_2015:1001", "treasury_2022_financial:1001")
_AGENCY: Final = ("treasury_2015:1005", "treasury_2015:2091")


class Unsettled(NamedTuple):
    """Fen of a region up to a day.

    `paid` and `refunded` are documents that were not cleared by then; the ledger has them as `cash` that
    left, as `owed` to agent banks, or on an agency's accounts. `balance` is all that is owed to agent banks.
    """

    paid_fen: int = 0
    refunded_fen: int = 0
    cash_fen: int = 0
    owed_fen: int = 0
    agency_fen: int = 0
    balance_fen: int = 0


#: Payments and refunds that the central bank had not netted at the end of a day, and the entry of each.
_OPEN: Final = """
select p.mof_div_code, %(paid)s || p.doc_key || ':paid', p.amount_fen, 0::bigint from treasury_payment p
where p.mof_div_code = any(%(regions)s) and p.paid_on <= %(day)s
  and (p.act_lqd_date is null or p.act_lqd_date > %(day)s) and p.state in ('paid', 'cleared')
  and not (p.pay_type = 'entity' and p.agent_bank_no = '')
union all
select r.mof_div_code, %(refunded)s || r.doc_key || ':recorded', 0, r.amount_fen
from treasury_refund r join treasury_payment p on p.doc_key = r.pay_app_no
where r.mof_div_code = any(%(regions)s) and r.refunded_on <= %(day)s
  and (r.act_lqd_date is null or r.act_lqd_date > %(day)s)
  and not (p.pay_type = 'entity' and (p.agent_bank_no = '' or p.lqd_cert_no = p.agent_business_no))"""


def unsettled(conn: Conn, regions: Sequence[str], day: date) -> dict[str, Unsettled]:
    """Region -> what was paid and not cleared at the end of a day; of every region asked."""
    given = {"regions": list(regions), "day": day, "paid": PAYMENT.key(""), "refunded": REFUND.key("")}
    rows = conn.execute(_OPEN, given).fetchall()
    entries = entries_of(conn, [key for _, key, _, _ in rows]) if rows else {}
    found: dict[str, Counter[str]] = {region: Counter() for region in regions}
    for region, key, paid_fen, refunded_fen in rows:
        found[region].update({"paid_fen": paid_fen, "refunded_fen": refunded_fen})
        for line in entries[key].lines if key in entries else ():
            found[region][_part(line)] -= line.side * line.amount_fen
    owner = (Among("book_owner_code", (AGENT_BANK,)),)
    asked = Turnover(_OWED, tuple(regions), EVER, CREDIT, owner, until=day)
    for (region,), fen in turnover(conn, asked, "mof_div_code").items():
        found[region]["balance_fen"] = fen
    return {
        region: Unsettled(**{name: sums[name] for name in Unsettled._fields})
        for region, sums in found.items()
    }


def _part(line: Line) -> str:
    """Which sum a line tells of; "" of none."""
    if line.account in _CASH:
        return "cash_fen"
    if line.account in _OWED:
        return "owed_fen" if line.coding.book_owner_code == AGENT_BANK else ""
    return "agency_fen" if line.account in _AGENCY else ""
