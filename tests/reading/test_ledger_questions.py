"""What a domain asks of the ledger is what the figure of the same accounts says: one question, one answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.catalogue import CATALOGUE
from fisc.kernel import Coding, Entry, credit, debit, post, reverse
from fisc.reading.algebra import CREDIT, MARKS, By, Flow, Selection, Stock, Where
from fisc.reading.bind import FigureError
from fisc.reading.ledger import Among, Kept, Time, Turnover, measured, turnover, year
from fisc.reading.service import Ask, FigureService
from fisc.registry.areas import Area, area_of
from tests.reading.city import City, Move, found_city, moves, post_moves

WAN = 1_000_000
#: Marks stand beside the ledger: figures alone read them.
_MEASURES = [
    i for i, figure in CATALOGUE.items()
    if isinstance(figure.formula, Flow | Stock)
    and not any(where.element in MARKS for where in figure.formula.selection.conditions)
]  # fmt: skip


@pytest.fixture
def live(ledger_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_db, autocommit=True) as conn:
        yield conn


@settings(
    max_examples=4,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(
    st.lists(moves, min_size=60, max_size=120),
    st.sampled_from([2022, 2025]),
    st.sampled_from(["whole", "own", "county"]),
    st.booleans(),
)
def test_a_measure_asked_of_the_ledger_is_the_figure(
    live: psycopg.Connection, drawn: list[Move], fiscal_year: int, what: str, is_past: bool
) -> None:
    city = found_city(live)
    post_moves(live, city, drawn[:40])
    moment = live.execute("select clock_timestamp()").fetchone()[0] if is_past else None
    post_moves(live, city, drawn[40:])
    region = {"whole": city.whole, "own": city.own, "county": city.counties[0]}[what]
    service = FigureService(live, CATALOGUE)
    results = service.get_many([Ask(i, region, fiscal_year, as_of=moment) for i in _MEASURES])
    for result in results:
        measure = CATALOGUE[result.id].formula
        selection: Selection = measure.selection
        try:
            asked = (live, measure, area_of(region), Time(fiscal_year, as_of=moment), selection.by)
            found = {code: fen for (code,), fen in measured(*asked).items()}
        except FigureError as refused:
            assert result.gap_reason == refused.message or refused.message in result.gap_reason
        else:
            assert found == {line.code: line.value for line in result.breakdown}, result.id
            assert sum(found.values()) == (result.value or 0)


def _one(conn: psycopg.Connection, city: City, key: str, day: date, fen: int, **elements: str) -> list[int]:
    coding = Coding(day.year, city.own, "111", **elements)
    lines = (
        debit("treasury_2022_budget:804101", coding, fen),
        credit("treasury_2022_budget:6001", coding, fen),
    )
    return list(
        post(conn, [Entry(f"{city.code}/{key}", city.own, day, lines, document_id=city.paper)]).entry_ids
    )


def test_groupings_conditions_and_times(live: psycopg.Connection) -> None:
    city = found_city(live)
    first = _one(live, city, "a", date(2025, 3, 1), 5 * WAN, rev_func_code="10101", loan_no="a_b")
    _one(live, city, "b", date(2025, 3, 9), 2 * WAN, rev_func_code="10104", loan_no="axb")
    _one(live, city, "c", date(2025, 4, 1), WAN, rev_func_code="10101")
    reverse(live, first, "#red")
    book = "treasury_2022_budget"
    asked = Turnover((f"{book}:6001",), (city.own,), year(2025), CREDIT)

    def told(*by: str | By | Kept, **given: object) -> dict[tuple[object, ...], int]:
        from dataclasses import replace

        return turnover(live, replace(asked, **given), *by)  # type: ignore[arg-type]

    assert told() == {(): 3 * WAN}
    assert told("month") == {(3,): 2 * WAN, (4,): WAN}
    assert told(By("rev_func_code", 3), "account") == {("101", f"{book}:6001"): 3 * WAN}
    assert told("rev_func_code", "side", "is_red", until=date(2025, 3, 31)) == {
        ("10101", -1, False): 5 * WAN, ("10101", -1, True): -5 * WAN, ("10104", -1, False): 2 * WAN,
    }  # fmt: skip
    assert told("loan_no", where=(Where("loan_no", ("a_",)),)) == {("a_b",): 0}  # '_' means itself
    assert told("loan_no", where=(Where("loan_no", ("",), excluded=True),)) == {
        ("a_b",): 0,
        ("axb",): 2 * WAN,
    }
    assert told(where=(Among("rev_func_code", ("1010",)),)) == {}  # whole codes, not beginnings
    assert told("business_date", since=date(2025, 3, 2)) == {
        (date(2025, 3, 9),): 2 * WAN,
        (date(2025, 4, 1),): WAN,
    }
    assert told(Kept("rev_func_code", ())) == {("",): 3 * WAN}
    assert told(without=(f"{city.code}/b", f"{city.code}/c")) == {(): 0}
    assert turnover(live, asked, column="debit") == {(): 0}
    with pytest.raises(ValueError, match="不能按“colour”分组"):
        told("colour")


def test_an_area_that_cannot_be_formed_is_refused_and_never_the_whole(live: psycopg.Connection) -> None:
    city = found_city(live)
    post_moves(live, city, [Move("revenue", 0, 2025, 3, 0, WAN), Move("revenue", 1, 2025, 3, 0, WAN)])
    formula = CATALOGUE["revenue.general"].formula
    with pytest.raises(FigureError, match=f"{city.counties[1]} .*在 2025 年没有记过这套账"):
        measured(live, formula, area_of(city.whole), Time(2025))
    assert measured(live, formula, Area("own", city.own), Time(2025)) == {(): WAN}
