"""Invariants between vouchers, bank and ledger, computed anew from the rows: what daily reports add up to.

Reconciliation goes forward by what is open; these go over everything, so they prove that nothing was
lost on the way. They are for month ends: each reads a region's vouchers once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.services.register import PAYROLL, payment_orders_only, statements_only
from fisc.kernel.findings import Check, Finding, Place
from fisc.reading.cash import outflows

Conn = psycopg.Connection[Any]


class Proof(NamedTuple):
    """Two sums that must be equal (fen)."""

    name: str
    left_fen: int
    right_fen: int

    @property
    def holds(self) -> bool:
        """Whether they are equal."""
        return self.left_fen == self.right_fen


_FILES = f"""
select
  (select coalesce(sum(amount_fen), 0)::bigint from banking_message
   where mof_div_code = %(region)s and {payment_orders_only()}
     and business_on <= %(day)s),
  (select coalesce(sum(amount_fen), 0)::bigint from banking_voucher_match
   where mof_div_code = %(region)s and sent_on <= %(day)s and not is_outside)
"""


def _cut(what: str) -> str:
    """The same of statements in the middle of which the day is: what their lines come to so far."""
    return (
        f"(select coalesce(sum(c.{what}), 0)::bigint from banking_account a "
        "cross join lateral banking_cuts(array[a.acct_no], %(day)s) c where a.mof_div_code = %(region)s)"
    )


_BANK = f"""
select
  (select coalesce(sum(payments_fen), 0)::bigint from banking_message
   where mof_div_code = %(region)s and {statements_only()} and business_on <= %(day)s)
  + {_cut("payments_fen")},
  (select coalesce(sum(settled_fen), 0)::bigint from banking_voucher_match
   where mof_div_code = %(region)s and closed_on <= %(day)s)
  + (select coalesce(sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end), 0)::bigint
     from banking_line l left join banking_voucher_match v
       on v.pay_cert_no = l.ref_no and v.mof_div_code = l.mof_div_code and l.acct_no = any(v.payer_accts)
     where l.mof_div_code = %(region)s and l.source = 'S' and l.role = 'pay' and l.told_on <= %(day)s
       and (coalesce(l.closed_on > %(day)s, true)
            or v.pay_cert_no is not null and l.document_no = '' and coalesce(v.closed_on > %(day)s, true)))
  + (select coalesce(sum(case when side = 'DBIT' then amount_fen else -amount_fen end), 0)::bigint
     from banking_line where mof_div_code = %(region)s and source = 'S' and role = 'pay'
       and document_no <> '' and told_on <= %(day)s and closed_on <= %(day)s)
"""

#: What balances count, against what the lines show: nothing hides between two balances.
_LINES = f"""
select
  (select coalesce(sum(payments_fen + clearing_fen + other_fen), 0)::bigint from banking_message
   where mof_div_code = %(region)s and {statements_only()} and business_on <= %(day)s)
  + {_cut("payments_fen + c.clearing_fen + c.other_fen")},
  (select coalesce(sum(case when side = 'DBIT' then amount_fen else -amount_fen end), 0)::bigint
   from banking_line where mof_div_code = %(region)s and source = 'S' and told_on <= %(day)s)
"""

_TRANSIT = """
with state as (
  select coalesce(v.closed_on <= %(day)s, false) as is_closed,
         p.amount_fen - coalesce(f.fen, 0) as net_fen,
         p.pay_cert_no = v.pay_cert_no and p.state in ('paid', 'cleared') as is_paid,
         coalesce(b.net_fen, 0) as bank_fen,
         -- refunds that no statement tells of yet, of what was paid as the books say
         case when v.outcome = 'paid' then least(v.settled_fen - p.amount_fen + coalesce(f.fen, 0), f.fen) end
           as uncredited_fen
  from banking_voucher_match v
  join treasury_payments_on(%(day)s) p on p.pay_app_no = v.pay_app_no
  left join (select pay_app_no, sum(amount_fen) as fen from treasury_refunds_on(%(day)s)
             where mof_div_code = %(region)s group by 1) f
    on f.pay_app_no = v.pay_app_no
  left join (select l.ref_no,
                    sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end) as net_fen
             from banking_line l join banking_voucher_match o on o.pay_cert_no = l.ref_no
               and o.mof_div_code = l.mof_div_code and l.acct_no = any(o.payer_accts)
             where l.mof_div_code = %(region)s and l.source = 'S' and l.role = 'pay'
             and l.told_on <= %(day)s and not (l.document_no <> '' and l.closed_on <= %(day)s) group by 1) b
    on b.ref_no = v.pay_cert_no
  where v.mof_div_code = %(region)s and v.sent_on <= %(day)s
)
select coalesce(sum(bank_fen), 0)::bigint,
       (coalesce(sum(net_fen) filter (where is_paid), 0)
        + coalesce(sum(uncredited_fen) filter (where is_paid and is_closed), 0)
        + coalesce(sum(bank_fen - case when is_paid then net_fen else 0 end) filter (where not is_closed), 0)
       )::bigint
from state
"""


#: What papers moved, against the bookings that they were settled with.
_PAPERS: Final = """
select
  (select coalesce(sum(outflow_fen), 0)::bigint from banking_cash_match
   where mof_div_code = %(region)s and not is_explained and closed_on <= %(day)s),
  (select coalesce(sum(case when l.side = 'DBIT' then l.amount_fen else -l.amount_fen end), 0)::bigint
   from banking_line l where l.mof_div_code = %(region)s and l.source = 'S' and l.role = 'other'
     and l.closed_on <= %(day)s and exists (select from banking_cash_match c where c.match_no = l.document_no
       and c.mof_div_code = l.mof_div_code and not c.is_explained))
"""


def _books(conn: Conn, at: dict[str, Any]) -> tuple[int, int]:
    """What was noted of papers, and what the ledger says of the same entries."""
    rows = conn.execute(
        "select entry_id, outflow_fen from banking_cash_match "
        "where mof_div_code = %(region)s and moved_on <= %(day)s",
        at,
    ).fetchall()
    noted = dict(rows)
    moved = outflows(conn, noted)
    return sum(noted.values()), sum(moved.values())


def reconciliation_proofs(conn: Conn, region: str, day: date) -> list[Proof]:
    """Files = vouchers; statements = settled + open; bank = vouchers paid (net of refunds) + in transit.

    Call it after the day's reconciliation, or of a past day: what was closed later counts as open then. The
    one of vouchers in transit says that whatever was closed agrees: the bank's net outflow differs from
    what the books call paid only by vouchers that are open. Other papers: what was settled is what the bank
    booked, and what the ledger says of them.
    """
    at = {"region": region, "day": day}
    named = (
        ("报文合计 = 凭证合计", _FILES),
        ("对账单支付 = 已核对 + 未核对", _BANK),
        ("对账单余额变动 = 逐笔入账", _LINES),
        ("银行净付 = 凭证净付 + 在途", _TRANSIT),
        ("已核对收付单据 = 所核对的入账", _PAPERS),
    )
    proofs = [Proof(name, *_pair(conn, statement, at)) for name, statement in named]
    return [*proofs, Proof("收付单据 = 账面国库存款", *_books(conn, at))]


def _pair(conn: Conn, statement: str, at: dict[str, Any]) -> tuple[int, int]:
    row = conn.execute(statement.encode(), at).fetchone()
    assert row is not None  # an aggregate always answers
    return row[0], row[1]


_UNPROVEN: Final = "banking.unproven"


def unproven(conn: Conn, place: Place) -> Iterator[Finding]:
    """Sums of files, vouchers and statements that should be equal and are not."""
    for proof in reconciliation_proofs(conn, place.mof_div_code, place.on):
        if not proof.holds:
            yield Finding(
                _UNPROVEN, CHECKS[0].rules[_UNPROVEN], f"{proof.name}不成立", "凭证、银行、国库三方核对一致",
                place.mof_div_code, place.fiscal_year, about=proof.name, amount_fen=proof.left_fen,
                against_fen=proof.right_fen, hint="请从当日对账报告起逐日核对",
            )  # fmt: skip


_PERSONS: Final = "banking.persons"
#: Each attempt to pay a person: what the bank answered by the day, against what the account that distributes
#: the batch was debited for it, as far as its statements reach.
_OF_PERSONS: Final = f"""
with cut as (
  select distinct a.acct_no from banking_account a
  cross join lateral banking_cuts(array[a.acct_no], %(day)s) c
  where a.mof_div_code = %(region)s and c.is_told
), reach as (
  select acct_no, max(business_on) as until from banking_message
  where mof_div_code = %(region)s and {statements_only()} and business_on <= %(day)s
    and acct_no not in (select acct_no from cut) group by 1
  union all select acct_no, %(day)s from cut
), tried as (
  select s.ref_no, s.batch_no, s.per_name, s.amount_fen, a.is_paid
  from rosters_attempts(%(region)s) s
  join banking_message m on m.direction = 'out' and m.message_id = s.message_id
  join reach r on r.acct_no = m.acct_no
  left join lateral rosters_answer(s.line_id, s.step_no, r.until) a on true
), booked as (
  select ref_no, sum(case side when 'DBIT' then amount_fen else -amount_fen end)::bigint as fen
  from banking_line where mof_div_code = %(region)s and acct_kind = '{PAYROLL}' and source = 'S'
  and told_on <= %(day)s group by 1
)
select t.batch_no, t.per_name, t.ref_no, case when t.is_paid then t.amount_fen else 0 end, coalesce(b.fen, 0)
from tried t left join booked b using (ref_no)
where case when t.is_paid then t.amount_fen else 0 end <> coalesce(b.fen, 0) order by 1, 2, 3"""


def persons_differ(conn: Conn, place: Place) -> Iterator[Finding]:
    """Persons of batches whom the account that distributes the pay says otherwise of than the roster."""
    for batch_no, name, ref_no, ours, theirs in conn.execute(
        _OF_PERSONS.encode(), {"region": place.mof_div_code, "day": place.on}
    ):
        yield Finding(
            _PERSONS, CHECKS[1].rules[_PERSONS], f"{name}（{ref_no}）：名册与代发账户对账单不符",
            "代发账户逐人核对", place.mof_div_code, place.fiscal_year, batch_no, ref_no, ours, theirs,
            hint="请与代办银行逐笔核对这一人的发放与退回",
        )  # fmt: skip


CHECKS: Final = (
    Check({_UNPROVEN: "对账合计不符"}, unproven),
    Check({_PERSONS: "代发逐人不符"}, persons_differ),
)
