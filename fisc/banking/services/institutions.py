"""Which bank is meant: by its number (12 digits), or by a BIC or a name where a number is registered.

The first three digits of a number are the class of the bank. A BIC or a name that is in the list tells that
class; of others nothing can be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from fisc.sheets.shipped import read_shipped
from fisc.sheets.text import alike

_NUMBER: Final = re.compile(r"[0-9]{12}")
_BIC: Final = re.compile(r"([A-Z]{4})[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
#: What a BIC of eight letters leaves out: the mark of a head office.
_HEAD_OFFICE: Final = "X" * 3
#: Between several names of one bank.
_MARKS: Final = re.compile(r"[、;；\s]+")


@cache
def _classes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Class of a bank by the first four letters of its BIC, and by its name."""
    rows = read_shipped("fisc.banking", "bank_institutions.csv")
    by_bic = {row["bic"]: row["class_code"] for row in rows if row["bic"]}
    return by_bic, {name: row["class_code"] for row in rows for name in row["names"].split()}


def comparable(said: str) -> str:
    """What can be compared with a number: the number, the class of bank that is meant, or ''."""
    text = _plain(said)
    if _NUMBER.fullmatch(text):
        return text
    by_bic, by_name = _classes()
    if found := _BIC.fullmatch(text):
        return by_bic.get(found[1], "")
    return next((by_name[name] for name in sorted(by_name, key=len)[::-1] if text.startswith(name)), "")


def is_other(said: str, ours: str) -> bool:
    """Whether a bank that is said is another one than ours: both are told, and they can be compared."""
    told, number = comparable(said), _plain(ours)
    return bool(told and _NUMBER.fullmatch(number)) and not number.startswith(told)


def may_speak(said: str, keeper: str, alias: str) -> bool:
    """Whether who says that it is `said` is the bank of a number, or of one of the names that it is given."""
    if said == keeper or (comparable(said) and _NUMBER.fullmatch(keeper) and not is_other(said, keeper)):
        return True
    return any(_same_name(said, one) for one in _MARKS.split(alias) if one)


def contradicts(said: str, keeper: str, alias: str) -> bool:
    """Whether what a bank is called besides is another bank: by its class, or by its BIC."""
    if may_speak(said, keeper, alias):
        return False
    bics = [one for one in _MARKS.split(alias) if _BIC.fullmatch(_plain(one))]
    return is_other(said, keeper) or bool(bics and _BIC.fullmatch(_plain(said)))


def _same_name(said: str, other: str) -> bool:
    return _whole(said) == _whole(other) != ""


def _whole(said: str) -> str:
    text = _plain(said)
    found = _BIC.fullmatch(text)
    return text + _HEAD_OFFICE if found and not found[2] else alike(text)


def _plain(said: str) -> str:
    return unicodedata.normalize("NFKC", said).strip().upper()
