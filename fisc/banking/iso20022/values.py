"""Values inside messages: amounts, days, texts. Reading is strict, writing is escaped and bounded."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from fisc.banking.iso20022.errors import MessageRefused
from fisc.kernel.money import format_fen

#: Characters that XML cannot carry at all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The largest amount that fits 18 digits with two decimals.
_MOST_FEN = 10**17

#: Digits and a point, nothing else: `int` takes a sign, an underscore and digits of other scripts as well.
_AMOUNT = re.compile(r"(?=\.?[0-9])([0-9]*)(?:\.([0-9]{0,2})0*)?")

_NUMBER = re.compile(r"0*[0-9]{1,9}", re.ASCII)

Leaves = dict[str, str]


def money(fen: int) -> str:
    """`fen` as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str, currency: str) -> int:
    """Fen of a message's amount; raises MessageRefused for another currency, parts of a fen, and signs."""
    found = _AMOUNT.fullmatch(text.strip())
    if currency == "CNY" and found:
        return int(found[1] or "0") * 100 + int((found[2] or "").ljust(2, "0"))
    raise MessageRefused(
        f"金额 {text} {currency} 不能入账",
        rule="财政资金以人民币计，精确到分",
        hint="请退回对方更正后重发",
    )


def number_of(text: str) -> int:
    """A count or a number in a sequence; raises MessageRefused for what is none, or is too large."""
    said = text.strip()
    if not _NUMBER.fullmatch(said):
        raise MessageRefused(
            f"序号或笔数 {text!r} 无法识别", rule="笔数、序号是不超过 9 位的整数", hint="请退回对方更正后重发"
        )
    return int(said)


@lru_cache(maxsize=4096)
def day_of(text: str) -> date:
    """The day of an ISO date or date-time; raises MessageRefused."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise MessageRefused(f"日期 {text!r} 无法识别", rule="ISO 8601 日期") from None


def leaves(element: Any, strip: int, skip: str = "") -> Leaves:
    """Texts of the leaf elements below `element`, by path of local names ('Cdtr/Nm').

    `strip` is the length of the namespace prefix of tags. Texts that repeat at one path are joined.
    An amount's currency stands at its path + '@'. Children called `skip` are left out.
    """
    found: Leaves = {}
    for child in element:
        if child.tag[strip:] != skip:
            _gather(child, child.tag[strip:], strip, found)
    return found


def _gather(element: Any, path: str, strip: int, found: Leaves) -> None:
    if len(element):
        for child in element:
            _gather(child, f"{path}/{child.tag[strip:]}", strip, found)
        return
    text = element.text or ""
    found[path] = found[path] + text if path in found else text
    currency = element.get("Ccy")
    if currency is not None:
        found[path + "@"] = currency


def amount_at(found: Leaves, path: str) -> int:
    """The amount at a path, 0 where there is none."""
    text = found.get(path)
    return 0 if text is None else fen_of(text, found.get(path + "@", ""))


def clean(value: str, most: int, what: str) -> str:
    """`value` escaped for XML; raises MessageRefused when it is empty, too long or unprintable."""
    if not value or len(value) > most or _UNPRINTABLE.search(value):
        raise _unwritable(value, most, what)
    return escape(value)


def _unwritable(value: str, most: int, what: str) -> MessageRefused:
    if not value:
        why = "没有填写"
    elif len(value) > most:
        why = f"有 {len(value)} 个字，最多 {most} 个"
    else:
        why = "含有不能打印的字符"
    return MessageRefused(
        f"{what}“{value[:40]}”{why}，不能写入报文", rule="ISO 20022 字段长度", hint="请更正后再发送"
    )


def written_amount(fen: int, what: str) -> str:
    """`fen` as yuan; raises MessageRefused unless it is a positive whole number that fits."""
    if not isinstance(fen, int) or not 0 < fen < _MOST_FEN:
        told = f"{format_fen(fen)} 元" if isinstance(fen, int) else f"“{fen}”"
        raise MessageRefused(f"{what}的金额 {told}不能写入报文", rule="金额大于零，不超过 15 位整数")
    return money(fen)


def moment(day: date) -> str:
    """The creation time of a message: the business day; no clock is read."""
    return f"{day.isoformat()}T00:00:00+08:00"
