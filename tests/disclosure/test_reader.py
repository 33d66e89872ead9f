"""What is read from a published book: tables by their words, amounts to the fen."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from fisc.disclosure.model import Book, BookLine
from fisc.disclosure.reader import place_in, read_book
from fisc.sample import BOOK
from tests.disclosure.books import MAIN, READ, edit_parts, saved, small_book

CHINESE = "一二三四五六七八九"


def number(n: int) -> str:
    tens, ones = divmod(n, 10)
    ten = "" if tens == 0 else ("" if tens == 1 else CHINESE[tens - 1]) + "十"
    return "表" + ten + (CHINESE[ones - 1] if ones else "")


def line_at(book: Book, place: str) -> BookLine:
    return next(line for line in book.lines if line.place == place)


def test_all_48_tables_of_the_sample_are_recognised(sample: Book) -> None:
    assert sample.numbers == [number(n) for n in range(1, 49)]
    assert (sample.city, sample.region, sample.year) == ("丽江市", "530700000", 2026)


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ((1, 3, 20, 22), "general.balance"), ((2, 4, 21, 23), "general.outlay"), ((5,), "general.reserve"),
        ((6, 8, 28, 30), "fund.income"), ((7, 9, 29, 31), "fund.outlay"),
        ((10, 12, 33, 35), "capital.income"),
        ((11, 13, 34, 36), "capital.outlay"), ((14, 17, 38, 41), "insurance.income"),
        ((15, 18, 39, 42), "insurance.outlay"), ((16, 19, 40, 43), "insurance.balance"),
        ((24,), "general.transfer_items"), ((25,), "general.transfer_matrix"), ((26,), "general.economic"),
        ((27,), "general.projects"), ((32,), "fund.transfer_items"), ((37,), "capital.outlay_items"),
        ((44, 47), "debt.limit_balance"), ((45, 46), "debt.uses"), ((48,), "debt.limits_by_region"),
    ],
)  # fmt: skip
def test_kind_of_each_table(sample: Book, numbers: tuple[int, ...], kind: str) -> None:
    assert {t.number for t in sample.tables if t.kind == kind} == {number(n) for n in numbers}


def test_city_level_and_whole_city_tables_are_told_apart(sample: Book) -> None:
    whole = {t.number for t in sample.tables if t.region == "530700998"}
    own = {t.number for t in sample.tables if t.region == "530700000"}
    both = {number(44), number(47)}  # blocks side by side
    assert whole & own == both
    city_level = [
        3,
        4,
        5,
        8,
        9,
        12,
        13,
        17,
        18,
        19,
        22,
        23,
        24,
        26,
        27,
        30,
        31,
        32,
        35,
        36,
        37,
        41,
        42,
        43,
        46,
    ]
    assert own - both == {number(n) for n in city_level}


def test_columns_take_year_and_stage_from_their_headers(sample: Book) -> None:
    table = next(t for t in sample.tables if t.number == "表三十")
    assert [(c.fiscal_year, c.stage) for c in table.columns] == [
        (2025, "budget"), (2025, "adjusted"), (2025, "execution"), (2026, "budget"),
    ]  # fmt: skip
    plan = next(t for t in sample.tables if t.number == "表四十七")
    assert [(c.fiscal_year, c.stage) for c in plan.columns] == [(2025, "execution"), (2026, "budget")]


@pytest.mark.parametrize(
    ("place", "amount_fen"),
    [
        ("01-1 !C31", 566_703 * 10**6),
        ("24!C66", 54_428_114_000),
        ("45!B5", 1_903_197_989_274),
        ("44!C14", 19_583_740_000),
        ("48!B7", 4_586_094_000_000),
        ("06!F13", -1_416 * 10**6),
        ("17!B17", 96_167 * 10**6),
    ],
)
def test_amounts_are_exact_to_the_fen(sample: Book, place: str, amount_fen: int) -> None:
    assert line_at(sample, place).amount_fen == amount_fen


def test_codes_come_from_columns_or_names(sample: Book) -> None:
    assert line_at(sample, "02!C7").code == "2010101"
    assert line_at(sample, "01-1 !C35").code == "11002"  # 一般性转移支付收入 prints no code
    assert line_at(sample, "10!B27").code == "103060203"
    assert line_at(sample, "14!B9").code == "10211"
    assert line_at(sample, "26!C5").code == "50101"


def test_each_figure_is_posted_once_and_restatements_are_checks(sample: Book) -> None:
    assert line_at(sample, "02!E7").role == "posted"
    assert line_at(sample, "21!C6").role == "check"  # 2025 execution again, in next year's table
    assert line_at(sample, "02!E5").role == "subtotal"
    assert line_at(sample, "01-2!F5").role == "check"  # a class that 表二 breaks down
    assert line_at(sample, "26!C5").role == "detail"
    assert (line_at(sample, "27!C4").role, line_at(sample, "27!C23").role) == ("posted", "subtotal")
    posted = Counter(
        (x.region, x.fiscal_year, x.stage, x.fund, x.side, x.code, x.item or (x.table, x.name))
        for x in sample.lines
        if x.role == "posted"
    )
    assert max(posted.values()) == 1


def test_what_the_sample_hides_or_misprints_is_told(sample: Book) -> None:
    found = Counter(finding.rule_id for finding in sample.findings)
    assert {"unheaded_column", "title_year", "hidden", "text_number", "two_codes", "working_cells"} <= set(
        found
    )
    assert any(
        f.rule_id == "two_codes" and "1100401" in f.what and "1100402" in f.what for f in sample.findings
    )
    assert any(f.rule_id == "working_cells" and f.about.startswith("40!") for f in sample.findings)
    assert not any(line.sheet == "40" and line.column > 4 for line in sample.lines)


def test_shuffled_and_renamed_sheets_change_nothing(sample: Book, tmp_path: Path) -> None:
    def shuffle(data: bytes) -> bytes:
        root = etree.fromstring(data)
        sheets = root.find(f"{MAIN}sheets")
        assert sheets is not None
        order = list(sheets)
        random.Random(7).shuffle(order)
        for position, sheet in enumerate(order):
            sheet.set("name", f"第{position}页")
            sheets.append(sheet)
        return etree.tostring(root)

    def said(book: Book) -> Counter[tuple[object, ...]]:
        return Counter(
            (x.number, x.cell, x.region, x.fiscal_year, x.stage, x.fund, x.side, x.code, x.item, x.amount_fen)
            for x in book.lines
        )

    other = read_book(edit_parts(BOOK, tmp_path / "s.xlsx", {"xl/workbook.xml": shuffle}))
    assert said(other) == said(sample)


def test_the_unit_is_the_one_printed(tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        sheet["D2"] = "金额单位：元"
    assert line_at(read_book(saved(book, tmp_path)), "收!C5").amount_fen == 200 * 100


@pytest.mark.parametrize(
    ("place", "office"),
    [
        ("赤峰市元宝山区", "编制单位：元宝山区财政局"),
        ("广元市", "填报单位：广元市财政局"),
        ("丽江市", "编制单位：分水岭镇财政所"),
    ],
)
@pytest.mark.parametrize("said", ["单位：万元", "金额单位：人民币万元"])
def test_the_name_of_an_office_is_no_unit(tmp_path: Path, place: str, office: str, said: str) -> None:
    book = small_book()
    book["收"]["B9"], book["支"]["B6"] = "本年收入合计", "本年支出合计"
    for sheet in book.worksheets:
        sheet["B1"] = sheet["B1"].value.replace("丽江市", place)
        sheet["D2"] = f"{office}  {said}"
    assert line_at(read_book(saved(book, tmp_path), reasons=READ), "收!C5").amount_fen == 200 * 1_000_000


def test_tables_without_merged_titles_and_with_working_columns_beside_them(tmp_path: Path) -> None:
    book = small_book()
    for sheet in book.worksheets:
        sheet.unmerge_cells("B1:D1")
        sheet["H5"] = 12345
    read = read_book(saved(book, tmp_path), reasons=READ)
    assert len(read.tables) == 3
    assert max(line.column for line in read.lines) == 4


def test_progress_names_every_sheet(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    read_book(saved(small_book(), tmp_path), lambda what, done, total: told.append((what, done, total)))
    assert told == [
        ("读取 收", 1, 3), ("读取 支", 2, 3), ("读取 细", 3, 3), ("勾稽", 0, 1), ("勾稽", 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("2025年大理白族自治州一般公共预算收入表", "532900000"),
        ("大理州2025年一般公共预算收入表", "532900000"),
        ("2025年兴安盟一般公共预算支出表", "152200000"),
        ("2025年北京市东城区一般公共预算支出表", "110101000"),  # and not the city's
        ("2025年苏州市本级一般公共预算收入表", "320500000"),
        ("云南省丽江市玉龙县2025年一般公共预算收入表", "530721000"),
        ("双江拉祜族佤族布朗族傣族自治县2025年一般公共预算收入表", "530925000"),
        ("2025年全市一般公共预算收入表", None),
    ],
)
def test_a_title_names_the_lowest_government_it_begins_with(title: str, code: str | None) -> None:
    named = place_in(title)
    assert (named and named.mof_div_code) == code
