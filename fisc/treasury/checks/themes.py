"""Is the money of a special fund used as its rule allows? Payments by theme, against theme_uses.csv."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import psycopg

from fisc.documents.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.registry.theme_uses import misuses

Conn = psycopg.Connection[Any]

#: Payments that a finding names at most.
NAMED = 20

#: Payments of themes that stand, less what came back, by what the rules of use look at.
_PAID = """
    select c.theme_code, c.exp_func_code, c.gov_bgt_eco_code, coalesce(y.kind, ''),
        sum(p.amount_fen - coalesce(r.fen, 0))::bigint, count(*),
        (array_agg(p.doc_key order by p.doc_key))[:%(named)s]
    from treasury_payment p join ledger.coding c on c.id = p.coding_id
    left join (select pay_app_no, sum(amount_fen) as fen from treasury_refund group by 1) r
        on r.pay_app_no = p.doc_key
    left join registry_payee_account a on a.acct_no = p.payee_acct_no and a.fiscal_year = p.fiscal_year
    left join registry_payee y on y.payee_code = a.payee_code and y.fiscal_year = p.fiscal_year
    where p.mof_div_code = %(region)s and p.fiscal_year = %(year)s and p.state in ('paid', 'cleared')
      and c.theme_code <> ''
    group by 1, 2, 3, 4 having sum(p.amount_fen - coalesce(r.fen, 0)) <> 0 order by 1, 2, 3, 4"""


def theme_violations(conn: Conn, region: str, fiscal_year: int) -> list[Finding]:
    """What of a region's special funds was paid outside their rules of use; one query."""
    asked = {"region": region, "year": fiscal_year, "named": NAMED}
    return [
        found
        for row in conn.execute(_PAID.encode(), asked).fetchall()
        for found in _judged(region, fiscal_year, row)
    ]


def _judged(region: str, fiscal_year: int, row: tuple[Any, ...]) -> Iterator[Finding]:
    theme, func, eco, kind, fen, count, numbers = row
    codes = {"exp_func_code": func, "gov_bgt_eco_code": eco, "payee_kind": kind}
    for m in misuses(theme, codes):
        words = (
            f"专题 {theme}：{format_fen(fen)} 元（{count} 笔）"
            f"列 {m.element} {m.code or '空'}，不合使用规则（{m.rule}）"
        )
        yield Finding(
            RULE, RULES[RULE], words, m.source, region, fiscal_year, about=f"{theme} {m.element} {m.code}",
            amount_fen=fen, evidence=tuple(f"payment:{number}" for number in numbers),
        )  # fmt: skip


def _of_place(conn: Conn, place: Place) -> list[Finding]:
    return theme_violations(conn, place.mof_div_code, place.fiscal_year)


RULE: Final = "theme.paid"
RULES: Final = {RULE: "专项资金支付不合使用规则"}
CHECKS: Final = (Check(RULES, _of_place),)
