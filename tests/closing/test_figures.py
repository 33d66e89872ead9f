"""A stock answers the same on the last day of a year and on the first of the next, closed or not."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.cash.services.flows import daily_flows
from fisc.cash.services.position import position
from fisc.catalogue import CATALOGUE
from fisc.closing import services as closing
from fisc.closing import statements as st
from fisc.closing.balance_table import BALANCES, balance_tables
from fisc.reading.service import FigureService
from fisc.revenue import services as revenue
from fisc.treasury.checks.books import differences
from tests.closing.world import BANNER, CITY, YEAR, Conn, a_year, post, seals
from tests.transfers.world import passed_on


@pytest.mark.parametrize("year", [YEAR - 1, YEAR])
def test_what_is_left_over_is_what_the_next_year_opens_with(city: Conn, year: int) -> None:
    a_year(city, year=year)
    names = [f"carryover.{fund}" for fund in ("general", "fund", "state_capital")]
    before = [FigureService(city, CATALOGUE).get(name, CITY, year).value for name in names]
    flow = FigureService(city, CATALOGUE).get("revenue.general", CITY, year).value
    closing.close_year(city, [CITY], year, **seals())
    closing.open_next_year(city, [CITY], year, **seals())
    figures = FigureService(city, CATALOGUE)
    assert before == [3300, 600, -40]
    assert [figures.get(name, CITY, year).value for name in names] == before
    assert [figures.get(f"{name}.opening", CITY, year + 1).value for name in names] == before
    assert figures.get("carryover.general", CITY, year + 1).value == 3300
    assert figures.get("revenue.general", CITY, year).value == flow == 6600


@pytest.mark.parametrize("placed", [0, 30, 70])
def test_what_is_added_in_january_is_no_part_of_the_first_budget(city: Conn, placed: int) -> None:
    """Both sides stay equal however much of it was placed by then, and are the final accounts' own."""
    sources = [Source("111", "10101", 9_000), Source("111", "1100202", 500)]
    spending = [Spending("111", 9_400, exp_func_code="2050202")]
    first = approval_entry("first", (YEAR, CITY), sources, spending, on=date(YEAR, 1, 7), summary="预算",
                           document_id=0)  # fmt: skip
    more = approval_entry(
        "more", (YEAR, CITY), [Source("111", "1100207", 70)],
        [Spending("111", placed, exp_func_code="2050202")] if placed else [],
        on=date(YEAR, 1, 29), summary="追加", document_id=0, source_type_code="2",
    )  # fmt: skip
    post(city, [first, more])
    figures = FigureService(city, CATALOGUE)
    told = [figures.get(f"balance.general.{side}.budget", CITY, YEAR).value for side in ("income", "outlay")]
    assert told == [9_500, 9_500]
    assert figures.get("carryover.general.budget", CITY, YEAR).value == 100
    tables = balance_tables(city, BALANCES[0], [CITY], YEAR)
    assert [table.rows[-1].cells[0].amount for table in tables] == told


def test_what_was_added_from_above_is_told_apart_from_what_was_adjusted(city: Conn) -> None:
    """Of each source what it changed by after the budget was approved, up and down."""
    first, more, less = (
        approval_entry(name, (YEAR, CITY), [Source("111", code, fen)], [], on=on, summary="预算",
                       document_id=0, source_type_code=kind)
        for name, code, fen, on, kind in (
            ("first", "10101", 9_000, date(YEAR, 1, 7), "1"), ("more", "10104", 300, date(YEAR, 7, 1), "2"),
            ("less", "10101", -100, date(YEAR, 7, 2), "1"),
        )
    )  # fmt: skip
    post(city, [first, more, less])
    passed_on(city, [(BANNER, 900)])
    figures = FigureService(city, CATALOGUE)
    income = "balance.general.income"
    names = ("own.budget", "own.adjusted", "own.changed", "above.budget", "above.adjusted")
    told = [figures.get(f"{income}.{name}", CITY, YEAR).value for name in names]
    assert told == [9_000, 9_200, 200, None, 900]


def test_principal_is_no_spending_in_the_budget_either(city: Conn) -> None:
    """Units hold quotas for it, but it is executed on an account of its own: what is compared is alike."""
    given = approval_entry(
        "first", (YEAR, CITY), [Source("111", "10101", 9_000)],
        [Spending("111", 8_000, exp_func_code="2050202"), Spending("111", 1_000, exp_func_code="2310301")],
        on=date(YEAR, 1, 7), summary="预算", document_id=0,
    )  # fmt: skip
    post(city, [given])
    figures = FigureService(city, CATALOGUE)
    outlay = "balance.general.outlay"
    names = ("expenditure.general.budget", "expenditure.general.adjusted", f"{outlay}.own.budget",
             f"{outlay}.principal.budget", f"{outlay}.budget")  # fmt: skip
    told = [figures.get(name, CITY, YEAR).value for name in names]
    assert told == [8_000, 8_000, 8_000, 1_000, 9_000]


def test_cash_is_the_same_at_the_turn_of_the_year(city: Conn) -> None:
    year = YEAR - 1
    a_year(city, year=year)
    closing.close_year(city, [CITY], year, **seals())
    closing.open_next_year(city, [CITY], year, **seals())
    days = (date(year, 12, 31), date(year + 1, 1, 1), date(year + 1, 3, 1))
    assert [position(city, CITY, day).treasury_fen for day in days] == [3820] * 3
    flows = daily_flows(city, CITY, date(year, 1, 1), date(year + 1, 3, 1))
    assert sum(fen for stream in flows.values() for fen in stream.values()) == 3820 - 1300
    assert not [day for stream in flows.values() for day in stream if day.year > year]


def test_what_payments_are_compared_with_is_no_closing(city: Conn) -> None:
    a_year(city)
    before = differences(city, CITY, YEAR)
    assert before  # a world without payment documents
    closing.close_year(city, [CITY], YEAR, **seals())
    assert differences(city, CITY, YEAR) == before


_EXECUTED = {
    "revenue.general": ("111", st.INCOME), "expenditure.general": ("111", st.OUTLAY),
    "revenue.fund": ("121", st.INCOME), "expenditure.fund": ("121", st.OUTLAY),
    "revenue.state_capital": ("13", st.INCOME), "expenditure.state_capital": ("13", st.OUTLAY),
}  # fmt: skip


@pytest.mark.parametrize("is_closed", [False, True])
def test_statements_progress_and_figures_say_the_same(city: Conn, *, is_closed: bool) -> None:
    year = YEAR - 1
    a_year(city, year=year)
    if is_closed:
        closing.close_year(city, [CITY], year, **seals())
    figures = FigureService(city, CATALOGUE)
    told = {figure: figures.get(figure, CITY, year).value for figure in _EXECUTED}
    stated = {
        figure: st.execution(city, CITY, year, fund, side).rows[-1].cells[3].fen
        for figure, (fund, side) in _EXECUTED.items()
    }
    assert told == stated and None not in told.values() and len(set(told.values())) == len(told)
    received = {
        figure: revenue.progress(city, CITY, year, 12, fund).total.actual_fen
        for figure, (fund, side) in _EXECUTED.items() if side == st.INCOME
    }  # fmt: skip
    assert received == {figure: told[figure] for figure in received}
