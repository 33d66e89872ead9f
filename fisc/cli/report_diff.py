"""What moved a figure between two moments or cut-offs, for people: the largest vouchers first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fisc.cli import output
from fisc.cli.moments import shown
from fisc.kernel.money import format_fen
from fisc.report.evidence import exact

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.reading.changes import Change
    from fisc.reading.trace import TracedEntry


def say_change(console: Console, change: Change, limit: int, depth: int = 0) -> None:
    """The figure before and after, what it is made of, and its `limit` largest vouchers."""
    pad = "　" * depth
    year, months = change.after.ask.fiscal_year, [r.ask.cutoff_month for r in (change.before, change.after)]
    cut = f"，截至 {months[0]} 月到截至 {months[1]} 月" if months[0] != months[1] else ""
    console.print(f"{pad}{change.after.name_zh}（{year} 年{cut}）：{_moved(change)}", markup=False)
    for operand in change.operands:
        say_change(console, operand, limit, depth + 1)
    if change.entries:
        _say_entries(console, change, limit)


def _moved(change: Change) -> str:
    """Both values and the difference; one that did not move says so."""
    before, after = change.before.value, change.after.value
    said = _value(change.after)
    if not change.entries and before == after:
        return f"{said}，没有变化" + ("" if change.operands else "，两者之间没有影响它的凭证")
    said = f"{_value(change.before)} → {said}"
    if before is None or after is None:
        return said
    word = "减少" if after < before else "增加"
    moved = exact(abs(int(after) - int(before)), "fen") if change.after.unit == "fen" else ""
    return f"{said}（{word} {moved}）" if moved else said


def _value(result: Any) -> str:
    if result.value is None:
        return "没有数"
    return exact(result.value, result.unit)


def _say_entries(console: Console, change: Change, limit: int) -> None:
    ordered = sorted(change.entries, key=lambda entry: (-abs(entry.amount_fen), entry.entry_id))
    listed, rest = ordered[:limit], ordered[limit:]
    console.print(_entry_table(listed))
    said = f"共 {len(ordered)} 张凭证，合计 {_wan(change.moved_fen)} 万元"
    if rest:
        amount = _wan(sum(entry.amount_fen for entry in rest))
        said += f"；列出金额最大的 {len(listed)} 张，其余 {len(rest)} 张 {amount} 万元"
        said += "（--limit 多列，--json 全列）"
    console.print(said, markup=False)


def _entry_table(entries: list[TracedEntry]) -> Any:
    lines = [
        (e.entry_id, shown(e.posted_at), _wan(e.amount_fen), e.code,
         " ".join(filter(None, (e.summary, e.document_title or e.document_no))) or e.source_ref)
        for e in entries
    ]  # fmt: skip
    return output.table(("凭证>", "入账时刻>", "万元>", "代码", "摘要和单据"), lines)


def _wan(amount_fen: int) -> str:
    return format_fen(amount_fen, "万元", 2)
