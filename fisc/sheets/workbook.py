"""An .xlsx workbook: its sheets, visible and hidden, each read when it is asked for."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from xml.parsers import expat

from lxml import etree

from fisc.sheets.asides import asides_of
from fisc.sheets.cells import Sheet
from fisc.sheets.colours import Ink, Palette, changes, inks
from fisc.sheets.faults import FileRefused
from fisc.sheets.formats import Format, format_of
from fisc.sheets.limits import MOST_UNPACKED_BYTES
from fisc.sheets.sheet_xml import BadXml, Reading, shared_strings, sheet_of

MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT: Final = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_REL: Final = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_REL: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
BOOK: Final = "xl/workbook.xml"
STYLES: Final = "xl/styles.xml"
_THEME: Final = "xl/theme/theme1.xml"
_STRINGS: Final = "xl/sharedStrings.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, EOFError, LookupError, OSError, OverflowError,
    RuntimeError, TypeError, ValueError, SyntaxError, MemoryError, expat.ExpatError,
)  # fmt: skip


class Part(NamedTuple):
    """A sheet's name, the part it is stored in, and whether it is hidden."""

    name: str
    part: str
    is_hidden: bool


@dataclass(slots=True)
class Workbook:
    """The sheets of a workbook and the number formats of its styles."""

    name: str
    content: bytes = field(repr=False)
    parts: Sequence[Part]
    formats: Sequence[Format]
    reading: Reading = field(repr=False)

    def places(self, style: int) -> int | None:
        """Decimal places a style shows; None when it shows what is stored (General)."""
        return self.formats[style].places if 0 <= style < len(self.formats) else None

    def is_date(self, style: int) -> bool:
        """Whether a style shows numbers as dates or times."""
        return 0 <= style < len(self.formats) and self.formats[style].is_date

    def is_unseen(self, sheet: Sheet, row: int, column: int) -> bool:
        """Whether a cell is written in its ground's colour or next to no size, or may be by condition."""
        return any(ink.is_unseen for ink in self._inks(sheet, row, column))

    def is_altered(self, sheet: Sheet, row: int, column: int) -> bool:
        """Whether a cell is struck out or shows another number, or may do so by condition."""
        return any(ink.is_altered for ink in self._inks(sheet, row, column))

    def _inks(self, sheet: Sheet, row: int, column: int) -> Iterator[Ink]:
        cell, known = sheet.cell(row, column), self.reading.inks
        if cell is not None:
            ink = known[cell.style] if 0 <= cell.style < len(known) else Ink()
            yield ink
            yield from (veil.ink.over(ink) for veil in sheet.veils if veil.covers(row, column, cell))

    def sheet(self, part: Part) -> Sheet:
        """One sheet. Raises FileRefused where it is damaged."""
        with refusing(self.name), zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            found = sheet_of(part.name, archive.read(part.part), self.reading, part.is_hidden)
            found.asides = asides_of(archive, part.part)
            return found

    def sheets(self, step: Callable[[str, int, int], None] | None = None) -> list[Sheet]:
        """All sheets, hidden ones too; `step(sheet name, done, total)` is called after each."""
        found = []
        for number, part in enumerate(self.parts, 1):
            found.append(self.sheet(part))
            if step:
                step(part.name, number, len(self.parts))
        return found


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Whatever a damaged workbook makes of the block is told as a FileRefused that names the file."""
    try:
        yield
    except _DAMAGE as error:
        raise FileRefused(
            f"文件 {name} 不完整或已损坏，读不出工作表（{_why(error)}）", "请重新下载或另存为 .xlsx 后再导入"
        ) from error


#: What a damaged workbook is told by; what else goes wrong in one has no words but these.
_WHYS: Final = (
    (BadXml, "{error}"),
    (etree.XMLSyntaxError | expat.ExpatError, "里面的内容不合 XML 的写法"),
    (zipfile.BadZipFile | EOFError | zlib.error, "压缩包不完整"),
    (KeyError, "缺少部件"),
    (RuntimeError, "加了密，或压缩的方法不认识"),
    (MemoryError | OverflowError, "内容大得读不下"),
)


def _why(error: BaseException) -> str:
    words = next((words for kinds, words in _WHYS if isinstance(error, kinds)), "内容不合工作簿的写法")
    return words.format(error=error)


def open_workbook(name: str, content: bytes) -> Workbook:
    """The workbook of `content`. Raises FileRefused: damaged, too large, no workbook."""
    with refusing(name), zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(info.file_size for info in archive.infolist())
        if size > MOST_UNPACKED_BYTES:
            raise FileRefused(
                f"文件 {name} 解压后过大：有 {size >> 20} MB，超出可读的 {MOST_UNPACKED_BYTES >> 20} MB",
                "请拆成几个文件导入",
            )
        names = set(archive.namelist())
        if BOOK not in names:
            raise FileRefused(f"文件 {name} 不是 .xlsx 工作簿", "请另存为 .xlsx 或 CSV，再导入")
        book = part_xml(archive, BOOK)
        strings = shared_strings(archive.read(_STRINGS)) if _STRINGS in names else []
        reading = Reading(strings, is_1904=_is_1904(book))
        if STYLES in names:
            reading.palette = Palette(part_xml(archive, _THEME) if _THEME in names else None)
            styles = part_xml(archive, STYLES)
            reading.formats, reading.inks = _formats(styles), inks(styles, reading.palette)
            reading.changes = changes(styles, reading.palette)
        parts = list(_parts(archive, book, names))
    return Workbook(name, content, parts, reading.formats, reading)


def part_xml(archive: zipfile.ZipFile, part: str) -> etree._Element:
    """A small part of a workbook as a tree."""
    data = archive.read(part).replace(_STRICT, MAIN[1:-1].encode())
    if b"<!DOCTYPE" in data[:4096]:
        raise BadXml("工作簿的部件不应带文档类型定义")
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _is_1904(book: etree._Element) -> bool:
    properties = book.find(f"{MAIN}workbookPr")
    return properties is not None and properties.get("date1904") in ("1", "true")


def _formats(root: etree._Element) -> list[Format]:
    """The number format of every cell style."""
    own = {f.get("numFmtId"): f.get("formatCode", "") for f in root.iter(f"{MAIN}numFmt")}
    styles = root.find(f"{MAIN}cellXfs")
    if styles is None:
        return []
    ids = [xf.get("numFmtId", "0") for xf in styles.iterchildren(f"{MAIN}xf")]
    return [format_of(own.get(number, f"id:{number}")) for number in ids]


def _parts(archive: zipfile.ZipFile, book: etree._Element, names: set[str]) -> Iterator[Part]:
    targets = {r.get("Id"): r.get("Target", "") for r in part_xml(archive, _RELATIONS)}
    for sheet in book.iter(f"{MAIN}sheet"):
        target = targets.get(sheet.get(_REL) or sheet.get(_STRICT_REL), "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        if part not in names:
            raise BadXml(f"缺少工作表“{sheet.get('name', '')}”")
        yield Part(sheet.get("name", ""), part, sheet.get("state", "visible") != "visible")
