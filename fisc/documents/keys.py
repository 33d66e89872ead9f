"""What a document may be called: one form for each number, that can be written down and read again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from fisc.documents.errors import RuleBroken
from fisc.documents.months import EDITION
from fisc.documents.refusals import listed, named
from fisc.kernel.errors import shown
from fisc.sheets.text import one_form

if TYPE_CHECKING:
    from fisc.documents.kind import Kind

_EDITION: Final = re.compile(EDITION)
#: The longest number of a document; part of the natural keys of its entries.
_LONGEST: Final = 200


def is_number(text: str) -> bool:
    """Whether a document may be called so: visible signs in their one form (`one_form`), none of them at the
    edges a space, not too long."""
    fits = text.isprintable() and 0 < len(text) <= _LONGEST and text == text.strip()
    return fits and text == one_form(text)


def require_numbers(kind: Kind[Any], numbers: Iterable[str]) -> None:
    """Raise RuleBroken naming the numbers that documents of a kind may not have.

    None ends as those of editions do, but for those of kinds that have them: `editions.fresh` gives them out.
    """
    numbers = list(numbers)
    if not kind.has_editions:
        require_plain(kind, numbers)
    if bad := [number for number in numbers if not is_number(number)]:
        raise RuleBroken(
            f"{kind.name}的编号“{named([shown(key)[:60] for key in bad])}”不能用",
            rule="单据以编号为准：编号不为空、不含换行等不可见字符、首尾没有空格、不超过 200 字，"
            "数字和字母用半角，带符号的字母用合成的一个字",
            hint="请重新填写编号",
            details={"keys": bad[:20], "refused": len(bad)},
        )


def require_plain(kind: Kind[Any], numbers: Iterable[str]) -> None:
    """Raise RuleBroken for numbers that end as those of editions do."""
    if bad := [number for number in numbers if is_later(number)]:
        raise RuleBroken(
            f"{kind.name}的编号“{listed(bad, most=5)}”不能用：末尾的“~”和数字由系统加上",
            rule="同一编号再次登记的，系统在编号后加“~2”“~3”区分先后",
            hint="请填写文件上的编号，不带末尾的“~”和数字；更正已作废、已冲销的，用原号登记",
            details={"keys": bad[:20], "refused": len(bad)},
        )


def first_of(number: str) -> str:
    """The number of the first document of those that were entered anew under one number."""
    return _EDITION.sub("", number)


def is_later(number: str) -> bool:
    """Whether a number ends as that of a document entered anew does."""
    return _EDITION.search(number) is not None
