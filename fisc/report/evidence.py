"""What stands behind the numbers of a report, packed for the page that shows it.

Figures are numbered in the order of the report, then the operands they rest on. Voucher
lines that several figures share are kept once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fisc.kernel.money import fen_per, format_fen
from fisc.reading.names import name_of
from fisc.report.amounts import Style, percent, show
from fisc.report.model import FigureRun, Report
from fisc.report.ports import BreakdownRow, FigureResult, Unit, Value, VoucherRow

#: Below this an amount is read most easily in 元.
_READ_IN_WAN_FEN = 10 * fen_per("万元")


@dataclass(slots=True)
class Panel:
    """One figure as the page lists it: `rows` are [voucher index, amount_fen].

    `value` is the exact value, `brief` the same in a unit that is easily read, or "". `reason` is why there
    is none: as the report says it, and then what the figure itself says.
    """

    number: int
    result: FigureResult
    place: str
    value: str
    brief: str
    reason: str
    operands: list[int] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)


@dataclass(slots=True)
class Evidence:
    """All panels, the number of each figure key, and the vouchers the panels share.

    A voucher is its entry id and the indices in `words` of its date, document, source cell,
    account, rule, summary, region, code, the code's name, payee, the document's number and the other
    government.
    """

    panels: list[Panel] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    vouchers: list[list[int]] = field(default_factory=list)
    through_month: int = 12
    _word_index: dict[str, int] = field(default_factory=dict)
    _voucher_index: dict[tuple[object, ...], int] = field(default_factory=dict)

    def voucher(self, row: VoucherRow) -> int:
        """The index of a voucher line's description, kept once."""
        number = row.document_no if row.document_no not in row.document else ""
        texts = (row.document, row.source_ref, row.account, row.rule_code, row.summary, row.region, row.code,
                 row.code_name, row.payee, number, row.other)  # fmt: skip
        told = (row.entry_id, row.business_date, *texts)
        index = self._voucher_index.get(told)
        if index is None:
            index = self._voucher_index[told] = len(self.vouchers)
            day = row.business_date.isoformat() if row.business_date else ""
            self.vouchers.append([row.entry_id, *map(self._word, (day, *texts))])
        return index

    def _word(self, text: str) -> int:
        """The index of a text that many vouchers share."""
        if text not in self._word_index:
            self._word_index[text] = len(self.words)
            self.words.append(text)
        return self._word_index[text]


def collect(report: Report) -> Evidence:
    """The evidence of every figure that the report prints, and of what those rest on."""
    evidence = Evidence(through_month=report.scope.through_month)
    shown = {run.key for run in report.runs() if hasattr(run, "key")}
    printed = {run.key: run.text for run in report.runs() if isinstance(run, FigureRun)}
    told = {gap.key: gap.reason for gap in report.gaps()}
    results = [result for key, result in report.exhibits.items() if key in shown]
    for result in _with_operands(results):
        evidence.numbers[result.ask.key] = len(evidence.panels) + 1
        key, number = result.ask.key, len(evidence.panels) + 1
        place = _place(result, report)
        evidence.panels.append(_panel(number, result, place, printed.get(key, ""), told.get(key, "")))
    for panel in evidence.panels:
        _fill(panel, evidence)
    return evidence


def _with_operands(results: list[FigureResult]) -> Iterator[FigureResult]:
    """Each figure once: those given, then their operands, then the operands of those."""
    seen: set[str] = set()
    level = results
    while level:
        fresh = [result for result in level if result.ask.key not in seen]
        for result in fresh:
            if result.ask.key not in seen:
                seen.add(result.ask.key)
                yield result
        level = [operand for result in fresh for operand in result.operands]


def _place(result: FigureResult, report: Report) -> str:
    code = result.ask.region
    place = report.scope.place_name(code)
    return name_of("mof_div_code", code, result.ask.fiscal_year) if place == code else place


def _panel(number: int, result: FigureResult, place: str, printed: str, told: str) -> Panel:
    value, brief = exact(result.value, result.unit), _brief(result, printed)
    return Panel(number, result, place, value, brief, _reason(result, told))


def _reason(result: FigureResult, told: str) -> str:
    """Why there is no value: as it is `told` in the report, and what the figure says where that is more."""
    own = result.undefined_reason or result.gap_reason
    return f"{told}（{own}）" if told and own and own != told else told or own


def _brief(result: FigureResult, printed: str) -> str:
    """A value as it is read: money in its unit, a count as the report prints it with its unit."""
    if result.value is None or result.unit not in ("fen", "count"):
        return ""
    if result.unit == "fen":
        return show(result, Style()) if abs(int(result.value)) >= _READ_IN_WAN_FEN else ""
    return printed if printed[-1:].isalpha() else ""


def _fill(panel: Panel, evidence: Evidence) -> None:
    result = panel.result
    panel.operands = [evidence.numbers[operand.ask.key] for operand in result.operands]
    if not result.operands:
        panel.rows = [[evidence.voucher(row), row.amount_fen] for row in result.load_rows()]


def exact(value: Value | None, unit: Unit) -> str:
    """A value without loss: money to the fen in 元, a ratio as a percentage with four places."""
    if value is None:
        return "—"
    if unit == "fen":
        return format_fen(int(value), "元", 2) + " 元"
    if unit == "ratio":
        return f"{percent(Decimal(value), 4)}%"
    if unit == "claim":
        return "成立" if value else "不成立"
    return f"{value:,}"


def script_json(evidence: Evidence) -> str:
    """The evidence as JSON that may stand inside a script element."""
    panels = [_packed(panel) for panel in evidence.panels]
    data = {
        "words": evidence.words, "vouchers": evidence.vouchers, "panels": panels,
        "months": evidence.through_month,
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _packed(panel: Panel) -> dict[str, Any]:
    """A panel for the page; `rest` is what the voucher lines that are not listed add up to, in fen."""
    result = panel.result
    parts = [_part(part, result) for part in result.breakdown]
    highest = max((Decimal(value) for _, value in result.trend), default=Decimal(0))
    trend = [[year, exact(value, result.unit), _length(value, highest)] for year, value in result.trend]
    total = result.row_count if panel.rows else 0
    rest = _rest(panel) if total > len(panel.rows) else None
    leaves = [_part(leaf, result) for leaf in _leaves(result)]
    return {"key": result.ask.key, "operands": panel.operands, "parts": parts, "leaves": leaves,
            "trend": trend, "rows": panel.rows, "total": total, "rest": rest}  # fmt: skip


def _part(part: BreakdownRow, whole: FigureResult) -> list[Any]:
    """A part: its code, name, value, share of the whole, its fen where it is money, count of its lines."""
    unit = part.unit or whole.unit
    fen = int(part.value) if unit == "fen" and part.value is not None else None
    shown = exact(part.value, unit)
    return [part.code, part.label, shown, _share(part.value, whole), fen, part.row_count]


def _leaves(result: FigureResult) -> Iterator[BreakdownRow]:
    """The parts below those shown, each with a value."""
    shown = {part.code for part in result.breakdown}
    yield from (leaf for leaf in result.load_leaves() if leaf.value and leaf.code not in shown)


def _share(value: Value | None, whole: FigureResult) -> str:
    """How much of the whole a part is; only money adds up to a whole."""
    if whole.unit != "fen" or not whole.value or value is None or whole.value < 0:
        return ""
    return f"{percent(Decimal(value) / Decimal(whole.value))}%"


def _length(value: Value, highest: Decimal) -> int:
    """How long a bar is beside the longest, in percent; what is below zero has none."""
    return max(int(Decimal(value) / highest * 100), 0) if highest > 0 else 0


def _rest(panel: Panel) -> int | None:
    value = panel.result.value
    if panel.result.unit != "fen" or value is None:
        return None
    return int(value) - sum(amount_fen for _, amount_fen in panel.rows)
