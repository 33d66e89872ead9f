"""What is said of a table outside of its title and headers: understood, told, or refused at its cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from tests.disclosure.books import edit_parts, saved, sheet_part, small_book
from tests.disclosure.test_kinds_of_trap import OWN, WHOLE, Edit, posted, put, titled


def below(text: str) -> Edit:
    """A text in the last row of the table of outlay, in the column of codes."""
    return put("支", "A16", text)


@pytest.mark.parametrize(
    "edit",
    [
        put("收", "B2", "表一（不含县区）"), put("收", "B2", "不含高新区"), put("收", "B2", "含上级专款"),
        put("收", "B2", "编制单位：玉龙县财政局"), put("收", "B2", "丽江高新区"), put("收", "B2", "2025年"),
        put("收", "B2", "（1—11月）"), put("收", "B2", "截止日期：2026年11月30日"),
        put("收", "B2", "（快报）"),
        put("收", "B2", "表一（调整数）"), put("收", "B2", "千元"), put("收", "B2", "币种：美元"),
        put("收", "H5", "以亿元为单位"), put("收", "H5", "本表不含古城区"), put("收", "H5", "市本级"),
        below("注：本表为市本级数"), below("注：以上为1-11月数"), below("注：以上数据不含古城区"),
        below("注：单位为千元"), below("备注：预算数为调整后预算"), below("注：执行数为初步数"),
        titled("2026年丽江市一般公共预算收支变动情况表"), titled("2026年丽江市一般公共预算收支调整情况表"),
    ],
)  # fmt: skip
def test_what_contradicts_the_table_is_refused_at_its_cell(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    cells = {"收!B1", "收!B2", "收!H5", "支!A16", "支!B1"}
    assert cells & set(caught.value.places)


@pytest.mark.parametrize(
    "edit",
    [
        put("收", "B2", "表一 全市"), put("收", "B2", "表一（含县区）"),
        put("收", "B2", "编制单位：丽江市财政局"),
        put("收", "B2", "（草案）"), put("收", "H5", "万元"), below("注：全市数包括市本级和县区"),
        titled("2026年丽江市一般公共预算收支情况表（草案）"),
    ],
)  # fmt: skip
def test_what_agrees_with_the_table_is_read(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    assert posted(read_book(saved(book, tmp_path)), 2026, "budget", "income") == 420


def test_a_level_below_the_title_is_the_level_of_the_table(tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        sheet["B2"] = "表一（市本级）"
    book["收"]["B9"], book["支"]["B6"] = "本年收入合计", "本年支出合计"
    read = read_book(saved(book, tmp_path))
    assert posted(read, 2026, "budget", "income", OWN) == 420
    assert posted(read, 2026, "budget", "income", WHOLE) == 0
    told = [finding for finding in read.findings if finding.rule_id == "level_beside"]
    assert [finding.about for finding in told] == ["收!B2", "支!B2", "细!B2"]
    assert all("市本级" in finding.what and OWN in finding.what for finding in told)


@pytest.mark.parametrize("name", ["市本级收", "1-11月", "2024年", "收（千元）", "快报"])
def test_the_name_of_a_sheet_must_not_contradict_its_table(name: str, tmp_path: Path) -> None:
    book = small_book()
    book["收"].title = name
    with pytest.raises(DisclosureError):
        read_book(saved(book, tmp_path))


@pytest.mark.parametrize("name", ["市本级预算", "2024年预算", "2026年1-6月", "预算（亿元）"])
def test_the_name_of_the_file_must_not_contradict_its_tables(name: str, tmp_path: Path) -> None:
    with pytest.raises(DisclosureError):
        read_book(saved(small_book(), tmp_path, f"{name}.xlsx"))
    assert read_book(saved(small_book(), tmp_path, "丽江市2026年预算.xlsx")).tables


@pytest.mark.parametrize("words", ["&C（1—11月）", "&L丽江市&R市本级", "&C快报", "&C单位：千元"])
def test_the_head_of_the_printed_page_must_not_contradict_the_table(words: str, tmp_path: Path) -> None:
    book = small_book()
    book["收"].oddHeader.center.text = "丽江市2026年预算"
    assert read_book(saved(book, tmp_path)).tables
    path = saved(book, tmp_path)
    said = edit_parts(path, tmp_path / "said.xlsx", {
        sheet_part(path, "收"): lambda xml: re.sub(
            b"<oddHeader>[^<]*<", f"<oddHeader>{words.replace('&', '&amp;')}<".encode(), xml)
    })  # fmt: skip
    with pytest.raises(DisclosureError) as caught:
        read_book(said)
    assert "收" in caught.value.places


def test_hidden_amounts_that_cancel_are_proven_by_no_sum(tmp_path: Path) -> None:
    book = small_book()
    page = book["细"]
    page.insert_rows(8, 2)
    for row, (code, name, amount) in enumerate(
        [("2050103", "机关服务", 9), ("2050199", "其他教育管理事务支出", -9)], 8
    ):
        for column, value in enumerate([code, name, amount, amount], 1):
            page.cell(row, column, value)
        page.row_dimensions[row].hidden = True
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert {"细!D8", "细!D9"} <= set(caught.value.places)


def test_an_amount_that_is_shown_as_a_percentage_is_none(tmp_path: Path) -> None:
    book = small_book()
    book["细"]["D7"].number_format = "0.00%"
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert caught.value.places == ("细!D7",)


def test_what_a_merged_cell_covers_is_refused(tmp_path: Path) -> None:
    book = small_book()
    source = saved(book, tmp_path)
    merged = b'<mergeCell ref="A5:B5"/></mergeCells>'
    part = {sheet_part(source, "细"): lambda data: data.replace(b"</mergeCells>", merged)}
    covered = edit_parts(source, tmp_path / "covered.xlsx", part)
    with pytest.raises(DisclosureError) as caught:
        read_book(covered)
    assert "细!B5" in caught.value.places
