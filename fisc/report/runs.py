"""Marked text -> runs, with each number printed in the unit its surroundings ask for."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from fisc.kernel.money import fen_per
from fisc.report.amounts import Style, common_unit, multiple_of, show, unit_of
from fisc.report.marks import Marked, Marks, Reference
from fisc.report.model import FigureRun, GapRun, Run, TextRun
from fisc.report.ports import FigureResult
from fisc.report.reasons import why

_BOLD = re.compile(r"\*\*(.+?)\*\*")

Piece = Reference | str | Marked


def prose_runs(marks: Marks, text: str) -> list[Run]:
    """The runs of a paragraph; each amount is in the unit that fits it, unless it is asked for in one."""
    return [run for piece in marks.split(text) for run in _prose(marks, piece)]


def cell_runs(marks: Marks, text: str, unit: str, is_bare: bool = False) -> list[Run]:
    """The runs of a table cell or a chart point: numbers in the `unit` of the head, bare or not."""
    runs: list[Run] = []
    for piece in marks.split(text):
        if isinstance(piece, Reference):
            runs.append(_number(marks, piece, _cell_style(piece, unit, is_bare), is_short=True))
        else:
            runs.append(TextRun(str(piece)))
    return runs


def _prose(marks: Marks, piece: Piece) -> list[Run]:
    if isinstance(piece, Reference):
        number = _number(marks, piece, piece.style, is_short=False)
        is_missing = isinstance(number, GapRun) and piece.style.words
        missing = unit_of(piece.result, piece.style) if is_missing else ""
        return [number, TextRun(missing)] if missing else [number]
    if not isinstance(piece, Marked):
        return [TextRun(piece)]
    words = _BOLD.split(piece)
    return [TextRun(word, is_bold=bool(index % 2)) for index, word in enumerate(words) if word]


def _cell_style(piece: Reference, unit: str, is_bare: bool) -> Style:
    style = replace(piece.style, unit=piece.style.unit or unit, has_unit=not is_bare)
    if style.digits is None and style.unit == "万元" and piece.result.unit == "fen":
        return replace(style, digits=0)
    return style


def _number(marks: Marks, piece: Reference, style: Style, is_short: bool) -> Run:
    result = piece.result
    if result.value is None:
        return _gap(marks, piece, style.words, is_short)
    return FigureRun(show(result, style), result.ask.key, _scaled(result, style), result.unit == "fen")


def _gap(marks: Marks, piece: Reference, words: str, is_short: bool) -> GapRun:
    result, key = piece.result, piece.result.ask.key
    if result.undefined_reason:
        text = "—" if is_short else f"—（{result.undefined_reason}）"
        return GapRun(text, key, result.undefined_reason, is_undefined=True)
    reason = (piece.why or why(result, _is_known)).text
    text = "〔缺〕" if is_short else words or marks.lettered(reason)
    return GapRun(text, key, reason, is_undefined=False)


def _is_known(figure_id: str) -> bool:
    """A figure that a template names is one of the catalogue, or the template was refused."""
    return True


def _scaled(result: FigureResult, style: Style) -> Decimal:
    """The value in the printed unit, unrounded: what a chart draws."""
    value = Decimal(result.value or 0)
    if result.unit == "fen":
        unit = style.unit or common_unit([int(value)])
        return value / fen_per(unit)
    return value * 100 if result.unit == "ratio" else value / multiple_of(style.scale)
