"""The annual summary over two simulated years: what it must fill, and that each number is its vouchers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from fisc.budget.sim.themes import theme_totals
from fisc.capital.services import loan_savings
from fisc.capital.terms import overdue
from fisc.catalogue import CATALOGUE
from fisc.city.tables import CITY
from fisc.cli.report_slots import slot_json
from fisc.kernel.money import parse_amount
from fisc.reading.service import Ask, FigureService
from fisc.reading.trace import Trace, trace
from fisc.report.annual import Annual
from fisc.report.source import LedgerSource, city_scope
from fisc.sim.line import DayConnection
from fisc.sim.run import Run, run
from fisc.sim.summary import summary as summarised
from fisc.treasury.theme_violations import theme_violations
from tests.sim.conftest import NewCity

pytestmark = pytest.mark.heavy

#: What the first edition fills from vouchers, and from papers.
FROM_VOUCHERS = (
    "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "20", "21", "29", "30", "33",
    "39", "40", "43", "46", "47", "50", "51", "52", "63", "68", "75",
)  # fmt: skip
FROM_PAPERS = ("35", "36", "41", "42", "48")
CLAIMS = ("5a", "21a", "40a")


@pytest.fixture(scope="module")
def city(new_city: NewCity) -> Iterator[psycopg.Connection]:
    """Two years of a very small city."""
    dsn = new_city()
    with DayConnection.connect(dsn, autocommit=True) as conn:
        assert run(conn, Run(0.002, 7, (2021, 2022)))
        came_to = summarised(conn)
        assert came_to is not None and came_to.is_whole and came_to.is_sound
    with psycopg.connect(dsn, autocommit=True) as conn:
        yield conn


def summary(conn: psycopg.Connection, year: int = 2022, month: int | None = None) -> Annual:
    scope = city_scope("150600", year, date(year, 12, 31), through_month=month or 12)
    return Annual(LedgerSource(FigureService(conn, CATALOGUE), None, month, 50), scope)


def leaves(opened: Trace) -> list[Trace]:
    return [leaf for part in opened.operands for leaf in leaves(part)] if opened.operands else [opened]


def test_the_slots_of_the_first_edition_are_filled(city: psycopg.Connection) -> None:
    states = {state.slot.n: state for state in summary(city).states()}
    for n in FROM_VOUCHERS:
        assert states[n].state == "filled" and states[n].rows > 0, n
    for n in FROM_PAPERS:
        assert states[n].state == "filled", n
        papers = slot_json(states[n])["sources"]
        assert papers and all("模〔202" in paper for paper in papers), n
    ranked = slot_json(states["5a"])["sources"]
    assert len(ranked) == 24, "twelve leagues and cities, this year and last"
    assert states["5a"].value is True and states["40a"].value is True
    assert states["21a"].value is None, "no earlier growth is on the books to be higher than"
    assert "更早年度" in slot_json(states["21a"])["reason"]
    assert states["17"].state == "gap" and states["57"].state == "gap"


def test_every_number_is_the_sum_of_the_vouchers_it_opens_to(city: psycopg.Connection) -> None:
    service = FigureService(city, CATALOGUE)
    for state in summary(city).states():
        if state.slot.n not in FROM_VOUCHERS:
            continue
        opened = trace(service, Ask(state.slot.figure, "150600", 2022), limit=10**6)
        for leaf in leaves(opened):
            assert leaf.is_complete
            assert sum(e.amount_fen for e in leaf.entries) == leaf.result.value, (
                state.slot.n,
                leaf.result.id,
            )


def test_totals_are_public_or_the_plan_s(city: psycopg.Connection) -> None:
    service = FigureService(city, CATALOGUE)

    def value(figure_id: str) -> object:
        return service.get(figure_id, "150600", 2022).value

    assert value("revenue.general") == parse_amount("842.84", "亿元")
    assert value("expenditure.general") == parse_amount("993.62", "亿元")
    for theme, fen in theme_totals(2022).items():
        if theme != "consumption_vouchers":
            assert value(f"special.{theme}") == fen, theme
    assert value("capital.injected") == theme_totals(2022)["major_projects"]
    savings = loan_savings(city, CITY, 2022)
    assert value("capital.interest_saved") == sum(s.saving_fen for s in savings if s.is_yearly)
    assert len(savings) >= 3
    assert value("stat.general_revenue.rank") == 1


def test_a_cut_off_month_tells_less_and_only_what_was_there(city: psycopg.Connection) -> None:
    whole = {state.slot.n: state for state in summary(city).states()}
    november = {state.slot.n: state for state in summary(city, month=11).states()}
    assert november["1"].value == 11
    for n in ("2", "4", "39"):
        assert 0 < november[n].exact < whole[n].exact, n
    early = {state.slot.n: state for state in summary(city, month=1).states()}
    assert early["52"].state == "gap" and early["52"].reason


def test_special_funds_keep_to_their_rules_and_a_late_duty_is_told(city: psycopg.Connection) -> None:
    assert [v for year in (2021, 2022) for v in theme_violations(city, (CITY,), year)] == []
    late = overdue(city, CITY, date(2022, 12, 31))
    assert {(a.code, a.about) for a in late} == {("annual_return", "GQ05")}
