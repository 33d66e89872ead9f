"""Columns of tables in files, declared once: the names they go by, and what their cells mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, Literal

from fisc.kernel.money import FEN_PER_UNIT, MAX_FEN
from fisc.sheets import text as texts
from fisc.sheets.limits import MOST_CELL_CHARS, MOST_CODE_CHARS, MOST_NUMBER_CHARS

Form = Literal[
    "text", "code", "codes", "amount_fen", "integer", "decimal", "percent", "rate_bp", "date", "year",
    "truth", "mark",
]  # fmt: skip
"""text; code (leading zeros count); codes (several in a cell); amount_fen (written in the table's unit,
元 unless it says otherwise); integer; decimal; percent (12.5 or 12.5%); rate_bp (such a percent, kept
in 1/10000: 1250); date; year; truth (empty is yes); mark (empty is no)."""

_MOST_CHARS: Final[Mapping[str, int]] = {
    "code": MOST_CODE_CHARS, "text": MOST_CELL_CHARS, "codes": MOST_CELL_CHARS,
}  # fmt: skip
#: National standard: 1 是, 2 否.
YES, NO = "1", "2"
_TRUE: Final = frozenset({YES, "是", "true", "TRUE", "True"})
_FALSE: Final = frozenset({NO, "否", "false", "FALSE", "False", "0"})
#: How several codes are written in one cell.
_SEPARATORS: Final = re.compile(r"[;；,，、\s]+")
#: A number: digits as they are, or in groups of three by commas or by spaces.
_NUMBER: Final = re.compile(
    r"([-+]?) ?((?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+)?(?:\.[0-9]*)?)"
)
_PLAIN_FEN: Final = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,2}))?")
_CURRENCY: Final = re.compile(r"([-+]?) ?¥ ?")
_DATE: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{2}:\d{2}(?::\d{2})?)?", re.ASCII
)
_COMPACT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR: Final = re.compile(r"((?:19|20)\d\d)年?", re.ASCII)


class BadCell(ValueError):
    """A cell that does not say what its column asks for; `remedy` says what to do.

    `code` is the kind of fault, for machines.
    """

    def __init__(self, problem: str, remedy: str = "", code: str = "value") -> None:
        super().__init__(problem)
        self.remedy, self.code = remedy, code


#: Metadata of fields of a dataclass that nobody gives: whoever looks the item up finds them.
FOUND: Final[Mapping[str, bool]] = {"is_found": True}


@dataclass(frozen=True, eq=False, slots=True)
class OneOf:
    """The values of a field and their names, where they are few: `kind: Annotated[str, OneOf(KINDS)]`.

    `given` has code -> name, or makes it when it is asked for the first time. `heading` is what the field is
    called where its values mean something else than those of other fields of its name. `told` are all values
    that such a field is seen with, where more stand there than are given by hand.
    """

    given: Mapping[str, str] | Callable[[], Mapping[str, str]]
    heading: str = ""
    told: Mapping[str, str] | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """Code -> name."""
        return self.given() if callable(self.given) else self.given


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, its Chinese heading, its form, and the field it fills."""

    name: str
    heading: str = ""
    form: Form = "text"
    is_required: bool = False
    """The column must be there, and no cell of it may be empty."""
    field: str = ""
    """The key of its value in a row; its name unless given."""
    also: tuple[str, ...] = ()
    """Other headings people know it by."""
    longest: int = 0
    """Characters that its cells may have, as its element or its table declares; 0 where neither does."""
    remedy: str = "请补填"
    """What to do where a cell that must say something is empty."""
    choices: tuple[tuple[str, str], ...] = ()
    """(code, name) of each of its values, where they are few: people write either."""

    @property
    def most_chars(self) -> int:
        """Characters that a cell of it may have."""
        return self.longest or _MOST_CHARS.get(self.form, MOST_NUMBER_CHARS)

    @property
    def key(self) -> str:
        """The field it fills."""
        return self.field or self.name

    @property
    def label(self) -> str:
        """What people call it."""
        return self.heading or self.name


def by_heading(columns: Sequence[Column]) -> dict[str, Column]:
    """Columns by every heading they go by, in the form of `text.heading`."""
    return {
        texts.heading(name): column for column in columns
        for name in (column.name, column.heading, *column.also) if name
    }  # fmt: skip


def value_of(column: Column, text: str, unit: str = "元") -> Any:
    """What a cell's text means; empty texts are '', None, () or the form's default. Raises BadCell."""
    if not text:
        if column.is_required:
            raise BadCell(f"没有填写{column.label}", column.remedy, "missing")
        return _EMPTY[column.form]
    if column.form == "amount_fen":
        return amount_fen(text, unit)
    if column.form == "rate_bp":
        return rate_bp(text, column.label, unit)
    value = _READERS[column.form](text, column.label)
    if not column.choices:
        return value
    return tuple(_choice(column, one) for one in value) if column.form == "codes" else _choice(column, value)


#: Choices that are seen at one look; how many near ones are named of more, and how near they are.
_AT_A_LOOK: Final = 8
_NEAR: Final = 3
_ALIKE: Final = 0.5


def _choice(column: Column, text: str) -> str:
    """The code of a value that was given by its code or its name. Raises BadCell."""
    said = texts.alike(text)
    for code, name in column.choices:
        if text == code or (name and said == texts.alike(name)):
            return code
    is_seen = len(column.choices) <= _AT_A_LOOK  # of more the names will do: people may write them
    known = "、".join(_choice_told(code, name) if is_seen else name or code for code, name in column.choices)
    raise BadCell(f"{column.label}没有“{texts.brief(text)}”", f"{_like(column, said)}可用：{known}")


def _choice_told(code: str, name: str) -> str:
    return f"{code}（{name}）" if name else code


def _like(column: Column, said: str) -> str:
    """The choices whose name or code is like what was said, where there are more than a look takes in."""
    if len(column.choices) <= _AT_A_LOOK:
        return ""
    names = {texts.alike(word): one for one in column.choices for word in one if word}
    near = dict.fromkeys(names[word] for word in get_close_matches(said, names, n=_NEAR, cutoff=_ALIKE))
    return f"相近的有 {'、'.join(_choice_told(*one) for one in near)}；" if near else ""


def amount_fen(text: str, unit: str = "元") -> int:
    """Fen of an amount as people write it, exact; negative with a minus sign. Raises BadCell.

    Its `code` is not_amount, decimals or too_large.
    """
    plain = _PLAIN_FEN.fullmatch(text) if unit == "元" else None
    if plain:
        return int(plain[1]) * 100 + int((plain[2] or "").ljust(2, "0"))
    clean = _CURRENCY.sub(r"\1", texts.plain_number(text), count=1)
    found = _NUMBER.fullmatch(clean.removesuffix("元").rstrip() if unit == "元" else clean)
    if found is None or not found[2].strip("."):
        raise BadCell(f"“{texts.brief(text)}”不是金额", "请填写数字，不带单位与文字", "not_amount")
    fen = _unsigned(found[2]) * FEN_PER_UNIT[unit]
    if fen != fen.to_integral_value():
        raise BadCell(f"金额 {texts.brief(text)} 小于分", "请按分填写", "decimals")
    if fen > MAX_FEN:
        raise BadCell(f"金额 {texts.brief(text)} 超出可记的范围", "请核对金额与单位", "too_large")
    return -int(fen) if found[1] == "-" else int(fen)


def not_amount(text: str, unit: str = "元") -> BadCell | None:
    """Why a text that says something is no amount; None for an amount, and for an empty text."""
    try:
        amount_fen(text or "0", unit)
    except BadCell as error:
        return error
    return None


def decimal(text: str, label: str = "数值") -> Decimal:
    """A number as people write it, grouped in threes or not, without exponent. Raises BadCell."""
    found = _NUMBER.fullmatch(texts.plain_number(text))
    if found is None or not found[2].strip("."):
        remedy = "请填写普通数字，不用科学计数，不带文字"
        raise BadCell(f"{label}“{texts.brief(text)}”不是数字", remedy)
    number = _unsigned(found[2])
    return -number if found[1] == "-" else number


def _unsigned(found: str) -> Decimal:
    return Decimal(found.replace(",", "").replace(" ", ""))


def _integer(text: str, label: str) -> int:
    number = decimal(text, label)
    if number != number.to_integral_value():
        raise BadCell(f"{label}“{texts.brief(text)}”不是整数", "请填写整数")
    return int(number)


def _percent(text: str, label: str) -> Decimal:
    return decimal(texts.plain_number(text).removesuffix("%").rstrip(), label)


#: The unit of rates where their column says so, by name (share_bp) or heading; they are percents elsewhere.
BASIS_POINTS: Final = "万分之一"


def rate_bp(text: str, label: str = "比例", unit: str = "%") -> int:
    """The 1/10000 that a text says, which is a percent unless `unit` is BASIS_POINTS. Raises BadCell."""
    is_percent = unit != BASIS_POINTS or texts.plain_number(text).endswith("%")
    rate = _percent(text, label) * (_BP_PER_PERCENT if is_percent else 1)
    if rate != rate.to_integral_value():
        wanted = "百分数最多两位小数，写成 12.5 或 12.5%" if is_percent else "请填写整数"
        raise BadCell(f"{label}“{texts.brief(text)}”小于万分之一", wanted, "decimals")
    return int(rate)


_BP_PER_PERCENT: Final = 100


def percent_words(rate: int) -> str:
    """A rate of 1/10000 as people read it: 1250 is 12.5%."""
    return f"{(Decimal(rate) / _BP_PER_PERCENT).normalize():f}%"


def _year(text: str, label: str) -> int:
    found = _YEAR.fullmatch(texts.plain_number(text))
    if found is None:
        raise BadCell(f"{label}应为四位年份，现为“{texts.brief(text)}”", "请写成 2022 的样子")
    return int(found[1])


def several(text: str) -> tuple[str, ...]:
    """The codes that a cell lists."""
    return tuple(texts.code(code) for code in _SEPARATORS.split(text) if code)


def _codes(text: str, _: str) -> tuple[str, ...]:
    return several(text)


def _truth(text: str, label: str) -> bool:
    if text not in _TRUE and text not in _FALSE:
        raise BadCell(f"{label}应为 1（是）或 2（否），现为“{texts.brief(text)}”", "请填 1 或 2")
    return text in _TRUE


def _date(text: str, label: str) -> date:
    plain = texts.plain_number(text)
    found = _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise BadCell(f"{label}应为 2022-01-31 这样的日期，现为“{texts.brief(text)}”", "请改为年-月-日")


_READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "text": lambda text, _: text, "code": lambda text, _: text, "codes": _codes, "integer": _integer,
    "decimal": decimal, "percent": _percent, "date": _date, "year": _year, "truth": _truth, "mark": _truth,
}  # fmt: skip
_EMPTY: Final[Mapping[str, Any]] = {
    "text": "", "code": "", "codes": (), "amount_fen": None, "integer": None, "decimal": None,
    "percent": None, "rate_bp": None, "date": None, "year": None, "truth": True, "mark": False,
}  # fmt: skip
NUMERIC: Final = frozenset({"amount_fen", "integer", "decimal", "percent", "rate_bp"})
"""Forms that want a cell's number, not how it is shown."""
PERCENTS: Final = frozenset({"percent", "rate_bp"})
"""Forms that a cell with a format of percents may have."""


def cell_text(column: Column, value: Any, unit: str = "元") -> str:
    """A value as a cell of text holds it: the inverse of `value_of`; amounts in 元 or 分."""
    if column.form in ("truth", "mark"):
        return YES if value else NO
    if value is None:
        return ""
    if column.form == "codes":
        return ";".join(value)
    if column.form == "rate_bp" and unit != BASIS_POINTS:
        return percent_words(value)
    if column.form == "amount_fen" and unit != "分":
        return str((Decimal(value) / FEN_PER_UNIT[unit]).quantize(Decimal("0.01")))
    return str(value)
