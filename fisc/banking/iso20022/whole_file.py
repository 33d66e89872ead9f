"""What a file is before anything of it is read: text of a size that can be read, or something else."""

from __future__ import annotations

import re
from typing import Final

from fisc.banking.iso20022.errors import MessageRefused
from fisc.documents.limits import MOST_BYTES

#: How files begin that hold others or are for other programs, and what they are called.
_OTHERS: Final = (
    (b"PK\x03\x04", "压缩文件（zip）或 Office 文档"), (b"PK\x05\x06", "空的压缩文件（zip）"),
    (b"\x1f\x8b", "压缩文件（gzip）"), (b"Rar!", "压缩文件（rar）"),
    (b"7z\xbc\xaf\x27\x1c", "压缩文件（7z）"),
    (b"BZh", "压缩文件（bzip2）"), (b"\xfd7zXZ\x00", "压缩文件（xz）"),
    (b"\x28\xb5\x2f\xfd", "压缩文件（zstd）"),
    (b"\xd0\xcf\x11\xe0", "旧式 Office 文档"), (b"%PDF-", "PDF 文档"),
    (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"),
)  # fmt: skip
#: What old programs leave behind the end of a text, and before its beginning.
_BEHIND: Final = b"\0\x1a \t\r\n"
_BEFORE: Final = b" \t\r\n"
_UTF_8: Final = b"\xef\xbb\xbf"


def require_text(data: bytes) -> None:
    """Raise MessageRefused for a file that is too large, or that is no text: an archive, a workbook."""
    if len(data) > MOST_BYTES:
        raise MessageRefused(
            f"文件超过 {MOST_BYTES >> 20} MB，没有读取",
            rule=f"一份银行文件不超过 {MOST_BYTES >> 20} MB（约三十万笔）",
            hint="请银行按账户、按日或按页（StmtPgntn）分成几份发送",
        )
    if name := next((name for begins, name in _OTHERS if data.startswith(begins)), ""):
        raise MessageRefused(
            f"文件是{name}，不是银行报文",
            rule="银行报文是 XML 或文本文件，按原样收取",
            hint="压缩的请先解压，逐份收取里面的文件；否则请核对选对了文件",
        )


#: Blanks that pad a reference: a schema counts them, and ours may be as long as it allows.
_PADDING: Final = re.compile(
    rb"(?<=Id>)[ \t]+(?=[^<\s])|(?<=Ref>)[ \t]+(?=[^<\s])|(?<=[^>\s])[ \t]+(?=</(?:\w+:)?\w*(?:Id|Ref)>)"
)


def unpadded(data: bytes) -> bytes:
    """A message without the blanks around its references; every line stays where it is."""
    return _PADDING.sub(b"", data)


def trimmed(data: bytes) -> bytes:
    """A message without the blanks, and the marks of an end, that stand around its XML."""
    begun = data.removeprefix(_UTF_8).lstrip(_BEFORE)
    # signs of two bytes end with one of these as well
    return begun.rstrip(_BEHIND) if begun.startswith(b"<") and begun[1:2] != b"\0" else data
