"""What people read of data: its papers in Chinese, its accounts by their books."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import fisc
from fisc.kernel.money import format_fen
from fisc.registry.books import account_words, accounts_meant, in_words
from fisc.registry.papers import paper_words
from fisc.sheets import text


def test_no_paper_of_shipped_data_is_told_in_english() -> None:
    told = {paper_words(source) for source in _sources()}
    assert len(told) > 20
    assert [one for one in told if re.search(r"[A-Za-z]{3,}|[,;(]", one)] == []


def _sources() -> set[str]:
    files = Path(fisc.__file__).parent.glob("*/data/*.csv")
    rows = [row for file in files for row in csv.DictReader(file.read_text("utf-8-sig").splitlines())]
    return {row["source"] for row in rows if row.get("source")}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", ""),
        ("预算法第四十二条", "预算法第四十二条"),
        ("财库〔2022〕41号, recalled", "财库〔2022〕41号（凭记忆，待核实）"),
        ("recalled, not checked against a published text", "凭记忆，待核实"),
        ("Lijiang 2025 budget book", "公开资料"),
        ("41-09（财库〔2022〕41号, recalled）", "41-09（财库〔2022〕41号（凭记忆，待核实））"),
    ],
)
def test_a_paper_is_told_by_its_number_and_whether_it_was_checked(source: str, said: str) -> None:
    assert paper_words(source) == said


@pytest.mark.parametrize(
    "entered", ["PZ2026-0001", "some words of a user", "合同 HT-01 and 附件, recalled", "art. 5 published"]
)
def test_what_people_entered_stands_as_they_wrote_it(entered: str) -> None:
    assert paper_words(entered) == entered


def test_accounts_are_told_and_taken_in_words() -> None:
    assert account_words("treasury_2015:1001") == "总预算会计 1001 国库存款"
    assert account_words("6222 0000") == "6222 0000"
    assert accounts_meant("国库存款", 2022) == ["treasury_2015:1001"]
    assert accounts_meant("财务会计 1001", 2025) == ["treasury_2022_financial:1001"]
    assert accounts_meant("没有这个科目", 2025) == []


def test_what_the_ledger_refuses_is_told_in_words_and_yuan() -> None:
    refused = "9200 预算来源待安排（quota）余额不足：可用 800000.00 元，需要 900000.00 元"
    assert in_words(refused) == "指标账 9200 预算来源待安排 余额不足：可用 800,000.00 元，需要 900,000.00 元"


def test_what_is_not_nothing_is_not_told_as_zero() -> None:
    assert format_fen(13_500_000, "亿元") == "<0.01"
    assert format_fen(-5_000_000, "亿元") == ">-0.01"
    assert format_fen(-1, "万元", 0) == "0"
    assert [format_fen(0, "亿元"), format_fen(123_456_789, "亿元")] == ["0.00", "0.01"]


@pytest.mark.parametrize("sign", ["0", "张", "a ", "0,", "（", "aA1", "〔2"])
def test_what_is_looked_for_in_texts_of_others_is_looked_for_once(sign: str) -> None:
    """A refusal quotes what was said, however long: looked at from each sign anew it would not end."""
    long = sign * 200_000
    assert in_words(f"“{long}”不能用") == f"“{long}”不能用"
    assert text.heading(f"金额（{long}") and not text.in_brackets(long)
