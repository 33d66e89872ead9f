"""The slots of the annual summary for people (a list that fits 80 columns) and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from fisc.report.ports import FigureResult, Scope, VoucherRow
    from fisc.report.slots import SlotState

_GAP = "〔缺〕"


def slot_json(state: SlotState, rows: int = 0) -> dict[str, Any]:
    """A slot as plain data; `vouchers` are the first `rows` lines behind it.

    `reason` says why it is a gap, `remedy` what brings the number, `detail` what the figure says.
    """
    slot, result = state.slot, state.result
    value = format(state.value, "f") if not isinstance(state.value, str | bool | None) else state.value
    return {
        "n": slot.n, "name": slot.name, "section": slot.section, "quantity": slot.quantity, "kind": slot.kind,
        "figure": slot.figure, "state": state.state, "value": value, "unit": slot.unit,
        "shown": state.shown, "exact": None if state.exact is None else str(state.exact),
        "region": result.ask.region if result else "", "rows": state.rows,
        "operands": [figure.ask.key for figure in _behind(state)],
        "sources": list(dict.fromkeys(paper for figure in _papered(state) for paper in _sources(figure))),
        "reason": state.reason.text if state.reason else "",
        "remedy": state.reason.remedy if state.reason else "",
        "detail": result.gap_reason or result.undefined_reason if result else "",
        "vouchers": [_voucher_json(row) for row in _vouchers(state, rows)],
    }  # fmt: skip


def _behind(state: SlotState) -> tuple[FigureResult, ...]:
    if state.verdict:
        return state.verdict.figures
    return state.result.operands if state.result else ()


def _papered(state: SlotState) -> tuple[FigureResult, ...]:
    """The figures whose papers a slot names: those a claim read, or its own."""
    if state.verdict:
        return state.verdict.figures
    return (state.result,) if state.result else ()


def _sources(result: FigureResult) -> list[str]:
    """The papers behind a figure that rests on no vouchers; those of its operands where it has some."""
    if result.value is None or result.row_count:
        return []
    if result.operands:
        return [paper for operand in result.operands for paper in _sources(operand)]
    return [part.label or part.code for part in result.breakdown]


def _vouchers(state: SlotState, wanted: int) -> list[VoucherRow]:
    found: list[VoucherRow] = []
    waiting = list(_behind(state)) or ([state.result] if state.result else [])
    while waiting and len(found) < wanted:
        figure = waiting.pop(0)
        waiting = [*figure.operands, *waiting]
        found += [] if figure.operands else figure.load_rows()
    return found[:wanted]


def _voucher_json(row: VoucherRow) -> dict[str, Any]:
    return {
        "entry_id": row.entry_id, "business_date": row.business_date, "document": row.document,
        "source_ref": row.source_ref, "amount_fen": row.amount_fen, "account": row.account,
        "rule": row.rule_code, "summary": row.summary, "region": row.region, "code": row.code,
        "payee": row.payee, "counterpart": row.other,
    }  # fmt: skip


def say_slots(console: Console, scope: Scope, states: list[SlotState], total: int) -> None:
    """The slots as a list, and below it why what is missing is missing."""
    if scope.known_words:
        console.print(scope.known_words, markup=False)
    console.print(_table(states))
    filled = sum(state.state == "filled" for state in states)
    console.print(
        f"全部 {total} 项；这里 {len(states)} 项，其中有数 {filled} 项、缺 {len(states) - filled} 项"
    )
    for line in (*_reasons(states), *_fallen(states)):
        console.print(line, markup=False)


def _table(states: Iterable[SlotState]) -> RenderableType:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    made.add_column("项", no_wrap=True)
    made.add_column("内容和指标", overflow="fold")
    made.add_column("数值", justify="right", no_wrap=True)
    made.add_column("凭证行", justify="right", no_wrap=True)
    section = ""
    for state in states:
        slot = state.slot
        if slot.section != section:
            section = slot.section
            made.add_section()
            made.add_row("", f"[bold]{section}[/bold]", "", "")
        figure = "" if slot.kind in ("period", "name") else f"\n[dim]{slot.figure}[/dim]"
        made.add_row(slot.n, slot.quantity + figure, state.shown or _GAP, str(state.rows or ""))
    return made


def _reasons(states: Iterable[SlotState]) -> list[str]:
    """A line for each reason: which slots, why, and what brings the numbers."""
    found: dict[tuple[str, str], list[str]] = {}
    for state in states:
        brief = state.verdict.why if state.verdict else state.reason
        if state.state == "gap" and brief:
            found.setdefault((brief.text, brief.remedy), []).append(state.slot.n)
    return [
        f"缺{len(ns)}项：{text}（{'、'.join(ns)}）{'；' + remedy if remedy else ''}"
        for (text, remedy), ns in found.items()
    ]


def _fallen(states: Iterable[SlotState]) -> list[str]:
    return [
        f"结论不成立：{state.slot.n} {state.slot.quantity}（{state.reason.text}）"
        for state in states
        if state.value is False and state.reason
    ]
