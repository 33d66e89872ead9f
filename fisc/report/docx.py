"""The report as a Word document in the layout of GB/T 9704-2012.

The document asks for the standard's fonts by name (方正小标宋, 仿宋, 楷体, 黑体) and names
free fall-backs in its font table, so it opens well with either. Tables are native, charts
are pictures at print resolution. File times and properties come from the report alone.
"""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from itertools import zip_longest
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt, RGBColor

from fisc.report import docx_xml as xml
from fisc.report.charts import to_png
from fisc.report.layout import (
    BODY_PT,
    BOTTOM_MM,
    COMPANY_ROWS,
    LEFT_MM,
    LINE_PITCH_PT,
    PAGE_MM,
    RIGHT_MM,
    TABLE_PT,
    TEXT_WIDTH_MM,
    TITLE_PT,
    TOP_MM,
    column_widths,
    heads_group,
    is_whole,
    title_lines,
)
from fisc.report.model import (
    Block,
    Cell,
    Chart,
    GapRun,
    Heading,
    Note,
    Paragraph,
    Report,
    Row,
    Run,
    Signature,
    Table,
    TextRun,
)

TITLE_FONT, BODY_FONT, KAI_FONT, HEI_FONT = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体"
_HEADING_FONTS = {1: HEI_FONT, 2: KAI_FONT, 3: BODY_FONT}
_GAP_COLOUR = RGBColor(0xB0, 0x1E, 0x1E)
#: How many paragraphs before the signature stay on its page.
_COMPANY = 2
_EPOCH = (1980, 1, 1, 0, 0, 0)


def render(report: Report) -> bytes:
    """The report as the bytes of a .docx file; the same report gives the same bytes."""
    document = Document()
    _set_page(document)
    if report.scope.notice:
        _set_notice(document, report.scope.notice)
    _set_styles(document)
    _set_properties(document, report)
    _title(document, report)
    blocks = list(report.blocks())
    for block, after in zip_longest(blocks, blocks[1:]):
        if isinstance(block, Signature):
            _signature(document, report)
        else:
            _block(document, block, has_note=isinstance(after, Note))
    _close(document)
    out = BytesIO()
    document.save(out)
    return fixed_zip(out.getvalue())


def _close(document: Any) -> None:
    """After a table at the end Word wants a paragraph: it takes no line, and with a full page no page."""
    last = document.paragraphs[-1]
    if last.text or last._p is not document.element.body[-2]:  # the body ends with the section's settings
        return
    last.paragraph_format.line_spacing = Pt(1)
    xml.least_mark(last)


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE_MM[0]), Mm(PAGE_MM[1])
    section.top_margin, section.bottom_margin = Mm(TOP_MM), Mm(BOTTOM_MM)
    section.left_margin, section.right_margin = Mm(LEFT_MM), Mm(RIGHT_MM)
    section.footer_distance = Mm(BOTTOM_MM - 12)
    document.settings.odd_and_even_pages_header_footer = True
    xml.set_grid(section)
    xml.page_number(section.footer.paragraphs[0], is_right=True)
    xml.page_number(section.even_page_footer.paragraphs[0], is_right=False)
    xml.set_font_table(document, (TITLE_FONT, BODY_FONT, KAI_FONT, HEI_FONT))
    xml.drop_thumbnail(document)


def _set_notice(document: Any, notice: str) -> None:
    """The head of each page, odd and even, says that the ledger is a simulation."""
    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        paragraph = header.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        write(paragraph, notice, HEI_FONT, 12).font.color.rgb = _GAP_COLOUR


def _set_styles(document: Any) -> None:
    normal = document.styles["Normal"]
    normal.font.size = Pt(BODY_PT)
    xml.set_fonts(normal.element.get_or_add_rPr(), BODY_FONT)
    xml.close_up(normal.element.get_or_add_rPr())
    xml.no_auto_space(normal.element.get_or_add_pPr())
    _set_pitch(normal.paragraph_format)
    for level in (1, 2, 3):
        style = document.styles[f"Heading {level}"]
        style.font.size, style.font.bold, style.font.italic = Pt(BODY_PT), level == 3, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        xml.set_fonts(style.element.get_or_add_rPr(), _HEADING_FONTS[level])
        _set_pitch(style.paragraph_format)
        style.paragraph_format.keep_with_next = True
        xml.indent_chars(style.element.get_or_add_pPr(), 2)


def _set_pitch(layout: Any) -> None:
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    layout.line_spacing = Pt(LINE_PITCH_PT)


def _set_properties(document: Any, report: Report) -> None:
    made = datetime.combine(report.scope.issued_on or report.scope.dated_on, time())
    properties = document.core_properties
    xml.set_properties(properties, report.properties)
    properties.created = properties.modified = made
    properties.revision = 1


def _title(document: Any, report: Report) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    layout = paragraph.paragraph_format
    layout.line_spacing, layout.space_after = Pt(36), Pt(LINE_PITCH_PT)
    xml.off_grid(paragraph)
    for index, line in enumerate(title_lines(report.title_lines)):
        if index:
            paragraph.add_run().add_break()
        write(paragraph, line, TITLE_FONT, TITLE_PT)
    if report.scope.notice:
        paragraph.add_run().add_break()
        write(paragraph, f"（{report.scope.notice}）", KAI_FONT, BODY_PT).font.color.rgb = _GAP_COLOUR
    if report.scope.known_words:
        paragraph.add_run().add_break()
        write(paragraph, f"（{report.scope.known_words}）", KAI_FONT, BODY_PT)


def _signature(document: Any, report: Report) -> None:
    """成文单位 and 成文日期: right-aligned, four characters in, after an empty line.

    They never stand on a page without the end of the text.
    """
    for paragraph in document.paragraphs[-_COMPANY:]:
        paragraph.paragraph_format.keep_with_next = True
    document.add_paragraph().paragraph_format.keep_with_next = True
    for words in (report.scope.compiled_by, report.scope.signed()):
        paragraph = document.add_paragraph(words)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(BODY_PT * 4)
        paragraph.paragraph_format.keep_with_next = words == report.scope.compiled_by


def _block(document: Any, block: Block, *, has_note: bool) -> None:
    if isinstance(block, Heading):
        heading = document.add_paragraph(block.number + block.text, style=f"Heading {block.level}")
        heading.paragraph_format.page_break_before = block.is_annex or None
    elif isinstance(block, Paragraph):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        xml.indent_chars(paragraph._p.get_or_add_pPr(), 2)
        _runs(paragraph, block.runs, BODY_FONT, BODY_PT)
    elif isinstance(block, Table):
        _table(document, block, has_note=has_note)
    elif isinstance(block, Chart):
        _chart(document, block)
    elif isinstance(block, Note):
        _note(document, block)


def _note(document: Any, note: Note) -> None:
    paragraph = _small(document, WD_ALIGN_PARAGRAPH.LEFT)
    paragraph.paragraph_format.space_after = Pt(8)
    _runs(paragraph, (TextRun("注："), *note.runs), BODY_FONT, TABLE_PT)


def _small(document: Any, alignment: Any) -> Any:
    """A paragraph with the tighter pitch of tables and captions."""
    paragraph = document.add_paragraph()
    paragraph.alignment = alignment
    paragraph.paragraph_format.line_spacing = Pt(18)
    xml.off_grid(paragraph)
    return paragraph


def _caption(document: Any, words: str) -> None:
    paragraph = _small(document, WD_ALIGN_PARAGRAPH.CENTER)
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.paragraph_format.keep_with_next = True
    write(paragraph, words, HEI_FONT, 12)


def _table(document: Any, table: Table, *, has_note: bool) -> None:
    _caption(document, f"表{table.number}　{table.caption}")
    if table.unit:
        line = _small(document, WD_ALIGN_PARAGRAPH.RIGHT)
        line.paragraph_format.keep_with_next = True
        write(line, f"单位：{table.unit}", BODY_FONT, TABLE_PT)
    rows = table.header + table.rows
    grid = document.add_table(rows=len(rows), cols=len(table.is_numeric), style="Table Grid")
    xml.fix_table(grid, column_widths(table), len(table.header))
    for index, (row, target) in enumerate(zip(rows, grid.rows, strict=True)):
        _row(row, target, table, is_head=index < len(table.header))
        if _stays_with_next(index, table) or (has_note and index == len(rows) - 1):
            keep_with_next(target)
    gap = _small(document, WD_ALIGN_PARAGRAPH.LEFT)
    gap.paragraph_format.line_spacing, gap.paragraph_format.keep_with_next = Pt(10), has_note


def _stays_with_next(index: int, table: Table) -> bool:
    """Whether a row stays on the page of the next one: a small table whole, heads and totals in company."""
    heads, last = len(table.header), len(table.header) + len(table.rows) - 1
    if is_whole(table):
        return index < last
    in_company = index < heads + COMPANY_ROWS - 1 or last - COMPANY_ROWS < index < last
    return in_company or (index >= heads and heads_group(table, index - heads))


def keep_with_next(row: Any) -> None:
    """Keep a row on the page of the next one."""
    for cell in row.cells:
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _row(row: Row, target: Any, table: Table, is_head: bool) -> None:
    font = HEI_FONT if is_head or row.is_total else BODY_FONT
    for cell, place, numeric in zip(row.cells, target.cells, table.is_numeric, strict=True):
        paragraph = place.paragraphs[0]
        paragraph.alignment = _alignment(is_head, numeric)
        paragraph.paragraph_format.line_spacing = Pt(14.2)
        xml.off_grid(paragraph)
        paragraph.paragraph_format.left_indent = Pt(TABLE_PT * cell.depth)
        _cell(paragraph, cell, font)


def _alignment(is_head: bool, is_numeric: bool) -> Any:
    if is_head:
        return WD_ALIGN_PARAGRAPH.CENTER
    return WD_ALIGN_PARAGRAPH.RIGHT if is_numeric else WD_ALIGN_PARAGRAPH.LEFT


def _cell(paragraph: Any, cell: Cell, font: str) -> None:
    _runs(paragraph, cell.runs, font, TABLE_PT)


def _chart(document: Any, chart: Chart) -> None:
    picture = document.add_paragraph()
    picture.alignment = WD_ALIGN_PARAGRAPH.CENTER
    layout = picture.paragraph_format
    layout.line_spacing_rule, layout.keep_with_next = WD_LINE_SPACING.SINGLE, True
    layout.space_before = Pt(6)
    shape = picture.add_run().add_picture(BytesIO(to_png(chart)), width=Mm(TEXT_WIDTH_MM))
    xml.describe_picture(shape, chart.caption)
    caption = _small(document, WD_ALIGN_PARAGRAPH.CENTER)
    caption.paragraph_format.space_after = Pt(8)
    write(caption, f"图{chart.number}　{chart.caption}", HEI_FONT, 12)


def _runs(paragraph: Any, runs: tuple[Run, ...], font: str, size_pt: float) -> None:
    for run in runs:
        written = write(paragraph, run.text, font, size_pt)
        if isinstance(run, GapRun) and not run.is_undefined:
            written.font.color.rgb, written.font.bold = _GAP_COLOUR, True
        elif isinstance(run, TextRun) and run.is_bold:
            written.font.bold = True


def write(paragraph: Any, text: str, font: str, size_pt: float) -> Any:
    """A run of text at the end of a paragraph, in a font of that name and size."""
    run = paragraph.add_run(text)
    run.font.size = Pt(size_pt)
    xml.set_fonts(run._r.get_or_add_rPr(), font)
    return run


def fixed_zip(data: bytes) -> bytes:
    """The same package with its parts in one order and without the clock."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w") as target:
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            info = ZipInfo(name, _EPOCH)
            info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, 0, 0
            target.writestr(info, source.read(name))
    return out.getvalue()
