"""Opens what a user hands in: an .xlsx workbook, or text in the encodings Chinese offices use.

A file that cannot be read whole is refused as a whole, with what is wrong with it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fisc.sheets.faults import FileRefused
from fisc.sheets.limits import MOST_FILE_BYTES
from fisc.store.os_faults import words_of

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Of real text in an encoding, this share of characters is among its common ones.
_SURE: Final = 0.95
#: With less than this it is hardly text in that encoding at all.
_LIKELY: Final = 0.7
#: One reading must be better than the other by this much to be taken for right.
_CLEARLY: Final = 0.1
#: UTF-8 with fewer bad bytes than one in so many signs is UTF-8 that was damaged.
_FEW_LOST: Final = 5
#: Headings have no NUL; those of a table in UTF-16 without its mark are full of them. Below, one is the
#: fault of its cell.
_MOST_NULS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of a file, what kind it is, and the digest that names it."""

    path: Path
    content: bytes = field(repr=False)
    kind: str
    """`xlsx` or `csv`."""
    sha256: str
    encoding: str = ""

    @property
    def name(self) -> str:
        """The file's name, as messages say it."""
        return self.path.name

    @property
    def text(self) -> str:
        """A CSV's text, without its byte order mark."""
        return self.content.decode(self.encoding)


def open_source(given: str | Path | bytes, name: str = "") -> Source:
    """Read a file, or take its bytes, and tell its kind.

    Raises FileRefused: not there, empty, too large, protected, truncated, not a table.
    """
    place = Path(name or "文件") if isinstance(given, bytes) else Path(given)
    content = given if isinstance(given, bytes) else _content(place)
    if not content.strip():
        raise FileRefused(f"文件 {place.name} 是空的", "请核对选中的文件")
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(_OLE):
        _refuse_old_or_protected(place, content)
    if content.startswith(b"PK"):
        return Source(place, content, "xlsx", digest)
    return Source(place, content, "csv", digest, _encoding(place, content))


def _content(place: Path) -> bytes:
    try:
        size = place.stat().st_size
        if size > MOST_FILE_BYTES:
            raise FileRefused(
                f"文件 {place.name} 有 {size >> 20} MB，超出可读的 {MOST_FILE_BYTES >> 20} MB",
                "请拆成几个文件导入",
            )
        return place.read_bytes()
    except OSError as error:
        raise FileRefused(f"文件 {place} 打不开，读不出：{words_of(error)}", "请核对路径与权限") from None


def _refuse_old_or_protected(place: Path, content: bytes) -> None:
    if _ENCRYPTED in content:
        raise FileRefused(
            f"文件 {place.name} 已加密，设了打开密码，不能读取", "请在表格软件中取消密码后另存，再导入"
        )
    raise FileRefused(
        f"文件 {place.name} 是旧格式（.xls），或已加密",
        "请在表格软件中去除打开密码，另存为 .xlsx 或 CSV，再导入",
    )


def _encoding(place: Path, content: bytes) -> str:
    """UTF-8 or UTF-16 by mark, UTF-8 by form, else GB18030 or Big5 by which characters come out."""
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), "")
    found = marked if marked and _decodes(content, marked) else ""
    if not marked:
        found = "utf-8" if _decodes(content, "utf-8") else _chinese(content)
        _refuse_broken_utf8(place, content)
    if found and _is_text(content.decode(found).lstrip().partition("\n")[0]):
        return found
    raise FileRefused(
        f"文件 {place.name} 不是文本表格，或编码不能识别", "请另存为 .xlsx，或 UTF-8、GBK 编码的 CSV"
    )


def _is_text(headings: str) -> bool:
    return headings.count("\0") <= _MOST_NULS * len(headings)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_broken_utf8(place: Path, content: bytes) -> None:
    """Text that is UTF-8 but for a few bytes is damaged; another encoding would make nonsense of it."""
    text = content.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    if lost and sum(1 for sign in text if not sign.isascii()) > _FEW_LOST * lost:
        line = text[: text.index("\ufffd")].count("\n") + 1
        raise FileRefused(
            f"文件 {place.name} 第 {line} 行的编码已损坏，不是完整的 UTF-8 文本",
            "请重新导出或另存后再导入",
            line=line,
        )


def _chinese(content: bytes) -> str:
    """gb18030 or big5, whichever makes common characters of the bytes; '' where neither does clearly.

    Both take nearly any bytes. GB is what offices here save, so it stands unless Big5 is clearly better.
    """
    simplified = _common(content, "gb18030", "gb2312", 0xB0, 0xD7)
    traditional = _common(content, "big5", "big5", 0xA4, 0xC6)
    if simplified >= _SURE and traditional - simplified < _CLEARLY:
        return "gb18030"
    if traditional - simplified >= _CLEARLY:
        return "big5"
    return "gb18030" if simplified >= _LIKELY and simplified - traditional >= _CLEARLY else ""


def _common(content: bytes, encoding: str, table: str, first: int, last: int) -> float:
    """The share of the characters beyond ASCII that are signs or common in `table`; 0 for no text."""
    if not _decodes(content, encoding):
        return 0.0
    others = {sign: count for sign, count in Counter(content.decode(encoding)).items() if not sign.isascii()}
    rows = {sign: sign.encode(table, "ignore")[:1] or b"\0" for sign in others}
    common = sum(
        count for sign, count in others.items()
        if first <= rows[sign][0] <= last or 0xA1 <= rows[sign][0] <= 0xA3
    )  # fmt: skip
    return common / sum(others.values()) if others else 0.0
