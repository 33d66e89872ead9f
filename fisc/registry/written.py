"""How codes and names of registers are written: told once, for officers, accounts and elements alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from fisc.kernel.errors import shown
from fisc.registry.errors import BadElement

#: A code has no spaces, separators or control characters: they would break files and keys.
_WORD: Final = re.compile(r"[0-9A-Za-z\u4e00-\u9fff_.\-/（）()〔〕]+")
#: The longest code and name that a register takes where no table of forms says less.
LONGEST_CODE: Final = 40
LONGEST_NAME: Final = 200
#: Wide spaces that may stand in names; printed they are spaces.
_SPACES: Final = {0x3000: " ", 0xA0: " "}


def is_code(text: str) -> bool:
    """Whether a text has only signs that may stand in a code."""
    return _WORD.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether a text may be a name: something visible, nothing that is not, no space at its edges."""
    return bool(text) and text == text.strip() and text.translate(_SPACES).isprintable()


def require_codes(label: str, codes: Iterable[str]) -> None:
    """Raise BadElement for codes that cannot be recorded: empty, too long, with spaces or other signs."""
    _refuse(label, [code for code in codes if len(code) > LONGEST_CODE or not is_code(code)],
            f"编号为 1-{LONGEST_CODE} 个汉字、半角字母、数字或 - _ . / 与括号")  # fmt: skip


def require_names(label: str, names: Iterable[str], longest: int = LONGEST_NAME) -> None:
    """Raise BadElement for names that cannot be printed in one line, or are empty or too long."""
    _refuse(label, [name for name in names if len(name) > longest or not is_name(name)],
            f"名称为 1-{longest} 个可见的字，首尾没有空格，不含换行和不可见字符")  # fmt: skip


def _refuse(label: str, bad: list[str], rule: str) -> None:
    if bad:
        names = [shown(one)[:60] for one in bad[:5]]
        raise BadElement(
            f"{label}“{'”“'.join(names)}”不能用", rule=rule, hint="请重新填写",
            details={"keys": names, "refused": len(bad)},
        )  # fmt: skip
