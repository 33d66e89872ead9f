"""How far payments and plans of use are, as cash and forecasts ask: in sets, by state, day and month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents.flow import MAKE
from fisc.treasury.kinds import PAYMENT

Conn = psycopg.Connection[Any]


class Stood(NamedTuple):
    """Payments in a state: how many, and how much."""

    number: int
    amount_fen: int


#: The last step of each payment up to a day. Those that ended before the day are left out at once. A bank
#: that answers late says on which day it paid, and on that day the ledger has it.
_STATES: Final = """
select step.move, count(*), sum(p.amount_fen)::bigint
from treasury_payment p
cross join lateral (
    select t.step ->> 0 as move from jsonb_array_elements(p.trail) with ordinality t(step, n)
    where case t.step ->> 0 when 'pay' then p.paid_on when 'clear' then p.act_lqd_date
          else (t.step ->> 3)::date end <= %(on)s
    order by t.n desc limit 1
) step
where p.mof_div_code = %(region)s
  and (p.state not in ('cleared', 'withdrawn') or (p.trail -> -1 ->> 3)::date > %(on)s)
group by step.move"""


def states_on(conn: Conn, region: str, on: date) -> dict[str, Stood]:
    """State -> a region's payments that were in it at the end of a day; those that had ended are left out."""
    targets = {MAKE: PAYMENT.initial, **{step.code: step.target for step in PAYMENT.flow.moves}}
    found: dict[str, Stood] = {}
    for move, count, fen in conn.execute(_STATES, {"region": region, "on": on}):
        known = found.get(targets[move], Stood(0, 0))
        found[targets[move]] = Stood(known.number + count, known.amount_fen + fen)
    return found


def payee_names(conn: Conn, numbers: Sequence[str]) -> dict[str, str]:
    """Number -> who is paid, of those of the numbers that are payments."""
    found = conn.execute(
        "select doc_key, payee_name from treasury_payment where doc_key = any(%s)", [list(numbers)]
    )
    return dict(found.fetchall())


_UNANSWERED: Final = (
    "select count(*), coalesce(sum(amount_fen), 0)::bigint from treasury_payment "
    "where mof_div_code = %s and state = 'sent' and sent_on < %s"
)


def unanswered(conn: Conn, region: str, before: date) -> Stood:
    """Payments of a region that the bank was sent before a day and has not answered."""
    row = conn.execute(_UNANSWERED, [region, before]).fetchone()
    assert row is not None  # an aggregate always answers
    return Stood(*row)


_UNCLEARED: Final = """
select mof_div_code, sum(fen)::bigint from (
    select mof_div_code, amount_fen as fen from treasury_payment where state = 'paid' and paid_on <= %(on)s
    union all select mof_div_code, -amount_fen from treasury_refund
    where state = 'recorded' and refunded_on <= %(on)s) t
group by 1"""


def uncleared(conn: Conn, on: date) -> dict[str, int]:
    """Region -> fen that banks had paid by a day, less what came back, and the treasury has not moved yet."""
    return dict(conn.execute(_UNCLEARED, {"on": on}).fetchall())


_PLANNED: Final = (
    "select plan_month, sum(amount_fen)::bigint from treasury_plan "
    "where mof_div_code = %s and fiscal_year = %s and plan_month > %s and state in ('approved', 'opened') "
    "group by plan_month"
)


def planned_after(conn: Conn, region: str, fiscal_year: int, month: int) -> dict[int, int]:
    """Month of the year after `month` -> fen of the plans of use that are approved for it."""
    return dict(conn.execute(_PLANNED, [region, fiscal_year, month]).fetchall())
