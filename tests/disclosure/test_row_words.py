"""What the name of a row says beside what the row is called: asked about, or no more than its level."""

from __future__ import annotations

from pathlib import Path

import pytest

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from fisc.sample import BOOK
from tests.disclosure.books import READ, saved, small_book
from tests.disclosure.test_kinds_of_trap import titled

#: Words behind a name that say of whom, of when or of which part the amount is.
SAID = (
    "（1-11月）", "（2024年数）", "（上年数）", "（调整后）", "（市级）", "-市本级", "：其中市级", "（县级）",
    "（高新区）", "（不含高新区）",
    "（不含高校）", "（扣除上级）", "（市对下）", "（上级专款）", "（政法）", "上半年", "预计数",
)  # fmt: skip
#: A row with a code: a class, an item, income.
ROWS = (
    ("支", 8, "   上解支出"), ("支", 4, "一、教育支出"), ("细", 6, "     行政运行"), ("收", 5, "   增值税"),
)  # fmt: skip


@pytest.mark.parametrize("words", SAID)
@pytest.mark.parametrize(("sheet", "row", "name"), ROWS, ids=[row[2].strip() for row in ROWS])
def test_words_behind_a_coded_name_are_asked_about(
    sheet: str, row: int, name: str, words: str, tmp_path: Path
) -> None:
    book = small_book()
    assert book[sheet].cell(row, 2).value == name
    book[sheet].cell(row, 2).value = name + words
    path = saved(book, tmp_path)
    with pytest.raises(DisclosureError) as refused:
        read_book(path)
    assert f"{sheet}!B{row}" in {problem.place for problem in refused.value.problems}
    read_book(path, reasons=READ)


@pytest.mark.parametrize(
    ("sheet", "row", "name"),
    [
        *(("支", 4, f"一、教育支出{words}")
          for words in ("", "（类）", "〔类〕", "（全市）", "合计", "小计", "（205）")),
        ("支", 4, "205教育支出"), ("细", 6, "     行政运行（教育管理事务）"), ("收", 5, "   增值税*"),
        ("收", 5, "   增值税①"),
        ("支", 8, "   上解上级支出"), ("收", 11, "   上级返还性收入"), ("收", 12, "   上年结转结余收入"),
    ],
)  # fmt: skip
def test_a_name_that_says_no_more_than_its_depth_or_level_is_read(
    sheet: str, row: int, name: str, tmp_path: Path
) -> None:
    book = small_book()
    assert book[sheet].cell(row, 1).value
    book[sheet].cell(row, 2).value = name
    assert read_book(saved(book, tmp_path)).remarks == []


def test_words_in_the_names_of_the_published_sample_are_all_known() -> None:
    assert read_book(BOOK).remarks == []


@pytest.mark.parametrize("words", ["（市对下）", "(对下）", "（市对下转移支付）"])
def test_a_balance_of_what_is_passed_on_is_none_of_the_whole(words: str, tmp_path: Path) -> None:
    book = small_book()
    titled(f"2026年丽江市一般公共预算收支情况表{words}")(book)
    with pytest.raises(DisclosureError):
        read_book(saved(book, tmp_path), reasons=READ)
