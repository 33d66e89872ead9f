"""Slips as a Word document, each on a page of its own; the same slips give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.shared import Mm, Pt, RGBColor

from fisc.report import docx_xml as xml
from fisc.report.docx import BODY_FONT, HEI_FONT, TITLE_FONT, fixed_zip, keep_with_next, write
from fisc.report.slips.model import PAGE_WORDS, Column, Slip, is_red

_PAGE_MM, _MARGIN_MM = (210, 148), 12
#: Amounts stand whole in their columns up to ten thousand million yuan.
_AMOUNT_PT = 8.5
#: How many rows stay with who signed: nobody signs a page of its own.
_COMPANY = 2
_RED = RGBColor(0xB0, 0x1E, 0x1E)
_STILL = datetime(2000, 1, 1)


def render(slips: Sequence[Slip]) -> bytes:
    """The bytes of the file."""
    document = Document()
    _set_styles(document)
    for index, slip in enumerate(slips):
        section = xml.new_section(document) if index else document.sections[0]
        _set_page(section)
        _head(section, slip, f"slip{index + 1}")
        _slip(document, slip)
        xml.bookmark(document.paragraphs[-1], f"slip{index + 1}", index + 1)
    properties = document.core_properties
    xml.set_properties(properties, slips[0].properties)
    properties.created = properties.modified = _STILL
    out = BytesIO()
    document.save(out)
    return fixed_zip(out.getvalue())


def _set_page(section: Any) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Mm(side) for side in _PAGE_MM)
    for margin in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, margin, Mm(_MARGIN_MM))
    section.header_distance = Mm(_MARGIN_MM / 2)
    xml.begin_at_page_one(section)


def _head(section: Any, slip: Slip, end: str) -> None:
    """The head of each page of a form: its number, its notice, the page and how many there are."""
    section.header.is_linked_to_previous = False
    paragraph = section.header.paragraphs[0]
    width, stops = _PAGE_MM[0] - 2 * _MARGIN_MM, paragraph.paragraph_format.tab_stops
    paragraph.style = "Normal"
    stops.add_tab_stop(Mm(width / 2), WD_TAB_ALIGNMENT.CENTER)
    stops.add_tab_stop(Mm(width), WD_TAB_ALIGNMENT.RIGHT)
    before, between, after = PAGE_WORDS
    write(paragraph, f"{slip.number}\t", BODY_FONT, 8.5)
    write(paragraph, slip.notice, HEI_FONT, 9).font.color.rgb = _RED
    write(paragraph, f"\t{before}", BODY_FONT, 8.5)
    xml.field("PAGE", lambda words: write(paragraph, words, BODY_FONT, 8.5))
    write(paragraph, between, BODY_FONT, 8.5)
    xml.field(f"PAGEREF {end}", lambda words: write(paragraph, words, BODY_FONT, 8.5))
    write(paragraph, after, BODY_FONT, 8.5)


def _set_styles(document: Any) -> None:
    xml.set_font_table(document, (TITLE_FONT, BODY_FONT, HEI_FONT))
    xml.drop_thumbnail(document)
    normal = document.styles["Normal"]
    normal.font.size = Pt(9.5)
    xml.set_fonts(normal.element.get_or_add_rPr(), BODY_FONT)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(2)


def _slip(document: Any, slip: Slip) -> None:
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    write(title, slip.title, TITLE_FONT, 16)
    _line(document, slip.above)
    _table(document, slip)
    for fact in slip.below:
        _line(document, (fact,)).paragraph_format.keep_with_next = True
    _line(document, slip.signed)


def _line(document: Any, facts: Sequence[tuple[str, str]]) -> Any:
    """Facts beside each other, as far apart as the page is wide."""
    paragraph = document.add_paragraph()
    width = (_PAGE_MM[0] - 2 * _MARGIN_MM) / max(len(facts), 1)
    for index in range(1, len(facts)):
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(width * index))
    words = "\t".join(f"{name}：{value or '　' * 4}" for name, value in facts)
    write(paragraph, words, BODY_FONT, 9.5)
    return paragraph


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
    for row in list(grid.rows)[-_COMPANY:]:
        keep_with_next(row)


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
    run = write(paragraph, text, font, _AMOUNT_PT if column.is_amount else 9.5)
    if is_red(column, text):
        run.font.color.rgb = _RED
