"""Marked text -> runs, with each number printed in the unit its surroundings ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from fisc.kernel.money import fen_per
from fisc.report.amounts import Style, multiple_of, sentence_unit, show
from fisc.report.marks import Marked, Marks, Reference
from fisc.report.model import FigureRun, GapRun, Run, TextRun
from fisc.report.ports import FigureResult

_SENTENCE_END = re.compile(r"(?<=。)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")

Piece = Reference | str | Marked


def prose_runs(marks: Marks, text: str) -> list[Run]:
    """The runs of a paragraph; the amounts of one sentence share one unit."""
    runs: list[Run] = []
    for sentence in _SENTENCE_END.split(text):
        pieces = marks.split(sentence)
        unit = sentence_unit(_free_amounts(pieces))
        for piece in pieces:
            runs.extend(_prose(piece, unit))
    return runs


def cell_runs(marks: Marks, text: str, unit: str, is_bare: bool = False) -> list[Run]:
    """The runs of a table cell or a chart point: numbers in the `unit` of the head, bare or not."""
    runs: list[Run] = []
    for piece in marks.split(text):
        if isinstance(piece, Reference):
            runs.append(_number(piece, _cell_style(piece, unit, is_bare), is_short=True))
        else:
            runs.append(TextRun(str(piece)))
    return runs


def _free_amounts(pieces: Iterable[Piece]) -> list[int]:
    """Amounts whose unit the sentence chooses."""
    references = (piece for piece in pieces if isinstance(piece, Reference))
    return [
        int(r.result.value)
        for r in references
        if r.result.unit == "fen" and r.result.value is not None and not r.style.unit
    ]


def _prose(piece: Piece, unit: str) -> list[Run]:
    if isinstance(piece, Reference):
        style = replace(piece.style, unit=piece.style.unit or unit)
        return [_number(piece, style, is_short=False)]
    if not isinstance(piece, Marked):
        return [TextRun(piece)]
    words = _BOLD.split(piece)
    return [TextRun(word, is_bold=bool(index % 2)) for index, word in enumerate(words) if word]


def _cell_style(piece: Reference, unit: str, is_bare: bool) -> Style:
    style = replace(piece.style, unit=piece.style.unit or unit, has_unit=not is_bare)
    if style.digits is None and style.unit == "万元" and piece.result.unit == "fen":
        return replace(style, digits=0)
    return style


def _number(piece: Reference, style: Style, is_short: bool) -> Run:
    result = piece.result
    if result.value is None:
        return _gap(result, result.ask.key, is_short)
    return FigureRun(show(result, style), result.ask.key, _scaled(result, style))


def _gap(result: FigureResult, key: str, is_short: bool) -> GapRun:
    if result.undefined_reason:
        text = "—" if is_short else f"—（{result.undefined_reason}）"
        return GapRun(text, key, result.undefined_reason, is_undefined=True)
    reason = result.gap_reason or "没有说明原因"
    return GapRun("〔缺〕" if is_short else f"〔缺：{reason}〕", key, reason, is_undefined=False)


def _scaled(result: FigureResult, style: Style) -> Decimal:
    """The value in the printed unit, unrounded: what a chart draws."""
    value = Decimal(result.value or 0)
    if result.unit == "fen":
        unit = style.unit or sentence_unit([int(value)])
        return value / fen_per(unit)
    return value * 100 if result.unit == "ratio" else value / multiple_of(style.scale)
