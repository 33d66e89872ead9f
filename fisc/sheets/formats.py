"""What number formats of a workbook show: dates, per cent, decimal places, leading zeros."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, NamedTuple

from fisc.sheets.limits import MOST_DIGITS
from fisc.sheets.sizes import unusual

_DATE_IDS: Final = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_PLACES_BY_ID: Final = {1: 0, 2: 2, 3: 0, 4: 2, 37: 0, 38: 0, 39: 2, 40: 2}
_PERCENT_IDS: Final = frozenset([9, 10])
_LITERALS: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
#: A format that only places digits: at least two zeros, literals between them.
_TOKENS: Final = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]|[_*].|(.)', re.S)
_DAY_ZERO: Final = date(1899, 12, 30)
_DAY_ZERO_1904: Final = date(1904, 1, 1)
#: The 1900 calendar has a 29 February that never was; days before it count one more.
_FIRST_TRUE_DAY: Final = 61
_EXACT_BELOW: Final = 10**MOST_DIGITS
_SECONDS: Final = 86_400


class Format(NamedTuple):
    """What a style does to a number. `places` is None for what is shown as it is stored."""

    is_date: bool = False
    is_percent: bool = False
    places: int | None = None
    digits: tuple[str, ...] = ()
    """Signs of a format that pads with zeros, '0' for each digit; empty for other formats."""
    unusual: str = ""
    """The code of a format that may show another number than the value; '' for plain ones."""


GENERAL: Final = Format()


@lru_cache(maxsize=4096)
def format_of(code: str) -> Format:
    """The meaning of a format code; 'id:N' stands for a built-in one."""
    if code.startswith("id:"):
        number = int(code[3:]) if code[3:].isdigit() else 0
        return Format(number in _DATE_IDS, number in _PERCENT_IDS, _PLACES_BY_ID.get(number))
    first = code.split(";", maxsplit=1)[0]
    shown = _LITERALS.sub("", first)
    is_date = bool(re.search(r"[ymdhs年月日]", shown, re.I)) and "0" not in shown and "#" not in shown
    return Format(is_date, "%" in shown, _places(shown), _padding(first), unusual(code))


def _places(shown: str) -> int | None:
    if not re.search(r"[0#?]", shown) or re.search(r"[%eE@]", shown):
        return None
    fraction = re.search(r"\.([0#?]+)", shown)
    return len(fraction[1]) if fraction else 0


def _padding(section: str) -> tuple[str, ...]:
    signs = [quoted or escaped or bare for quoted, escaped, bare in _TOKENS.findall(section)]
    bare = [sign for _, _, sign in _TOKENS.findall(section) if sign]
    zeros, others = bare.count("0"), [sign for sign in bare if sign not in "0- "]
    return tuple(sign for sign in signs if sign) if zeros > 1 and not others else ()


def digits(value: float) -> str:
    """A number to the 15 digits that a sheet keeps, without exponent: float noise is gone."""
    if value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    return format(Decimal(f"{value:.{MOST_DIGITS}g}"), "f")


def beyond_digits(said: str, value: float) -> str:
    """`said`, where `digits` of its value is another number; empty where it is the same one."""
    if len(said) <= MOST_DIGITS:
        return ""
    try:
        return "" if Decimal(said) == Decimal(digits(value)) else said.strip()
    except InvalidOperation:  # an exponent beyond those of decimals: next to nothing
        return ""


def shown(value: float, form: Format, is_1904: bool = False) -> str:
    """What the cell shows where that matters: a date, a percentage, leading zeros; else `digits`."""
    if form is GENERAL:
        return digits(value)
    if form.is_date:
        return day_text(value, is_1904) or digits(value)
    if form.is_percent:
        return f"{plain(Decimal(digits(value)) * 100)}%"
    if form.digits and value.is_integer() and 0 <= value < _EXACT_BELOW:
        return _padded(int(value), form.digits)
    return digits(value)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _padded(value: int, signs: tuple[str, ...]) -> str:
    """Digits put into a format from its right end; those left over stand before its first zero."""
    left = list(str(value))
    made: list[str] = []
    first = signs.index("0")
    for place in range(len(signs) - 1, -1, -1):
        if signs[place] != "0":
            made.append(signs[place])
            continue
        made.append(left.pop() if left else "0")
        if place == first:
            made += reversed(left)
    return "".join(reversed(made))


def day_text(serial: float, is_1904: bool = False) -> str:
    """2022-01-31, with the time of day where there is one; '' for a number that is no day (a time alone)."""
    if serial < (0 if is_1904 else 1):
        return ""
    whole = int(serial // 1)
    zero = _DAY_ZERO_1904 if is_1904 else _DAY_ZERO
    try:
        day = zero + timedelta(days=whole + (0 if is_1904 or whole >= _FIRST_TRUE_DAY else 1))
    except OverflowError:
        return ""
    seconds = round((serial - whole) * _SECONDS)
    if not seconds:
        return day.isoformat()
    return str(datetime.combine(day, time()) + timedelta(seconds=seconds))
