"""Amounts in capital numerals (大写金额), as vouchers and certificates bear them.

After 支付结算办法 附一《正确填写票据和结算凭证的基本规定》: 元 is followed by 整 where there are no 角 and
分, and 角 may be; zeros between digits are one 零.
"""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")
_UNITS: Final = ((10**8, "亿"), (10**4, "万"))


def in_capitals(amount_fen: int) -> str:
    """An amount in words: 100_320 fen is 壹仟零叁元贰角整; below zero it begins with 负."""
    sign, fen = ("负" if amount_fen < 0 else ""), abs(amount_fen)
    yuan, jiao, left = fen // 100, fen // 10 % 10, fen % 10
    words = f"{_whole(yuan) or '零'}元" if yuan or not fen else ""
    if not (jiao or left):
        return f"{sign}{words}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return f"{sign}{words}{_DIGITS[left]}分" if left else f"{sign}{words}整"


def _whole(number: int) -> str:
    """A whole number in words; '' for none."""
    for unit, name in _UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return f"{_whole(high)}{name}{gap}{_whole(low)}"
    return _four(number)


def _four(group: int) -> str:
    """Four digits in words, without zeros at the ends."""
    words, is_gap = "", False
    for digit, place in zip(f"{group:04d}", _PLACES, strict=True):
        if digit == "0":
            is_gap = bool(words)
            continue
        words += ("零" if is_gap else "") + _DIGITS[int(digit)] + place
        is_gap = False
    return words
