"""What is below a figure counts once over all tables; what is posted comes to what the book prints."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from openpyxl import Workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.facts import facts_of
from fisc.disclosure.reader import read_book
from fisc.disclosure.services import import_book
from tests.disclosure.books import add_table, plan_headers, saved, small_book

WAN = 1_000_000  # fen
TITLE = "2026年丽江市一般公共预算支出情况表"


def again(sheet: str, changes: dict[str, object]) -> Workbook:
    """The small book with one of its sheets copied, and the copy changed."""
    book = small_book()
    copy = book.copy_worksheet(book[sheet])
    copy.title = "另一张"
    for cell, value in changes.items():
        copy[cell] = value
    return book


@pytest.mark.parametrize(
    ("sheet", "changes", "place"),
    [
        ("细", {"A7": "2050199", "B7": "其他教育管理事务支出"}, "另一张!D7"),
        ("细", {"A9": "2050202", "B9": "小学教育"}, "另一张!D9"),
        ("细", {"A8": "20503", "B8": "职业教育", "A9": "2050302", "B9": "中等职业教育"}, "另一张!D8"),
        ("收", {"A12": "11011", "B12": "债务转贷收入"}, "另一张!D12"),
    ],
)
def test_two_tables_that_break_one_figure_down_differently_are_refused(
    sheet: str, changes: dict[str, object], place: str, tmp_path: Path
) -> None:
    book = again(sheet, changes)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert place in caught.value.places
    book.move_sheet("另一张", -9)  # whichever stands first
    with pytest.raises(DisclosureError):
        read_book(saved(book, tmp_path))


def test_other_rows_of_a_whole_are_refused_however_small(tmp_path: Path) -> None:
    book = again("细", {"A7": "2050199", "B7": "其他教育管理事务支出"})
    for page in (book["细"], book["另一张"]):
        for column, whole in (("C", 90), ("D", 100)):
            page[f"{column}6"], page[f"{column}7"] = whole - 1, 1
    with pytest.raises(DisclosureError, match="已由一张表全部列明"):
        read_book(saved(book, tmp_path))


def test_a_table_that_says_the_same_again_is_read(tmp_path: Path) -> None:
    once, twice = (read_book(saved(b, tmp_path)) for b in (small_book(), again("细", {})))
    assert [(f.key, f.amount_fen) for f in facts_of(once)] == [(f.key, f.amount_fen) for f in facts_of(twice)]


def partly_printed() -> Workbook:
    """A class of which one table prints a part of the sections, and the balance table none."""
    book = small_book()
    for column, value in enumerate(["201", "一、一般公共服务支出"], 1):
        book["支"].cell(4, column, value)
    del book["细"]
    rows = [
        ("201", "一、一般公共服务支出", 290, 300), ("20101", "   人大事务", 90, 100),
        ("2010101", "     行政运行", 60, 70), ("2010102", "     一般行政管理事务", 30, 30),
        ("211", "二、节能环保支出", 100, 110), ("21103", "   污染防治", 100, 110),
        ("2110301", "     大气", 100, 110), ("", "支出合计", 390, 410),
    ]  # fmt: skip
    add_table(book, "细", TITLE, "表二", plan_headers(2026), rows)
    return book


def test_what_a_class_has_beyond_its_printed_sections_is_posted(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    path = saved(partly_printed(), tmp_path)
    rest = [(f.code, f.stage, f.amount_fen // WAN) for f in facts_of(read_book(path)) if f.item == "unlisted"]
    assert rest == [("201", "execution", 200), ("201", "budget", 200)]
    result = import_book(path, ledger)
    held = [found for found in result.identities if found.rule.startswith("ledger.")]
    assert held and all(found.status == "pass" for found in held)


def test_spending_planned_below_zero_is_refused_at_its_cell(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    book["细"]["D6"], book["细"]["D7"] = 120, -20
    with pytest.raises(DisclosureError) as caught:
        import_book(saved(book, tmp_path), ledger)
    assert caught.value.places == ("细!D7",)


def test_spending_beyond_its_sources_names_its_largest_cell(
    ledger: psycopg.Connection, tmp_path: Path
) -> None:
    book = small_book()
    del book["收"]
    with pytest.raises(DisclosureError, match="支出预算比来源多") as caught:
        import_book(saved(book, tmp_path), ledger)
    assert caught.value.places == ("细!D9",)
