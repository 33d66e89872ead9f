"""Small workbooks made of XML and of openpyxl, for tests of the reader."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook

from fisc.sheets import Column

COLUMNS = (
    Column("code", "编码", "code", is_required=True),
    Column("name", "名称", is_required=True),
    Column("amount_fen", "金额", "amount_fen"),
)
HEADER = ("编码", "名称", "金额")
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: Sequence[Sequence[Any]], change: Callable[[Any], object] = lambda _: None) -> bytes:
    """The bytes of an .xlsx with one sheet, after `change` of the sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    change(sheet)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def with_part(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts rewritten."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == part else data)
    return made.getvalue()


def sheet_xml(body: str, head: str = "", tail: str = "") -> bytes:
    """A workbook whose sheet holds this XML between its rows' tags."""
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet '
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"{head}<sheetData>{body}</sheetData>{tail}</worksheet>"
    )
    return with_part(workbook([HEADER]), SHEET, lambda _: xml.encode())


def row_xml(number: int, *texts: str, attributes: str = "") -> str:
    """A row of texts."""
    cells = "".join(
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in enumerate(texts)
    )
    return f'<row r="{number}"{attributes}>{cells}</row>'
