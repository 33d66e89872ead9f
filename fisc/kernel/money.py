"""Money is an integer number of 分 (fen); units appear only at the edge.

`parse_amount` reads what people and workbooks write, exactly; `format_fen` writes
it back in 元, 万元 or 亿元, rounded half up as budget tables are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from fisc.kernel.errors import FiscError

FEN_PER_UNIT: dict[str, int] = {
    "分": 1,
    "元": 100,
    "百元": 10_000,
    "千元": 100_000,
    "万元": 1_000_000,
    "百万元": 100_000_000,
    "亿元": 10_000_000_000,
}

#: The largest amount the ledger holds (int8), far above any public account.
MAX_FEN = 2**62


class AmountError(FiscError):
    """A text or number that is not an amount of money."""

    def __init__(
        self, message: str, rule: str = "金额是数，在账务可记的范围内", hint: str = "请核对金额与单位",
        details: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message, rule, hint, details)


def fen_per(unit: str) -> int:
    """How many fen one `unit` is; raises AmountError for an unknown unit."""
    try:
        return FEN_PER_UNIT[unit]
    except KeyError:
        raise AmountError(
            f"不认识的金额单位“{unit}”", hint=f"可用的单位：{'、'.join(FEN_PER_UNIT)}"
        ) from None


def parse_amount(value: str | int | float | Decimal, unit: str = "元") -> int:
    """Fen of `value` counted in `unit`, exact to the fen.

    A float is read by its shortest representation, as a workbook shows it; what lies
    below one fen is rounded half to even. Raises AmountError for anything that is not
    a finite number, and for amounts beyond the ledger's range.
    """
    number = _decimal(value)
    fen = int((number * fen_per(unit)).to_integral_value(ROUND_HALF_EVEN))
    if abs(fen) > MAX_FEN:
        raise AmountError(f"金额 {value}{unit} 超出账务可记的范围")
    return fen


def _decimal(value: str | int | float | Decimal) -> Decimal:
    if isinstance(value, bool):
        raise AmountError(f"“{value}”不是金额", hint="请填写数字")
    text = repr(value) if isinstance(value, float) else str(value)
    try:
        number = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        raise AmountError(f"“{value}”不是金额", hint="请填写数字，不带单位") from None
    if not number.is_finite():
        raise AmountError(f"“{value}”不是金额", hint="请填写数字")
    return number


def in_unit(amount_fen: int, unit: str, digits: int) -> Decimal:
    """`amount_fen` counted in `unit`, rounded half up to `digits` places."""
    quantum = Decimal(1).scaleb(-digits)
    return (Decimal(amount_fen) / fen_per(unit)).quantize(quantum, ROUND_HALF_UP)


def format_fen(amount_fen: int, unit: str = "元", digits: int = 2) -> str:
    """`amount_fen` in `unit` with thousands separators, e.g. '567,755' for 万元 without digits.

    What is not nothing is not told as 0.00: it is said to be less than what the digits show, '<0.01', and of
    a negative amount '>-0.01'. Who asks for no digits has whole units.
    """
    said = in_unit(amount_fen, unit, digits) + 0  # no -0
    if amount_fen and digits and not said:
        least = Decimal(1).scaleb(-digits)
        return f"<{least:f}" if amount_fen > 0 else f">-{least:f}"
    return f"{said:,f}"


#: What is said beneath a list in which rounded parts do not make up the rounded total.
ROUNDED: Final = "因四舍五入，分项之和与合计可能略有差异"


def rounding_note(parts_fen: Iterable[int], total_fen: int, unit: str, digits: int = 2) -> str:
    """`ROUNDED` where the parts as they are printed in `unit` do not add up to the total as printed, else ''.

    Parts that do not make up the total anyhow are another matter: of them nothing is said.
    """
    parts = list(parts_fen)
    printed = sum((in_unit(part, unit, digits) for part in parts), Decimal(0))
    is_off = sum(parts) == total_fen and printed != in_unit(total_fen, unit, digits)
    return ROUNDED if is_off else ""
