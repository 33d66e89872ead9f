"""What a book lists by name beside its budgets: each row is an entry, and the rows are the printed total."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from fisc.catalogue import CATALOGUE
from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.imported import list_analyses
from fisc.disclosure.services import ImportResult, import_book
from fisc.kernel import verify
from fisc.reading.algebra import Where
from fisc.reading.service import Ask, FigureService
from tests.disclosure.books import add_table, saved, small_book
from tests.disclosure.test_kinds_of_trap import WHOLE

OWN, WAN = "530700000", 1_000_000
TITLE = "2026年丽江市市本级一般公共预算支出表（市对下转移支付项目）"
ITEMS = (("", "其他", 30), ("", "其他债务还本付息支出", 1200), ("", "“两项补贴”经费（对下）", 70))


def with_items(
    *rows: tuple[str, str, int], total: int, sheet: str = "项目", number: str = "表三"
) -> Workbook:
    book = small_book()
    listed(book, *rows, total=total, sheet=sheet, number=number)
    return book


def listed(book: Workbook, *rows: tuple[str, str, int], total: int, sheet: str, number: str) -> Worksheet:
    return add_table(book, sheet, TITLE, number, ["2026年预算数"], [*rows, ("", "合计", total)])


def taken(ledger: psycopg.Connection[Any], book: Workbook, tmp_path: Path, name: str) -> ImportResult:
    return import_book(saved(book, tmp_path, name), ledger, prove=False)


def parts(ledger: psycopg.Connection[Any], key: str = "transfers.items.budget") -> dict[str, int]:
    found = FigureService(ledger, CATALOGUE).get(key, OWN, 2026)
    return {part.label: int(part.value) // WAN for part in found.breakdown if part.value}


def of_one(ledger: psycopg.Connection[Any], name: str) -> int:
    """The figure of one row, asked by the code of its part."""
    service = FigureService(ledger, CATALOGUE)
    code = next(
        part.code for part in service.get("transfers.items.budget", OWN, 2026).breakdown if part.label == name
    )
    ask = Ask("transfers.items.budget", OWN, 2026, narrowed=(Where("table_part_code", (code,)),))
    value = service.get_many([ask])[0].value
    assert value is not None
    return int(value) // WAN


def test_each_row_of_a_list_is_an_entry_under_its_own_name(
    ledger: psycopg.Connection[Any], tmp_path: Path
) -> None:
    taken(ledger, with_items(*ITEMS, total=1300), tmp_path, "book.xlsx")
    assert parts(ledger) == {"其他": 30, "其他债务还本付息支出": 1200, "“两项补贴”经费（对下）": 70}
    assert of_one(ledger, "其他") == 30  # and not what begins with the same words
    assert list_analyses(ledger, "5307", 2026) == []
    ledger.commit()
    assert verify(ledger).ok


def test_rows_of_one_name_are_all_kept(ledger: psycopg.Connection[Any], tmp_path: Path) -> None:
    rows = (*ITEMS, ("", "其他", 5), ("", "其他", 7))
    result = taken(ledger, with_items(*rows, total=1312), tmp_path, "book.xlsx")
    assert parts(ledger)["其他"] == 42
    held = [found for found in result.identities if found.rule == "ledger.lists"]
    assert [(found.left_fen, found.right_fen) for found in held] == [(1312 * WAN, 1312 * WAN)]


def test_a_corrected_list_takes_back_what_it_no_longer_says(
    ledger: psycopg.Connection[Any], tmp_path: Path
) -> None:
    taken(ledger, with_items(*ITEMS, total=1300), tmp_path, "first.xlsx")
    again = taken(ledger, with_items(*ITEMS, total=1300), tmp_path, "first.xlsx")
    assert again.entries_posted == 0
    changed = (ITEMS[0], ("", "其他债务还本付息支出", 1100), ("", "地质灾害监测", 9))
    taken(ledger, with_items(*changed, total=1139), tmp_path, "corrected.xlsx")
    assert parts(ledger) == {"其他": 30, "其他债务还本付息支出": 1100, "地质灾害监测": 9}
    with pytest.raises(DisclosureError, match="这本书里没有"):
        taken(ledger, small_book(), tmp_path, "without.xlsx")
    import_book(tmp_path / "without.xlsx", ledger, prove=False, gone="retract")
    assert parts(ledger) == {}


def test_rows_that_are_not_the_printed_total_refuse(ledger: psycopg.Connection[Any], tmp_path: Path) -> None:
    with pytest.raises(DisclosureError, match="项目!C"):
        taken(ledger, with_items(*ITEMS, total=1310), tmp_path, "book.xlsx")


def test_a_second_table_of_the_same_items_is_not_counted_twice(
    ledger: psycopg.Connection[Any], tmp_path: Path
) -> None:
    book = with_items(*ITEMS, total=1300)
    listed(book, ("", "教育", 600), ("", "社保", 700), total=1300, sheet="按科目", number="表四")
    taken(ledger, book, tmp_path, "book.xlsx")
    assert sum(parts(ledger).values()) == 1300 and "教育" not in parts(ledger)
    assert len(list_analyses(ledger, "5307", 2026)) == 1


def test_two_lists_that_come_to_different_totals_refuse(
    ledger: psycopg.Connection[Any], tmp_path: Path
) -> None:
    book = with_items(*ITEMS, total=1300)
    listed(book, ("", "教育", 600), ("", "社保", 100), total=700, sheet="另表", number="表四")
    with pytest.raises(DisclosureError, match="另表!C4"):
        taken(ledger, book, tmp_path, "book.xlsx")


@pytest.mark.parametrize(
    ("title", "head", "key"),
    [
        ("2026年市本级预备费安排情况表", "金额", "reserve.items"),
        ("2026年丽江市市本级一般公共预算重点项目情况表", "2026年预算数", "projects.key.budget"),
        ("2026年市本级政府性基金支出表（市对下转移支付）", "2026年预算数", "transfers.items.fund.budget"),
    ],
)
def test_each_kind_of_list_has_its_figure(
    title: str, head: str, key: str, ledger: psycopg.Connection[Any], tmp_path: Path
) -> None:
    book = small_book()
    add_table(book, "单", title, "表三", [head], [*ITEMS, ("", "合计", 1300)])
    taken(ledger, book, tmp_path, "book.xlsx")
    service = FigureService(ledger, CATALOGUE)
    assert service.get(key, OWN, 2026).value == 1300 * WAN
    assert service.get(key, WHOLE, 2026).value is None
