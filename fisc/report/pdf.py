"""The report as a PDF, set by typst with the fonts that ship with fisc and no others.

The page is that of the Word document (`fisc.report.layout`). The source text for typst is
made here from the document model; every word goes in as a quoted string, so no name can be
read as markup. The creation date is the report's own, so the same report gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeGuard

import typst

from fisc.report import layout
from fisc.report.charts import to_svg
from fisc.report.drawing import document_words, own_fonts, quoted
from fisc.report.model import (
    Block,
    Cell,
    Chart,
    FigureRun,
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
    block_text,
)

#: How many paragraphs before the signature stay on its page, those of so many characters at most.
_COMPANY = 2
_SHORT = 280

#: Punctuation that never begins a line.
_CLOSING = "，。；：、！？）》”〕%"

#: A number with its sign and %, in which no line ends.
_DIGITS = re.compile(r"[-<>\d,.]+%?")

STYLE = Path(__file__).parent / "templates" / "official.typ"


def render(report: Report) -> bytes:
    """The report as the bytes of a PDF; the same report gives the same bytes."""
    with TemporaryDirectory(prefix="fisc-pdf-") as name:
        folder = Path(name)
        (folder / "official.typ").write_bytes(STYLE.read_bytes())
        for block in report.blocks():
            if isinstance(block, Chart):
                (folder / f"chart-{block.number}.svg").write_bytes(to_svg(block))
        main = folder / "main.typ"
        main.write_text(source(report), encoding="utf-8")
        made = datetime.combine(report.scope.issued_on or report.scope.dated_on, time(), UTC)
        pdf = typst.compile(
            str(main),
            root=str(folder),
            font_paths=own_fonts(),
            format="pdf",
            timestamp=int(made.timestamp()),
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst returned no document")
    return pdf


def source(report: Report) -> str:
    """The report in typst's own language; reads official.typ and chart-N.svg beside it."""
    day = report.scope.issued_on or report.scope.dated_on
    lines = ", ".join(quoted(line) for line in layout.title_lines(report.title_lines))
    parts = [
        '#import "official.typ": *',
        f"#show: official.with(title: {quoted(report.title)}, lines: ({lines},),"
        f" author: {quoted(report.scope.compiled_by)},"
        f" notice: {quoted(report.scope.notice)}, known: {quoted(report.scope.known_words)},"
        f" {document_words(report.properties)},"
        f" date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))",
        *_body(report),
    ]
    return "\n\n".join(parts) + "\n"


def _body(report: Report) -> Iterator[str]:
    """The blocks; the last paragraphs before the signature keep it company on its page.

    What is noted below a table is part of it.
    """
    blocks = list(report.blocks())
    signed_at = next(index for index, block in enumerate(blocks) if isinstance(block, Signature))
    for index, block in enumerate(blocks):
        if isinstance(block, Note) and isinstance(blocks[index - 1], Table):
            continue
        after = blocks[index + 1] if index + 1 < len(blocks) else None
        note = after if isinstance(after, Note) else None
        if index == signed_at:
            yield f"#signature({quoted(report.scope.compiled_by)}, {quoted(report.scope.signed())})"
        elif signed_at - _COMPANY <= index < signed_at and _is_short(block):
            yield f"#last[{_content(block.runs)}]"
        elif index == signed_at - 1 and isinstance(block, Chart):
            yield _chart(block, keeps="true")
        elif isinstance(block, Table):
            yield _table(block, note, keeps="true" if index == signed_at - 1 else "false")
        else:
            yield _block(block)


def _is_short(block: Block) -> TypeGuard[Paragraph]:
    return isinstance(block, Paragraph) and len(block_text(block)) <= _SHORT


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        page = "#pagebreak(weak: true)\n" if block.is_annex else ""
        return f"{page}#numbered({block.level}, {quoted(block.number)}, {quoted(block.text)})"
    if isinstance(block, Paragraph):
        return _content(block.runs)
    if isinstance(block, Note):
        return f"#note[{_content(block.runs)}]"
    return _chart(block) if isinstance(block, Chart) else ""


#: What says a figure without a digit at its beginning and is no longer is a mark (第1位); more are words.
_MARK_CHARS = 4


def _content(runs: tuple[Run, ...]) -> str:
    """Runs in typst's language; a line ends within no number, unit or mark for a missing number.

    Digits hold together by themselves; a unit and a mark are boxed. A number and its unit may be parted, as
    lines that are filled up over a few whole words are stretched letter by letter. A box may be parted from
    what follows it, so it takes in the stop that must not begin a line.
    """
    texts = [run.text for run in runs] + [""]
    parts = []
    for at, run in enumerate(runs):
        digits, held = _held(run)
        if not held:
            parts.append(_run(run, texts[at]))
            continue
        rest = texts[at + 1].lstrip(_CLOSING)
        closing = texts[at + 1].removesuffix(rest)
        texts[at + 1] = rest
        parts.append((_run(run, digits) if digits else "") + f"#box[{_run(run, held)}#{quoted(closing)}]")
    return "".join(parts)


def _held(run: Run) -> tuple[str, str]:
    """What of a run breaks nowhere by itself, and what is boxed; neither of plain words."""
    if isinstance(run, GapRun) and not run.is_undefined and len(run.text) <= layout.WHOLE_CHARS:
        return "", run.text
    if not isinstance(run, FigureRun):
        return "", ""
    if digits := _DIGITS.match(run.text):
        return digits[0], run.text[digits.end() :]
    return "", run.text if len(run.text) <= _MARK_CHARS else ""


def _run(run: Run, text: str) -> str:
    if isinstance(run, GapRun) and not run.is_undefined:
        return f"#gap({quoted(text)})"
    if isinstance(run, TextRun) and run.is_bold:
        return f"#strong({quoted(text)})"
    return "#linebreak()".join(f"#{quoted(line)}" for line in text.split("\n"))


def _chart(chart: Chart, keeps: str = "false") -> str:
    """A chart; where it `keeps` the signature company, they go over to the next page together."""
    return (
        f'#chart("chart-{chart.number}.svg", {quoted(f"图{chart.number}　{chart.caption}")},'
        f" {quoted(chart.caption)}, {keeps})"
    )


def _table(table: Table, note: Note | None, keeps: str) -> str:
    """A table and the note below it; one on one page that `keeps` the signature company goes over with it."""
    widths = ", ".join(f"{width:.2f}mm" for width in layout.column_widths(table))
    aligns = ", ".join("right" if numeric else "left" for numeric in table.is_numeric)
    head = ", ".join(_cell(cell, is_strong=True) for row in table.header for cell in row.cells)
    body = ",\n  ".join(f"({_row(row)},)" for row in table.rows)
    kept = "".join(f"{index}, " for index in range(len(table.rows)) if layout.heads_group(table, index))
    caption = quoted(f"表{table.number}　{table.caption}")
    whole = "true" if layout.is_whole(table) else "false"
    start = f"{layout.start_pt(table):.0f}pt"
    return (
        f"#figures({caption}, {quoted(table.unit)}, ({widths}), ({aligns},),\n"
        f"  ({head}), (\n  {body},\n), ({kept}), {whole}, {start}, {layout.COMPANY_ROWS},"
        f" {keeps}, ({f'[{_content(note.runs)}],' if note else ''}))"
    )


def _row(row: Row) -> str:
    return ", ".join(_cell(cell, row.is_total) for cell in row.cells)


def _cell(cell: Cell, is_strong: bool) -> str:
    words = _content(cell.runs)
    indent = f"#h({cell.depth}em)" if cell.depth else ""
    return f"[#hei[{indent}{words}]]" if is_strong else f"[{indent}{words}]"
