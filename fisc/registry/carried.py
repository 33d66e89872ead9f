"""What a message to a bank can carry of a payment: said once, and asked wherever such a text is entered.

A payment may travel as ISO 20022 (signs are counted) or as a flat file (bytes of GB18030 are); which of them
is known only when it is sent. So the narrower of both holds at entry, and nobody signs what cannot be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from fisc.kernel.errors import shown
from fisc.registry.errors import BadElement

#: Wide spaces that may stand in words; printed they are spaces.
_SPACES: Final = {0x3000: " ", 0xA0: " "}
#: What ends a field in a file of text.
SEPARATOR: Final = "|"


class Field(NamedTuple):
    """A field of messages: its name, the most signs (0: it goes on in further lines) and the most bytes."""

    name: str
    signs: int
    bytes: int


NAME: Final = Field("名称", 140, 280)
#: Of the account that pays: the head of a file has less room than its lines.
PAYER: Final = Field("户名", 140, 140)
#: Of an application: with what is set before it and behind it, it is the number of a certificate.
APPLICATION: Final = Field("编号", 30, 30)
ACCOUNT: Final = Field("账号", 34, 34)
BANK: Final = Field("行号", 35, 14)
PURPOSE: Final = Field("用途", 0, 280)


def fault(field: Field, text: str) -> str:
    """Why a text cannot travel in a field of messages, or '' where it can; an empty one always can."""
    if not text.translate(_SPACES).isprintable():
        return f"{field.name}“{shown(text)[:60]}”有换行、控制字符或乱码"
    if SEPARATOR in text:
        return f"{field.name}“{shown(text)[:60]}”有竖线，银行文件以它分栏"
    if field.signs and len(text) > field.signs:
        return f"{field.name}“{shown(text)[:30]}…”有 {len(text)} 字，银行报文至多 {field.signs} 字"
    count = len(text.encode("gb18030"))  # printable: no lone half of a sign is among them
    if count > field.bytes:
        return f"{field.name}“{shown(text)[:30]}…”有 {count} 字节，银行报文至多 {field.bytes} 字节"
    return ""


def first_fault(said: Iterable[tuple[Field, str]]) -> str:
    """The first fault among texts, or ''."""
    return next((why for field, text in said if (why := fault(field, text))), "")


def require(label: str, said: Iterable[tuple[Field, str]]) -> None:
    """Raise BadElement for texts that cannot travel in messages."""
    if why := first_fault(said):
        raise BadElement(
            f"{label}的{why}",
            rule="这些文字要写进银行报文：ISO 20022 字段长度、银行文件栏宽（GB18030 字节）",
            hint="请删去不能用的字符或缩短后重新填写",
        )  # fmt: skip
