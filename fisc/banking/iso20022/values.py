"""Values inside messages: amounts, days, texts. Reading is strict, writing is escaped and bounded."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final
from xml.sax.saxutils import escape

from fisc.banking.iso20022.errors import MessageRefused
from fisc.kernel.money import format_fen

#: Characters that XML cannot carry at all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The largest amount that fits 18 digits with two decimals.
_MOST_DIGITS: Final = 15
_MOST_FEN: Final = 10 ** (_MOST_DIGITS + 2)

#: Digits and a point, nothing else: `int` takes a sign, an underscore and digits of other scripts as well.
_AMOUNT = re.compile(r"(?=\.?[0-9])([0-9]*)(?:\.([0-9]{0,2})0*)?")

#: A number of ISO 20022 is whole, of 18 digits; its decimals, where it has them, are none.
_NUMBER = re.compile(r"\+?0*([0-9]{1,18})(?:\.0*)?", re.ASCII)

Leaves = dict[str, str]


def money(fen: int) -> str:
    """`fen` as yuan with two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str, currency: str) -> int:
    """Fen of an amount; raises MessageRefused for another currency, parts of a fen, signs, and too much."""
    found = _AMOUNT.fullmatch(text.strip())
    if currency == "CNY" and found and len(digits := (found[1] or "").lstrip("0")) <= _MOST_DIGITS:
        return int(digits or "0") * 100 + int((found[2] or "").ljust(2, "0"))
    raise MessageRefused(
        f"金额 {text} {currency} 不能入账",
        rule=f"财政资金以人民币计，精确到分，不超过 {_MOST_DIGITS} 位整数",
        hint="请退回对方更正后重发",
    )


def number_of(text: str) -> int:
    """A count or a number in a sequence; raises MessageRefused for what is none, or is too large."""
    found = _NUMBER.fullmatch(text.strip())
    if not found:
        raise MessageRefused(
            f"序号或笔数“{text[:40]}”无法识别",
            rule="笔数、序号是不超过 18 位的整数",
            hint="请退回对方更正后重发",
        )
    return int(found[1])


def is_yes(text: str | None) -> bool:
    """A flag; without one it is not so. Raises MessageRefused for what is neither yes nor no."""
    said = (text or "false").strip().lower()
    if said not in ("true", "1", "false", "0"):
        raise MessageRefused(
            f"标志“{(text or '')[:20]}”无法识别", rule="标志写 true 或 false", hint="请退回对方更正后重发"
        )
    return said in ("true", "1")


def require_sum(fen: int, what: str) -> None:
    """Raise MessageRefused where bookings together are more than an account can hold."""
    if abs(fen) >= _MOST_FEN:
        raise MessageRefused(
            f"{what}的金额合计 {format_fen(fen)} 元，不能入账",
            rule=f"逐笔金额、合计和余额都不超过 {_MOST_DIGITS} 位整数",
            hint="整份文件未予采信；请退回对方更正后重发",
        )


#: A bank's day begins and ends here, whatever zone its messages are written in.
SHANGHAI: Final = timezone(timedelta(hours=8))
_DAY: Final = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_ZONE: Final = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_MOMENT: Final = re.compile(_DAY + r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?)?" + _ZONE)


@lru_cache(maxsize=4096)
def day_of(text: str) -> date:
    """The day in China of an ISO date or date-time; raises MessageRefused.

    A date is that day, whatever zone stands behind it; a time without a zone is China's.
    """
    said = text.strip()
    if "T" not in said:
        return moment_of(said[:10]).date()
    # what ends with a day is of that day
    return (moment_of(said) - timedelta(microseconds="T24" in said)).date()


@lru_cache(maxsize=4096)
def moment_of(text: str) -> datetime:
    """The moment of an ISO date-time, in China's time; of a date, its beginning. Raises MessageRefused."""
    found = _MOMENT.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        day, hour, minute, second, zone = found.groups(default="0")
        # a day ends at 24:00:00; a leap second belongs to the minute before it
        since = timedelta(hours=int(hour), minutes=int(minute), seconds=min(int(second), 59))
        if since > timedelta(days=1) or int(minute) > 59:
            raise ValueError(text)
        offset = zone if zone not in ("0", "Z") else ("+08:00" if zone == "0" else "+00:00")
        return (datetime.fromisoformat(f"{day}T00:00:00{offset}") + since).astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise MessageRefused(
            f"日期“{text[:40]}”无法识别", rule="日期写年-月-日，是历上有的一天（ISO 8601）",
            hint="整份文件未予采信；请退回对方更正后重发",
        ) from None  # fmt: skip


#: What banks write where they have no reference: none of it names a booking or a voucher.
_NO_REFERENCE: Final = frozenset({
    "NOTPROVIDED", "NOTPROVIDE", "NONREF", "NOREF", "NOREFERENCE", "NONE", "NULL", "NIL", "NA", "UNKNOWN",
    "NOTAVAILABLE", "NOTAPPLICABLE", "NOTSPECIFIED", "NOTGIVEN", "UNDEFINED", "EMPTY", "BLANK", "NAN", "NP",
    "TBD", "DEFAULT", "REF", "REFERENCE", "无", "空", "未提供", "不详", "暂无", "没有", "未知", "缺省",
    "默认", "未填", "空白", "不适用", "无参考号", "无编号", "无流水号",
})  # fmt: skip
_NOISE: Final = re.compile(r"[\W_]+")
#: Nothing but one sign again and again, where that is no number of ours: zeros, crosses.
_FILLING: Final = re.compile(r"0*|X{3,}|9{4,}")
#: Letters and digits as wide as a character, as ours are.
_NARROW: Final = {
    wide: wide - 0xFEE0 for of in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for wide in range(of[0], of[1] + 1)
}  # fmt: skip


def reference(text: str) -> str:
    """A reference without what pads it, or is not seen; '' for what only stands in the place of one."""
    said = text.strip()
    if not said.isascii():
        said = "".join(s for s in said.translate(_NARROW) if unicodedata.category(s) != "Cf").strip()
    letters = _NOISE.sub("", said).upper()
    return "" if letters in _NO_REFERENCE or _FILLING.fullmatch(letters) else said


def leaves(element: Any, strip: int, skip: str = "") -> Leaves:
    """Texts of the leaf elements below `element`, by path of local names ('Cdtr/Nm'), without padding.

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
    if not path.endswith("/Ustrd"):  # a longer text goes on in the next, blanks and all
        text = text.strip()
    found[path] = found[path] + text if path in found else text
    currency = element.get("Ccy")
    if currency is not None:
        found[path + "@"] = currency


def amount_at(found: Leaves, path: str) -> int:
    """The amount at a path in fen; raises MessageRefused where there is none: none is not 0."""
    if path not in found:
        raise MessageRefused(
            f"报文缺少金额（{path}）", rule="入账、余额都须写明金额", hint="请退回对方更正后重发"
        )
    return fen_of(found[path], found.get(path + "@", ""))


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
