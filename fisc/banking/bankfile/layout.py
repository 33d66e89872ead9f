"""Layouts of flat files: data in two tables, and records written and read by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from fisc.banking.iso20022 import MessageRefused
from fisc.banking.iso20022.model import REJECTED, SETTLED
from fisc.banking.iso20022.values import fen_of, money, reference
from fisc.kernel.errors import shown
from fisc.sheets.shipped import read_shipped
from fisc.sheets.text import bad_sign

_MARKS = {"header": "H", "line": "D"}
_STATUSES = {SETTLED: "0", "ACCC": "0", REJECTED: "1"}
_MEANT = {"0": SETTLED, "1": REJECTED, "2": "PDNG"}
_END = "\r\n"
#: Bytes of a record that is refused, as far as they are shown.
_SHOWN = 40


class Field(NamedTuple):
    """A field of a record; `width` in bytes, 0 where a separator ends it."""

    name: str
    type: str
    width: int
    title: str


@dataclass(frozen=True, slots=True)
class Layout:
    """How a bank's files are laid out: (direction, record) -> fields."""

    code: str
    name: str
    encoding: str
    separator: str
    records: Mapping[tuple[str, str], tuple[Field, ...]]

    def write(self, direction: str, record: str, values: Mapping[str, Any]) -> bytes:
        """A record's bytes with its line end. Raises MessageRefused naming the field that does not fit."""
        fields = self.records[direction, record]
        texts = [_text(field, record, values.get(field.name)) for field in fields]
        if self.separator:
            for field, text in zip(fields, texts, strict=True):
                _require_clean(field, text, self.separator)
            return (self.separator.join(texts) + _END).encode(self.encoding)
        parts = [self._padded(field, text) for field, text in zip(fields, texts, strict=True)]
        return b"".join(parts) + _END.encode()

    def _padded(self, field: Field, text: str) -> bytes:
        _require_clean(field, text, "\n")
        data = text.encode(self.encoding)
        if len(data) > field.width:
            raise _refused(f"{field.title}“{text[:30]}”有 {len(data)} 字节，最多 {field.width} 字节")
        return data.rjust(field.width, b"0") if field.type in ("number", "yuan") else data.ljust(field.width)

    def read(self, direction: str, record: str, line: bytes) -> dict[str, Any]:
        """A record's values by field. Raises MessageRefused where the record has another shape."""
        fields = self.records[direction, record]
        try:
            if sign := bad_sign(line.decode(self.encoding)):
                raise _refused(f"记录中有控制字符或乱码 {sign}")
            texts = self._split(fields, line)
        except (UnicodeDecodeError, ValueError):
            said = shown(line[:_SHOWN].decode(self.encoding, "replace"))
            raise _refused(f"记录“{said}”与版式 {self.name} 不符") from None
        return {f.name: _value(f, record, text) for f, text in zip(fields, texts, strict=True)}

    def _split(self, fields: tuple[Field, ...], line: bytes) -> list[str]:
        if self.separator:
            texts = [text.strip() for text in line.decode(self.encoding).split(self.separator)]
            if len(texts) != len(fields):
                raise ValueError(line)
            return texts
        if len(line) != sum(field.width for field in fields):
            raise ValueError(line)
        texts, at = [], 0
        for field in fields:
            texts.append(line[at : at + field.width].decode(self.encoding).strip(" "))
            at += field.width
        return texts


def _refused(why: str) -> MessageRefused:
    return MessageRefused(why, rule="银行文件版式", hint="整份文件未予采信；请核对版式，或请对方更正后重发")


def _require_clean(field: Field, text: str, separator: str) -> None:
    if separator in text or "\n" in text or "\r" in text:
        raise _refused(f"{field.title}“{text[:30]}”含有分隔符或换行")


def _text(field: Field, record: str, value: Any) -> str:
    match field.type:
        case "mark":
            return _MARKS[record]
        case "yuan":
            return money(value or 0)
        case "day":
            return f"{value:%Y%m%d}" if value else ""
        case "status":
            return _STATUSES.get(value, "2")
        case _:
            return str(value if value is not None else "")


def _value(field: Field, record: str, text: str) -> Any:
    try:
        match field.type:
            case "mark":
                return _require_mark(text, record)
            case "yuan":
                return fen_of(text, "CNY") if text else 0
            case "day":
                return _day(text) if text else None
            case "status":
                return _MEANT[text]
            case "number":
                return int(_digits(text, len(text)))
            case _:
                return reference(text) if field.type == "key" else text
    except (KeyError, ValueError):
        raise _refused(f"{field.title}“{text[:30]}”无法识别") from None


def _digits(text: str, count: int) -> str:
    """The text, of so many digits; `int` alone takes signs, blanks and digits of other scripts as well."""
    if len(text) != count or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return text


def _day(text: str) -> date:
    said = _digits(text, 8)
    return date(int(said[:4]), int(said[4:6]), int(said[6:]))


def _require_mark(text: str, record: str) -> str:
    if text != _MARKS[record]:
        raise ValueError(text)
    return text


@cache
def layouts() -> Mapping[str, Layout]:
    """The layouts by code."""
    records: dict[str, dict[tuple[str, str], list[Field]]] = {}
    for row in read_shipped("fisc.banking", "fields.csv", "bankfile"):
        of_layout = records.setdefault(row["layout"], {})
        field = Field(row["field"], row["type"], int(row["width"] or 0), row["name"])
        of_layout.setdefault((row["direction"], row["record"]), []).append(field)
    return {
        row["layout"]: Layout(
            row["layout"], row["name"], row["encoding"], row["separator"],
            {key: tuple(fields) for key, fields in records[row["layout"]].items()},
        )
        for row in read_shipped("fisc.banking", "layouts.csv", "bankfile")
    }  # fmt: skip


def layout_of(code: str) -> Layout:
    """The layout of a code; raises MessageRefused naming those that exist."""
    found = layouts().get(code)
    if found is None:
        raise _refused(f"没有银行文件版式 {code}，可用的有：{'、'.join(layouts())}")
    return found
