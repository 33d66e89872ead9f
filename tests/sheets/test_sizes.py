"""A number whose format shows another size than its value is refused with what the cell shows."""

from __future__ import annotations

from typing import Any

import pytest

from fisc.sheets import Column, Table, read_table
from tests.sheets.makers import COLUMNS, HEADER, workbook


def under(form: str, value: Any, unit: str = "元") -> Table:
    """A workbook whose only amount stands under a number format."""

    def formatted(sheet: Any) -> None:
        sheet["C2"].number_format = form

    return read_table(workbook([(*HEADER[:2], f"金额（{unit}）"), ("1", "甲", value)], formatted), COLUMNS)


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ('0.00"万元"', 5, "5.00万元"), ('0.00"亿元"', 5, "5.00亿元"), ("0.00万元", 5, "5.00万元"),
        ('0"万"', 5, "5万"),
        ('#,##0.00,"千元"', 1234500, "1234.50千元"), ("#,##0.00,", 1234500, "1234.50"), ("0,,", 12e6, "12"),
        ("#,##0,.00", 1234500, "1234.50"), ('0"."0000', 12345, "1.2345"), ("0\\.0,", 12345, "1.2"),
        ("0!.0000", 12345, "1.2345"), ('0"角"', 5, "5角"), ('0"分"', 5, "5分"), ('0"美元"', 5, "5美元"),
        ("[$USD] 0.00", 5, "USD 5.00"), ("[$$-409]0.00", 5, "$5.00"), ('"1"0', 5, "15"), ('0"00"', 5, "500"),
        ('0"%"', 5, "5%"), ('0.00"k"', 5, "5.00k"), ('0;0,"千"', -5000, "5千"), ('0"万元"', -5, "-5万元"),
        ('[>=10000]0.0,"千";0', 20000, "20.0千"), ('General"万元"', 5, "5万元"), ('"已付"', 5, "已付"),
    ],
)  # fmt: skip
def test_another_size_is_refused_with_what_the_cell_shows(form: str, value: float, shown: str) -> None:
    table = under(form, value)
    assert not table.rows
    (fault,) = table.faults
    assert (fault.sheet, fault.cell, fault.code) == ("Sheet", "C2", "format")
    assert f"显示为“{shown}”" in fault.problem and "按元填写" in fault.remedy and "万元" in fault.remedy


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ('"-"0', 5, "-5"), ("0;0", -5, "5"), ("0.00;0.00", -5, "5.00"), ("0-", 5, "5-"), ('0"-"', 5, "5-"),
        ("(0)", 5, "(5)"), ('"△"0', 5, "△5"), ("-0", -5, "--5"), ("[<0]0;0", -5, "5"), ("¥0;¥0", -5, "¥5"),
        ('"负"0', 5, "负5"), ("-General", 5, "-5"), ("0;-0;0", -5, None), ("0;(0)", -5, None),
        ("0.00;[Red]0.00", -5, None), ("0.00;[红色]0.00", -5, None), ('0;"△"0', -5, None), ("0;0-", -5, None),
        ("[<0]-0;0", -5, None), ("0.00E-00", -5, None), ("0.00E-00", 5, None), ('0.00"（元）"', 5, None),
    ],
)  # fmt: skip
def test_a_sign_that_is_not_that_of_the_value_is_refused(form: str, value: float, shown: str | None) -> None:
    table = under(form, value)
    if shown is None:
        assert table.rows[0].values["amount_fen"] == value * 100
        return
    (fault,) = table.faults
    assert (fault.cell, fault.code) == ("C2", "format") and f"显示为“{shown}”" in fault.problem


@pytest.mark.parametrize("form", [";;;", ";;", '""', '"";0', "[>10]0;;"])
def test_a_number_that_is_not_shown_is_refused(form: str) -> None:
    (fault,) = under(form, 5).faults
    assert (fault.cell, fault.code) == ("C2", "format") and "什么也不显示" in fault.problem and fault.remedy


@pytest.mark.parametrize(
    "form",
    [
        "General", "@", "0", "0.00", "#,##0.00", "#,##0.00_ ", "¥#,##0.00", '"￥"#,##0.00',
        "[$￥-804]#,##0.00",
        '#,##0.00"元"', '"人民币"0.00"元"', "0.00;[Red]-0.00",
        '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
        '_("¥"* #,##0_)', "0.00E+00", "#,##0.00;(#,##0.00)", "0.00;;", "[>=10000]#,##0;0",
        "[DBNum2]0", "000000", "# ?/?", "[$-804]0.00", "0.00_);[Red]\\(0.00\\)",
    ],
)  # fmt: skip
def test_formats_that_show_the_number_are_taken(form: str) -> None:
    table = under(form, 5)
    assert not table.faults and table.rows[0].values["amount_fen"] == 500


def test_a_unit_in_the_format_must_be_that_of_the_heading() -> None:
    assert under('0.00"万元"', 5, "万元").rows[0].values["amount_fen"] == 5_000_000
    assert "显示为“5.00元”" in under('0.00"元"', 5, "万元").faults[0].problem
    assert under(";;;", 0).rows[0].values["amount_fen"] == 0


def test_counts_shares_and_codes_are_looked_at_as_well() -> None:
    columns = (
        Column("n", "人数", "integer"), Column("share", "占比", "percent"), Column("code", "编码", "code"),
    )  # fmt: skip

    def formatted(sheet: Any) -> None:
        for place, form in {
            "A2": '0"人"', "B2": '0.0"%"', "C2": '"NM"000', "A3": '0"万人"', "B3": '0"‰"', "C3": ";;;",
        }.items():  # fmt: skip
            sheet[place].number_format = form

    content = workbook([("人数", "占比", "编码"), (5, 12.5, 7), (5, 12.5, 7)], formatted)
    table = read_table(content, columns)
    assert [row.values["code"] for row in table.rows] == ["NM007"]
    assert [(fault.cell, fault.code) for fault in table.faults] == [
        (at, "format") for at in ("A3", "B3", "C3")
    ]
