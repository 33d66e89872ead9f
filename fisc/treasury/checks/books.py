"""Invariants: the documents, the quota book and the treasury's book say the same of every coding block.

For each quota: what is under way in payments stands on 9402; what was paid less what came back, and
what other affairs spent, stands on 9501; and 9501 equals what the treasury's book spent on it. Lines
with a register item (a payment agency's own books, last year's refunds) belong to no quota of the year.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg

from fisc.documents.accounts import APPLIED, PAID
from fisc.documents.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.registry.rules import rules_for
from fisc.treasury.rules.other import KINDS

Conn = psycopg.Connection[Any]

_UNDER_WAY = ("draft", "unit_reviewed", "approved", "certified", "sent", "returned", "corrected")


def differences(conn: Conn, region: str, year: int) -> list[Finding]:
    """Where documents and books of a region's year differ; empty when all is well. Three queries."""
    asked = {
        "region": region, "year": year, "under_way": list(_UNDER_WAY), "applied": APPLIED, "paid": PAID,
        "spending": spending_accounts(year), "spends": [k for k, kind in KINDS.items() if kind.spends],
    }  # fmt: skip
    found = []
    for what, statement in _COMPARISONS:
        for row in conn.execute(statement.encode(), asked).fetchall():
            found.append(_finding(what, region, year, *row))
    return found


def _finding(  # noqa: PLR0917 -- a row of a comparison
    what: str, region: str, year: int, coding_id: int, left_fen: int, right_fen: int
) -> Finding:
    place = f"{region} {year} 年，要素组合 {coding_id}"
    words = f"{what}（{place}）：{format_fen(left_fen)} 元 ≠ {format_fen(right_fen)} 元"
    return Finding(
        RULE, RULES[RULE], words, "单据、指标账与国库账一致（财办〔2022〕36号）", region, year,
        about=f"{what} {coding_id}", amount_fen=left_fen, against_fen=right_fen,
        evidence=(f"coding:{coding_id}",), hint="请逐笔核对该要素组合的单据与凭证",
    )  # fmt: skip


def spending_accounts(year: int) -> list[str]:
    """The treasury's accounts that a payment may be spent on in a year, 'book:code'."""
    books = ("treasury_2015", "treasury_2022_budget")
    rows = [
        row
        for event in ("expenditure_paid", "principal_repaid")
        for fund in ("111", "121", "13")
        for row in rules_for(event, year, fund)
        if row.book in books
    ]
    return sorted({f"{row.book}:{row.debit}" for row in rows if row.debit.startswith(("5", "7"))})


#: Turnover of some accounts by coding block of the region's year, in their normal side; closing is none.
_TURNOVER = """
    select m.coding_id, sum((m.debit_fen - m.credit_fen) * a.normal_side)::bigint as fen
    from ledger.balance_month m join ledger.account a on a.id = m.account_id
    join ledger.coding c on c.id = m.coding_id
    where {accounts} and c.mof_div_code = %(region)s and c.fiscal_year = %(year)s and c.item_code = ''
      and m.period %% 100 <= 12
    group by 1"""
_COMPARED = """
    select coding_id, coalesce(l.fen, 0), coalesce(r.fen, 0)
    from ({left}) l full join ({right}) r using (coding_id)
    where coalesce(l.fen, 0) <> coalesce(r.fen, 0) order by 1"""
_HELD = """
    select coding_id, sum(amount_fen)::bigint as fen from treasury_payment
    where mof_div_code = %(region)s and fiscal_year = %(year)s and state = any(%(under_way)s) group by 1"""
_SPENT = """
    select coding_id, sum(fen)::bigint as fen from (
        select coding_id, amount_fen as fen from treasury_payment
        where mof_div_code = %(region)s and fiscal_year = %(year)s and state in ('paid', 'cleared')
        union all
        select p.coding_id, -r.amount_fen from treasury_refund r
        join treasury_payment p on p.doc_key = r.pay_app_no
        where r.mof_div_code = %(region)s and r.fiscal_year = %(year)s and r.kind = 'this_year'
        union all
        select coding_id, amount_fen from treasury_affair
        where mof_div_code = %(region)s and fiscal_year = %(year)s and kind = any(%(spends)s)
          and state = 'posted') t
    group by 1"""
#: Where there is a payment agency the treasury spends when the day is cleared, not before.
_SPENDING = f"""
    select coding_id, sum(fen)::bigint as fen from ({
    _TURNOVER.format(accounts="a.book || ':' || a.code = any(%(spending)s)")
} union all
        select p.coding_id, p.amount_fen from treasury_payment p
        where p.mof_div_code = %(region)s and p.fiscal_year = %(year)s and p.state = 'paid'
          and p.pay_type <> 'entity' and {{agency}}
        union all
        select p.coding_id, -r.amount_fen from treasury_refund r
        join treasury_payment p on p.doc_key = r.pay_app_no
        where r.mof_div_code = %(region)s and r.fiscal_year = %(year)s and r.kind = 'this_year'
          and r.state = 'recorded' and p.pay_type <> 'entity' and {{agency}}) t
    group by 1""".replace(
    "{agency}",
    "exists (select from treasury_setting s where s.mof_div_code = %(region)s "
    "and s.fiscal_year = %(year)s and s.has_payment_agency)",
)

_ON_9402 = _TURNOVER.format(accounts="a.book || ':' || a.code = %(applied)s")
_ON_9501 = _TURNOVER.format(accounts="a.book || ':' || a.code = %(paid)s")
_COMPARISONS = (
    ("在途支付与支付申请余额（9402）", _COMPARED.format(left=_HELD, right=_ON_9402)),
    ("已付单据与已支付（9501）", _COMPARED.format(left=_SPENT, right=_ON_9501)),
    ("指标账已支付与国库账支出", _COMPARED.format(left=_ON_9501, right=_SPENDING)),
)


def _of_place(conn: Conn, place: Place) -> list[Finding]:
    return differences(conn, place.mof_div_code, place.fiscal_year)


RULE: Final = "treasury.books"
RULES: Final = {RULE: "支付单据与账不符"}
CHECKS: Final = (Check(RULES, _of_place),)
