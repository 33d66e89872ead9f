"""Amounts: exact from text to fen and back."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel.money import (
    FEN_PER_UNIT,
    MAX_FEN,
    ROUNDED,
    AmountError,
    fen_per,
    format_fen,
    in_unit,
    parse_amount,
    rounding_note,
)

FEN = st.integers(min_value=-(10**17), max_value=10**17)
UNITS = st.sampled_from(sorted(FEN_PER_UNIT))


@given(FEN, UNITS)
def test_what_is_formatted_in_full_is_read_back(fen: int, unit: str) -> None:
    places = len(str(FEN_PER_UNIT[unit])) - 1
    assert parse_amount(format_fen(fen, unit, places), unit) == fen


@given(FEN, UNITS)
def test_a_decimal_is_exact(fen: int, unit: str) -> None:
    assert parse_amount(Decimal(fen) / FEN_PER_UNIT[unit], unit) == fen


@given(st.integers(-(10**12), 10**12), UNITS)
def test_a_whole_number_of_units(number: int, unit: str) -> None:
    if abs(number) * FEN_PER_UNIT[unit] <= MAX_FEN:
        assert (
            parse_amount(number, unit) == parse_amount(f" {number:,} ", unit) == number * FEN_PER_UNIT[unit]
        )


@given(st.integers(-(10**11), 10**11))
def test_a_float_is_read_as_a_workbook_shows_it(hundredths: int) -> None:
    assert parse_amount(hundredths / 100, "元") == hundredths
    assert parse_amount(hundredths / 100, "万元") == hundredths * 10_000


@given(FEN, UNITS, st.integers(0, 6))
def test_rounding_is_off_by_half_a_last_place_at_most(fen: int, unit: str, digits: int) -> None:
    exact = Decimal(fen) / FEN_PER_UNIT[unit]
    shown = in_unit(fen, unit, digits)
    assert abs(shown - exact) * 2 <= Decimal(1).scaleb(-digits)
    assert shown == exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    told = format_fen(fen, unit, digits)
    if told[0] in "<>":
        assert fen and digits and not shown
    else:
        assert format_fen(-fen, unit, digits).lstrip("-") == told.lstrip("-")


@given(FEN, FEN)
def test_order_is_kept(a: int, b: int) -> None:
    if a <= b:
        assert in_unit(a, "万元", 0) <= in_unit(b, "万元", 0)


@pytest.mark.parametrize(
    "value,unit,fen",
    [("567,755", "万元", 567_755_000_000), ("1，234.56", "元", 123_456),
     (0.1 + 0.2, "元", 30), ("-0.01", "元", -1),
     ("1e3", "元", 100_000), ("0.005", "元", 0), ("0.015", "元", 2),
     (7, "分", 7), ("1.5", "亿元", 15_000_000_000)],
)  # fmt: skip
def test_examples(value: str | int | float, unit: str, fen: int) -> None:
    assert parse_amount(value, unit) == fen


@pytest.mark.parametrize(
    "fen,unit,digits,text",
    [(567_755_000_000, "万元", 0, "567,755"), (50, "元", 0, "1"),
     (-50, "元", 0, "-1"), (123_456, "元", 2, "1,234.56"),
     (499_999, "万元", 0, "0"), (500_000, "万元", 0, "1")],
)  # fmt: skip
def test_formats(fen: int, unit: str, digits: int, text: str) -> None:
    assert format_fen(fen, unit, digits) == text


@pytest.mark.parametrize(
    ("parts", "total", "note"),
    [
        ([1_005_000, 1_005_000], 2_010_000, ROUNDED), ([1_000_000, 1_000_000], 2_000_000, ""),
        ([1_005_000, 1_005_000], 3_000_000, ""), ([], 0, ""), ([4_000, 4_000, 4_000], 12_000, ROUNDED),
    ],
)  # fmt: skip
def test_parts_that_rounding_keeps_from_their_total_are_noted(
    parts: list[int], total: int, note: str
) -> None:
    assert rounding_note(parts, total, "万元") == note
    assert rounding_note(parts, total, "元") == ""


@pytest.mark.parametrize(
    "value", ["", "abc", "1元", "1.2.3", "nan", "inf", float("nan"), float("-inf"), True, None, [1], "１e99"]
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(AmountError):
        parse_amount(value)  # type: ignore[arg-type]


def test_beyond_the_ledger_s_range_is_refused() -> None:
    assert parse_amount(MAX_FEN, "分") == MAX_FEN
    for value in (MAX_FEN + 1, -MAX_FEN - 1):
        with pytest.raises(AmountError, match="超出"):
            parse_amount(value, "分")


def test_an_unknown_unit_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(AmountError, match="两") as error:
        fen_per("两")
    assert "万元" in error.value.hint
