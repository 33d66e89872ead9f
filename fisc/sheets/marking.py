"""Gives the user's file back with one more column, and nothing else changed.

In a workbook the cells are written into the sheet's XML where they belong, faults in red; every other
byte of every sheet stays: formats, formulas. In a file of text a field is added to each record.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from lxml import etree

from fisc.kernel.errors import FiscError
from fisc.sheets.cells import column_letters
from fisc.sheets.delimited import records
from fisc.sheets.faults import Fault, by_row
from fisc.sheets.source import Source
from fisc.sheets.table import RESULT, Table
from fisc.sheets.workbook import MAIN, STYLES, open_workbook, part_xml, refusing
from fisc.store import scratch

#: Where these occur, tags cannot be told from text without a parser.
_NOT_PLAIN = (b"<!--", b"<![CDATA[", b":row")
_ROW_END = b"</row>"
_ROW_NO = re.compile(rb'<row [^>]*?\br="(\d+)"')
_LAST_CELL = re.compile(rb'<c [^>]*?\br="([A-Z]+)\d+"')
_CONTROL = {code: None for code in range(32) if code not in (9, 10, 13)}
_RED: Final = "FFC00000"


def write_faults(table: Table, faults: Sequence[Fault], out: str | Path) -> Path:
    """Write the file `table` was found in to `out`, each fault beside its row."""
    said = by_row(faults)
    return write_copy(table, said, out, red=said.keys())


def write_copy(
    table: Table, messages: Mapping[int, str], out: str | Path, *, red: Collection[int] = ()
) -> Path:
    """Write the file `table` was found in to `out`, with `messages` (file row -> text) in 导入结果.

    Rows without a message keep an empty cell there; what the column held before is replaced. The messages
    of the rows `red` stand in red. Raises FileRefused for a workbook too damaged to be written into.
    """
    place = Path(out)
    said = {table.header_row: RESULT, **messages}
    content = _workbook(table, said, red) if table.source.kind == "xlsx" else _csv(table, said)
    scratch.write(place, content)
    return place


def place_of_results(table: Table, out: str | Path | None) -> Path:
    """Where results of the file `table` was found in go: `out`, else beside it.

    Raises FiscError for the file itself, and for what is no file in a folder that is there.
    """
    path = table.source.path
    place = Path(out) if out is not None else default_out(table.source)
    if path.resolve() == place.resolve():
        raise FiscError(
            f"结果不能写回原文件 {path.name}", rule="原始文件保持原样", hint="请用 --out 指定另一个文件名"
        )
    if place.is_dir():
        raise FiscError(
            f"{place} 是文件夹，不是文件", rule="每行的结果写回文件", hint="请用 --out 指定文件名"
        )
    if not place.parent.is_dir():
        raise FiscError(
            f"没有文件夹 {place.parent}，结果无处可写", rule="每行的结果写回文件",
            hint="请先建文件夹，或用 --out 另指",
        )  # fmt: skip
    return place


def default_out(source: Source) -> Path:
    """Where the result goes unless told: beside the file, `名称.导入结果.xlsx`."""
    stem = source.path.name.removesuffix(source.path.suffix).removesuffix(f".{RESULT}")
    return source.path.with_name(f"{stem}.{RESULT}{source.path.suffix}")


def _csv(table: Table, said: Mapping[int, str]) -> bytes:
    """Records with the result as their last field, in the file's own line ends and encoding.

    A file whose encoding lacks signs of the result (Big5 has no simplified ones) is given back in UTF-8.
    """
    source, delimiter, place = table.source, table.delimiter, table.result_column - 1
    lines = io.StringIO(source.text, newline="").readlines()
    made: list[str] = []
    for number, record in enumerate(records(source, delimiter), 1):
        raw = "".join(lines[record.first - 1 : record.last])
        fields = record.fields
        said_here = said.get(number, "")
        made.append(_with_field(raw, fields, (delimiter, place), said_here) if fields else raw)
    try:
        return "".join(made).encode(source.encoding)
    except UnicodeEncodeError:
        return "".join(made).encode("utf-8-sig")


def _with_field(raw: str, record: Sequence[str], at: tuple[str, int], text: str) -> str:
    """One record with the result in its place (delimiter, fields before it): appended as it stands, or
    rewritten where one was there."""
    body = raw.rstrip("\r\n")
    end = raw[len(body) :]
    fields = list(record)
    delimiter, place = at
    if len(fields) > place:
        fields[place] = text
        return delimiter.join(_quoted(value, delimiter) for value in fields) + end
    missing = delimiter * (place - len(fields) + 1)
    return body + missing + _quoted(text, delimiter) + end


def _quoted(text: str, delimiter: str) -> str:
    if any(mark in text for mark in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _workbook(table: Table, said: Mapping[int, str], red: Collection[int]) -> bytes:
    source = table.source
    book = open_workbook(source.name, source.content)
    part = next(part.part for part in book.parts if part.name == table.sheet.name)
    made = io.BytesIO()
    with refusing(source.name), zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        styles, style = _with_red(archive) if red and STYLES in archive.namelist() else (b"", 0)
        sheet = _spliced(archive.read(part), table.result_column, said, style, red)
        anew = {part: sheet, **({STYLES: styles} if styles else {})}
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as copy:
            for item in archive.infolist():
                copy.writestr(item, anew.get(item.filename) or archive.read(item.filename))
    return made.getvalue()


def _with_red(archive: zipfile.ZipFile) -> tuple[bytes, int]:
    """The styles with one more, red on nothing, and its number; (b'', 0) where there are none to add to."""
    root = part_xml(archive, STYLES)
    fonts, styles = root.find(f"{MAIN}fonts"), root.find(f"{MAIN}cellXfs")
    if fonts is None or styles is None:
        return b"", 0
    font = etree.SubElement(fonts, f"{MAIN}font")
    etree.SubElement(font, f"{MAIN}sz", val="11")
    etree.SubElement(font, f"{MAIN}color", rgb=_RED)
    style = {"numFmtId": "0", "fontId": str(len(fonts) - 1), "fillId": "0", "borderId": "0", "applyFont": "1"}
    etree.SubElement(styles, f"{MAIN}xf", style)
    for group in (fonts, styles):
        group.set("count", str(len(group)))
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    return data, len(styles) - 1


@dataclass(slots=True)
class _Splice:
    """Where in a sheet's XML result cells go.

    Cells of a row stand in the order of their columns; the result is put where it belongs.
    """

    xml: bytes
    column: str
    said: Mapping[int, str]
    style: int = 0
    """Of the messages in red; 0 for none."""
    red: Collection[int] = ()
    edits: list[tuple[int, int, bytes]] = field(default_factory=list)
    row: int = 0
    prefix: str = ""
    cell_from: int = -1
    is_placed: bool = False

    def appended(self) -> bytes:
        """The sheet when every result comes last in its row, which is plain to see; empty when it is not."""
        if any(mark in self.xml for mark in _NOT_PLAIN) or b"</row>" not in self.xml:
            return b""
        made: list[bytes] = []
        rows = self.xml.split(_ROW_END)
        for chunk in rows[:-1]:
            last, row = _LAST_CELL.search(chunk, max(chunk.rfind(b"<c "), 0)), chunk.rfind(b"<row ")
            number = _ROW_NO.search(chunk, max(row, 0))
            letters = last[1].decode() if last else ""
            if row < 0 or number is None or (len(letters), letters) >= (len(self.column), self.column):
                return b""
            self.row = int(number[1])
            made.append(chunk + self._cell())
        return _ROW_END.join([*made, rows[-1]])

    def parsed(self) -> bytes:
        """The sheet by one pass of a parser that tells byte places."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda name, attributes: self.start(parser, name, attributes)
        parser.EndElementHandler = lambda name: self.end(parser, name)
        parser.Parse(self.xml, True)
        made: list[bytes] = []
        done = 0
        for first, after, cell in self.edits:
            made += (self.xml[done:first], cell)
            done = after
        return b"".join([*made, self.xml[done:]])

    def start(self, parser: expat.XMLParserType, name: str, attributes: dict[str, str]) -> None:
        """A row begins, or a cell: the one to replace, or the first one after it."""
        prefix, _, local = name.rpartition(":")
        if local == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.prefix = prefix and prefix + ":"
            self.is_placed = False
        elif local == "c" and not self.is_placed:
            letters = attributes.get("r", "").rstrip("0123456789")
            if letters == self.column:
                self.cell_from, self.is_placed = parser.CurrentByteIndex, True
            elif (len(letters), letters) > (len(self.column), self.column):
                self._insert(parser.CurrentByteIndex)

    def end(self, parser: expat.XMLParserType, name: str) -> None:
        """The cell to replace ends, or a row without it."""
        local = name.rpartition(":")[2]
        place = parser.CurrentByteIndex
        if local == "c" and self.cell_from >= 0:
            after = self.xml.index(b">", place) + 1
            self.edits.append((self.cell_from, after, self._cell()))
            self.cell_from = -1
        elif local == "row" and not self.is_placed and self.xml[place : place + 2] == b"</":
            self._insert(place)

    def _insert(self, place: int) -> None:
        self.is_placed = True
        if self.row in self.said:
            self.edits.append((place, place, self._cell()))

    def _cell(self) -> bytes:
        text = self.said.get(self.row, "")
        if not text:
            return b""
        p, shown = self.prefix, escape(text.translate(_CONTROL))
        style = f' s="{self.style}"' if self.style and self.row in self.red else ""
        return (
            f'<{p}c r="{self.column}{self.row}"{style} t="inlineStr"><{p}is>'
            f'<{p}t xml:space="preserve">{shown}</{p}t></{p}is></{p}c>'
        ).encode()


def _spliced(xml: bytes, column: int, said: Mapping[int, str], style: int, red: Collection[int]) -> bytes:
    """The sheet with the cells of one column written anew."""
    xml = _as_utf8(xml)
    splice = _Splice(xml, column_letters(column), said, style, red)
    return splice.appended() or splice.parsed()


def _as_utf8(xml: bytes) -> bytes:
    """Byte places are those of UTF-8; the rare sheet in another encoding is turned into it."""
    if xml[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return xml
    text = xml.decode("utf-16")
    return text[text.index("?>") + 2 :].encode() if text.startswith("<?xml") else text.encode()
