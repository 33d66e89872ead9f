"""`fisc report annual`, `slots` and `diff`: a bureau's annual summary, what it says, and what moved it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.exit_codes import help_text
from fisc.report.formats import parse_formats

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.figures.changes import Change
    from fisc.figures.engines import Engine
    from fisc.report.annual import Annual
    from fisc.report.ports import FigureResult, VoucherRow
    from fisc.report.slots import SlotState

#: Voucher lines the page carries per figure; `fisc trace` shows all of them.
ROWS_SHOWN = 200
_REGION = "150600"
_NOTE_LENGTH = 300

_Region = Annotated[str, typer.Option(help="市级区划代码，6 位或 9 位 / code of a city")]
_Year = Annotated[int, typer.Option(help="年度 / fiscal year")]
_Month = Annotated[
    int | None,
    typer.Option("--cutoff-month", min=1, max=12, help="收支截至月份，默认全年 / cut-off month"),
]
_AsOf = Annotated[datetime | None, typer.Option(help="按某一时刻已知的账务 / as known at")]
_From = Annotated[
    Path | None, typer.Option("--snapshot", help="从快照目录取数，不连数据库 / read from a snapshot folder")
]


def register(app: typer.Typer) -> None:
    """Add the annual summary's commands to `fisc report`."""
    app.command("annual", epilog=help_text())(annual)
    app.command("slots", epilog=help_text())(slots)
    app.command("diff", epilog=help_text())(diff)


def annual(
    *,
    region: _Region = _REGION,
    year: _Year = 2022,
    cutoff_month: _Month = None,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    formats: Annotated[str, typer.Option("--format", help="docx,html,pdf 中的一种或几种")] = "docx,html,pdf",
    as_of: _AsOf = None,
    dated: Annotated[datetime | None, typer.Option("--date", help="成文日期；不给则为草稿，日期留空")] = None,
    snapshot: _From = None,
    as_json: output.JsonFlag = False,
) -> None:
    """年度工作总结：稳、保、增、抓和下年安排 / the bureau's annual summary."""
    result = write_annual_summary(
        region, year, out, formats, month=cutoff_month, as_of=as_of, dated=dated, snapshot=snapshot
    )
    output.emit(result, as_json, lambda console: _say_annual(console, result))


def write_annual_summary(
    region: str, year: int, out: Path, formats: str = "docx,html,pdf", *, month: int | None = None,
    as_of: datetime | None = None, dated: datetime | None = None, snapshot: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the summary's files into `out`; what was written, the gaps, and the claims that fell.

    A city without data gets a summary of gaps. `snapshot` is a folder to read instead of the database.
    Raises ReportError for formats that are not known, FigureError where the folder holds no snapshot.
    """
    from fisc.cli.report import write_file

    wanted = parse_formats(formats)
    with _summary(region, year, month, as_of=as_of, dated=dated, snapshot=snapshot) as summary:
        report = summary.report()
        months = f"_{month:02d}" if month else ""
        files = [write_file(report, kind, out, f"{region[:6]}_{year}{months}_annual") for kind in wanted]
        states = summary.states()
    return {
        "title": report.title,
        "files": files,
        "figures": len(report.exhibits),
        "gaps": [{"figure": gap.key, "reason": gap.reason} for gap in report.gaps()],
        "slots": {"all": len(states), "filled": sum(state.state == "filled" for state in states)},
        "fallen_claims": [
            {"n": state.slot.n, "claim": state.slot.figure, "quantity": state.slot.quantity,
             "reason": state.reason}
            for state in states if state.value is False
        ],
    }  # fmt: skip


@contextmanager
def _summary(
    region: str, year: int, month: int | None, *, as_of: datetime | None = None,
    dated: datetime | None = None, snapshot: Path | None = None,
) -> Iterator[Annual]:  # fmt: skip
    """The summary over the ledger at one moment, or over a snapshot of it."""
    from fisc.figures.service import FigureService
    from fisc.report.annual import Annual
    from fisc.report.source import LedgerSource, city_scope

    _require_city(region)
    with _engine(snapshot) as engine:
        moment = as_of.astimezone() if as_of else None
        made_on, note = _documents(engine, region, year, month, moment)
        known = moment.isoformat(" ", "minutes") if moment else ""
        issued_on = dated.date() if dated else None
        scope = city_scope(region, year, made_on, issued_on=issued_on, source_note=note, as_of=known)
        source = LedgerSource(FigureService(engine, one_moment=True), moment, month, ROWS_SHOWN)
        yield Annual(source, scope, month or 12)


@contextmanager
def _engine(snapshot: Path | None) -> Iterator[Engine]:
    """Where the figures come from: the ledger at one moment, or a snapshot, which needs no database."""
    from fisc.cli.report import ledger
    from fisc.figures.engines import LiveEngine, SnapshotEngine

    if snapshot is None:
        with ledger() as conn:
            yield LiveEngine(conn, one_moment=True)
        return
    engine = SnapshotEngine(snapshot)
    try:
        yield engine
    finally:
        engine.close()


def _require_city(region: str) -> None:
    """Refuse a county: its figures would be the city's under the county's name."""
    from fisc.figures.bind import division, is_city
    from fisc.report.errors import ReportError

    if not is_city(division(region)):
        raise ReportError(f"年度总结以市为单位，{region} 不是市", hint="例如 150600 是鄂尔多斯市")


def _documents(
    engine: Engine, region: str, year: int, month: int | None, moment: datetime | None
) -> tuple[date, str]:
    """The date of the newest document and the sources; a city without any has the end of the period."""
    from fisc.report.errors import ReportError
    from fisc.report.source import document_facts

    try:
        made_on, note = document_facts(engine, region, year, moment)
    except ReportError:
        last = month or 12
        return date(year, last, monthrange(year, last)[1]), ""
    return made_on, note if len(note) <= _NOTE_LENGTH else note[:_NOTE_LENGTH] + "等"


def _say_annual(console: Console, result: dict[str, Any]) -> None:
    from fisc.cli.report import say

    say(console, result)
    counted = result["slots"]
    console.print(f"总结共 {counted['all']} 项，{counted['filled']} 项有数；逐项见 fisc report slots")
    for claim in result["fallen_claims"]:
        console.print(f"  结论不成立：{claim['quantity']}（{claim['reason']}）", markup=False)


def slots(
    *,
    region: _Region = _REGION,
    year: _Year = 2022,
    cutoff_month: _Month = None,
    rows: Annotated[int, typer.Option(min=0, help="每项列出的凭证行数 / voucher lines per slot")] = 0,
    as_of: _AsOf = None,
    snapshot: _From = None,
    as_json: output.JsonFlag = False,
) -> None:
    """总结的每一项：数值、凭证或缺的原因 / slot by slot: value, rows behind it, or the reason."""
    with _summary(region, year, cutoff_month, as_of=as_of, snapshot=snapshot) as summary:
        states = summary.states()
        data = [slot_json(state, rows) for state in states]
    output.emit(data, as_json, lambda console: console.print(_slot_table(states)))


def slot_json(state: SlotState, rows: int = 0) -> dict[str, Any]:
    """A slot as plain data; `vouchers` are the first `rows` lines behind it."""
    slot, result = state.slot, state.result
    value = format(state.value, "f") if not isinstance(state.value, str | bool | None) else state.value
    return {
        "n": slot.n, "section": slot.section, "quantity": slot.quantity, "kind": slot.kind,
        "figure": slot.figure, "state": state.state, "value": value, "unit": slot.unit,
        "shown": state.shown, "exact": None if state.exact is None else str(state.exact),
        "region": result.ask.region if result else "", "rows": state.rows,
        "operands": [figure.ask.key for figure in _behind(state)],
        "sources": _sources(result), "reason": state.reason,
        "vouchers": [_voucher_json(row) for row in _vouchers(state, rows)],
    }  # fmt: skip


def _behind(state: SlotState) -> tuple[FigureResult, ...]:
    if state.verdict:
        return state.verdict.figures
    return state.result.operands if state.result else ()


def _sources(result: FigureResult | None) -> list[str]:
    """The papers behind a figure that rests on no vouchers."""
    if result is None or result.value is None or result.row_count:
        return []
    papers = [part.label or part.code for part in result.breakdown]
    return papers or [paper for operand in result.operands for paper in _sources(operand)]


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
        "rule": row.rule_code, "summary": row.summary,
    }  # fmt: skip


def _slot_table(states: list[SlotState]) -> Any:
    lines = [
        (s.slot.n, s.slot.section, s.slot.quantity, s.shown or "〔缺〕", s.slot.figure,
         s.rows or "", s.reason)
        for s in states
    ]  # fmt: skip
    return output.table(("项", "节", "内容", "数值>", "指标", "凭证行>", "说明"), lines)


def diff(
    *,
    figure: Annotated[str, typer.Option(help="指标编号 / figure id")],
    region: _Region = _REGION,
    year: _Year = 2022,
    since: Annotated[str, typer.Option("--from", help="起始时刻，如 2022-12-01T00:00 / from moment")],
    until: Annotated[str, typer.Option("--to", help="终止时刻 / to moment")],
    cutoff_month: _Month = None,
    as_json: output.JsonFlag = False,
) -> None:
    """两个时刻之间是哪些凭证改变了一个指标 / which vouchers moved a figure."""
    from fisc.cli.figures import moment_of
    from fisc.cli.report import ledger
    from fisc.figures.changes import as_json as change_json
    from fisc.figures.changes import changes
    from fisc.figures.service import Ask, FigureService

    with ledger() as conn:
        ask = Ask(figure, region, year, cutoff_month=cutoff_month)
        change = changes(FigureService(conn, one_moment=True), ask, moment_of(since), moment_of(until))
    output.emit(change_json(change), as_json, lambda console: _say_change(console, change))


def _say_change(console: Console, change: Change, depth: int = 0) -> None:
    pad = "　" * depth
    before, after = (_value(result) for result in (change.before, change.after))
    year = change.after.ask.fiscal_year
    console.print(f"{pad}{change.after.name_zh}（{year} 年）：{before} → {after}", markup=False)
    for operand in change.operands:
        _say_change(console, operand, depth + 1)
    if change.entries:
        console.print(_entry_table(change))


def _value(result: Any) -> str:
    from fisc.report.evidence import exact

    if result.value is None:
        return f"没有数（{result.reason}）"
    return exact(result.value, result.unit)


def _entry_table(change: Change) -> Any:
    from fisc.kernel.money import format_fen

    lines = [
        (e.entry_id, e.posted_at.strftime("%m-%d %H:%M"), format_fen(e.amount_fen, "万元", 2),
         e.code, " ".join(filter(None, (e.summary, e.document_title or e.document_no))))
        for e in change.entries
    ]  # fmt: skip
    return output.table(("凭证", "入账", "万元>", "代码", "摘要和单据"), lines)
