"""How codes of elements are written (element_forms.csv): length, and digits or words without signs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from fisc.registry.tables import read_table
from fisc.registry.written import is_code


class Form(NamedTuple):
    """How a code is written."""

    name: str
    is_digits: bool
    min_length: int
    max_length: int

    def fault(self, text: str) -> str:
        """What is wrong with `text`, or ''."""
        if self.is_digits and not (text.isascii() and text.isdigit()):
            return f"{self.name}只能是数字，现为“{text}”"
        if not self.is_digits and not is_code(text):
            return f"{self.name}“{text}”含有空格或符号"
        if not self.min_length <= len(text) <= self.max_length:
            return f"{self.name}应为 {self.min_length}-{self.max_length} 位，现为 {len(text)} 位（{text}）"
        return ""


@cache
def forms() -> Mapping[str, Form]:
    """The form of each element that has one."""
    return {
        row["element"]: Form(
            row["name"], row["form"] == "digits", int(row["min_length"]), int(row["max_length"])
        )
        for row in read_table("element_forms.csv")
    }
