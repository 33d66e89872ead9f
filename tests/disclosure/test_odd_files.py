"""Odd files and shapes are read or refused in words, and soon; a refusal lists all that is wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from fisc.disclosure.errors import DisclosureError
from fisc.disclosure.reader import read_book
from tests.disclosure.books import saved, small_book
from tests.disclosure.test_kinds_of_trap import Edit
from tests.disclosure.test_nine_kinds import RIGHT, figures

TITLE = "2026年丽江市一般公共预算支出情况表"


def column(sheet: str, number: int, value: object) -> Edit:
    def edit(book: Workbook) -> None:
        for row in range(4, 13):
            book[sheet].cell(row, number, value)

    return edit


def alone(cell: str, value: object) -> Edit:
    """One sheet with one cell."""

    def edit(book: Workbook) -> None:
        for sheet in book.worksheets:
            book.remove(sheet)
        book.create_sheet("甲")[cell] = value

    return edit


def headers(word: str) -> Edit:
    """As many headers as a sheet has columns."""

    def edit(book: Workbook) -> None:
        for place in range(5, 16_385):
            book["细"].cell(3, place, word)

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        alone("A1", None), alone("A1", 1), alone("A1", TITLE), alone("XFD1048576", TITLE), headers("项目"),
        column("细", 1, date(2026, 1, 1)), column("细", 1, 205.5), column("细", 1, True),
        column("细", 1, "#REF!"), column("细", 1, 1e22), column("细", 1, "2050101" * 1000),
        column("细", 2, "#N/A"), column("细", 2, 12), column("细", 4, 9e99),
        lambda book: book["细"].merge_cells("A3:D3"),
    ],
)  # fmt: skip
def test_an_odd_shape_is_refused_in_words(edit: Edit, tmp_path: Path) -> None:
    book = small_book()
    edit(book)
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert caught.value.hint


def rewritten(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A workbook with its parts changed, or left out."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = change(info.filename, old.read(info))
            if data is not None:
                new.writestr(info.filename, data)
    return made.getvalue()


def without(part: str) -> Callable[[bytes], bytes]:
    return lambda content: rewritten(content, lambda name, data: None if name.endswith(part) else data)


def replaced(part: str, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: rewritten(
        content, lambda name, data: data.replace(old, new) if name.endswith(part) else data
    )


def formula(text: bytes) -> Callable[[bytes], bytes]:
    return replaced("sheet3.xml", b"<v>70</v>", b"<f>" + text + b"</f><v>70</v>")


def conditional(attributes: bytes) -> Callable[[bytes], bytes]:
    rule = b"<conditionalFormatting " + attributes + b"/></conditionalFormatting>"
    return replaced("sheet3.xml", b"</sheetData>", b"</sheetData>" + rule)


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000)


@pytest.mark.parametrize(
    "make",
    [
        lambda content: OLD, lambda content: OLD + "EncryptedPackage".encode("utf-16-le"),
        lambda content: "科目,金额\n教育,1\n".encode("gbk"), lambda content: b"", lambda content: b"%PDF-1.4",
        lambda content: content[: len(content) // 2], lambda content: b"PK\x03\x04" + bytes(50),
        lambda content: b"<html><table><tr><td>1", without("workbook.xml"), without("sheet3.xml"),
        without("workbook.xml.rels"), replaced("theme1.xml", b"<a:theme", b"<a:"),
        conditional(b'sqref="A1"><cfRule type="expression" dxfId="x"'),
        replaced("sheet3.xml", b'ref="B1:D1"', b'ref="A1:XFD1048576"'),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_words(make: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    path.write_bytes(make(saved(small_book(), tmp_path).read_bytes()))
    with pytest.raises(DisclosureError) as caught:
        read_book(path)
    assert caught.value.hint


@pytest.mark.parametrize(
    "make",
    [
        without("theme1.xml"), conditional(b'sqref="A1"><cfRule type="expression" dxfId="9"'),
        replaced("sheet3.xml", b'ref="B1:D1"', b'ref="B1:XFD1"'), formula(b"9e999+1"),
        formula(b"ROUND(1e300,15)"), formula(b"ROUND(70,1E+300)"), formula(b"ZZZ99999999"), formula(b""),
        formula(b"(" * 5000 + b"70" + b")" * 5000), formula(b"SUM(A1:XFD1048576)"), formula(b"1/0"),
    ],
)  # fmt: skip
def test_an_odd_file_whose_figures_are_whole_is_read(make: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    path.write_bytes(make(saved(small_book(), tmp_path).read_bytes()))
    assert figures(read_book(path)) == RIGHT


def test_three_hundred_errors_are_all_listed(tmp_path: Path) -> None:
    book = small_book()
    for row in range(4, 14):
        for sheet in "收支细":
            for place in range(3, 13):
                book[sheet].cell(row, place, "无数")
                book[sheet].cell(3, place, f"{2026 - place % 10}年预算数")
    with pytest.raises(DisclosureError) as caught:
        read_book(saved(book, tmp_path))
    assert len(caught.value.problems) > 200
    assert "另有" in caught.value.message
    assert str(caught.value.in_full()).count("\n") >= len(caught.value.problems)
