"""Numbers of official documents: however one is written, it is the same number; what is none is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.sheets.official import official_number, year_of
from fisc.sheets.text import paper_number

ONE = "内财教〔2023〕77号"
#: Pairs of brackets of every kind that a keyboard or a printer has.
PAIRS = [
    "〔〕",
    "[]",
    "【】",
    "（）",
    "()",
    "［］",
    "{}",
    "《》",
    "〈〉",
    "「」",
    "‹›",
    "⟦⟧",
    "<>",
    "﹝﹞",
    "“”",
    "",
    "--",
]


@pytest.mark.parametrize("written", [
    "內財教〔2023〕77號", "内財教〔2023〕77号", "内财教〔二〇二三〕77号", "内财教（二○二三）七七号",
    "内财教〔2023〕七十七号", "内财教〔２０２３〕第柒拾柒号", "内财教2023年77号", "内财教–2023–77号",
    "内财教202377号", "内财教〔2O23〕77号", "内财教〔2023〕⑦⑦号", "内财教〔2023〕٧٧号", "内财教〔2023〕№77",
    "内财教〔2023〕No.77", "内财教字〔2023〕77号", "内财教〔2023年〕第077号", "2023年内财教字第77号",
    "内财教〔2023〕77号文", "内财教〔2023〕77号。", "附件：内财教〔2023〕77号",
    "附件1：《内财教〔2023〕77号》", "关于内财教〔2023〕77号的通知",
    "关于下达2023年教育补助的通知（内财教〔2023〕77号）", "内财教〔2023〕77号（第一批）",
    "内财教〔2023\u200b〕77号\u3000",
])  # fmt: skip
def test_what_says_one_number_is_brought_to_its_form(written: str) -> None:
    assert official_number(written) == ONE


@pytest.mark.parametrize("written", [
    "", "第", "〔2023〕号", "债1", "内7号", "S-1", "内财教77号", "内财教〔23〕77号", "内财教〔2023〕0号",
    "内财教〔2023〕Ⅶ号", "内财教〔2023〕77-1号", "内财教〔2023〕77号之一", "内财教〔2023〕77号、78号",
    "号〔2023〕1号", "A〔2023〕1号", "内财教〔2023〕77号和内财教〔2023〕78号",
    "自治区财政厅内财教〔2023〕77号",
])  # fmt: skip
def test_what_says_no_number_or_several_is_none(written: str) -> None:
    assert official_number(written) == ""


@given(st.sampled_from(PAIRS), st.sampled_from(["", " ", "\u3000", "\u200b"]),
       st.sampled_from(["", "第", "No.", "№"]),
       st.sampled_from(["", "0", "00"]), st.sampled_from(["号", "", "号文", "號"]),
       st.integers(1, 9999))  # fmt: skip
def test_any_brackets_spaces_and_words_have_one_form(
    pair: str, space: str, word: str, zeros: str, end: str, serial: int
) -> None:
    left, right = pair or ("", "年")
    form = official_number(f"内财预{space}{left}2023{right}{space}{word}{zeros}{serial}{end}")
    assert form == f"内财预〔2023〕{serial}号"
    assert official_number(form) == paper_number(form) == form
    assert year_of(form) == 2023


@pytest.mark.parametrize(
    "number", ["三府办〔2023〕12号", "十府办〔2023〕102号", "国发〔2023〕1号", "财办库函〔2022〕36号"]
)
def test_a_number_in_its_form_stays(number: str) -> None:
    assert official_number(number) == number
