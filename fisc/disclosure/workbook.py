"""A workbook as it is stored: cell values, formulas, number formats, hidden rows, merges.

This reads the parts of an .xlsx file straight from its XML. What a published book hides
(rows, columns, cached errors, formulas never computed) matters here as much as its
values, and one light pass over the XML is several times faster than a full reader.
Nothing is interpreted: that a cell is an amount is decided in `layout` and `reader`.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lxml import etree

from fisc.disclosure.errors import DisclosureError, Problem

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_REL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: A book that unpacks to more than this is refused before it is read (zip bombs).
MAX_UNPACKED_BYTES = 512 * 1024 * 1024

RULE_FILE = "文件必须是完整的、未加密的 .xlsx 工作簿"

_DATE_FORMAT_IDS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_PLACES_BY_ID = {1: 0, 2: 2, 3: 0, 4: 2, 37: 0, 38: 0, 39: 2, 40: 2}


class Cell(NamedTuple):
    """One stored cell: `kind` is n number, s text, e error, b boolean, d date, ? unreadable."""

    kind: str
    value: float | str | bool | None
    is_formula: bool
    style: int

    @property
    def text(self) -> str:
        """The cell's text, or '' when it is not text."""
        return self.value if isinstance(self.value, str) and self.kind == "s" else ""


class Merge(NamedTuple):
    """A merged range, 1-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One sheet: rows of cells by row and column number (1-based)."""

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    is_hidden: bool = False

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell at (row, column), or None when nothing is stored there."""
        return self.rows.get(row, {}).get(column)

    def text(self, row: int, column: int) -> str:
        """The text at (row, column), '' when there is none."""
        cell = self.cell(row, column)
        return cell.text if cell else ""

    def place(self, row: int, column: int) -> str:
        """`sheet!cell`, e.g. '02!C7'; the name as it stands in the workbook."""
        return f"{self.name}!{column_letters(column)}{row}"


@dataclass(slots=True)
class Workbook:
    """The sheets of a workbook and the number formats of its styles."""

    sheets: list[Sheet]
    formats: list[str]

    def places(self, style: int) -> int | None:
        """Decimal places a style shows; None when it shows what is stored (General)."""
        return _places(self.formats[style]) if 0 <= style < len(self.formats) else None

    def is_date(self, style: int) -> bool:
        """Whether a style shows numbers as dates or times."""
        return _is_date(self.formats[style]) if 0 <= style < len(self.formats) else False


@lru_cache(maxsize=4096)
def column_letters(column: int) -> str:
    """'A' for 1, 'AA' for 27."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=65536)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def read_workbook(path: Path, step: Callable[[str, int, int], None] | None = None) -> Workbook:
    """The workbook at `path`. Raises DisclosureError for a file that is not a readable .xlsx.

    `step(sheet name, done, total)` is called after each sheet.
    """
    _refuse_other_files(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_archive(archive, step)
    except (
        zipfile.BadZipFile,
        zlib.error,
        etree.XMLSyntaxError,
        EOFError,
        LookupError,
        OSError,
        OverflowError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise _bad_file(f"文件已损坏或不完整，读不到工作簿内容（{error}）") from error


def _refuse_other_files(path: Path) -> None:
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except OSError as error:
        raise _bad_file(f"打不开文件 {path.name}（{error.strerror}）") from error
    if head.startswith(OLE_MAGIC):
        raise _bad_file("文件已加密，或是旧版 .xls 格式", "请去除打开密码，另存为 .xlsx 后重新导入")
    if not head.startswith(b"PK"):
        raise _bad_file("文件不是 .xlsx 工作簿", "请选择财政部门公开的 .xlsx 附件")


def _bad_file(message: str, hint: str = "请重新下载或另存为 .xlsx 后再导入") -> DisclosureError:
    return DisclosureError([Problem(RULE_FILE, "", message)], hint=hint)


def _read_archive(archive: zipfile.ZipFile, step: Callable[[str, int, int], None] | None) -> Workbook:
    if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise _bad_file("文件解压后过大")
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        raise _bad_file("文件不是 .xlsx 工作簿", "请选择财政部门公开的 .xlsx 附件")
    strings = _shared_strings(archive) if "xl/sharedStrings.xml" in names else []
    formats = _formats(archive) if "xl/styles.xml" in names else []
    parts = list(_sheet_parts(archive))
    sheets = []
    for number, (name, part, hidden) in enumerate(parts, 1):
        if part in names:
            sheets.append(_sheet(name, archive.read(part), strings, hidden))
        if step:
            step(name, number, len(parts))
    return Workbook(sheets, formats)


def _xml(data: bytes) -> etree._Element:
    data = data.replace(STRICT[1:-1].encode(), MAIN[1:-1].encode())
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    root = _xml(archive.read("xl/sharedStrings.xml"))
    return [_rich_text(item) for item in root.iterchildren(f"{MAIN}si")]


def _rich_text(item: etree._Element) -> str:
    """The text of a string item, without its phonetic guides."""
    parts = [t.text or "" for t in item.iter(f"{MAIN}t") if t.getparent().tag != f"{MAIN}rPh"]
    return "".join(parts)


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """The number format code of every cell style; 'id:N' for a built-in one."""
    root = _xml(archive.read("xl/styles.xml"))
    own = {f.get("numFmtId"): f.get("formatCode", "") for f in root.iter(f"{MAIN}numFmt")}
    styles = root.find(f"{MAIN}cellXfs")
    if styles is None:
        return []
    ids = [xf.get("numFmtId", "0") for xf in styles.iterchildren(f"{MAIN}xf")]
    return [own.get(number, f"id:{number}") for number in ids]


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, bool]]:
    relations = _xml(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {r.get("Id"): r.get("Target", "") for r in relations}
    for sheet in _xml(archive.read("xl/workbook.xml")).iter(f"{MAIN}sheet"):
        target = targets.get(sheet.get(REL) or sheet.get(STRICT_REL), "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
        yield sheet.get("name", ""), part, sheet.get("state", "visible") != "visible"


def _sheet(name: str, data: bytes, strings: list[str], hidden: bool) -> Sheet:
    root = _xml(data)
    sheet = Sheet(name, is_hidden=hidden)
    for column in root.iter(f"{MAIN}col"):
        if column.get("hidden") in ("1", "true") or column.get("width") == "0":
            sheet.hidden_columns.update(range(int(column.get("min")), int(column.get("max")) + 1))
    for row in root.iter(f"{MAIN}row"):
        _row(sheet, row, strings)
    for merge in root.iter(f"{MAIN}mergeCell"):
        sheet.merges.append(_merge(merge.get("ref", "")))
    return sheet


def _row(sheet: Sheet, row: etree._Element, strings: list[str]) -> None:
    number = int(row.get("r") or max(sheet.rows, default=0) + 1)
    cells: dict[int, Cell] = {}
    column = 0
    for item in row:
        reference = item.get("r")
        column = _column_number(reference.rstrip("0123456789")) if reference else column + 1
        if len(item):
            cell = _cell(item, strings)
            if cell is not None:
                cells[column] = cell
    if cells:
        sheet.rows[number] = cells
    if row.get("hidden") in ("1", "true") or row.get("ht") == "0":
        sheet.hidden_rows.add(number)


def _cell(item: etree._Element, strings: list[str]) -> Cell | None:
    kind = item.get("t", "n")
    formula = raw = None
    for child in item:
        if child.tag == f"{MAIN}v":
            raw = child.text
        elif child.tag == f"{MAIN}f":
            formula = child
        elif child.tag == f"{MAIN}is":
            raw = _rich_text(child)
    if raw is None and formula is None:
        return None
    return Cell(*_value(kind, raw, strings), formula is not None, int(item.get("s", 0)))


Value = tuple[str, float | str | bool | None]


def _value(kind: str, raw: str | None, strings: list[str]) -> Value:
    if kind in ("str", "inlineStr"):
        return "s", raw or ""
    if raw is None:
        return "?", None
    if kind == "s":
        return "s", strings[int(raw)]
    if kind == "n":
        return _number(raw)
    if kind == "b":
        return "b", raw == "1"
    return (kind, raw) if kind in ("e", "d") else ("?", raw)


def _number(raw: str) -> tuple[str, float | str]:
    try:
        return "n", float(raw)
    except ValueError:
        return "?", raw


def _merge(reference: str) -> Merge:
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = _address(first), _address(last or first)
    return Merge(top, left, bottom, right)


def _address(reference: str) -> tuple[int, int]:
    match = re.fullmatch(r"([A-Z]+)(\d+)", reference)
    if match is None:
        raise ValueError(f"合并区域 {reference}")
    return int(match[2]), _column_number(match[1])


@lru_cache(maxsize=1024)
def _places(code: str) -> int | None:
    if code.startswith("id:"):
        return _PLACES_BY_ID.get(int(code[3:]))
    shown = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", code.split(";", maxsplit=1)[0])
    if not re.search(r"[0#?]", shown) or re.search(r"[%eE@]", shown):
        return None
    fraction = re.search(r"\.([0#?]+)", shown)
    return len(fraction[1]) if fraction else 0


@lru_cache(maxsize=1024)
def _is_date(code: str) -> bool:
    if code.startswith("id:"):
        return int(code[3:]) in _DATE_FORMAT_IDS
    shown = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.', "", code.split(";", maxsplit=1)[0])
    return bool(re.search(r"[ymdhs年月日]", shown, re.IGNORECASE)) and "0" not in shown and "#" not in shown
