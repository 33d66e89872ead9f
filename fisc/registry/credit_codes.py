"""The unified social credit code (统一社会信用代码, GB 32100-2015): eighteen signs, the last for checking."""

from __future__ import annotations

from typing import Final

#: Digits and capital letters without I, O, S, V and Z; a sign's place is its value.
_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH: Final = 18
_MODULUS: Final = len(_SIGNS)


def credit_code_fault(code: str) -> str:
    """What is wrong with a code, or ''."""
    if len(code) != _LENGTH or any(sign not in _SIGNS for sign in code):
        return f"统一社会信用代码应为 {_LENGTH} 位数字或大写字母（没有 I、O、S、V、Z），现为“{code}”"
    total = sum(_SIGNS.index(sign) * pow(3, place, _MODULUS) for place, sign in enumerate(code[:-1]))
    if code[-1] != _SIGNS[-total % _MODULUS]:
        return f"统一社会信用代码 {code} 的校验码不符，请按登记证照核对"
    return ""
