"""Is the money of a special fund used as its rule allows? Payments by theme, against theme_uses.csv."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg

from fisc.documents.accounts import PAID
from fisc.kernel.findings import Check, Finding, Place
from fisc.kernel.money import format_fen
from fisc.reading.algebra import Where
from fisc.reading.ledger import Turnover, turnover
from fisc.registry.theme_uses import misuses

Conn = psycopg.Connection[Any]

#: Payments that a finding names at most.
NAMED = 20
#: What the rules of use look at, besides who is paid.
_LOOKED_AT = ("theme_code", "exp_func_code", "gov_bgt_eco_code")
_OF_REGION = ("mof_div_code", *_LOOKED_AT)

#: Payments of themes that stand, less what came back, by what the rules of use look at.
_PAID = """
    select p.coding_id, coalesce(y.kind, ''),
        sum(p.amount_fen - coalesce(r.fen, 0))::bigint, count(*),
        array_agg(p.doc_key)
    from treasury_payment p
    left join (select pay_app_no, sum(amount_fen) as fen from treasury_refund group by 1) r
        on r.pay_app_no = p.doc_key
    left join registry_account_kinds(%(year)s) y on y.acct_no = p.payee_acct_no
    where p.mof_div_code = any(%(regions)s) and p.fiscal_year = %(year)s and p.state in ('paid', 'cleared')
      and p.coding_id = any(%(codings)s)
    group by 1, 2"""


def theme_violations(conn: Conn, regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What of the regions' special funds was paid outside their rules of use, by region; two queries."""
    themed = Where("theme_code", ("",), excluded=True)
    of_themes = Turnover((PAID,), tuple(regions), where=(themed,), coding_year=fiscal_year)
    used = {key[0]: key[1:] for key in turnover(conn, of_themes, "coding_id", *_OF_REGION)}
    asked = {"regions": list(regions), "year": fiscal_year, "codings": list(used)}
    groups: dict[tuple[str, ...], _Paid] = defaultdict(_Paid)
    for coding_id, kind, fen, count, numbers in conn.execute(_PAID, asked).fetchall():
        groups[*used[coding_id], kind].add(fen, count, numbers)
    return [
        found
        for key in sorted(groups) if groups[key].fen
        for found in _judged(fiscal_year, key, groups[key])
    ]  # fmt: skip


@dataclass(slots=True)
class _Paid:
    """Payments together: fen, how many, their numbers."""

    fen: int = 0
    count: int = 0
    numbers: list[str] = field(default_factory=list)

    def add(self, fen: int, count: int, numbers: Sequence[str]) -> None:
        self.fen, self.count = self.fen + fen, self.count + count
        self.numbers += numbers


def _judged(fiscal_year: int, key: tuple[str, ...], paid: _Paid) -> Iterator[Finding]:
    region, theme, func, eco, kind = key
    fen, count, numbers = paid.fen, paid.count, sorted(paid.numbers)[:NAMED]
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
    return theme_violations(conn, (place.mof_div_code,), place.fiscal_year)


RULE: Final = "theme.paid"
RULES: Final = {RULE: "专项资金支付不合使用规则"}
CHECKS: Final = (Check(RULES, _of_place),)
