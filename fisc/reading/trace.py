"""A figure opened: its definition, its breakdown, its entries, their documents and source cells.

The breakdown and the entries come from the selection that gave the value. A combination opens
into its operands, each with its own breakdown and entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType
from typing import Any

from fisc.reading.algebra import Where, selection_of
from fisc.reading.bind import FigureError
from fisc.reading.counterparts import Counterpart, Parties, Told, told_of
from fisc.reading.engines.base import Row
from fisc.reading.service import Ask, FigureResult, FigureService

DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class TracedLine:
    """One posting of an entry: the account and the amount in the figure's own sense (positive adds).

    `counterpart` is the government that its money goes to or comes from, where it passes between two.
    """

    line: int
    account: str
    account_name: str
    amount_fen: int
    counterpart: Counterpart | None = None


@dataclass(frozen=True, slots=True)
class TracedEntry:
    """An entry behind a figure, with the document and the place in it that it was posted from.

    `code` is what it counts under: the full code of the element the figure is broken down by.
    """

    entry_id: int
    natural_key: str
    period: int
    posted_at: datetime
    summary: str
    rule_code: str
    source_ref: str
    document_title: str
    document_no: str
    source_name: str
    code: str
    lines: tuple[TracedLine, ...]

    @property
    def amount_fen(self) -> int:
        """What the entry adds to the figure."""
        return sum(line.amount_fen for line in self.lines)

    @property
    def counterparts(self) -> tuple[Counterpart, ...]:
        """The other governments of its lines, each once."""
        return tuple(dict.fromkeys(line.counterpart for line in self.lines if line.counterpart))


@dataclass(frozen=True, slots=True)
class Trace:
    """A figure and what is behind it; `is_complete` is False where the limit cut the entries short."""

    result: FigureResult
    entries: tuple[TracedEntry, ...]
    is_complete: bool
    operands: tuple[Trace, ...] = ()


def trace(
    service: FigureService, ask: Ask, limit: int = DEFAULT_LIMIT, code: str = "", *,
    parties: Parties | None = None,
) -> Trace:  # fmt: skip
    """Open a figure down to its first `limit` postings.

    `code` keeps to the part of the figure whose breakdown element starts with it. `parties` tells between
    which governments documents pass money, where their coding blocks do not.
    Raises FigureError where the figure has no such part.
    """
    return _open(service, service.get_many([_narrowed(service, ask, code)])[0], limit, parties)


def _narrowed(service: FigureService, ask: Ask, code: str) -> Ask:
    if not code:
        return ask
    by = service.get_many([ask])[0].by
    if by is None:
        raise FigureError(
            f"指标 {ask.figure_id} 没有分项，不能按代码 {code} 展开", hint="请展开它的组成指标（去掉 --code）"
        )
    return replace(ask, narrowed=(*ask.narrowed, Where(by.element, (code,))))


def _open(service: FigureService, result: FigureResult, limit: int, parties: Parties | None) -> Trace:
    if result.operands:
        return Trace(result, (), True, tuple(_open(service, o, limit, parties) for o in result.operands))
    selection = selection_of(service.figure(result.id).formula)
    if selection is None or not result.row_count:
        return Trace(result, (), True)
    rows = service.rows(result.ask, limit)
    element = result.by.element if result.by else selection.by.element
    told = told_of(service, rows, [element], parties)
    codes = {row.coding_id: told[row.entry_id, row.line].codes[element] for row in rows}
    entries = entries_of(rows, selection.side, codes, told)
    return Trace(result, entries, len(rows) >= result.row_count)


def entries_of(
    rows: Iterable[Row],
    side: int,
    codes: Mapping[int, str],
    told: Mapping[tuple[int, int], Told] = MappingProxyType({}),
) -> tuple[TracedEntry, ...]:
    """The rows gathered by entry, by code and entry; `codes` gives the code of a coding block."""
    ordered: dict[int, list[Row]] = {}
    for entry_id, group in groupby(rows, key=lambda row: row.entry_id):
        ordered.setdefault(entry_id, []).extend(group)
    entries = [_entry(lines, side, codes.get(lines[0].coding_id, ""), told) for lines in ordered.values()]
    return tuple(sorted(entries, key=lambda entry: (entry.code, entry.entry_id)))


def _entry(rows: list[Row], side: int, code: str, told: Mapping[tuple[int, int], Told]) -> TracedEntry:
    first = rows[0]
    return TracedEntry(
        first.entry_id, first.natural_key, first.period, first.posted_at, first.summary, first.rule_code,
        first.source_ref, first.document_title, first.document_no, first.source_name, code,
        tuple(
            TracedLine(
                row.line, row.account, row.account_name, row.amount_fen * side,
                told[row.entry_id, row.line].counterpart if (row.entry_id, row.line) in told else None,
            )
            for row in rows
        ),
    )  # fmt: skip


def as_json(opened: Trace) -> dict[str, Any]:
    """The trace as plain data; amounts in fen, ratios as text."""
    result = opened.result
    return {
        **result_json(result),
        "entries": [entry_json(entry) for entry in opened.entries],
        "is_complete": opened.is_complete,
        "operands": [as_json(operand) for operand in opened.operands],
    }


def result_json(result: FigureResult) -> dict[str, Any]:
    """A figure's result as plain data."""
    ask = result.ask
    return {
        "id": result.id, "name": result.name_zh, "definition": result.definition_zh,
        "version": result.version,
        "legal_source": result.legal_source, "unit": result.unit, "value": plain(result.value),
        "gap_reason": result.gap_reason, "undefined_reason": result.undefined_reason,
        "region": ask.region, "fiscal_year": ask.fiscal_year, "scope": result.scope,
        "cutoff_month": ask.cutoff_month, "as_of": ask.as_of.isoformat() if ask.as_of else None,
        "divisions": list(result.divisions), "row_count": result.row_count, "engine": result.source_name,
        "breakdown_by": result.by.element if result.by else None,
        "breakdown": [{"code": p.code, "name": p.label, "value": plain(p.value)} for p in result.breakdown],
    }  # fmt: skip


def plain(value: int | Decimal | None) -> int | str | None:
    """Fen and counts as integers, ratios as exact text."""
    return str(value) if isinstance(value, Decimal) else value


def entry_json(entry: TracedEntry) -> dict[str, Any]:
    """An entry as plain data, with its document and lines."""
    return {
        "entry_id": entry.entry_id, "natural_key": entry.natural_key, "period": entry.period,
        "posted_at": entry.posted_at.isoformat(), "summary": entry.summary, "rule": entry.rule_code,
        "source_ref": entry.source_ref,
        "document": {"title": entry.document_title, "no": entry.document_no, "source": entry.source_name},
        "code": entry.code, "amount_fen": entry.amount_fen,
        "counterparts": [one.as_json() for one in entry.counterparts],
        "lines": [{"line": x.line, "account": x.account, "account_name": x.account_name,
                   "amount_fen": x.amount_fen,
                   "counterpart": x.counterpart.as_json() if x.counterpart else None} for x in entry.lines],
    }  # fmt: skip
