"""The one form of an official document's number (发文字号): 机关代字〔年〕序号号.

People write it in many ways; what says one number is brought to this form, and what does not say one is none.
`paper_number` is for numbers of one's own, which need not have this form.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from fisc.sheets.text import TRADITIONAL, alike

#: How such a number is written, for refusals.
HOW: Final = "发文字号写成：机关代字〔四位年份〕序号号，如 内财教〔2023〕77号"

_NUMERALS: Final = {
    **{sign: at for at, sign in enumerate("〇一二三四五六七八九")},
    **{sign: at for at, sign in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "○": 0, "◯": 0, "O": 0, "Ο": 0, "О": 0, "两": 2, "貳": 2, "參": 3, "陸": 6, "I": 1, "L": 1, "|": 1,
}  # fmt: skip
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "廿": 20, "卅": 30}
_DIGIT: Final = "0-9" + re.escape("".join(_NUMERALS))
_PART: Final = r"[-_./·・:~,|\\]*"
_YEAR: Final = rf"\(*{_PART}(?P<year>[{_DIGIT}]{{4}})年?度?{_PART}\)*"
_SERIAL: Final = rf"{_PART}字?\(*第?(?:N[O0][.:]?|#)?(?P<serial>[{_DIGIT}{''.join(_TENS)}]+)"
_OFFICE: Final = r"\(*(?P<office>[\u3400-\u9fff\U00020000-\U0003ffff]{2,10}?)字?\)*"
_SHAPES: Final = (
    re.compile(rf"{_OFFICE}{_PART}{_YEAR}{_SERIAL}\)*号?"),
    re.compile(rf"{_YEAR}{_OFFICE}{_SERIAL}\)*号?"),
)
#: Words around a number that are none of it.
_BEFORE: Final = re.compile(
    r"(?:附件?[0-9]*(?=[:(.,、-])|附件[0-9]*|关于|根据|依据|按照|转发|印发|下达|参见|详见|发?文字?号|来文|上级文件?"
    r"|文件|通知|[-:.,;、。*\"'])+"
)
_BEHIND: Final = re.compile(
    r"(?:的?(?:通知|批复|函|决定|文件|文|复印件|扫描件|原件|附件[0-9]*|等)|\([^()]*\)|[:.,;、。*\"'!])+"
)
_INSIDE: Final = re.compile(r"\(([^()]*\([^()]*\)[^()]*)\)|\(([^()]*)\)")
_ASCII: Final = dict.fromkeys("<{[", "(") | dict.fromkeys(">}]", ")")
#: Brackets, quotes and dashes, by the category that Unicode gives them.
_PLAIN: Final = {"Ps": "(", "Pi": "(", "Pe": ")", "Pf": ")", "Pd": "-"}
_NO_OFFICE: Final = re.compile(
    "[第号年字]|通知|关于|附件|文件|财政[部厅局]|人民政府|委员会|自治区|国务院|办公[厅室]"
)


@lru_cache(maxsize=1 << 16)
def official_number(text: str) -> str:
    """`text` in the one form of official numbers; '' where it does not say exactly one."""
    plain = _folded(text)
    if found := _whole(plain):
        return found
    inside = {_whole(one or other) for one, other in _INSIDE.findall(plain)} - {""}
    return inside.pop() if len(inside) == 1 else ""


def year_of(number: str) -> int | None:
    """The year in a number in the one form; None in any other."""
    found = re.search(r"〔([0-9]{4})〕", number)
    return int(found[1]) if found else None


def _folded(text: str) -> str:
    return "".join(map(_sign, alike(text).upper().translate(TRADITIONAL)))


def _sign(sign: str) -> str:
    """One sign in its plain form: brackets and quotes of any kind, dashes, digits of any script."""
    if sign.isascii():
        return _ASCII.get(sign, sign)
    if plain := _PLAIN.get(unicodedata.category(sign)):
        return plain
    return "-" if sign in "−﹣" else str(unicodedata.digit(sign, sign))


def _whole(plain: str) -> str:
    """The number that all of a folded text says, but for words around it; '' where it says none."""
    begun = _BEFORE.match(plain)
    starts = [plain, plain[begun.end() :]] if begun else [plain]
    for start in dict.fromkeys(starts + [one.strip("()") for one in starts]):
        for shape in _SHAPES:
            if (found := _fully(shape, start)) and (number := _number(found)):
                return number
    return ""


def _fully(shape: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = shape.match(text)
    if found is None:
        return None
    left = text[found.end() :]
    return found if not left.strip(")") or _BEHIND.fullmatch(left.lstrip(")")) else None


def _number(found: re.Match[str]) -> str:
    office, year, serial = found["office"], _digits(found["year"]), _count(found["serial"])
    if _NO_OFFICE.search(office) or not 1949 <= (year or 0) <= 2099 or not serial:
        return ""
    return f"{office}〔{year}〕{serial}号"


def _digits(text: str) -> int | None:
    """Signs that stand for a digit each, as a number."""
    values = [_NUMERALS.get(sign, int(sign) if sign.isdigit() else None) for sign in text]
    return None if None in values else int("".join(map(str, values)))


def _count(text: str) -> int | None:
    """A serial number in digits or in words, as 七十七 or 一百零二; None where it is neither."""
    if not any(sign in _TENS for sign in text):
        return _digits(text)
    total, last = 0, 0
    for sign in text:
        if sign in _TENS:
            unit = _TENS[sign]
            total += unit if unit in {20, 30} else (last or 1) * unit
            last = 0
        elif (digit := _digits(sign)) is None or last:
            return None
        else:
            last = digit
    return total + last
