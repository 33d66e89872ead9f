"""Final accounts that we wrote fill an empty ledger, which then tells the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest

from fisc.app import setup
from fisc.budget.rules.approval import Source, Spending, approval_entry
from fisc.closing import final_accounts as final
from fisc.disclosure.services import import_book
from tests.closing.world import BANNER, CITY, YEAR, Conn, a_year, booked, post

#: (fund, what it is, by which code, fen): every way in which money enters or leaves a budget but by its own.
MOVED = (
    ("121", "transfer_in_received", {"rev_func_code": "1100402"}, 210),
    ("122", "debt_onlent_in", {"rev_func_code": "1101102", "is_debt": "1"}, 400),
    ("121", "fund_transfer_out", {"tp_func_code": "2300803"}, 70),
    ("111", "fund_transfer_in", {"rev_func_code": "1100902"}, 70),
    ("121", "transfer_out_paid", {"tp_func_code": "2300402", "rec_div_code": BANNER}, 35),
    ("122", "debt_onlent_out", {"tp_func_code": "2301102", "rec_div_code": BANNER, "is_debt": "1"}, 150),
    ("121", "principal_repaid", {"exp_func_code": "2310401"}, 25),
    ("13", "transfer_in_received", {"rev_func_code": "1100501"}, 11),
    ("13", "fund_transfer_out", {"tp_func_code": "2300804"}, 9),
)
OWN = {"121": (300, 800, 500), "13": (0, 90, 60 + 70)}


def _a_year_of_three_budgets(conn: Conn) -> None:
    a_year(conn)
    post(conn, [booked(event, fen, fund=fund, **codes) for fund, event, codes, fen in MOVED])
    sources = [
        Source("111", "1010101", 9_000), Source("121", "1030148", 1_000), Source("121", "1100402", 200),
        Source("13", "1030601", 150),
    ]  # fmt: skip
    spending = [
        Spending("111", 9_000, exp_func_code="2050202"), Spending("121", 1_000, exp_func_code="2120801"),
        Spending("121", 120, tp_func_code="2300803"), Spending("13", 150, exp_func_code="2230102"),
    ]  # fmt: skip
    budget = approval_entry(
        "budget", (YEAR, CITY), sources, spending, on=date(YEAR, 1, 20), summary="预算批复", document_id=0
    )
    post(conn, [budget])


def _amounts(found: list[final.Table]) -> dict[tuple[str, str, str, str], int | None]:
    return {
        (table.sheet, row.code, row.name, name): row.cells[what].fen
        for table in found for row in table.rows for name, what in table.columns if isinstance(what, int)
    }  # fmt: skip


@pytest.fixture
def empty(ready_db: str) -> Conn:
    """A ledger in which nothing is posted."""
    with psycopg.connect(setup(ready_db)) as conn:
        yield conn


def test_a_whole_area_fills_an_empty_ledger_with_its_own_and_the_citys_figures(
    city: Conn, empty: Conn, tmp_path: Path
) -> None:
    _a_year_of_three_budgets(city)
    post(city, [
        booked("transfer_in_received", 35, BANNER, "121", rev_func_code="1100402"),
        booked("debt_onlent_in", 150, BANNER, "122", rev_func_code="1101102", is_debt="1"),
        booked("tax_received", 44, BANNER, rev_func_code="1010101"),
    ])  # fmt: skip
    found = final.tables(city, [CITY, BANNER], YEAR)
    numbers = {table.number for table in found}
    assert {"表三", "表十", "表十四", "表十五", "表十六", "表十七"} <= numbers
    taken = import_book(final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True), empty)
    assert [one.what for one in taken.failed] == []
    for region, wanted in (("150600998", f"{YEAR}年鄂尔多斯市"), (CITY, f"{YEAR}年鄂尔多斯市本级")):
        is_own = region == CITY
        meant = [
            t for t in found if t.title.startswith(f"{YEAR}年鄂尔多斯市本级") == is_own and t.number != "表六"
        ]
        told = {key[1:]: fen for key, fen in _amounts(final.tables(empty, [region], YEAR)).items()}
        assert len(meant) > 5 and wanted in meant[0].title
        assert {key[1:]: told[key[1:]] for key in _amounts(meant)} == {
            key[1:]: fen for key, fen in _amounts(meant).items()
        }


def test_what_we_wrote_fills_an_empty_ledger_which_tells_the_same(
    city: Conn, empty: Conn, tmp_path: Path
) -> None:
    _a_year_of_three_budgets(city)
    found = final.tables(city, [CITY], YEAR)
    path = final.write_final_accounts(tmp_path / "决算.xlsx", found, is_exact=True)
    taken = import_book(path, empty)
    assert [one.what for one in taken.failed] == []
    assert _amounts(final.tables(empty, [CITY], YEAR)) == _amounts(found)


@pytest.mark.parametrize(("fund", "number"), [("121", "表十"), ("13", "表十四")])
def test_each_budget_has_a_balance_with_all_that_came_and_went(city: Conn, fund: str, number: str) -> None:
    _a_year_of_three_budgets(city)
    tables = [table for table in final.tables(city, [CITY], YEAR) if table.number == number]
    income, outlay = ({row.code or row.name: row.cells[-1].fen for row in one.rows} for one in tables)
    opening, earned, spent = OWN[fund]
    funds = {"121": ("121", "122"), "13": ("13",)}[fund]
    moved = [(next(iter(codes.values())), fen) for of, _, codes, fen in MOVED if of in funds]
    came = sum(fen for code, fen in moved if code.startswith("1"))
    went = sum(fen for code, fen in moved if code.startswith("2"))
    assert income["本年收入合计"] == earned and outlay["本年支出合计"] == spent
    assert {code: (income | outlay)[code[:5]] for code, _ in moved} == dict(moved)
    assert (income.get("11008") or 0) == opening
    assert outlay["23009"] == opening + earned + came - spent - went
    assert income["收入总计"] == outlay["支出总计"] == opening + earned + came
