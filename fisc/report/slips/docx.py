"""Slips as a Word document, each on a page of its own; the same slips give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt, RGBColor

from fisc.report import docx_xml as xml
from fisc.report.docx import BODY_FONT, HEI_FONT, TITLE_FONT, fixed_zip, write
from fisc.report.slips.model import Column, Slip, is_red

_PAGE_MM, _MARGIN_MM = (210, 148), 12
_RED = RGBColor(0xB0, 0x1E, 0x1E)
_STILL = datetime(2000, 1, 1)


def render(slips: Sequence[Slip]) -> bytes:
    """The bytes of the file."""
    document = Document()
    _set_page(document)
    for index, slip in enumerate(slips):
        _slip(document, slip, is_first=index == 0)
    properties = document.core_properties
    xml.set_properties(properties, slips[0].properties)
    properties.created = properties.modified = _STILL
    out = BytesIO()
    document.save(out)
    return fixed_zip(out.getvalue())


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(side) for side in _PAGE_MM)
    for margin in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, margin, Mm(_MARGIN_MM))
    xml.set_font_table(document, (TITLE_FONT, BODY_FONT, HEI_FONT))
    xml.drop_thumbnail(document)
    normal = document.styles["Normal"]
    normal.font.size = Pt(9.5)
    xml.set_fonts(normal.element.get_or_add_rPr(), BODY_FONT)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(2)


def _slip(document: Any, slip: Slip, *, is_first: bool) -> None:
    title = document.add_paragraph()
    title.paragraph_format.page_break_before = not is_first
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if slip.notice:
        write(title, slip.notice, HEI_FONT, 9).font.color.rgb = _RED
        title.add_run().add_break()
    write(title, slip.title, TITLE_FONT, 16)
    _line(document, slip.above)
    _table(document, slip)
    for fact in slip.below:
        _line(document, (fact,))
    _line(document, slip.signed)


def _line(document: Any, facts: Sequence[tuple[str, str]]) -> None:
    """Facts beside each other, as far apart as the page is wide."""
    if not facts:
        return
    paragraph = document.add_paragraph()
    width = (_PAGE_MM[0] - 2 * _MARGIN_MM) / len(facts)
    for index in range(1, len(facts)):
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(width * index))
    words = "\t".join(f"{name}：{value or '　' * 4}" for name, value in facts)
    write(paragraph, words, BODY_FONT, 9.5)


def _table(document: Any, slip: Slip) -> None:
    whole = sum(column.share for column in slip.columns)
    widths = [(_PAGE_MM[0] - 2 * _MARGIN_MM) * column.share / whole for column in slip.columns]
    count = 1 + len(slip.rows) + bool(slip.total)
    grid = document.add_table(rows=count, cols=len(slip.columns), style="Table Grid")
    xml.fix_table(grid, widths, 1)
    for place, column in zip(grid.rows[0].cells, slip.columns, strict=True):
        _cell(place, Column(column.heading, 0), column.heading, HEI_FONT)
        place.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    for row, texts in zip(grid.rows[1:], slip.rows, strict=False):
        for place, column, text in zip(row.cells, slip.columns, texts, strict=True):
            _cell(place, column, text, BODY_FONT)
    if slip.total:
        _total(grid.rows[-1], slip)


def _total(row: Any, slip: Slip) -> None:
    first, *others = slip.total
    cells = row.cells
    for place, column, text in zip(cells[slip.spread :], slip.columns[slip.spread :], others, strict=True):
        _cell(place, column, text, HEI_FONT)
    merged = cells[0].merge(cells[slip.spread - 1])
    _cell(merged, Column("", 0), first, HEI_FONT)


def _cell(place: Any, column: Column, text: str, font: str) -> None:
    paragraph = place.paragraphs[0]
    if column.is_amount:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = write(paragraph, text, font, 9.5)
    if is_red(column, text):
        run.font.color.rgb = _RED
