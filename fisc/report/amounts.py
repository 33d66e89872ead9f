"""Numbers as reports write them: units, places and rounding by one rule.

- Money in prose is in 亿元 with two places; a sentence that holds an amount under
  0.1 亿元 is in 万元 throughout, so that no comparison mixes the two units.
- Money in a table or chart is in the unit its head states.
- Ratios are percentages with one place. Rounding is half up, away from zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from fisc.kernel.money import fen_per, in_unit
from fisc.report.ports import FigureResult, Value

YI, WAN = "亿元", "万元"
#: Below this an amount in 亿元 with two places would show fewer than two digits.
SMALL_FEN = fen_per(YI) // 10


@dataclass(frozen=True, slots=True)
class Style:
    """How to print a value. `unit` is a money unit or "" to be chosen; `digits` None = by rule.

    `has_unit` adds the unit after the number; `is_abs` drops the sign (下降 says it). `scale` is
    the unit of a count (人, 万人, 亿斤); `is_floor` rounds a ratio down (均超 says so).
    """

    unit: str = ""
    digits: int | None = None
    has_unit: bool = True
    is_abs: bool = False
    scale: str = ""
    is_floor: bool = False


def round_half_up(number: Decimal, digits: int) -> Decimal:
    """`number` with `digits` places, ties away from zero; never a negative zero."""
    rounded = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def sentence_unit(amounts_fen: Iterable[int]) -> str:
    """The one money unit for amounts that stand in the same sentence."""
    sizes = [abs(amount) for amount in amounts_fen if amount]
    return WAN if sizes and min(sizes) < SMALL_FEN else YI


def money_digits(amount_fen: int, unit: str) -> int:
    """Places for `amount_fen` in `unit`: 亿元 2; smaller units 0 when whole, else 2."""
    return 0 if unit != YI and amount_fen % fen_per(unit) == 0 else 2


def percent(ratio: Decimal | int, digits: int = 1, *, is_floor: bool = False) -> Decimal:
    """A ratio as a percentage with `digits` places: 0.0186 -> 1.9; rounded down with `is_floor`."""
    exact = Decimal(ratio) * 100
    if is_floor:
        return exact.quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR)
    return round_half_up(exact, digits)


def multiple_of(scale: str) -> int:
    """How many one of a count's unit stands for: 万人 10,000, 亿斤 100,000,000, 人 1."""
    return {"万": 10**4, "亿": 10**8}.get(scale[:1], 1)


def show(result: FigureResult, style: Style) -> str:
    """The figure's value as text; raises ValueError if it has none."""
    if result.value is None:
        raise ValueError(f"指标 {result.ask.figure_id} 没有数值")
    value = -result.value if style.is_abs and result.value < 0 else result.value
    if result.unit == "fen":
        return _money(int(value), style)
    if result.unit == "ratio":
        return _ratio(value, style)
    return _count(value, style)


def _money(amount_fen: int, style: Style) -> str:
    unit = style.unit or sentence_unit([amount_fen])
    digits = money_digits(amount_fen, unit) if style.digits is None else style.digits
    number = in_unit(amount_fen, unit, digits)
    text = f"{abs(number) if number == 0 else number:,}"
    return text + unit if style.has_unit else text


def _count(value: Value, style: Style) -> str:
    multiple = multiple_of(style.scale)
    digits = style.digits or 0 if multiple == 1 or style.digits is not None else 2
    text = f"{round_half_up(Decimal(value) / multiple, digits):,}"
    return text + style.scale if style.has_unit else text


def _ratio(value: Value, style: Style) -> str:
    text = str(percent(value, 1 if style.digits is None else style.digits, is_floor=style.is_floor))
    return text + "%" if style.has_unit else text


def direction(ratio: Decimal | int, digits: int = 1) -> str:
    """增长, 下降 or 持平, by the percentage as printed: 0.04 % prints as 0.0 and is 持平."""
    shown = percent(ratio, digits)
    if shown == 0:
        return "持平"
    return "增长" if shown > 0 else "下降"
