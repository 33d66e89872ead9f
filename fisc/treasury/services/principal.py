"""What debt is served from: principal within what the books owe, interest from no money that was borrowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import psycopg

from fisc.documents import RuleBroken
from fisc.documents.accounts import APPLIED
from fisc.kernel import Coding
from fisc.kernel.money import format_fen
from fisc.reading.algebra import CREDIT, Where
from fisc.reading.ledger import EVER, Among, Turnover, turnover
from fisc.registry.rules import budget_fund
from fisc.treasury.rules.payments import spending_event

_REPAID, _INTEREST = "principal_repaid", "interest_paid"
_OWED: Final = ("treasury_2015:2026", "treasury_2022_financial:2031")
#: What of the account of debt is principal: interest that fell due says that it is (`debt_move_code`).
_PRINCIPAL: Final = Among("debt_move_code", ("",))
_Place = tuple[str, str]


def is_principal(coding: Coding) -> bool:
    """Whether what is paid from a quota repays principal. Raises RuleBroken for what no payment pays."""
    return spending_event(coding.exp_func_code, coding.fund_type_code) == _REPAID


def is_borrowed_interest(coding: Coding) -> bool:
    """Whether interest would be paid from bond money. Raises as `is_principal`."""
    is_bond = coding.fund_type_code != budget_fund(coding.fund_type_code)
    return is_bond and spending_event(coding.exp_func_code, coding.fund_type_code) == _INTEREST


def beyond(conn: psycopg.Connection[Any], asked: Iterable[tuple[str, Coding, int]]) -> dict[str, RuleBroken]:
    """Number -> refusal of payments of principal that ask more than is owed, in the order given.

    `asked` are number, coding block of the quota, and fen. What is applied for and not yet paid counts.
    """
    given = list(asked)
    if not given:
        return {}
    places = sorted({_place(coding) for _, coding, _ in given})
    conn.execute(
        "select pg_advisory_xact_lock(hashtextextended('principal ' || place, 71)) "
        "from unnest(%s::text[]) place",
        [[" ".join(place) for place in places]],
    )
    left = _left(conn, places)
    refused = {}
    for key, coding, fen in given:
        free = left[_place(coding)]
        if fen > free:
            refused[key] = _refusal(key, coding, fen, free)
        else:
            left[_place(coding)] -= fen
    return refused


def _place(coding: Coding) -> _Place:
    return coding.mof_div_code, budget_fund(coding.fund_type_code)


def _left(conn: psycopg.Connection[Any], places: Iterable[_Place]) -> dict[_Place, int]:
    """What is owed less what is on its way to be repaid, by region and budget."""
    regions = tuple(sorted({region for region, _ in places}))
    found: dict[_Place, int] = defaultdict(int)
    for accounts, where, sign in (
        (_OWED, _PRINCIPAL, 1), ((APPLIED,), Where("exp_func_code", ("231",)), -1),
    ):  # fmt: skip
        sums = turnover(
            conn, Turnover(accounts, regions, EVER, CREDIT, (where,)), "mof_div_code", "fund_type_code"
        )
        for (region, fund), fen in sums.items():
            found[region, budget_fund(fund)] += sign * fen
    return found


def _refusal(key: str, coding: Coding, fen: int, free: int) -> RuleBroken:
    return RuleBroken(
        f"支付申请 {key} 还本 {format_fen(fen)} 元，{coding.mof_div_code} 资金 {coding.fund_type_code} "
        f"账上应付转贷本金（减去在途还本）只有 {format_fen(free)} 元",
        rule="还本以账上的债务余额为限（财库〔2015〕192号 T20）",
        hint="请核对金额与资金性质；期初的债务请先登记年初余额（fisc books make-openings）",
        details={"key": key, "available_fen": free, "requested_fen": fen},
    )
