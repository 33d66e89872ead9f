"""Numbers as reports write them: units, places and rounding by one rule.

- Money in prose is in 亿元 with two places, an amount under 0.1 亿元 in 万元: each by itself, so that a
  small one says nothing of the unit of those beside it. What is to add up is in one unit.
- Money in a table or chart is in the unit its head states.
- Ratios are percentages with one place. Rounding is half up, away from zero.
- Counts are whole; those in 万 or 亿 have two places at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from fisc.kernel.money import fen_per, format_fen
from fisc.report.ports import FigureResult, Value

YI, WAN = "亿元", "万元"
#: Below this an amount in 亿元 with two places would show fewer than two digits.
SMALL_FEN = fen_per(YI) // 10
#: Places of a percentage beyond which nothing is told apart.
_MOST_DIGITS = 8
#: Persons counted each time they were served are whole numbers, of 万 from a hundred 万 on.
_WAN_TIMES = "万人次"
_WHOLE_WAN_FROM = 1_000_000


@dataclass(frozen=True, slots=True)
class Style:
    """How to print a value. `unit` is a money unit or "" to be chosen; `digits` None = by rule.

    `has_unit` adds the unit after the number; `is_abs` drops the sign (下降 says it). `scale` is
    the unit of a count (人, 万人, 亿斤); `is_floor` rounds a ratio down (均超 says so). `words` stand
    for the value: what a claim says, or what marks a missing number.
    """

    unit: str = ""
    digits: int | None = None
    has_unit: bool = True
    is_abs: bool = False
    scale: str = ""
    is_floor: bool = False
    words: str = ""


def round_half_up(number: Decimal, digits: int) -> Decimal:
    """`number` with `digits` places, ties away from zero; never a negative zero."""
    rounded = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def common_unit(amounts_fen: Iterable[int]) -> str:
    """The one money unit for amounts that add up, or for one alone."""
    sizes = [abs(amount) for amount in amounts_fen if amount]
    return WAN if sizes and min(sizes) < SMALL_FEN else YI


def money_digits(amount_fen: int, unit: str) -> int:
    """Places for `amount_fen` in `unit`: 亿元 2; smaller units 0 when whole, else 2."""
    return 0 if unit != YI and amount_fen % fen_per(unit) == 0 else 2


def percent(ratio: Decimal | int, digits: int = 1) -> Decimal:
    """A ratio as a percentage with `digits` places: 0.0186 -> 1.9."""
    return round_half_up(Decimal(ratio) * 100, digits)


def floor_percent(ratio: Decimal | int) -> Decimal:
    """A ratio as a whole percentage, rounded down: what is said to be reached is reached (0.1997 is 19).

    Below 1 % it is what is printed of it elsewhere (`percent`), as nothing would be left.
    """
    exact = Decimal(ratio) * 100
    return exact.quantize(Decimal(1), ROUND_FLOOR) if exact >= 1 else percent(ratio)


def digits_below(ratio: Decimal | int) -> int:
    """Places with which a ratio is printed below the next whole percentage, as it is: 0.1997 as 19.97."""
    most = floor_percent(ratio) + 1
    return next((digits for digits in range(1, _MOST_DIGITS) if percent(ratio, digits) < most), _MOST_DIGITS)


def multiple_of(scale: str) -> int:
    """How many one of a count's unit stands for: 万人 10,000, 亿斤 100,000,000, 人 1."""
    return {"万": 10**4, "亿": 10**8}.get(scale[:1], 1)


def unit_of(result: FigureResult, style: Style) -> str:
    """What follows the figure's number in that style, for a number that is missing too."""
    units = {"fen": style.unit or YI, "ratio": "%", "count": style.scale, "claim": ""}
    return units[result.unit] if style.has_unit else ""


def show(result: FigureResult, style: Style) -> str:
    """The figure's value as text; raises ValueError if it has none."""
    if result.value is None:
        raise ValueError(f"指标 {result.ask.figure_id} 没有数值")
    if style.words:
        return style.words
    if result.unit == "claim":
        return "成立" if result.value else "不成立"
    value = -result.value if style.is_abs and result.value < 0 else result.value
    if result.unit == "fen":
        return _money(int(value), style)
    if result.unit == "ratio":
        return _ratio(value, style)
    return _count(value, style)


def _money(amount_fen: int, style: Style) -> str:
    unit = style.unit or common_unit([amount_fen])
    digits = money_digits(amount_fen, unit) if style.digits is None else style.digits
    text = format_fen(amount_fen, unit, digits)
    return text + unit if style.has_unit else text


def _count(value: Value, style: Style) -> str:
    scale = style.scale
    if scale == _WAN_TIMES and abs(Decimal(value)) < _WHOLE_WAN_FROM:
        scale = "人次"
    multiple = multiple_of(scale)
    digits = 0 if multiple == 1 or scale == _WAN_TIMES else 2
    number = round_half_up(Decimal(value) / multiple, digits if style.digits is None else style.digits)
    text = f"{number:,}"
    if style.digits is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + scale if style.has_unit else text


def _ratio(value: Value, style: Style) -> str:
    number = (
        floor_percent(value)
        if style.is_floor
        else percent(value, 1 if style.digits is None else style.digits)
    )
    text = str(number)
    return text + "%" if style.has_unit else text


def direction(ratio: Decimal | int, digits: int = 1) -> str:
    """增长, 下降 or 持平, by the percentage as printed: 0.04 % prints as 0.0 and is 持平."""
    shown = percent(ratio, digits)
    if shown == 0:
        return "持平"
    return "增长" if shown > 0 else "下降"
