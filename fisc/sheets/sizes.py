"""Number formats that show another number than the value: scaled, hidden, of another sign or unit.

Whoever fills in a sheet reads what it shows. `#,##0.00,"千元"` shows 1,234,500 as 1,234.50千元; `;;;` shows
nothing. Format codes are those of ECMA-376 part 1, 18.8.31, where a comma after the last digit divides by
a thousand; `!` escapes like a backslash in Chinese editions.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from fisc.kernel.money import FEN_PER_UNIT
from fisc.sheets.columns import PERCENTS

_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<bracket>[^\]]*)\]|[_*].|(?P<whole>General)|(?P<bare>.)",
    re.S | re.I,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|=|<|>)(-?[0-9.]+)")
#: Formats that show the number as it is: most of them, not looked at further.
_PLAIN: Final = re.compile(r"(?:#,##)?[0#](?:\.[0#]+)?(?:_ )?|General|@|", re.I)
_DIGITS: Final = "0#?"
#: What reads as less than nothing: before or after the digits, or around them.
_MINUS: Final = re.compile(r"[-−－–—△▲▽▼负減减]|[(（][¥￥$\s]*[)）]")
_RED: Final = re.compile(r"red|红色?|color\s*3", re.I)
#: What may stand beside an amount in 元.
_OF_YUAN: Final = re.compile(r"人民币|RMB|CNY|[元圆整正共计合金额￥¥]", re.I)
_SCALES: Final = re.compile(r"[十百千万亿萬億兆拾佰仟%％‰‱]")
_UNITS: Final = sorted(FEN_PER_UNIT, key=len, reverse=True)


class _Token(NamedTuple):
    sign: str
    is_literal: bool


class _Section(NamedTuple):
    """One of the parts of a format between semicolons."""

    tokens: tuple[_Token, ...] = ()
    condition: tuple[str, Decimal] | None = None
    is_red: bool = False

    @property
    def is_minus(self) -> bool:
        """Whether it says minus of its own; that of an exponent is none."""
        before = ("", *(token.sign for token in self.tokens))
        signs = (
            t.sign
            for t, last in zip(self.tokens, before, strict=False)
            if t.is_literal and last.upper() != "E"
        )
        return _MINUS.search("".join(signs)) is not None

    @property
    def words(self) -> str:
        """What it shows besides the number."""
        return "".join(token.sign for token in self.tokens if token.is_literal)

    @property
    def bare(self) -> str:
        """Its signs that place digits."""
        return "".join(token.sign for token in self.tokens if not token.is_literal)

    @property
    def thousands(self) -> int:
        """By how many thousands it divides."""
        return sum(len(found) for found in re.findall(r"(?<=[0#?])(,+)(?![0#?,])", self.bare))

    @property
    def shows_number(self) -> bool:
        """Whether any digit of the number is seen."""
        return bool(re.search(r"[0#?@]|General|[ymdhs年月日]", self.bare, re.I))

    @property
    def breaks_digits(self) -> bool:
        """Whether something that reads as part of a number stands among or beside its digits."""
        return bool(re.search(r"[\d.,，．]", self.words))


@lru_cache(maxsize=4096)
def unusual(code: str) -> str:
    """The format code where it needs a look before its numbers are taken; '' for plain and built-in ones."""
    return "" if code.startswith("id:") or _PLAIN.fullmatch(code) else code


def may_hide(code: str) -> bool:
    """Whether a format shows nothing of some number above or below zero."""
    return not all(section.shows_number for section in _sections(code)[:2])


def misshown(code: str, value: Decimal, form: str, unit: str) -> str | None:
    """What a cell under a format shows, where that is another size than its value; None where it is not.

    `form` is that of the column, `unit` the one its amounts are counted in.
    """
    section, is_own = _section(code, value)
    if section is None or not value:
        return None
    if not section.shows_number:
        return section.words
    if form in ("code", "text", "codes", "truth", "mark"):
        return None
    is_other = section.thousands or section.breaks_digits or _other_unit(section.words, form, unit)
    if not is_other and not _other_sign(section, value, is_own):
        return None
    return ("-" if value < 0 and not is_own else "") + _rendered(section, abs(value))


def _other_sign(section: _Section, value: Decimal, is_own: bool) -> bool:
    """Whether it reads as more than nothing where the value is less, or the other way; red reads as less."""
    if value > 0:
        return section.is_minus
    if is_own:
        return not (section.is_minus or section.is_red)
    return section.is_minus and section.condition is None


def _other_unit(words: str, form: str, unit: str) -> bool:
    """Whether words beside a number name a unit other than the column's."""
    if form in PERCENTS:
        words = words.replace("%", "").replace("％", "")
    if form != "amount_fen":
        return _SCALES.search(words) is not None
    said = next((name for name in _UNITS if name in words), "")
    if said:
        return said != unit or any(sign.isalpha() for sign in _OF_YUAN.sub("", words.replace(said, "", 1)))
    rest = _OF_YUAN.sub("", words)
    return any(sign.isalpha() or sign in "$€£%％‰‱" for sign in rest)


@lru_cache(maxsize=4096)
def _sections(code: str) -> tuple[_Section, ...]:
    made: list[_Section] = []
    tokens: list[_Token] = []
    condition: tuple[str, Decimal] | None = None
    is_red = False
    for found in _TOKEN.finditer(code):
        if found["bare"] == ";":
            made.append(_Section(tuple(tokens), condition, is_red))
            tokens, condition, is_red = [], None, False
        elif found["bracket"] is not None:
            said = _CONDITION.fullmatch(found["bracket"])
            condition = (said[1], Decimal(said[2])) if said else condition
            is_red = is_red or _RED.fullmatch(found["bracket"]) is not None
        elif found["whole"] or found["bare"]:
            sign = found["whole"] or found["bare"]
            tokens.append(_Token(sign, _is_literal(sign)))
        else:
            tokens.append(_Token(found["quoted"] or found["escaped"] or found["currency"] or "", True))
    return (*made, _Section(tuple(tokens), condition, is_red))


def _is_literal(sign: str) -> bool:
    """Signs that a format shows as they are, without quotes."""
    return sign in "¥￥$€£+-() /" or (not sign.isascii() and sign not in "年月日")


def _section(code: str, value: Decimal) -> tuple[_Section | None, bool]:
    """The section that shows a value, and whether it is that of negative numbers alone."""
    sections = _sections(code)
    if any(section.condition for section in sections):
        chosen = next((s for s in sections[:3] if _holds(s.condition, value)), None)
        return chosen, chosen is not None and _is_of_negatives(chosen.condition)
    if value < 0 and len(sections) > 1:
        return sections[1], True
    return sections[0], False


def _is_of_negatives(condition: tuple[str, Decimal] | None) -> bool:
    return condition is not None and "<" in condition[0] and ">" not in condition[0] and condition[1] <= 0


def _holds(condition: tuple[str, Decimal] | None, value: Decimal) -> bool:
    if condition is None:
        return True
    sign, bound = condition
    return (value < bound and "<" in sign) or (value > bound and ">" in sign) or (
        value == bound and "=" in sign
    )  # fmt: skip


def _rendered(section: _Section, size: Decimal) -> str:
    """What a section shows of a number without sign."""
    places = sum(section.bare.partition(".")[2].count(sign) for sign in _DIGITS)
    scaled = (size / 1000**section.thousands).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if "General" in section.bare:
        scaled = size
    whole, _, fraction = format(scaled, "f").partition(".")
    slots = sum(section.bare.partition(".")[0].count(sign) for sign in _DIGITS)
    left, after = list(whole), list(fraction)
    shown, is_first, is_after = "", True, False
    for token in section.tokens:
        if token.is_literal:
            shown += token.sign
        elif token.sign == ".":
            shown, is_after = shown + ".", True
        elif token.sign.lower() == "general":
            shown += format(scaled, "f")
        elif token.sign in _DIGITS and is_after:
            shown += after.pop(0) if after else ""
        elif token.sign in _DIGITS:
            many = len(left) - slots + 1 if is_first else int(len(left) >= slots)
            shown, left = shown + "".join(left[: max(many, 0)]), left[max(many, 0) :]
            is_first, slots = False, slots - 1
    return shown
