"""Is the money of a special fund used as its rule allows? Payments by theme, against theme_uses.csv."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

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


@dataclass(frozen=True, slots=True)
class ThemeViolation:
    """Money of a theme that was paid for what its rule does not allow; the first payments by number."""

    theme_code: str
    element: str
    code: str
    amount_fen: int
    payment_count: int
    pay_app_nos: tuple[str, ...]
    rule: str
    source: str

    def __str__(self) -> str:
        """The finding in words."""
        return (
            f"专题 {self.theme_code}：{format_fen(self.amount_fen)} 元（{self.payment_count} 笔）"
            f"列 {self.element} {self.code or '空'}，不合使用规则（{self.rule}）"
        )


def theme_violations(conn: Conn, region: str, fiscal_year: int) -> list[ThemeViolation]:
    """What of a region's special funds was paid outside their rules of use; one query."""
    asked = {"region": region, "year": fiscal_year, "named": NAMED}
    return [found for row in conn.execute(_PAID.encode(), asked).fetchall() for found in _judged(row)]


def _judged(row: tuple[Any, ...]) -> Iterator[ThemeViolation]:
    theme, func, eco, kind, fen, count, numbers = row
    codes = {"exp_func_code": func, "gov_bgt_eco_code": eco, "payee_kind": kind}
    for m in misuses(theme, codes):
        yield ThemeViolation(theme, m.element, m.code, fen, count, tuple(numbers), m.rule, m.source)
