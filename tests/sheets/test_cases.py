"""Files that failed elsewhere: each is read as its cells show it, or refused with place and remedy."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fisc.sheets import Column, FileRefused, Table, read_table

CASES = Path(__file__).parent / "cases"
PAYMENT = (
    Column("no", "支付申请编号", "code"),
    Column("bgt_id", "指标编号", "code", is_required=True),
    Column("amount", "金额", "amount_fen", is_required=True),
    Column("name", "收款人全称", is_required=True),
    Column("account", "收款人账号", "code", is_required=True),
    Column("use", "用途", is_required=True),
)
STATISTIC = (
    Column("item", "指标", is_required=True),
    Column("region", "区划", "code", is_required=True),
    Column("year", "年度", "year", is_required=True),
    Column("value", "数值", "decimal", is_required=True),
    Column("unit", "单位", is_required=True),
    Column("of", "细目"),
    Column("revision", "版次", "integer"),
)
PAYEE = (
    Column("fiscal_year", "预算年度", "year", is_required=True),
    Column("payee_code", "收款人编码", "code", is_required=True),
    Column("payee_name", "收款人名称", is_required=True),
    Column("payee_kind", "收款人类别", is_required=True),
    Column("payee_acct_no", "收款账号", "code"),
    Column("payee_bank_no", "开户行行号", "code"),
)


def read(case: str, columns: tuple[Column, ...], *, with_hidden: bool = False) -> Table:
    return read_table(CASES / case, columns, with_hidden=with_hidden)


def of(table: Table, field: str) -> list[object]:
    return [row.values[field] for row in table.rows]


def places(table: Table) -> list[tuple[int, str]]:
    assert all(fault.problem and fault.remedy for fault in table.faults)
    return [(fault.row, fault.cell) for fault in table.faults]


def test_a_hidden_row_is_named_and_taken_only_when_asked_for() -> None:
    table = read("30-hidden-row/input.xlsx", PAYMENT)
    assert of(table, "no") == ["H1"] and places(table) == [(3, "")] and "隐藏" in table.faults[0].problem
    assert of(read("30-hidden-row/input.xlsx", PAYMENT, with_hidden=True), "no") == ["H1", "H2"]


@pytest.mark.parametrize(
    ("file", "cells"), [("input", [(3, "C3")]), ("input2", [(2, "A2"), (3, "F3")]), ("input3", [(3, "A3")])]
)
def test_an_error_cell_is_an_error_with_its_address(file: str, cells: list[tuple[int, str]]) -> None:
    table = read(f"31-error-cell/{file}.xlsx", PAYMENT)
    assert places(table) == cells and "公式出错 #" in table.faults[0].problem


@pytest.mark.parametrize("file", ["input6.csv", "input7.csv", "input8.csv"])
def test_an_open_quote_refuses_the_file_with_its_line(file: str) -> None:
    with pytest.raises(FileRefused, match="第 2 行断开或引号不成对") as refusal:
        read(f"47-statistics-numbers/{file}", STATISTIC)
    assert refusal.value.details["line"] == 2


def test_an_account_stored_as_a_number_is_what_the_cell_shows() -> None:
    table = read("45-account-as-number/input1.xlsx", PAYEE)
    assert of(table, "payee_acct_no") == ["622200009999", "012205100111"]
    assert places(table) == [(4, "E4"), (5, "E5")]
    assert of(read("45-account-as-number/input2.xlsx", PAYEE), "payee_acct_no") == ["012205100111"]


def test_numbers_are_what_their_cells_show_without_noise() -> None:
    values = [
        of(read(f"47-statistics-numbers/{file}.xlsx", STATISTIC), "value") for file in ("inputA", "inputB")
    ]
    assert values == [[Decimal("0.3")], [Decimal("57.7")]]
    table = read("47-statistics-numbers/input4.csv", STATISTIC)
    assert of(table, "value") == [Decimal("12.5")] and places(table) == [(2, "D2"), (4, "D4")]


@pytest.mark.parametrize(
    ("file", "columns"), [("input1.csv", STATISTIC), ("input3.csv", PAYEE)], ids=["statistics", "payees"]
)
def test_a_short_row_is_refused_with_its_row(file: str, columns: tuple[Column, ...]) -> None:
    table = read(f"50-short-row/{file}", columns)
    assert not table.rows and table.faults[0].row == 2 and "栏" in table.faults[0].problem


def test_rows_that_look_alike_read_alike() -> None:
    assert of(read("52-invisible-duplicates/input2.xlsx", PAYMENT), "no") == [
        "INV-7",
        "INV-7",
        "inv-7",
        "INV-7",
    ]
    uses = of(read("52-invisible-duplicates/input1.xlsx", PAYMENT), "use")
    assert uses == ["三月设备款"] * 2 + ["三月 设备款"] * 2


def test_a_control_sign_is_refused_and_a_line_break_is_a_space() -> None:
    table = read("61-control-in-purpose/input.csv", PAYMENT)
    assert places(table) == [(2, "F2")] and "U+000B" in table.faults[0].problem
    assert of(table, "use") == ["两行 用途", "普通"]
