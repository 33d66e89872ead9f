"""The parts of WordprocessingML that python-docx has no words for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import floor
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from fisc.documents.properties import Properties
from fisc.report.layout import CHAR_SPACE_PT, LINE_PITCH_PT, PAGE_NUMBER_PT

#: What to use where the standard's font is not installed, best first.
FALLBACKS = {
    "方正小标宋简体": "小标宋;方正小标宋_GBK;Noto Serif CJK SC;Source Han Serif SC;Fisc Serif;宋体",
    "仿宋_GB2312": "仿宋;FangSong;方正仿宋_GBK;Noto Serif CJK SC;Source Han Serif SC;Fisc Serif",
    "楷体_GB2312": "楷体;KaiTi;方正楷体_GBK;LXGW WenKai;Fisc Kai",
    "黑体": "SimHei;Noto Sans CJK SC;Source Han Sans SC;Fisc Sans;微软雅黑",
}
LATIN_FONT = "Times New Roman"


def set_fonts(properties: Any, name: str) -> None:
    """Set `name` for Chinese characters and a Latin face for digits, on an rPr element."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:ascii"), LATIN_FONT)
    fonts.set(qn("w:hAnsi"), LATIN_FONT)
    fonts.set(qn("w:cs"), LATIN_FONT)
    fonts.set(qn("w:hint"), "eastAsia")


def indent_chars(properties: Any, chars: int) -> None:
    """Indent the first line by whole characters, on a pPr element."""
    indent = properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(chars * 100))
    indent.set(qn("w:firstLine"), str(chars * 320))


def off_grid(paragraph: Any) -> None:
    """Let a paragraph keep its own pitch; without this the page's grid would stretch it."""
    properties = paragraph._p.get_or_add_pPr()
    mark = OxmlElement("w:snapToGrid")
    mark.set(qn("w:val"), "0")
    properties.insert_element_before(mark, "w:spacing", "w:ind", "w:jc", "w:rPr")


def least_mark(paragraph: Any) -> None:
    """The mark that ends a paragraph, at the least size: an empty one is no higher than its line."""
    mark, size = OxmlElement("w:rPr"), OxmlElement("w:sz")
    size.set(qn("w:val"), "2")
    mark.append(size)
    paragraph._p.get_or_add_pPr().append(mark)


def no_auto_space(properties: Any) -> None:
    """No extra gap between Chinese and Latin characters or digits, on a pPr element."""
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        mark = OxmlElement(name)
        mark.set(qn("w:val"), "0")
        properties.insert_element_before(
            mark, "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )


def set_grid(section: Any) -> None:
    """22 lines to the page: a document grid of lines at the standard's pitch."""
    properties = section._sectPr
    for grid in properties.findall(qn("w:docGrid")):
        properties.remove(grid)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(LINE_PITCH_PT * 20)))
    properties.append(grid)


def close_up(properties: Any) -> None:
    """Close characters up so that 28 fit a line, on an rPr element.

    Spacing and not a character grid: LibreOffice gives a character that is wider than its
    grid cell two cells.
    """
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(floor(CHAR_SPACE_PT * 20)))
    properties.insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs")


def page_number(paragraph: Any, is_right: bool) -> None:
    """A page number in 4号 between dashes, one character in from the outer edge."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if is_right else WD_ALIGN_PARAGRAPH.LEFT
    layout = paragraph.paragraph_format
    layout.right_indent, layout.left_indent = (
        (Pt(PAGE_NUMBER_PT), None) if is_right else (None, Pt(PAGE_NUMBER_PT))
    )
    _page_run(paragraph, "— ")
    field("PAGE", lambda words: _page_run(paragraph, words))
    _page_run(paragraph, " —")


def _page_run(paragraph: Any, text: str) -> Any:
    run = paragraph.add_run(text)
    run.font.size = Pt(PAGE_NUMBER_PT)
    set_fonts(run._r.get_or_add_rPr(), "宋体")
    return run


def field(asked: str, write: Callable[[str], Any]) -> None:
    """A number found out by whoever shows the document: `asked` is PAGE or the like, `write` makes runs."""
    for kind, text in (("begin", ""), ("", f" {asked} "), ("separate", ""), ("text", "1"), ("end", "")):
        _field_part(write(text if kind == "text" else ""), kind, text)


def bookmark(paragraph: Any, name: str, number: int) -> None:
    """A place at the end of a paragraph that a PAGEREF asks for; each has a `number` of its own."""
    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), str(number))
        if tag == "w:bookmarkStart":
            mark.set(qn("w:name"), name)
        paragraph._p.append(mark)


def new_section(document: Any) -> Any:
    """A section on a new page; the one before ends with its last paragraph, and none is put there for it."""
    section = document.add_section()
    *_, last, ender = document.paragraphs
    properties = ender._p.pPr.sectPr
    last._p.get_or_add_pPr().append(properties)
    ender._p.getparent().remove(ender._p)
    return section


def begin_at_page_one(section: Any) -> None:
    """The pages of a section are counted by themselves."""
    for held in section._sectPr.findall(qn("w:pgNumType")):
        section._sectPr.remove(held)
    numbering = OxmlElement("w:pgNumType")
    numbering.set(qn("w:start"), "1")
    section._sectPr.insert_element_before(numbering, "w:cols", "w:docGrid")


def _field_part(run: Any, kind: str, text: str) -> None:
    if kind == "text":
        return
    if kind:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
    else:
        mark = OxmlElement("w:instrText")
        mark.set(qn("xml:space"), "preserve")
        mark.text = text
    run._r.append(mark)


def set_font_table(document: Any, names: Iterable[str]) -> None:
    """Name the document's fonts with the fall-backs to use where they are missing."""
    fonts = "".join(_font_entry(name) for name in names)
    table = f"<w:fonts {nsdecls('w')}>{fonts}</w:fonts>"
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part._blob = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + table).encode()


def _font_entry(name: str) -> str:
    return (
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(FALLBACKS[name])}/>"
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
    )


def drop_thumbnail(document: Any) -> None:
    """Remove the picture of another document that the library's template carries."""
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]


def fix_table(table: Any, widths_mm: list[float], head_rows: int) -> None:
    """Fixed column widths, a head repeated on each page, rows that do not break."""
    table.autofit = False
    margins = parse_xml(
        f'<w:tblCellMar {nsdecls("w")}><w:left w:w="60" w:type="dxa"/>'
        '<w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
    )
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
    for index, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if index < head_rows:
            properties.append(OxmlElement("w:tblHeader"))
        for cell, width in zip(row.cells, widths_mm, strict=True):
            cell.width = Mm(width)
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER


def describe_picture(shape: Any, words: str) -> None:
    """Give a picture words for those who cannot see it."""
    properties = shape._inline.docPr
    properties.set("descr", words)
    properties.set("title", words)


def set_properties(core: Any, said: Properties) -> None:
    """The core properties of a Word document, but its times."""
    core.title, core.subject, core.comments = said.title, said.subject, said.description
    core.keywords, core.language = "，".join(said.keywords), "zh-CN"
    core.author = core.last_modified_by = said.author
