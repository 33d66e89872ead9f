"""Invariants: the documents, the quota book and the treasury's book say the same of every coding block.

For each quota: what is under way in payments stands on 9402; what was paid less what came back, what
other affairs spent, and advances that were charged to it, stand on 9501; and 9501 equals what the
treasury's book spent on it. Lines with a register item (a payment agency's own books, last year's
refunds) belong to no quota of the year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg

from fisc.budget.services import settled_advances
from fisc.documents.accounts import APPLIED, PAID
from fisc.kernel import Coding
from fisc.kernel.coding import codings_of
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.reading.algebra import CREDIT, DEBIT
from fisc.reading.books import (
    LAST_YEAR_OF_192,
    OWN_OUTLAY_2015,
    OWN_OUTLAY_2022,
    OWN_SPENDING,
    PRINCIPAL_2015,
    PRINCIPAL_2022,
)
from fisc.reading.ledger import Turnover, turnover
from fisc.treasury.flow import UNDER_WAY
from fisc.treasury.rules.other import KINDS

Conn = psycopg.Connection[Any]
#: Coding block (the ledger's id) -> fen.
Fen = Mapping[int, int]


def differences(conn: Conn, region: str, year: int) -> list[Finding]:
    """Where documents and books of a region's year differ; empty when all is well."""
    asked = {
        "region": region, "year": year, "under_way": list(UNDER_WAY),
        "spends": [k for k, kind in KINDS.items() if kind.spends],
    }  # fmt: skip

    def documents(statement: str) -> Fen:
        return dict(conn.execute(statement.encode(), asked).fetchall())

    paid = _turned(conn, region, year, (PAID,), CREDIT)
    spent = _added(_turned(conn, region, year, spending_accounts(year), DEBIT), documents(_NOT_YET_SPENT))
    compared = (
        ("在途支付与支付申请余额（9402）", documents(_HELD), _turned(conn, region, year, (APPLIED,), CREDIT)),
        ("已付单据与已支付（9501）", _added(documents(_SPENT), settled_advances(conn, region, year)), paid),
        ("指标账已支付与国库账支出", paid, spent),
    )
    wrong = [
        (what, coding_id, left.get(coding_id, 0), right.get(coding_id, 0))
        for what, left, right in compared
        for coding_id in sorted({*left, *right})
        if left.get(coding_id, 0) != right.get(coding_id, 0)
    ]
    blocks = codings_of(conn, (coding_id for _, coding_id, *_ in wrong))
    return [
        _finding(what, region, year, blocks[coding_id], coding_id, *fens) for what, coding_id, *fens in wrong
    ]


def _added(one: Fen, other: Fen) -> Fen:
    return {coding_id: one.get(coding_id, 0) + other.get(coding_id, 0) for coding_id in {*one, *other}}


def _finding(  # noqa: PLR0917 -- a row of a comparison
    what: str, region: str, year: int, coding: Coding, coding_id: int, left_fen: int, right_fen: int
) -> Finding:
    place = (
        f"{region} {year} 年，单位 {coding.agency_code or '（空）'}，项目 {coding.pro_code or '（空）'}，"
        f"科目 {coding.exp_func_code}，资金 {coding.fund_type_code}"
    )
    words = f"{what}（{place}）：{format_fen(left_fen)} 元 ≠ {format_fen(right_fen)} 元"
    return Finding(
        RULE, RULES[RULE], words, "单据、指标账与国库账一致（财办〔2022〕36号）", region, year,
        about=f"{what} {coding_id}", amount_fen=left_fen, against_fen=right_fen,
        evidence=(f"coding:{coding_id}",), hint="请逐笔核对该单位、项目与科目的单据与凭证",
    )  # fmt: skip


def spending_accounts(year: int) -> list[str]:
    """The treasury's accounts that a payment may be spent on in a year, 'book:code'."""
    is_old = year <= LAST_YEAR_OF_192
    book = "treasury_2015" if is_old else "treasury_2022_budget"
    own = (*OWN_OUTLAY_2015, PRINCIPAL_2015) if is_old else (*OWN_OUTLAY_2022, PRINCIPAL_2022)
    return [f"{book}:{code}" for code in own]


def _turned(conn: Conn, region: str, year: int, accounts: Sequence[str], side: int) -> Fen:
    """Turnover of accounts by coding block of the region's year; closing is none."""
    asked = Turnover(tuple(accounts), (region,), side=side, where=OWN_SPENDING, coding_year=year)
    found: dict[int, int] = defaultdict(int)
    for (coding_id, month), fen in turnover(conn, asked, "coding_id", "month").items():
        found[coding_id] += fen if month <= 12 else 0
    return found


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
_NOT_YET_SPENT = """
    select coding_id, sum(fen)::bigint as fen from (
        select p.coding_id, p.amount_fen as fen from treasury_payment p
        where p.mof_div_code = %(region)s and p.fiscal_year = %(year)s and p.state = 'paid'
          and p.pay_type <> 'entity'
        union all
        select p.coding_id, -r.amount_fen from treasury_refund r
        join treasury_payment p on p.doc_key = r.pay_app_no
        where r.mof_div_code = %(region)s and r.fiscal_year = %(year)s and r.kind = 'this_year'
          and r.state = 'recorded' and p.pay_type <> 'entity') t
    where exists (select from treasury_setting s where s.mof_div_code = %(region)s
                  and s.fiscal_year = %(year)s and s.has_payment_agency)
    group by 1"""


def _of_place(conn: Conn, place: Place) -> list[Finding]:
    return differences(conn, place.mof_div_code, place.fiscal_year)


RULE: Final = "treasury.books"
RULES: Final = {RULE: "支付单据与账不符"}
CHECKS: Final = (Check(RULES, _of_place),)
