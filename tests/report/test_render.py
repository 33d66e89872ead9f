"""The three files: layout, fonts, links, gaps, and the same bytes each time."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import docx as word
import pymupdf
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from fontTools.ttLib import TTFont

from fisc.registry import regions
from fisc.report import charts, fonts, layout
from fisc.report.errors import ReportError
from fisc.report.formats import RENDERERS, parse_formats, render
from fisc.report.model import Chart, ChartKind, FigureRun, GapRun, Paragraph, Report, Run, Table
from fisc.report.slips import docx as slip_docx
from fisc.report.slips import html as slip_html
from fisc.report.slips import pdf as slip_pdf
from fisc.report.slips.model import Column, Slip
from fisc.report.template import compose_text
from tests.report.fake import TEMPLATE, sample, scope


@pytest.fixture(scope="module")
def files(report: Report) -> dict[str, bytes]:
    return {kind: render(report, kind) for kind in RENDERERS}


@pytest.mark.parametrize("kind", RENDERERS)
def test_the_same_figures_give_the_same_bytes(files: dict[str, bytes], kind: str) -> None:
    again = render(compose_text(TEMPLATE, "sample.md", sample(), scope()), kind)
    assert sha256(again).hexdigest() == sha256(files[kind]).hexdigest()


@pytest.mark.parametrize("kind", RENDERERS)
def test_another_figure_gives_other_bytes(files: dict[str, bytes], kind: str) -> None:
    other = compose_text(TEMPLATE, "sample.md", sample(**{"money.total": 10**12}), scope())
    assert render(other, kind) != files[kind]


def test_formats_are_checked() -> None:
    assert parse_formats("pdf, docx") == ["pdf", "docx"]
    for bad in ("", "doc", "pdf,odt"):
        with pytest.raises(ReportError, match="不支持的格式"):
            parse_formats(bad)


# --- Word ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document(files: dict[str, bytes]) -> word.document.Document:
    return word.Document(BytesIO(files["docx"]))


def test_word_page_is_the_standards(document: word.document.Document) -> None:
    section = document.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(m.mm) for m in margins] == [37, 35, 28, 26]
    assert abs(section.page_width - Mm(210)) < Mm(0.1)
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    pitch = document.styles["Normal"].paragraph_format.line_spacing.pt
    text_height_pt = (297 - 37 - 35) / 25.4 * 72
    assert int(text_height_pt // pitch) == 22
    spacing = document.styles["Normal"].element.rPr.find(qn("w:spacing"))
    char_pt = 16 + int(spacing.get(qn("w:val"))) / 20
    assert int(156 / 25.4 * 72 // char_pt) == 28


def test_word_fonts_are_set_for_chinese_with_fallbacks(files: dict[str, bytes]) -> None:
    document = word.Document(BytesIO(files["docx"]))
    names = {
        level: document.styles[style].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for level, style in enumerate(("Normal", "Heading 1", "Heading 2", "Heading 3"))
    }
    assert names == {0: "仿宋_GB2312", 1: "黑体", 2: "楷体_GB2312", 3: "仿宋_GB2312"}
    title = document.paragraphs[0].runs[0]
    assert title._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "方正小标宋简体"
    assert title.font.size.pt == 22
    table = ZipFile(BytesIO(files["docx"])).read("word/fontTable.xml").decode()
    assert all(f'w:name="{name}"' in table for name in {*names.values(), "方正小标宋简体"})
    assert table.count("w:altName") == 4


def test_word_has_native_tables_pictures_and_page_numbers(document: word.document.Document) -> None:
    table = document.tables[0]
    assert [cell.text for cell in table.rows[1].cells] == ["合计", "567,755", "0.2"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert len(document.inline_shapes) == 1
    odd, even = document.sections[0].footer, document.sections[0].even_page_footer
    assert odd.paragraphs[0].text.startswith("— ") and even.paragraphs[0].text.endswith(" —")
    assert "PAGE" in odd._element.xml and "PAGE" in even._element.xml


def test_word_file_carries_no_clock(files: dict[str, bytes]) -> None:
    parts = ZipFile(BytesIO(files["docx"])).infolist()
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}
    assert not any("thumbnail" in part.filename for part in parts)
    made = word.Document(BytesIO(files["docx"])).core_properties
    assert (made.created.isoformat(), made.author) == ("2026-02-13T00:00:00+00:00", "丽江市财政局")


def test_every_format_s_metadata_says_what_it_is_and_that_it_is_simulated() -> None:
    """One place says it (`fisc.documents.properties`); Word, PDF and HTML write it, slips too."""
    made = compose_text(TEMPLATE, "sample.md", sample(), scope(is_simulated=True))
    said, notice = made.properties, made.scope.notice
    about = f"丽江市，2025年，{notice}"
    assert (said.subject, said.description) == (about, notice)
    core = word.Document(BytesIO(render(made, "docx"))).core_properties
    assert (core.title, core.subject, core.keywords) == (made.title, about, about)
    assert core.comments == notice
    html = render(made, "html").decode()
    for name, words in (("subject", about), ("keywords", about), ("description", notice)):
        assert f'<meta name="{name}" content="{words}">' in html
    pdf = pymupdf.open(stream=render(made, "pdf")).metadata
    assert (pdf["title"], pdf["subject"]) == (made.title, notice)
    assert all(words in pdf["keywords"] for words in ("丽江市", "2025年", notice))
    plain = compose_text(TEMPLATE, "sample.md", sample(), scope()).properties
    assert (plain.subject, plain.description) == ("丽江市，2025年", made.title)
    slip = Slip("凭证", (), (Column("摘要", 1),), (("甲",),), notice=notice)
    core = word.Document(BytesIO(slip_docx.render([slip]))).core_properties
    assert (core.title, core.subject, core.keywords) == ("凭证", notice, notice)
    assert f'<meta name="keywords" content="{notice}">' in slip_html.render([slip]).decode()
    pdf = pymupdf.open(stream=slip_pdf.render([slip])).metadata
    assert (pdf["title"], pdf["subject"], pdf["keywords"]) == ("凭证", notice, notice)


# --- HTML ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(files: dict[str, bytes]) -> str:
    return files["html"].decode()


def test_page_asks_nothing_of_any_network(page: str) -> None:
    for target in re.findall(r'(?:src|href|action)="([^"]*)"', page):
        assert target.startswith(("#", "data:")), target
    assert not re.findall(r'url\((?!"data:)|@import|fetch\(|XMLHttpRequest|https?://', page)


def test_page_carries_the_characters_it_shows(page: str) -> None:
    data = re.search(r'url\("data:font/woff;base64,([^"]+)"\)', page)
    assert data
    font = TTFont(BytesIO(b64decode(data[1])))
    assert {ord(char) for char in "丽江市一般公共预算收入亿元%"} <= set(font.getBestCmap())


def test_every_number_on_the_page_has_its_panel(page: str, report: Report) -> None:
    links = set(re.findall(r'data-f="(\d+)">', page))
    panels = set(re.findall(r'<article class="panel" id="f(\d+)"', page))
    assert links and links <= panels
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert len(data["panels"]) == len(panels)
    figures = [run for run in report.runs() if isinstance(run, FigureRun | GapRun)]
    assert len(re.findall(r'<a class="fig', page)) >= len(figures)


def test_panels_lead_down_to_source_cells(page: str) -> None:
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    leaves = [panel for panel in data["panels"] if not panel["operands"]]
    assert all(panel["rows"] for panel in leaves)
    assert {data["words"][voucher[3]] for voucher in data["vouchers"]} == {"01-1!E5", "01-1!E6", "01-1!E7"}
    derived = [panel for panel in data["panels"] if panel["operands"]]
    assert derived and all(number <= len(data["panels"]) for p in derived for number in p["operands"])


def test_page_escapes_names() -> None:
    evil = '<script>alert("&")</script>'
    made = compose_text("名称{{ scope.name }}。{{ fig('money.tax') }}", "t.md", sample(), scope(name=evil))
    assert "<script>alert" not in render(made, "html").decode()


# --- PDF ----------------------------------------------------------------------------------


def test_pdf_has_the_text_and_only_our_fonts(files: dict[str, bytes]) -> None:
    pdf = pymupdf.open(stream=files["pdf"], filetype="pdf")
    text = "".join("".join(page.get_text() for page in pdf).split())
    for words in ("丽江市2025年预算执行情况报告", "一、预算执行", "28.88亿元", "下降11.8%", "2月13日"):
        assert words in text
    names = {font[3].split("+")[-1] for page in pdf for font in page.get_fonts()}
    assert names and all(name.startswith(("FiscSerif", "FiscSans", "FiscKai")) for name in names)
    assert "20260213" in pdf.metadata["creationDate"]


def test_pdf_lines_keep_the_pitch() -> None:
    long = compose_text("# 题\n" + "一二三四五六七八九十" * 200, "t.md", sample(), scope())
    pdf = pymupdf.open(stream=render(long, "pdf"), filetype="pdf")
    lines = [line for block in pdf[1].get_text("dict")["blocks"] for line in block.get("lines", [])]
    body = [line for line in lines if abs(line["spans"][0]["size"] - 16) < 0.1]
    assert len(body) == 22
    assert sum(len(span["text"]) for span in body[0]["spans"]) == 28


def test_pdf_lines_end_neither_within_a_number_nor_before_a_stop() -> None:
    words = "# 题\n" + "".join("一" * n + "共{{ fig('money.tax') }}；" for n in range(40))
    made = compose_text(words, "t.md", sample(), scope())
    pdf = pymupdf.open(stream=render(made, "pdf"), filetype="pdf")
    blocks = [block for page in pdf for block in page.get_text("dict")["blocks"]]
    lines = ["".join(span["text"] for span in line["spans"]) for b in blocks for line in b.get("lines", [])]
    assert sum(line.count("28.88") for line in lines) == 40
    assert sum(line.count("亿元；") for line in lines) == 40  # a number and its unit may be parted
    assert not any(line.startswith("；") for line in lines)


def test_words_that_say_a_figure_break_as_words_do() -> None:
    """Held together they leave the line before them stretched letter by letter."""
    claim = "同时高于全市和全区农村居民收入增速"
    made = compose_text("# 题\n" + "一" * 14 + "共{{ fig('money.tax') }}。", "t.md", sample(), scope())
    paragraph = next(b for b in made.blocks() if isinstance(b, Paragraph))
    runs = tuple(replace(run, text=claim) if isinstance(run, FigureRun) else run for run in paragraph.runs)
    sections = tuple(
        replace(s, blocks=tuple(replace(b, runs=runs) if b is paragraph else b for b in s.blocks))
        for s in made.sections
    )
    pdf = pymupdf.open(stream=render(replace(made, sections=sections), "pdf"), filetype="pdf")
    blocks = [block for page in pdf for block in page.get_text("dict")["blocks"]]
    lines = ["".join(span["text"] for span in line["spans"]) for b in blocks for line in b.get("lines", [])]
    first = next(line for line in lines if "一一" in line)
    assert len(first) >= 24 and "同时高于" in first


@pytest.mark.parametrize("paragraphs", range(16, 20))
def test_the_signature_never_stands_on_a_page_without_text(paragraphs: int) -> None:
    words = "# 题\n" + "正文一段。\n\n" * paragraphs + "这是末段。\n"
    made = compose_text(words, "t.md", sample(), scope())
    pages = [page.get_text() for page in pymupdf.open(stream=render(made, "pdf"), filetype="pdf")]
    assert [("丽江市财政局" in page, "这是末段" in page) for page in pages][-1] == (True, True)
    document = word.Document(BytesIO(render(made, "docx")))
    last = next(p for p in document.paragraphs if p.text == "这是末段。")
    assert last.paragraph_format.keep_with_next


ANNEX = """# 题
## 甲
正文。
附件：乙
---
## 乙
:::table 长表
| 标记 | 原因 | 内容 |
{% for _ in range(12) %}
| A | 没有登记这项统计资料 | {{ '很长的内容、' * 30 }} |
{% endfor %}
:::
"""


def test_an_annex_follows_the_signature_on_a_page_of_its_own() -> None:
    made = compose_text(ANNEX, "t.md", sample(), scope())
    pages = [page.get_text() for page in pymupdf.open(stream=render(made, "pdf"), filetype="pdf")]
    assert "丽江市财政局" in pages[0] and "附件：乙\n" in pages[1] and "丽江市财政局" not in pages[1]
    document = word.Document(BytesIO(render(made, "docx")))
    heads = {
        p.text: p.paragraph_format.page_break_before for p in document.paragraphs if "Heading" in p.style.name
    }
    assert heads == {"一、甲": None, "附件：乙": True}
    assert '<p class="signed">丽江市财政局<br>2026年2月13日</p>' in render(made, "html").decode()


def test_what_follows_the_last_table_takes_no_page_of_its_own() -> None:
    table = ":::table 表 | 单位：万元\n| 项目 | 数 |\n| 甲 | 1 |\n:::\n"
    report = compose_text(
        f"# 标题\n\n## 一段\n\n{table}\n\n文。\n\n---\n\n## 附件\n\n{table}", "t", sample(), scope()
    )
    document = word.Document(BytesIO(render(report, "docx")))
    last, before = document.paragraphs[-1], document.element.body[-3]
    assert (last.text, before.tag.endswith("}tbl")) == ("", True)
    assert last.paragraph_format.line_spacing == Pt(1)
    assert [size.val.pt for size in last._p.iter() if size.tag.endswith("}sz")] == [1]
    spaces = [p.paragraph_format.line_spacing for p in document.paragraphs[:-1] if not p.text]
    assert Pt(10) in spaces and Pt(1) not in spaces


def test_much_text_gets_the_room_and_a_tall_table_may_break() -> None:
    made = compose_text(ANNEX, "t.md", sample(), scope())
    table = next(block for block in made.blocks() if isinstance(block, Table))
    mark, reason, words = layout.column_widths(table)
    assert words > reason > mark and mark * 72 / 25.4 > layout.text_width("标记")
    assert sum((mark, reason, words)) == pytest.approx(layout.TEXT_WIDTH_MM)
    assert not layout.is_whole(table)
    pages = pymupdf.open(stream=render(made, "pdf"), filetype="pdf")
    assert sum(page.get_text().count("很长的内容") for page in pages) == 360


def test_a_title_breaks_between_its_parts_and_evenly() -> None:
    parts = ["鄂尔多斯市", "2025年地方财政", "预算执行情况和", "2026年地方财政", "预算草案的报告"]
    assert layout.title_lines(parts) == [
        "鄂尔多斯市2025年地方财政预算执行情况和", "2026年地方财政预算草案的报告",
    ]  # fmt: skip
    short = ["鄂尔多斯市", "2022年地方财政", "预算执行情况的报告"]
    assert layout.title_lines(short) == ["鄂尔多斯市2022年地方财政", "预算执行情况的报告"]
    assert layout.title_lines(["甲市", "工作总结"]) == ["甲市工作总结"]


@pytest.mark.parametrize("lines", range(10, 16))
def test_a_table_that_breaks_leaves_no_row_or_two_alone(lines: int) -> None:
    rows = "\n".join(f"| 第{at:02}行 | {at} |" for at in range(1, 21))
    table = f":::table 表 | 单位：万元\n| 项目 | 上年||决算 |\n{rows}\n:::\n"
    text = f"# 标题\n\n## 一段\n\n{'文' * (28 * lines)}。\n\n{table}"
    made = compose_text(text, "t", sample(), scope())
    pages = [page.get_text() for page in pymupdf.open(stream=render(made, "pdf"), filetype="pdf")]
    told = [page.count("行\n") for page in pages]
    assert sum(told) == 20 and all(count == 0 or count >= layout.COMPANY_ROWS for count in told)
    assert told[0] >= layout.COMPANY_ROWS or "表1" not in pages[0]


@pytest.mark.parametrize("lines", range(8, 20))
def test_the_row_of_a_group_stays_with_its_first_item(lines: int) -> None:
    """A county's row never ends a page whose next begins with what the county got."""
    rows = "\n".join(
        f"| **第{at}旗** | {at} |\n| 甲项{at} | {at} |\n| 乙项{at} | {at} |" for at in range(1, 9)
    )
    table = f":::table 表 | 单位：万元\n| 项目 | 上年||决算 |\n{rows}\n| **合计** | 9 |\n:::\n"
    text = f"# 标题\n\n## 一段\n\n{'文' * (28 * lines)}。\n\n{table}"
    made = compose_text(text, "t", sample(), scope())
    pages = [page.get_text() for page in pymupdf.open(stream=render(made, "pdf"), filetype="pdf")]
    for at in range(1, 9):
        (where,) = [page for page in pages if f"第{at}旗" in page]
        assert f"甲项{at}\n" in where, at
    grid = word.Document(BytesIO(render(made, "docx"))).tables[0]
    for row in grid.rows[1:-1]:
        kept = row.cells[0].paragraphs[0].paragraph_format.keep_with_next
        assert kept or "旗" not in row.cells[0].text


@pytest.mark.parametrize("count", [5, 6, 8])
@pytest.mark.parametrize("lines", range(9, 15))
def test_no_table_leaves_a_third_of_the_page_before_it_empty(lines: int, count: int) -> None:
    rows = "\n".join(f"| 第{at:02}行 | {at} |" for at in range(count))
    table = f":::table 表 | 单位：万元\n| 项目 | 上年||决算 |\n{rows}\n:::\n"
    made = compose_text(
        f"# 标题\n\n## 一段\n\n{'文' * (28 * lines)}。\n\n### 小节\n\n{table}\n\n{'又' * 300}",
        "t",
        sample(),
        scope(),
    )
    first = pymupdf.open(stream=render(made, "pdf"), filetype="pdf")[0]
    bottom = (layout.PAGE_MM[1] - layout.BOTTOM_MM) / layout.MM_PER_PT
    last = max(block[3] for block in first.get_text("blocks") if block[3] < bottom + 5)
    assert (bottom - last) * 3 < bottom - layout.TOP_MM / layout.MM_PER_PT


@pytest.mark.parametrize("count", [5, 20])
@pytest.mark.parametrize("lines", range(6, 16))
def test_a_note_below_a_table_is_on_the_page_of_its_last_row(lines: int, count: int) -> None:
    rows = "\n".join(f"| 第{at:02}行 | {at} |" for at in range(1, count + 1))
    table = f":::table 表 | 单位：万元\n| 项目 | 上年||决算 |\n{rows}\n:::\n\n> 各数照列。\n"
    text = f"# 标题\n\n## 一段\n\n{'文' * (28 * lines)}。\n\n{table}\n又一段。"
    made = compose_text(text, "t", sample(), scope())
    (noted,) = (
        page.get_text() for page in pymupdf.open(stream=render(made, "pdf"), filetype="pdf")
        if "注：各数照列" in page.get_text()
    )  # fmt: skip
    assert f"第{count:02}行" in noted
    document = word.Document(BytesIO(render(made, "docx")))
    grid = document.tables[0]
    (gap,) = (one for one in document.paragraphs if one._p is grid._tbl.getnext())
    kept = [grid.rows[-1].cells[0].paragraphs[0], gap]
    assert all(one.paragraph_format.keep_with_next for one in kept) and not gap.text


@pytest.mark.parametrize("lines", [13, 14, 15])
def test_a_table_at_the_end_keeps_the_signature_company(lines: int) -> None:
    table = ":::table 表 | 单位：万元\n| 项目 | 上年||决算 |\n| 甲 | 1 |\n| 乙 | 2 |\n| 丙 | 3 |\n:::\n"
    made = compose_text(f"# 标题\n\n## 一段\n\n{'文' * (28 * lines)}。\n\n{table}", "t", sample(), scope())
    pages = [page.get_text() for page in pymupdf.open(stream=render(made, "pdf"), filetype="pdf")]
    (signed,) = (page for page in pages if "丽江市财政局" in page)
    assert "丙" in signed


def test_a_column_of_nothing_but_marks_is_one_of_numbers() -> None:
    text = "# 题\n\n:::table 表\n| 项 | 数 | 说 |\n| 甲 | — | 无 |\n| 乙 | — | — |\n:::\n"
    made = compose_text(text, "t", sample(), scope())
    table = next(block for block in made.blocks() if isinstance(block, Table))
    assert table.is_numeric == (False, True, False)


# --- all three ----------------------------------------------------------------------------


def test_a_gap_is_visible_in_all_three(files: dict[str, bytes]) -> None:
    said = "〔缺A：账上没有发生额〕"
    document = word.Document(BytesIO(files["docx"]))
    assert any(said in paragraph.text for paragraph in document.paragraphs)
    assert said in files["html"].decode()
    pdf = pymupdf.open(stream=files["pdf"], filetype="pdf")
    assert said in "".join("".join(page.get_text() for page in pdf).split())


def test_charts_draw_outlines_and_say_what_is_missing(report: Report) -> None:
    chart = next(block for block in report.blocks() if isinstance(block, Chart))
    svg = charts.to_svg(chart).decode()
    assert "<text" not in svg and "<path" in svg
    assert charts.to_png(chart)[:4] == b"\x89PNG"


def _colours(chart: Chart) -> list[Counter[str]]:
    """How many pixels of each colour there are in the rooms of the two labels of an upright chart."""
    seen = pymupdf.Pixmap(charts.to_png(chart))
    middle = seen.width // 2
    found: list[Counter[str]] = [Counter(), Counter()]
    for y in range(0, seen.height, 2):
        for x in range(100, seen.width, 2):
            found[x > middle + 50]["#{:02X}{:02X}{:02X}".format(*seen.pixel(x, y))] += 1
    return found


def _chart(kind: ChartKind, *values: tuple[Run, ...]) -> Chart:
    return Chart(1, kind, "图", "亿元", ("甲", "乙"), ("税收", "非税")[: len(values)], values)


def _number(number: int) -> FigureRun:
    return FigureRun(str(number), "k", Decimal(number))


def test_bars_are_as_high_as_their_numbers() -> None:
    blue, orange = charts.PALETTE[:2]
    one, two = _colours(_chart("bar", (_number(10), _number(20))))
    assert two[blue] / one[blue] == pytest.approx(2, rel=0.02)
    low, high = _colours(_chart("stacked", (_number(10), _number(20)), (_number(30), _number(-10))))
    assert high[blue] / low[blue] == pytest.approx(2, rel=0.1)  # numbers stand in the bars
    assert low[orange] / high[orange] == pytest.approx(3, rel=0.1)


def test_a_missing_part_of_a_bar_is_named_in_red() -> None:
    gap = GapRun("〔缺〕", "k", "表六没有这一行", False)
    whole, lacking = _colours(_chart("stacked", (_number(10), _number(20)), (_number(30), gap)))
    assert lacking["#B01E1E"] and not whole["#B01E1E"]


def test_a_line_breaks_where_a_number_is_missing() -> None:
    gap = GapRun("〔缺〕", "k", "表六没有这一行", False)
    run, broken = (_colours(_chart("line", (_number(10), last))) for last in (_number(10), gap))
    assert broken[1][charts.PALETTE[0]] == 0 < run[1][charts.PALETTE[0]]


def test_column_widths_fill_the_page(report: Report) -> None:
    table = next(block for block in report.blocks() if hasattr(block, "is_numeric"))
    widths = layout.column_widths(table)
    assert sum(widths) == pytest.approx(layout.TEXT_WIDTH_MM)
    assert min(widths) > 5


def test_shipped_fonts_are_small_and_have_their_licences() -> None:
    files = list(fonts.FOLDER.glob("*.ttf"))
    assert sum(file.stat().st_size for file in files) < 12_500_000
    for file in files:
        licence = fonts.FOLDER / f"OFL-{file.stem.split('-')[0]}.txt"
        assert "SIL OPEN FONT LICENSE" in licence.read_text(encoding="utf-8")


def test_the_name_of_every_division_can_be_printed() -> None:
    assert fonts.missing("".join(row.name for row in regions.governments_known())) == []


@pytest.mark.parametrize("count", [34, 35, 36, 37, 60])
def test_a_table_leaves_no_row_or_two_alone_on_a_page(count: int) -> None:
    rows = "\n".join(f"| 第{number}行 | 内容 |" for number in range(count))
    text = f"# 题\n\n:::table 长表\n| 甲 | 乙 |\n{rows}\n:::\n"
    made = pymupdf.open(stream=render(compose_text(text, "t.md", sample(), scope()), "pdf"))
    held = [len(re.findall(r"第\d+行", page.get_text())) for page in made]
    assert sum(held) == count and all(number == 0 or number > 2 for number in held), held
