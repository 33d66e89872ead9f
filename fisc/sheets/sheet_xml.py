"""One sheet's XML as rows of cells, in one pass of patterns over plain XML.

Plain is what spreadsheet programs write: no comments, no prefixes, attributes in their usual order.
Other XML is first rewritten plainly by a parser. A count of cells and rows makes sure that the
patterns have seen every one, so nothing can be passed over; what stands around the rows must be whole, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from typing import Final, TypeVar

from lxml import etree

from fisc.sheets.cells import Cell, Formula, Sheet, column_letters, column_number, range_of
from fisc.sheets.colours import Ink, Palette
from fisc.sheets.formats import GENERAL, Format, beyond_digits, shown
from fisc.sheets.limits import MOST_CELLS, MOST_COLUMNS, MOST_ROWS
from fisc.sheets.veils import Veil, veils_of

#: What follows a cell's address: its style and type, then its content in one of the usual shapes.
_REST: Final = re.compile(
    rb'(?: s="(\d+)")?(?: t="([A-Za-z]+)")?(?: (?:cm|vm|ph)="\d+")*'
    rb"(?:/>|>(?:<v>([^<]*)</v>|<is><t>([^<]*)</t></is>|(.*?))</c>)\s*",
    re.S,
)
_ROW_NO: Final = re.compile(rb' r="(\d+)"')
#: A column of less than a sign, or a row under two points high, shows nothing, as one that is hidden.
_LEAST_WIDTH: Final = 1.0
_HIDDEN: Final = re.compile(rb' hidden="(?:1|true)"| ht="(?:[01](?:\.\d*)?|\.\d+)"')
_SHOWN: Final = re.compile(rb' hidden="(?:0|false)"| ht="')
#: Attributes as the patterns for hidden rows and columns expect them.
_PLAIN_ATTRIBUTES: Final = re.compile(rb'(?: [\w:.]+="[^"]*")*\s*/?')
_COLUMN: Final = re.compile(rb"<col\b([^>]*)>")
_ATTRIBUTE: Final = re.compile(rb'(?<![A-Za-z])([A-Za-z]+)="([^"]*)"')
_MERGE: Final = re.compile(rb'<mergeCell [^>]*?ref="([^"]*)"')
_MARGIN: Final = re.compile(rb"<(?:odd|even|first)(?:Header|Footer)(?: [^>]*)?>([^<]+)</")
#: How a page's head says font, size, colour, place and number; && is an ampersand.
_MARGIN_CODE: Final = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f+-]{6}|\d+|[A-Za-z]|(?=&))')
#: All that a cell may hold: a formula, one value or text, and what programs add for themselves.
_PARTS: Final = re.compile(
    rb"(?:<f(?=[ />])[^>]*?(?:/>|>[^<]*</f>))?(?:<v(?: [^>]*)?(?:/>|>[^<]*</v>)|<is>.*?</is>|<is/>)?"
    rb"(?:<extLst>.*</extLst>)?",
    re.S,
)
_VALUE: Final = re.compile(rb"<v(?: [^>]*)?>([^<]*)</v>")
_FORMULA: Final = re.compile(rb"<f(?=[ />])([^>]*?)(?:/>|>([^<]*)</f>)")
_PHONETIC: Final = re.compile(rb"<rPh[ >].*?</rPh>", re.S)
_TEXT: Final = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>")
_ITEM: Final = re.compile(rb"<si(?:/>|>(?:<t(?: [^>]*)?>([^<]*)</t>|(.*?))</si>)", re.S)
_ENTITY: Final = re.compile("&[^;]*;")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENCODED: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding=["'](?!utf-?8["'])""", re.I)


T = TypeVar("T")
_START: Final = re.compile(rb"<(?:\w+:)?worksheet(?: [^>]*)?>")
_WORKSHEET: Final = re.compile(rb"<(?:\w+:)?worksheet[ >]")


class BadXml(ValueError):
    """A part of a workbook that is not what the format says."""


class NotPlain(BadXml):
    """XML that the patterns do not know; it may be good XML all the same."""


class _Characters(dict[str, str]):
    """What character references stand for."""

    def __missing__(self, reference: str) -> str:
        name = reference[2:-1]
        if reference[1] != "#":
            raise BadXml(f"没有字符 {reference}")
        self[reference] = made = chr(int(name[1:], 16) if name[0] == "x" else int(name))
        return made


_CHARACTERS: Final = _Characters({"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"})


@dataclass(slots=True)
class Reading:
    """What all sheets of a workbook share: strings, formats, the day its dates count from."""

    strings: Sequence[str] = ()
    formats: Sequence[Format] = ()
    inks: Sequence[Ink] = ()
    changes: Sequence[Ink] = ()
    palette: Palette = field(default_factory=Palette)
    is_1904: bool = False
    cells: dict[bytes, Cell] = field(default_factory=dict)
    """Cells met before, by what follows their address: the same ones come again and again."""

    def cell(self, rest: bytes) -> Cell | None:
        """The cell of what follows its address, now known; None for an empty one. Raises NotPlain."""
        found = _REST.fullmatch(rest)
        if found is None:
            raise NotPlain(rest[:40].decode("utf-8", "replace"))
        style, kind, value, inline, other = found.groups(b"")
        if b"</c>" in other:
            raise NotPlain("没有地址的单元格")  # the pattern ran on into a cell that says no address
        if not (value or inline or other):
            return None
        number = int(style or 0)
        made = (
            self._of_parts(kind, other, number) if other
            else self._of(kind or b"n", value or inline, False, number)
        )  # fmt: skip
        if made is not None:
            self.cells[rest] = made
        return made

    def _of_parts(self, kind: bytes, body: bytes, style: int) -> Cell | None:
        if not _PARTS.fullmatch(body):
            raise NotPlain("单元格里有不认得的内容")
        formula = _FORMULA.search(body)
        if formula is None:
            return self._of_plain_parts(kind, body, style)
        made = self._of_plain_parts(kind, body, style, True)
        return made and made._replace(formula=_formula(formula))

    def _of_plain_parts(self, kind: bytes, body: bytes, style: int, is_formula: bool = False) -> Cell | None:
        if b"<is>" in body:
            text = string(b"".join(_TEXT.findall(_PHONETIC.sub(b"", body))))
            return Cell("s", text, is_formula, style, text)
        found = _VALUE.search(body)
        if found and found[1]:
            return self._of(kind or b"n", found[1], is_formula, style)
        if kind in (b"str", b"inlineStr") and is_formula:
            return Cell("s", "", True, style)
        return Cell("?", None, True, style) if is_formula else None

    def _of(self, kind: bytes, raw: bytes, is_formula: bool, style: int) -> Cell:
        if kind == b"n":
            return self._number(raw, is_formula, style)
        if kind == b"s":
            text = self.strings[int(raw)]
            return Cell("s", text, is_formula, style, text)
        text = string(raw)
        if kind in (b"str", b"inlineStr"):
            return Cell("s", text, is_formula, style, text)
        if kind == b"b":
            return Cell("b", raw == b"1", is_formula, style, "TRUE" if raw == b"1" else "FALSE")
        if kind == b"d":
            return Cell("d", text, is_formula, style, text.replace("T00:00:00", "").replace("T", " "))
        return Cell("e" if kind == b"e" else "?", text, is_formula, style, text)

    def _number(self, raw: bytes, is_formula: bool, style: int) -> Cell:
        try:
            value = float(raw)
        except ValueError:
            return Cell("?", string(raw), is_formula, style, string(raw))
        if b"_" in raw or not isfinite(value):
            return Cell("?", string(raw), is_formula, style, string(raw))
        form = self.formats[style] if style < len(self.formats) else GENERAL
        seen, exact = shown(value, form, self.is_1904), beyond_digits(raw.decode(), value)
        return Cell("n", value, is_formula, style, seen, form.unusual, exact)


def _formula(found: re.Match[bytes]) -> Formula:
    given: Mapping[bytes, bytes] = dict(_ATTRIBUTE.findall(found[1]))
    kind, group = given.get(b"t", b"normal"), given.get(b"si", b"").decode()
    return Formula(string(found[2] or b""), group, kind in (b"normal", b"shared"))


def string(raw: bytes) -> str:
    """Text of an XML part as a reader sees it."""
    text = raw.decode()
    if "&" in text:
        text = _ENTITY.sub(lambda match: _CHARACTERS[match[0]], text)
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def shared_strings(data: bytes) -> list[str]:
    """The shared strings of a workbook, without phonetic guides. Raises BadXml."""
    return _twice(data, _strings)


def _strings(data: bytes) -> list[str]:
    found = _ITEM.findall(data)
    is_whole = data.rstrip().endswith((b"</sst>", b"/>")) and len(found) == data.count(b"<si")
    if not is_whole or b"<!" in data:
        raise NotPlain("共享字符串")
    return [string(simple or _rich(rich)) for simple, rich in found]


def _rich(body: bytes) -> bytes:
    return b"".join(_TEXT.findall(_PHONETIC.sub(b"", body))) if body else b""


def sheet_of(name: str, data: bytes, reading: Reading, is_hidden: bool = False) -> Sheet:
    """The sheet of an XML part. Raises BadXml, ValueError or LookupError for a damaged one."""
    if data.count(b"<c ") + data.count(b"<c>") > MOST_CELLS:
        raise BadXml(f"工作表“{name}”的单元格超过 {MOST_CELLS:,} 个")
    return _twice(data, lambda plain: _sheet(name, plain, reading, is_hidden))


def _twice(data: bytes, read: Callable[[bytes], T]) -> T:
    """What `read` makes of XML as it stands, or as it is once rewritten plainly."""
    if b"<!DOCTYPE" in data[:4096]:
        raise BadXml("工作簿的部件不应带文档类型定义")
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and not _ENCODED.match(data[:200]):
        try:
            return read(data)
        except NotPlain:
            pass
    return read(_rewritten(data))


def _sheet(name: str, data: bytes, reading: Reading, is_hidden: bool) -> Sheet:
    before, body, after = _parts(data)
    _require_whole(data if after is data else before + b"<sheetData>" + after)
    sheet = Sheet(name, is_hidden=is_hidden)
    _fill(sheet, body, reading, b'zeroHeight="1"' in before)
    sheet.hidden_columns = _hidden_columns(before)
    sheet.merges = [range_of(found.decode()) for found in _MERGE.findall(after)]
    sheet.veils = _veils(before, after, reading)
    sheet.margins = [_MARGIN_CODE.sub(" ", string(found)).strip() for found in _MARGIN.findall(after)]
    return sheet


def _require_whole(frame: bytes) -> None:
    """Raise NotPlain where what stands around the rows is damaged or cut off; `_fill` sees to the rows."""
    try:
        etree.fromstring(frame, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as error:
        raise NotPlain(str(error)) from error


def _veils(before: bytes, after: bytes, reading: Reading) -> list[Veil]:
    """What the conditional formats of a sheet do, read from the sheet without its rows."""
    start = _START.search(before)
    if b"conditionalFormatting" not in after or start is None or not after.startswith(b"</sheetData>"):
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(start[0] + after.removeprefix(b"</sheetData>"), parser)
    return veils_of(root, reading.changes, reading.palette)


_CELL_ATTRIBUTES: Final = ("r", "s", "t")
_REFERENCE: Final = re.compile(r"[A-Z]{1,3}[0-9]{1,7}")


def _rewritten(data: bytes) -> bytes:
    """The same content written plainly: local names, cells with their addresses, usual order."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True, remove_pis=True,
        strip_cdata=True,
    )  # fmt: skip
    root = etree.fromstring(data, parser)
    number = 0
    for row in root.iter("{*}row"):
        number = int(row.get("r") or number + 1)
        row.set("r", str(number))
        _address_cells(row, number)
    for element in root.iter("*"):
        element.tag = etree.QName(element).localname
        kept = {key: value for key, value in element.attrib.items() if not key.startswith("{")}
        order = _CELL_ATTRIBUTES if element.tag == "c" else sorted(kept)
        element.attrib.clear()
        for key in order:
            if key in kept:
                element.set(key, kept[key])
    etree.cleanup_namespaces(root)
    return bytes(etree.tostring(root, encoding="utf-8"))


def _address_cells(row: etree._Element, number: int) -> None:
    row.text = row.tail = None
    column = 0
    for cell in row.iterchildren("{*}c"):
        reference = cell.get("r")
        if reference and not _REFERENCE.fullmatch(reference):
            raise BadXml(f"单元格地址 {reference}")
        column = column_number(reference.rstrip("0123456789")) if reference else column + 1
        cell.set("r", f"{column_letters(column)}{number}")
        cell.text = cell.tail = None


def _parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the rows, the rows, and what follows."""
    first, last = data.find(b"<sheetData>"), data.rfind(b"</sheetData>")
    if 0 <= first < last:
        return data[:first], data[first + 11 : last], data[last:]
    if b"<sheetData/>" in data or not _WORKSHEET.search(data[:4096]):
        return data, b"", data
    raise NotPlain("sheetData")


def _fill(sheet: Sheet, body: bytes, reading: Reading, all_hidden: bool) -> None:
    """Put every row of `body` into the sheet. Raises NotPlain where something is not understood."""
    number = 0
    if b"<!" in body:
        raise NotPlain("<!")
    for chunk in body.split(b"</row>"):
        first, *pieces = chunk.split(b"<row")
        if first.strip():
            raise NotPlain("row")
        for piece in pieces:
            attributes, _, content = piece.partition(b">")
            if not _PLAIN_ATTRIBUTES.fullmatch(attributes):
                raise NotPlain("row")
            number = _row_number(attributes, number)
            if _HIDDEN.search(attributes) or (all_hidden and not _SHOWN.search(attributes)):
                sheet.hidden_rows.add(number)
            row = _row(content, b"%d" % number, reading)
            if row:
                sheet.rows[number] = row


def _row_number(attributes: bytes, before: int) -> int:
    match = _ROW_NO.search(attributes)
    number = int(match[1]) if match else before + 1
    if not before < number <= MOST_ROWS:
        raise BadXml(f"第 {number} 行的行号重复或超出 {MOST_ROWS:,} 行")
    return number


@cache
def _columns() -> dict[bytes, int]:
    return {column_letters(number).encode(): number for number in range(1, MOST_COLUMNS + 1)}


def _row(content: bytes, number: bytes, reading: Reading) -> dict[int, Cell]:
    known, columns = reading.cells, _columns()
    row: dict[int, Cell] = {}
    last, end = 0, -len(number)
    first, *pieces = content.split(b'<c r="')
    if first.strip():
        raise NotPlain("c")
    for piece in pieces:
        reference, _, rest = piece.partition(b'"')
        column = columns.get(reference[:end], 0)
        if column <= last:
            raise NotPlain(f"单元格 {reference.decode('utf-8', 'replace')} 重复或地址不对")
        last = column
        cell = known.get(rest) or reading.cell(rest)
        if cell is not None:
            row[column] = cell
    return row


def _hidden_columns(before: bytes) -> set[int]:
    hidden: set[int] = set()
    for found in _COLUMN.findall(before):
        if not _PLAIN_ATTRIBUTES.fullmatch(found):
            raise NotPlain("col")
        given: Mapping[bytes, bytes] = dict(_ATTRIBUTE.findall(found))
        if given.get(b"hidden") in (b"1", b"true") or float(given.get(b"width", b"1") or 1) < _LEAST_WIDTH:
            first, last = int(given[b"min"]), min(int(given[b"max"]), MOST_COLUMNS)
            hidden.update(range(first, last + 1))
    return hidden
