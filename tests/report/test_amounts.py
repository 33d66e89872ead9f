"""Units, places, rounding and the words that follow the numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel.money import fen_per
from fisc.report.amounts import SMALL_FEN, Style, common_unit, direction, percent, round_half_up, show
from fisc.report.ports import FigureAsk, FigureResult

FEN = st.integers(-(10**16), 10**16)
RATIO = st.decimals(-100, 100, allow_nan=False, allow_infinity=False, places=8)


def result(value: int | Decimal | None, unit: str = "fen") -> FigureResult:
    return FigureResult(FigureAsk("a.b", "530700998", 2025), "名", "口径", "1", "", unit, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "digits", "rounded"),
    [
        ("0.05", 1, "0.1"),
        ("-0.05", 1, "-0.1"),
        ("2.25", 1, "2.3"),
        ("-0.04", 1, "0.0"),
        ("1.005", 2, "1.01"),
    ],
)
def test_ties_go_away_from_zero_and_zero_has_no_sign(text: str, digits: int, rounded: str) -> None:
    assert str(round_half_up(Decimal(text), digits)) == rounded


@given(RATIO, st.integers(0, 4))
def test_rounding_is_never_off_by_more_than_half_a_place_and_odd(number: Decimal, digits: int) -> None:
    rounded = round_half_up(number, digits)
    assert abs(rounded - number) <= Decimal(5).scaleb(-digits - 1)
    assert round_half_up(-number, digits) == -rounded


@given(FEN)
def test_money_in_prose_shows_two_digits_or_is_in_the_smaller_unit(amount: int) -> None:
    text = show(result(amount), Style())
    unit = "亿元" if text.endswith("亿元") else "万元"
    assert text.endswith(unit)
    assert ("0.01" in text and text[0] in "<>") == (0 < abs(amount) < fen_per("万元") // 200)
    if text[0] in "<>":
        return
    shown = Decimal(text.removesuffix(unit).replace(",", ""))
    if unit == "亿元" and amount:
        assert abs(shown) >= Decimal("0.10")
    assert abs(shown * fen_per(unit) - amount) <= fen_per(unit) // 200


@given(st.lists(FEN, min_size=1, max_size=6))
def test_a_sentence_has_one_unit_and_it_is_fine_enough_for_the_smallest(amounts: list[int]) -> None:
    unit = common_unit(amounts)
    smallest = min((abs(a) for a in amounts if a), default=SMALL_FEN)
    assert (unit == "万元") == (smallest < SMALL_FEN)


@given(RATIO)
def test_words_agree_with_the_printed_percentage(ratio: Decimal) -> None:
    shown = percent(ratio)
    assert direction(ratio) == ("持平" if shown == 0 else "增长" if shown > 0 else "下降")


@given(st.decimals("-0.000499", "0.000499", allow_nan=False))
def test_what_prints_as_zero_neither_grows_nor_declines(ratio: Decimal) -> None:
    assert direction(ratio) == "持平"


def test_table_amounts_take_the_unit_of_the_head() -> None:
    amount = 153_921_634 * 10_000  # 1,539,216.34 万元
    assert show(result(amount), Style("亿元", has_unit=False)) == "153.92"
    assert show(result(amount), Style("万元", 0, has_unit=False)) == "1,539,216"
    assert show(result(amount), Style("万元")) == "1,539,216.34万元"
    assert show(result(-1416 * 1_000_000), Style("万元", has_unit=False)) == "-1,416"


def test_a_figure_without_value_is_never_shown_as_a_number() -> None:
    with pytest.raises(ValueError, match=r"a\.b"):
        show(result(None), Style())
