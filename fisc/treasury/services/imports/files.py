"""Opens what a user hands in: an .xlsx workbook or a CSV in the encodings Chinese offices use.

A file that cannot be read whole is refused as a whole, with what is wrong with it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import python_calamine as calamine

from fisc.kernel.errors import FiscError

#: What a cell can be; dates and times become text where they are read.
Cell = object
Rows = list[list[Cell]]

RULE = "导入文件须完整、可读，表头齐全"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
#: A workbook that unpacks to more is not read: it would fill the memory.
_MOST_UNPACKED_BYTES = 1 << 30
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DELIMITERS = (",", "\t", ";", "|")


class FileRefused(FiscError):
    """The file as a whole cannot be imported; nothing was."""

    def __init__(self, message: str, hint: str, **details: object) -> None:
        super().__init__(message, RULE, hint, details)


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
    def text(self) -> str:
        """A CSV's text, without its byte order mark."""
        return self.content.decode(self.encoding)


def open_source(path: str | Path) -> Source:
    """Read the file and tell its kind. Raises FileRefused: empty, protected, truncated, not a table."""
    place = Path(path)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise FileRefused(f"文件 {place} 读不出：{error.strerror}", "请核对路径与权限") from None
    if not content.strip():
        raise FileRefused(f"文件 {place.name} 是空的", "请核对选中的文件")
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(_OLE):
        _refuse_old_or_protected(place, content)
    if content.startswith(b"PK"):
        _require_whole_workbook(place, content)
        return Source(place, content, "xlsx", digest)
    return Source(place, content, "csv", digest, _encoding(place, content))


def _refuse_old_or_protected(place: Path, content: bytes) -> None:
    if _ENCRYPTED in content:
        raise FileRefused(f"文件 {place.name} 设了打开密码，不能读取", "请在表格软件中取消密码后另存，再导入")
    raise FileRefused(f"文件 {place.name} 是旧格式（.xls）", "请在表格软件中另存为 .xlsx 或 CSV，再导入")


def _require_whole_workbook(place: Path, content: bytes) -> None:
    broken = FileRefused(f"文件 {place.name} 不完整或已损坏，读不出工作表", "请重新下载或另存后再导入")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names, size = set(archive.namelist()), sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile:
        raise broken from None
    if "xl/workbook.xml" not in names:
        raise FileRefused(f"文件 {place.name} 不是 .xlsx 工作簿", "请另存为 .xlsx 或 CSV，再导入")
    if size > _MOST_UNPACKED_BYTES:
        raise FileRefused(f"文件 {place.name} 解开后有 {size >> 20} MB，超出可读的大小", "请拆成几个文件导入")


def _encoding(place: Path, content: bytes) -> str:
    """UTF-8 (with or without mark), UTF-16 as Excel saves 'Unicode text', or GBK and its superset."""
    marked = next((name for mark, name in _BOMS if content.startswith(mark)), "")
    for name in [marked] if marked else ["utf-8", "gb18030"]:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return name
    raise FileRefused(
        f"文件 {place.name} 不是文本表格，或编码不能识别", "请另存为 .xlsx，或 UTF-8、GBK 编码的 CSV"
    )


def sheets(source: Source) -> Iterator[tuple[str, Rows]]:
    """(name, rows) of each visible sheet of a workbook, row 1 first; the one table of a CSV.

    Raises FileRefused where the file breaks off.
    """
    if source.kind == "csv":
        delimiters = [d for d in _DELIMITERS if d in source.text] or [","]
        for delimiter in delimiters:
            yield delimiter, [list(record) for record, _ in records(source, delimiter)]
        return
    try:
        book = calamine.load_workbook(io.BytesIO(source.content))
        for meta in book.sheets_metadata:
            if meta.visible == calamine.SheetVisibleEnum.Visible:
                sheet = book.get_sheet_by_name(meta.name)
                yield meta.name, [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except calamine.CalamineError as error:
        raise FileRefused(
            f"文件 {source.path.name} 不完整或已损坏：{error}", "请在表格软件中打开并另存后再导入"
        ) from None


def records(source: Source, delimiter: str) -> Iterator[tuple[Sequence[str], int]]:
    """Records of a CSV, each with the number of its last line (1-based); quoted line breaks count.

    Raises FileRefused where a quoted field is never closed: the file was cut off.
    """
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            yield record, reader.line_num
    except csv.Error:
        raise FileRefused(
            f"文件 {source.path.name} 在第 {reader.line_num} 行断开或引号不成对",
            "请核对该行的引号，或重新导出后再导入",
            line=reader.line_num,
        ) from None
