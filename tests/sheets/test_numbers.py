"""A number is what its cell shows, sign by sign: what only looks like one is refused with its place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel.money import MAX_FEN
from fisc.sheets import Column, Table, read_table, write_table
from fisc.sheets.columns import Form
from fisc.sheets.limits import MOST_CELL_CHARS, MOST_DIGITS
from fisc.sheets.marking import write_faults
from tests.sheets.makers import COLUMNS, HEADER, row_xml, sheet_xml, workbook

NBSP = "\u00a0"


def one(text: str, unit: str = "元") -> Table:
    """A workbook whose only amount is a text."""
    return read_table(workbook([(*HEADER[:2], f"金额（{unit}）"), ("1", "甲", text)]), COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        "3²", "2⁰", "₅", "①", "⑽", "٣", "３²", "Ⅻ", "一", "½", "1 0", f"1{NBSP}0", "1\n0", "1\n000",
        "1\t000", "12 34", "1 0000", "1  000", "1,0", "1,00", "1,000 000", "1,000 000.00", "1 000,000",
        "1.0 0", "1,000.00,0",
        "1_0", "1e3", "1⁄2", "1.2.3", "1‚000", "1٬000", "1\u200b0", "1\u31640", "￥￥1", "-￥-1",
        "--1", "1元2", "1-",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_amount_is_refused_with_its_cell(text: str) -> None:
    table = one(text)
    assert not table.rows
    (fault,) = table.faults
    assert (fault.sheet, fault.cell, fault.code) == ("Sheet", "C2", "not_amount")
    assert "不是金额" in fault.problem and fault.remedy


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("32", 3200), ("３２．５", 3250), ("１，２３４．５０", 123450), ("1,234.5", 123450),
        ("1 234.5", 123450),
        (f"1{NBSP}234{NBSP}567", 123456700), ("－5", -500), ("−5", -500), ("- 5", -500), ("+5", 500),
        ("￥1,234.5元", 123450), ("¥ 5", 500), ("-￥5", -500), ("￥-5", -500), ("5 元", 500), (" 5\n", 500),
        ("\ufeff5\u200b", 500), (".5", 50), ("5.", 500), (f"５{NBSP}", 500), ("0", 0), ("000123", 12300),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, fen: int) -> None:
    table = one(text)
    assert not table.faults and table.rows[0].values["amount_fen"] == fen


def test_an_amount_that_names_yuan_is_none_in_a_column_of_another_unit() -> None:
    assert one("5", "万元").rows[0].values["amount_fen"] == 5_000_000
    assert [fault.cell for fault in one("5元", "万元").faults] == ["C2"]


OTHERS = (
    Column("n", "数", "integer"), Column("rate", "比率", "decimal"), Column("share", "占比", "percent"),
    Column("year", "年度", "year"), Column("day", "日期", "date"),
)  # fmt: skip


def others(*cells: str) -> Table:
    return read_table(workbook([[column.heading for column in OTHERS], cells]), OTHERS)


def test_counts_years_and_days_are_read_sign_by_sign() -> None:
    values = others("１，２３４", "１．５", "１２．５％", "２０２２年", "２０２２－０１－３１").rows[0].values
    assert list(values.values()) == [1234, Decimal("1.5"), Decimal("12.5"), 2022, date(2022, 1, 31)]
    table = others("3²", "1 5", "①%", "202²", "２０２２-0٣-01")
    assert [fault.cell for fault in table.faults] == ["A2", "B2", "C2", "D2", "E2"]
    assert all(fault.problem and fault.remedy for fault in table.faults)


@pytest.mark.parametrize(
    ("heading", "said", "kept"),
    [("占比", "12.5", 1250), ("占比（%）", "12.5%", 1250), ("占比", "１００％", 10_000), ("占比", "0.01", 1),
     ("占比（基点）", "1250", 1250), ("占比（万分之一）", "1250", 1250), ("share_bp", "1250", 1250),
     ("share_bp", "12.5%", 1250)],
)  # fmt: skip
def test_a_rate_is_a_percent_unless_its_heading_counts_otherwise(heading: str, said: str, kept: int) -> None:
    column = Column("share_bp", "占比", "rate_bp")
    assert read_table(workbook([[heading], [said]]), (column,)).rows[0].values == {"share_bp": kept}


@pytest.mark.parametrize(
    ("heading", "said"),
    [("占比", "12.345"), ("share_bp", "12.5"), ("占比", "一成"), ("占比（基点）", "0.001%")],
)
def test_a_rate_below_what_is_kept_is_refused(heading: str, said: str) -> None:
    [fault] = read_table(workbook([[heading], [said]]), (Column("share_bp", "占比", "rate_bp"),)).faults
    assert fault.cell == "A2" and fault.remedy


LONG = "9" * 5_000


CELLS: list[tuple[tuple[str, ...], str, str]] = [
        (("\0" * 300, "乙", "1"), "A3", "control"), (("2\0", "乙", "1"), "A3", "control"),
        (("2", "乙\0", "1"), "B3", "control"), (("2", "乙", "1\x010"), "C3", "control"),
        ((LONG, "乙", "1"), "A3", "too_long"), (("2", LONG * 100, "1"), "B3", "too_long"),
        (("2", "乙", LONG), "C3", "too_long"), (("2", "乙", "x" * 50), "C3", "not_amount"),
]  # fmt: skip
IN_BOOKS = [case for case in CELLS if len(case[0][1]) <= MOST_CELL_CHARS and case[2] != "control"]


@pytest.mark.parametrize(
    ("cells", "place", "code", "suffix"),
    [*((*case, ".csv") for case in CELLS), *((*case, ".xlsx") for case in IN_BOOKS)],
)
def test_a_cell_that_nobody_can_keep_is_told_in_its_row_and_no_other(
    cells: tuple[str, ...], place: str, code: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a{suffix}"
    rows = [HEADER, ("1", "甲", "1"), cells, ("3", "丙", "3")]
    if suffix == ".csv":
        path.write_text("".join(",".join(row) + "\r\n" for row in rows), "utf8", newline="")
    else:
        path.write_bytes(workbook(rows))
    table = read_table(path, COLUMNS)
    assert [row.values["code"] for row in table.rows] == ["1", "3"]
    (fault,) = table.faults
    assert (fault.row, fault.cell, fault.code) == (3, place, code) and fault.remedy
    assert len(fault.problem) < 100 and not any(ord(sign) < 32 for sign in fault.problem)
    copy = read_table(write_faults(table, table.faults, tmp_path / f"b{suffix}"), COLUMNS)
    beside = copy.texts_at(copy.result_column).texts
    assert beside[0] == beside[2] == "" and fault.remedy in beside[1]


def test_a_column_takes_what_its_element_declares() -> None:
    columns = (Column("no", "账号", "code", longest=5), Column("name", "户名"))
    table = read_table("账号,户名\n12345,甲\n123456,乙\n".encode(), columns)
    assert [row.values["no"] for row in table.rows] == ["12345"]
    assert "有 6 字，超过 5 字：“123456”" in table.faults[0].problem


def test_a_cell_of_several_codes_is_looked_at_as_one_of_one_code_is() -> None:
    columns = (Column("tags", "标识", "codes"), Column("name", "名称"))
    rows = [("标识", "名称"), (1.5, "甲"), (date(2022, 3, 1), "乙"), ("1.2E+15", "丙"), (101, "丁")]
    table = read_table(workbook(rows), columns)
    assert [row.values["tags"] for row in table.rows] == [("101",)]
    assert [(fault.cell, fault.code) for fault in table.faults] == [
        ("A2", "value"), ("A3", "value"), ("A4", "cut_number"),
    ]  # fmt: skip


def stored(raw: str, unit: str = "元", form: Form = "amount_fen") -> Table:
    """A workbook whose only amount is a number that its XML writes so."""
    body = row_xml(1, *HEADER[:2], f"金额（{unit}）") + row_xml(2, "1", "甲").replace(
        "</row>", f'<c r="C2"><v>{raw}</v></c></row>'
    )
    return read_table(sheet_xml(body), (*COLUMNS[:2], Column("amount_fen", "金额", form)))


@pytest.mark.parametrize(
    ("raw", "unit", "form"),
    [
        ("12345678901234.56", "元", "amount_fen"), ("-12345678901234.56", "元", "amount_fen"),
        ("12345678901234.59", "元", "amount_fen"), ("1.234567890123456E13", "元", "amount_fen"),
        ("99999999999999999", "元", "amount_fen"), ("999999999999999.99", "元", "amount_fen"),
        ("1234567890.1234567", "万元", "amount_fen"), ("123456.78901234567", "亿元", "amount_fen"),
        ("1234567890123.004", "元", "amount_fen"), ("1234567890123456", "元", "integer"),
        ("12345678901234.56", "元", "decimal"), ("12345678901234.567", "元", "percent"),
    ],
)  # fmt: skip
def test_a_number_of_more_digits_than_a_sheet_keeps_is_refused_not_changed(
    raw: str, unit: str, form: Form
) -> None:
    table = stored(raw, unit, form)
    assert not table.rows
    (fault,) = table.faults
    assert (fault.sheet, fault.cell, fault.code) == ("Sheet", "C2", "cut_number")
    assert raw in fault.problem and "15 位" in fault.problem and "文本" in fault.remedy


@pytest.mark.parametrize(
    ("raw", "fen"),
    [
        ("1234567890123.45", 123456789012345), ("1234.5600000000001", 123456), ("0.30000000000000004", 30),
        ("9999999999999.9902", 999999999999999), ("12345678901234.6", 1234567890123460),
        ("100000000000000000", 10**19), ("1234.56000000000000000000", 123456), ("-0.01", -1),
        ("0e-99999999999999999999", 0),
    ],
)  # fmt: skip
def test_noise_of_reckoning_is_no_further_digit(raw: str, fen: int) -> None:
    table = stored(raw)
    found = table.rows[0].values["amount_fen"] if table.rows else [f.code for f in table.faults]
    assert found == (fen if fen < MAX_FEN else ["too_large"])


@given(st.integers(-MAX_FEN, MAX_FEN), st.sampled_from(["{:.17g}", "{!r}", "{:.15g}"]))
def test_an_amount_that_any_program_stored_as_a_number_is_itself_or_refused(fen: int, form: str) -> None:
    table = stored(form.format(fen / 100))
    typed = Decimal(form.format(fen / 100)) * 100
    assert table.faults or abs(table.rows[0].values["amount_fen"] - typed) < Decimal("0.1")
    assert not table.faults or abs(fen) >= 10**MOST_DIGITS


def test_amounts_as_text_and_in_files_of_text_are_exact_at_any_length(tmp_path: Path) -> None:
    assert one("12345678901234567.89").rows[0].values["amount_fen"] == 1234567890123456789
    text = "编码,名称,金额\n1,甲,12345678901234.56\n2,乙,1.23456789012346E+13\n"
    table = read_table(text.encode(), COLUMNS)
    assert [row.values["amount_fen"] for row in table.rows] == [1234567890123456]
    assert [(fault.cell, fault.code) for fault in table.faults] == [("C3", "not_amount")]
    for fen in (123456789012345, 1234567890123456, -MAX_FEN):
        for suffix in (".xlsx", ".csv"):
            path = tmp_path / f"a{suffix}"
            write_table(path, COLUMNS, [{"code": "1", "name": "甲", "amount_fen": fen}])
            assert read_table(path, COLUMNS).rows[0].values["amount_fen"] == fen
