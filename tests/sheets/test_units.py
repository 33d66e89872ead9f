"""An amount counts in the unit that stands at its own column or above the table, and in no other column's."""

from __future__ import annotations

from pathlib import Path

import pytest

from fisc.sheets import Column, FileRefused, read_table, write_table
from tests.sheets.makers import COLUMNS

TWO = (
    Column("code", "编码", "code", is_required=True),
    Column("budget_fen", "预算数", "amount_fen"),
    Column("paid_fen", "执行数", "amount_fen"),
)  # fmt: skip


def fen(text: str) -> int:
    (row,) = read_table(text.encode(), COLUMNS).rows
    return int(row.values["amount_fen"])


def both(*headings: str, above: str = "") -> tuple[int, int]:
    content = f"{above}\n编码,{','.join(headings)}\n1,5,100\n"
    (row,) = read_table(content.encode(), TWO).rows
    return row.values["budget_fen"], row.values["paid_fen"]


@pytest.mark.parametrize("other", ["上年数（亿元）", "绩效得分（分）", "备注（万元）"])
def test_a_column_that_is_not_read_does_not_say_in_what_the_amounts_count(other: str) -> None:
    assert fen(f"编码,名称,{other},金额\n1,甲,3,100\n") == 100_00
    assert fen(f"编码,名称,{other},金额（千元）\n1,甲,3,100\n") == 100_000_00


def test_each_column_of_amounts_counts_in_its_own_unit() -> None:
    assert both("预算数（万元）", "执行数（元）") == (50_000_00, 100_00)
    assert both("预算数（万元）", "执行数") == (50_000_00, 1_000_000_00)
    assert both("预算数", "执行数（元）", above="单位：万元") == (50_000_00, 100_00)


def test_a_name_that_ends_in_fen_says_the_unit_of_its_own_column_and_of_no_other(tmp_path: Path) -> None:
    assert both("budget_fen", "paid_fen") == (5, 100)
    assert both("budget_fen", "执行数") == (5, 100_00)
    assert both("budget_fen", "执行数", above="单位：万元") == (5, 1_000_000_00)
    assert both("预算数（万元）", "paid_fen") == (50_000_00, 100)
    assert read_table(b"code,budget_fen\n1,1.5\n", TWO).faults[0].code == "decimals"
    for name in ("a.csv", "a.xlsx"):
        for in_chinese in (False, True):
            write_table(tmp_path / name, TWO, [{"code": "1", "budget_fen": 12345}], in_chinese=in_chinese)
            assert read_table(tmp_path / name, TWO).rows[0].values["budget_fen"] == 12345
    head, row, *_ = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert (head, row) == ("编码,预算数,执行数", "1,123.45,")


def test_a_column_without_a_unit_beside_columns_of_several_is_refused() -> None:
    columns = (*TWO, Column("left_fen", "结余", "amount_fen"))
    with pytest.raises(FileRefused, match="“结余”却没有写明单位") as refused:
        read_table("编码,预算数（万元）,执行数（元）,结余\n1,5,100,3\n".encode(), columns)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("单位：万元", 1_000_000_00), ("金额单位: 万元", 1_000_000_00), ("单位：人民币万元", 1_000_000_00),
        ("（单位：万元、%）", 1_000_000_00), ("单位：圆", 100_00),
        ("单 位：万元", 1_000_000_00), ("单位（万元）", 1_000_000_00), ("三月支付（万元）", 1_000_000_00),
        ("单位：万元人民币", 1_000_000_00), ("编制单位：分水岭镇", 100_00),
        ("附件（十）说明（三月）", 100_00),
        ("填报单位：元宝山区财政局 金额单位：万元", 1_000_000_00), ("编制单位：万达公司", 100_00),
        ("单位：万元以下的不填", 100_00), ("2022年明细", 100_00),
    ],
)  # fmt: skip
def test_the_line_above_says_a_unit_where_no_other_word_goes_on(above: str, expected: int) -> None:
    assert fen(f"{above}\n编码,名称,金额\n1,甲,100\n") == expected


@pytest.mark.parametrize("said", ["单位：万元", "单位万元", "人民币万元", "万元", "万元，含税", "含税 万元"])
def test_a_heading_may_say_unit_before_it(said: str) -> None:
    assert fen(f"编码,名称,金额（{said}）\n1,甲,100\n") == 1_000_000_00


@pytest.mark.parametrize(
    "text",
    [
        *(
            f"编码,名称,金额（{said}）"
            for said in ("万", "十万元", "美元", "角", "$", "以万元计", "USD", "万 元")
        ),
        "单位：万\n编码,名称,金额",
        "单位：万美元\n编码,名称,金额",
    ],
)
def test_a_unit_that_is_not_known_is_refused_and_not_taken_for_yuan(text: str) -> None:
    with pytest.raises(FileRefused, match="不认识") as refused:
        fen(f"{text}\n1,甲,100\n")
    assert "万元" in refused.value.hint


@pytest.mark.parametrize("said", ["人民币", "￥", "含税", "分月", "1", "十", "元，含税"])
def test_other_words_in_brackets_are_no_other_unit(said: str) -> None:
    assert fen(f"编码,名称,金额（{said}）\n1,甲,100\n") == 100_00
