"""Slips as a PDF, set by typst with the fonts that ship with fisc; each begins a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import typst

from fisc.report.drawing import document_words, own_fonts, quoted
from fisc.report.slips.model import PAGE_WORDS, Slip, is_red

STYLE = Path(__file__).parents[1] / "templates" / "slip.typ"


def render(slips: Sequence[Slip]) -> bytes:
    """The bytes of the file; the same slips give the same bytes."""
    first = slips[0].properties
    said = f"#set document(title: {quoted(first.title)}, {document_words(first)})"
    source = "\n".join([said, STYLE.read_text("utf8"), *map(_slip, slips)])
    made = typst.Compiler(source.encode(), font_paths=own_fonts()).compile(format="pdf", timestamp=0)
    if not isinstance(made, bytes):
        raise TypeError("typst returned no document")
    return made


def _slip(slip: Slip) -> str:
    widths = ", ".join(f"{column.share}fr" for column in slip.columns)
    aligns = ", ".join("right" if column.is_amount else "left" for column in slip.columns)
    heads = ", ".join(quoted(column.heading) for column in slip.columns)
    return (
        f"#slip({quoted(slip.title)}, {_facts(slip.above)}, ({widths},), ({aligns},), ({heads},), "
        f"({''.join(f'{cell}, ' for cell in _cells(slip))}), "
        f"{_facts(slip.below)}, {_facts(slip.signed)}, {quoted(slip.notice)}, {quoted(slip.number)}, "
        f"({', '.join(map(quoted, PAGE_WORDS))}))\n"
    )


def _cells(slip: Slip) -> Iterator[str]:
    for row in slip.rows:
        for column, text in zip(slip.columns, row, strict=True):
            yield _words(text, is_in_red=is_red(column, text))
    if slip.total:
        first, *others = slip.total
        yield f"table.cell(colspan: {slip.spread}, align: left, strong({quoted(first)}))"
        for column, text in zip(slip.columns[slip.spread :], others, strict=True):
            yield f"strong({_words(text, is_in_red=is_red(column, text))})"


def _words(text: str, *, is_in_red: bool) -> str:
    return f"red({quoted(text)})" if is_in_red else f"[#{quoted(text)}]"


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    return "(" + "".join(f"({quoted(name)}, {quoted(value)}), " for name, value in facts) + ")"
