"""What a year leaves over is told item by item, and settled by law."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import psycopg

from fisc.budget import services as budget
from fisc.closing.balances import Balance, balances_of
from fisc.closing.papers import QUOTAS, SURPLUS, entry_keys, year_end_keys
from fisc.closing.quota_balances import carries_known, quota_keepers
from fisc.closing.rules.close import kept_on, rule_of
from fisc.closing.rules.surplus import OVER_REDUCED, Kind, Left, SurplusItem, items, settlement_entries
from fisc.closing.services.papers import Ending, YearEndResult, any_is_due, end_each
from fisc.closing.services.quotas import refuse_waiting
from fisc.closing.source_balances import carried_sources, to_give_back
from fisc.documents import RuleBroken, year_end
from fisc.kernel import Coding
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.kernel.periods import periods
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import rules
from fisc.registry.areas import area_of, governments
from fisc.registry.fund_kinds import FUND, fund_kind
from fisc.registry.open_books import require_kept
from fisc.registry.quota_rules import CARRIED
from fisc.reserves import services as reserves
from fisc.transfers import services as transfers

Conn = psycopg.Connection[Any]
SURPLUS_RULE: Final = "预算法第六十六条：超收收入冲减赤字或补充预算稳定调节基金，结余资金补充预算稳定调节基金"
_OWN_SOURCES: Final = "quota:9101"
#: The balances of the three budgets, by code in either rule set.
_LEFT_OVER: Final = frozenset({"3001", "3002", "3003", "8001", "8002", "8003"})
#: By which papers take money of a budget, and hand it to another.
_TAKEN: Final = tuple(
    f"{book}{code}"
    for book, codes in (
        ("treasury_2015:", ("5021", "4021", "5031")), ("treasury_2022_budget:", ("7021", "6021", "7031")),
    )
    for code in codes
)  # fmt: skip
_OWN_INCOME: Final = frozenset({"4001", "4002", "4003", "6001", "6002", "6003"})


def left_over(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Left]:
    """Region -> what its year leaves over, the same whether its books are closed and carried on or not."""
    balances = _balances(conn, regions, fiscal_year)
    carried, lying = _carried(conn, regions, fiscal_year)
    budgeted = _budgeted(conn, regions, fiscal_year)
    known = quota_keepers(conn, regions, fiscal_year)
    months = _months(conn, regions, fiscal_year)
    deficits = reserves.deficits(conn, regions, fiscal_year)
    given = _given(conn, regions, fiscal_year)
    settled = carries_known(conn, regions, fiscal_year)
    owed = to_give_back(conn, regions, fiscal_year)
    moved = transfers.kind_moves(conn, regions, fiscal_year)
    return {
        region: Left(
            region, fiscal_year, months[region], region in known, _left_over(balances[region], moved[region]),
            carried[region], _income(balances[region]), budgeted[region], lying[region],
            deficits[region].deficit_fen, deficits[region].reduced_fen, given[region],
            region in settled or region not in known,
            owed=owed[region],
        )
        for region in regions
    }  # fmt: skip


def _balances(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Balance]]:
    """What a year's periods moved in the book of budgets, but for its closing and carrying on."""
    book = rules.treasury_books(fiscal_year)[-1]
    own = year_end_keys(conn, regions, fiscal_year)
    span = year(fiscal_year, YEAR_END_MONTH, 0)
    return balances_of(conn, regions, fiscal_year, books=[book], periods=span, without=own)


def _given(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Counter[Kind]]:
    """What papers that settled a year before took of the general budget and of each kind of fund."""
    found: dict[str, Counter[Kind]] = {region: Counter() for region in regions}
    papers = tuple(key for region in regions for key in entry_keys(conn, region, fiscal_year, SURPLUS))
    if not papers:
        return found
    asked = Turnover(_TAKEN, tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0))
    by = ("mof_div_code", "fund_type_code", "rev_func_code")
    for one, sign in ((asked, 1), (replace(asked, without=papers), -1)):
        for (region, fund, code), fen in turnover(conn, one, *by).items():
            found[region][fund, code if fund == FUND else ""] += sign * fen
    return found


#: 上年结余收入 and what else stands beside it on its account: moved in, drawn of the stabilisation fund.
_BROUGHT: Final = "quota:9104"
_ARRANGED_ELSEWHERE: Final = ("11009", "11015")


def arranged(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Counter[str]]:
    """Region -> what its year decided of what years before left, by fund type; fen.

    That is what it arranged in its budget, moved to another one, and set aside.
    """
    found: dict[str, Counter[str]] = {region: Counter() for region in regions}
    if not regions:
        return found
    span = year(fiscal_year)
    # what came under a number, by its quotas or back was decided on before
    asked = Turnover(
        (_BROUGHT,), tuple(regions), span,
        where=(Among("sup_bgt_doc_no", ("",)), Among("is_last_year", ("",))),
    )  # fmt: skip
    by = ("mof_div_code", "fund_type_code", "rev_func_code", "bgt_type_code")
    for (region, fund, code, kind), fen in turnover(conn, asked, *by).items():
        if kind != CARRIED and not code.startswith(_ARRANGED_ELSEWHERE):
            found[region][fund] += fen
    moved = Turnover(_TAKEN, tuple(regions), span)
    for (region, fund), fen in turnover(conn, moved, "mof_div_code", "fund_type_code").items():
        found[region][fund] += fen
    return found


def _left_over(balances: Sequence[Balance], moved: Mapping[str, int]) -> Counter[Kind]:
    """What stands on the balances of the budgets, and what income and outlay add when they are closed.

    What quotas of another kind of fund were given is `moved` there.
    """
    found: Counter[Kind] = Counter({(FUND, kind): fen for kind, fen in moved.items()})
    for one in balances:
        code, block = one.code, one.coding
        if one.is_nominal and (row := rule_of(one)) is not None:
            code = row.credit if row.event == "year_close_income" else row.debit
            block = kept_on(row.book, code, one)
        if code in _LEFT_OVER:
            found[block.fund_type_code, block.rev_func_code] -= one.fen
    return found


def _income(balances: Sequence[Balance]) -> Counter[Kind]:
    """Own revenue by fund type and, of government funds, kind."""
    found: Counter[Kind] = Counter()
    for one in balances:
        if one.code in _OWN_INCOME:
            found[_kind(one.coding)] -= one.fen
    return found


def _kind(coding: Coding) -> Kind:
    return coding.fund_type_code, fund_kind(coding)


_Sums = dict[str, Counter[Kind]]


def _carried(conn: Conn, regions: Sequence[str], fiscal_year: int) -> tuple[_Sums, _Sums]:
    """Region -> what went on into the next year, and what quotas of it nobody spent for two years."""
    carried: _Sums = {region: Counter() for region in regions}
    lying: _Sums = {region: Counter() for region in regions}
    for one in budget.carried_out(conn, regions, fiscal_year):
        region, fund = one.mof_div_code, one.fund_type_code
        kind = _kind(Coding(fiscal_year, region, fund, exp_func_code=one.exp_func_code))
        carried[region][kind] += one.amount_fen
        lying[region][kind] += one.lying_fen
    for region, of in carried_sources(conn, regions, fiscal_year).items():
        carried[region].update(of)
    return carried, lying


def _budgeted(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Counter[Kind]]:
    """Own revenue of the adjusted budget, by the code under which it was budgeted."""
    closed = tuple(key for region in regions for key in entry_keys(conn, region, fiscal_year, QUOTAS))
    asked = Turnover(
        (_OWN_SOURCES,), tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0), without=closed,
        coding_year=fiscal_year,
    )  # fmt: skip
    found: dict[str, Counter[Kind]] = {region: Counter() for region in regions}
    for (region, fund, code), fen in turnover(
        conn, asked, "mof_div_code", "fund_type_code", "rev_func_code"
    ).items():
        found[region][_kind(Coding(fiscal_year, region, fund, rev_func_code=code))] += fen
    return found


def _months(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, int]:
    """December where it is open, so that the year's execution shows what was set aside; else the year end."""
    december = year_end(fiscal_year)[1]
    closed = periods(conn, regions)
    last = fiscal_year * 100 + YEAR_END_MONTH
    return {region: last if closed.get((region, december), True) else december for region in regions}


# ---- what is told


@dataclass(frozen=True, slots=True)
class YearSurplus:
    """What governments' year leaves over, item by item; `set_aside_fen` is due to the stabilisation fund."""

    fiscal_year: int
    items: tuple[SurplusItem, ...]
    set_aside_fen: int
    """0 before all that goes on was carried over: then nobody can tell."""


def surplus_of_year(conn: Conn, region: str, fiscal_year: int) -> YearSurplus:
    """What a year leaves over of a government, or of each of its whole area (998). Raises NoBooks."""
    require_kept(conn, region, fiscal_year)
    found = left_over(conn, list(governments(area_of(region))), fiscal_year).values()
    due = sum(one.aside_fen for one in found if one.is_carried)
    return YearSurplus(fiscal_year, tuple(item for one in found for item in items(one)), due)


# ---- what is done


def settle_surplus(
    conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str, signed_by: str, on: date
) -> list[YearEndResult]:
    """Settle what regions' year leaves over (T30, T32; 41-20, 41-21): to the stabilisation fund, fen by fen.

    Afterwards the balance of the general budget is what quotas were carried over for. Again with nothing new:
    no-op. All regions or none. Raises RuleBroken where quotas can still be spent, FourEyes, MissingDuty,
    PeriodClosed.
    """
    return end_each(conn, SURPLUS_SETTLEMENT, regions, fiscal_year, by=by, signed_by=signed_by, on=on)


def _look(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Left]]:
    return {region: [one] for region, one in left_over(conn, regions, fiscal_year).items()}


#: 超收和结余处理.
SURPLUS_SETTLEMENT: Final = Ending(SURPLUS, any_is_due, settlement_entries, refuse_waiting, _look)


_AGAIN: Final = "：处理以后收入或余额减少，补充预算稳定调节基金的多于现有的，要再处理一次，多补充的红字冲回"


def refuse_unsettled(left: Left) -> None:
    """Raise RuleBroken where a year holds what law gives to the stabilisation fund, or where more reduces
    the deficit than its revenue and the deficit came to."""
    if left.over_reduced_fen:
        raise RuleBroken(
            f"{left.mof_div_code} {left.fiscal_year} 年冲减赤字比超收收入和赤字中较少的一个多 "
            f"{format_fen(left.over_reduced_fen)} 元",
            rule=SURPLUS_RULE,
            hint=OVER_REDUCED,
        )
    if left.is_due:
        fen = left.aside_fen
        raise RuleBroken(
            f"{left.mof_div_code} {left.fiscal_year} 年的超收和结余 {format_fen(fen)} 元还没有处理"
            f"{_AGAIN if fen < 0 else ''}",
            rule=SURPLUS_RULE,
            hint="请先结转指标和上级资金、结指标账，再办理超收和结余处理（fisc year-end settle-surplus），"
            "然后关十二月、年终转账、结转下年",
            details={"set_aside_fen": left.set_aside_fen, "excess": left.excess},
        )
