"""`fisc report annual`, `slots` and `diff`: a bureau's annual summary, what it says, and what moved it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.exit_codes import help_text
from fisc.cli.moments import AsOf, asked, moment_of, shown
from fisc.cli.options import City, Dated, FromMonth, Month, Snapshot, ToMonth, Year
from fisc.cli.report import ROWS_SHOWN
from fisc.report.formats import parse_formats

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.reading.engines import Engine
    from fisc.report.annual import Annual

_NOTE_LENGTH = 300
_EDITIONS = ("working", "clean")


def register(app: typer.Typer) -> None:
    """Add the annual summary's commands to `fisc report`."""
    app.command("annual", epilog=help_text())(annual)
    app.command("slots", epilog=help_text())(slots)
    app.command("diff", epilog=help_text())(diff)


def annual(
    *,
    region: City,
    year: Year,
    month: Month = None,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    formats: Annotated[
        str, typer.Option("--format", help="docx,html,pdf 中的一种或几种 / one or several of these")
    ] = "docx,html,pdf",
    as_of: AsOf = "",
    dated: Dated = None,
    snapshot: Snapshot = None,
    edition: Annotated[
        str,
        typer.Option(help="working 标出缺数；clean 略去，列在附件 / gaps marked, or left out and listed"),
    ] = "working",
    as_json: output.JsonFlag = False,
) -> None:
    """年度工作总结：稳、保、增、抓和下年安排 / the bureau's annual summary."""
    result = write_annual_summary(
        region, year, out, formats, month=month, moment=asked(as_of), dated=dated, snapshot=snapshot,
        edition=edition,
    )  # fmt: skip
    output.emit(result, as_json, lambda console: say_annual(console, result))


def write_annual_summary(
    region: str, year: int, out: Path, formats: str = "docx,html,pdf", *, month: int | None = None,
    moment: datetime | None = None, dated: datetime | None = None, snapshot: Path | None = None,
    edition: str = "working",
) -> dict[str, Any]:  # fmt: skip
    """Write the summary's files into `out`; what was written, the gaps, and the claims that fell.

    The `edition` is working (gaps are marked) or clean (what a number is missing for is left out and listed).
    `snapshot` is a folder to read instead of the database. Without a `month` it is cut off at the last one
    that is wholly known. Raises ReportError for editions and formats that are not known, FigureError where
    the folder holds no snapshot, NoBooks for a year whose books are not open, PeriodNotWhole for a month that
    is not over or not booked to its end.
    """
    from fisc.cli.report import gap_facts, period_facts, write_file
    from fisc.kernel.entries import DECEMBER

    wanted, is_clean = parse_formats(formats), _is_clean(edition)
    with _summary(region, year, month, moment=moment, dated=dated, snapshot=snapshot) as summary:
        report = replace(summary, is_clean=is_clean).report()
        period = period_facts(report.scope)
        through = report.scope.through_month
        months = f"_{through:02d}" if month or through < DECEMBER else ""
        stem = f"{region}_{year}{months}_annual{'_clean' if is_clean else ''}"
        files = [write_file(report, kind, out, stem) for kind in wanted]
        states = summary.states()
    return {
        "title": report.title,
        **period,
        "edition": edition,
        "files": files,
        "figures": len(report.exhibits),
        "gaps": gap_facts(report),
        "left_out": [asdict(one) for one in report.left_out],
        "slots": {"all": len(states), "filled": sum(state.state == "filled" for state in states)},
        "fallen_claims": [
            {"n": state.slot.n, "claim": state.slot.figure, "quantity": state.slot.quantity,
             "reason": state.reason.text}
            for state in states if state.value is False and state.reason
        ],
    }  # fmt: skip


def _is_clean(edition: str) -> bool:
    if edition not in _EDITIONS:
        from fisc.report.errors import ReportError

        raise ReportError(
            f"没有“{edition}”这种版本", rule="总结有工作版和报送版两种", hint=f"可用：{'、'.join(_EDITIONS)}"
        )
    return edition == "clean"


@contextmanager
def _summary(
    region: str, year: int, month: int | None, *, moment: datetime | None = None,
    dated: datetime | None = None, snapshot: Path | None = None,
) -> Iterator[Annual]:  # fmt: skip
    """The summary over the ledger at one moment, or over a snapshot of it."""
    from fisc.catalogue import CATALOGUE
    from fisc.reading.months import area_reported, cut_off
    from fisc.reading.service import FigureService
    from fisc.report.annual import Annual
    from fisc.report.papers import papers_of
    from fisc.report.source import LedgerSource, city_scope

    with _engine(snapshot, region, year) as engine:
        through = cut_off(engine, area_reported(region), year, month, moment)
        made_on, note = _documents(engine, region, year, through, moment)
        known = shown(moment) if moment else ""
        issued_on = dated.date() if dated else None
        scope = city_scope(
            region, year, made_on, issued_on=issued_on, source_note=note, as_of=known,
            is_simulated=engine.is_simulated, through_month=through,
        )  # fmt: skip
        service = FigureService(engine, CATALOGUE, one_moment=True)
        source = LedgerSource(service, moment, through, ROWS_SHOWN, papers_of(engine))
        yield Annual(source, scope)


@contextmanager
def _engine(snapshot: Path | None, region: str, year: int) -> Iterator[Engine]:
    """Where the figures come from: the ledger at one moment, or a snapshot, which needs no database.

    Raises NoBooks where the books of the region's year are not open.
    """
    from fisc.cli.report import ledger
    from fisc.cli.shared import require_open
    from fisc.reading.engines import LiveEngine, SnapshotEngine

    if snapshot is None:
        with ledger(region, year) as conn:
            yield LiveEngine(conn, one_moment=True)
        return
    engine = SnapshotEngine(snapshot)
    output.tell_snapshot(engine.is_simulated)
    require_open(engine.years(), region, year)
    try:
        yield engine
    finally:
        engine.close()


def _documents(
    engine: Engine, region: str, year: int, through: int, moment: datetime | None
) -> tuple[date, str]:
    """The date of the newest document and the sources; a city without any has the end of the period."""
    from fisc.report.errors import ReportError
    from fisc.report.source import document_facts

    try:
        made_on, note = document_facts(engine, region, year, moment)
    except ReportError:
        return date(year, through, monthrange(year, through)[1]), ""
    return made_on, note if len(note) <= _NOTE_LENGTH else note[:_NOTE_LENGTH] + "等"


def say_annual(console: Console, result: dict[str, Any]) -> None:
    """What was written, what has no figure yet, and which claims fell."""
    from fisc.cli.report import say

    say(console, result)
    if left_out := result["left_out"]:
        console.print(f"报送版略去 {len(left_out)} 项没有数据的内容，逐项列在附件", markup=False)
    counted = result["slots"]
    console.print(f"总结共 {counted['all']} 项，{counted['filled']} 项有数；逐项见 fisc report slots")
    for claim in result["fallen_claims"]:
        console.print(f"  结论不成立：{claim['quantity']}（{claim['reason']}）", markup=False)


def slots(
    *,
    region: City,
    year: Year,
    month: Month = None,
    rows: Annotated[int, typer.Option(min=0, help="每项列出的凭证行数（JSON）/ voucher lines per slot")] = 0,
    gaps: Annotated[bool, typer.Option("--gaps", help="只列缺数的 / only what is missing")] = False,
    filled: Annotated[bool, typer.Option("--filled", help="只列有数的 / only what is there")] = False,
    as_of: AsOf = "",
    snapshot: Snapshot = None,
    as_json: output.JsonFlag = False,
) -> None:
    """总结的每一项：数值、凭证或缺的原因 / slot by slot: value, rows behind it, or the reason."""
    from fisc.cli.report import period_facts
    from fisc.cli.report_slots import say_slots, slot_json

    if gaps and filled:
        raise typer.BadParameter("--gaps 和 --filled 只能用一个；都不写则全列 / one of them at most")
    wanted = "gap" if gaps else "filled" if filled else ""
    with _summary(region, year, month, moment=asked(as_of), snapshot=snapshot) as summary:
        every = summary.states()
        states = [state for state in every if not wanted or state.state == wanted]
        data = period_facts(summary.scope) | {"rows": [slot_json(state, rows) for state in states]}
    output.emit(data, as_json, lambda console: say_slots(console, summary.scope, states, len(every)))


def diff(
    *,
    figure: Annotated[str, typer.Option(help="指标编号 / figure id")],
    region: City,
    year: Year,
    since: Annotated[
        str, typer.Option("--from", help="起始时刻（北京时间），如 2022-12-01T09:00 / from moment")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="终止时刻 / to moment")] = "",
    month: Month = None,
    from_month: FromMonth = None,
    to_month: ToMonth = None,
    limit: Annotated[int, typer.Option(min=1, help="列出的凭证张数 / vouchers to list")] = 50,
    as_json: output.JsonFlag = False,
) -> None:
    """两个时刻（或两个截止月）之间是哪些凭证改变了一个指标 / which vouchers moved a figure."""
    from fisc.catalogue import CATALOGUE
    from fisc.cli.report import ledger
    from fisc.cli.report_diff import say_change
    from fisc.reading.changes import as_json as change_json
    from fisc.reading.changes import changes, changes_between_months
    from fisc.reading.service import Ask, FigureService

    _require_pair(since, until, from_month, to_month, month)
    with ledger(region, year) as conn:
        service, ask = FigureService(conn, CATALOGUE, one_moment=True), Ask(figure, region, year)
        if from_month and to_month:
            change = changes_between_months(service, ask, from_month, to_month)
        else:
            ask = replace(ask, cutoff_month=month)
            change = changes(service, ask, moment_of(since), moment_of(until))
    output.emit(change_json(change), as_json, lambda console: say_change(console, change, limit))


def _require_pair(
    since: str, until: str, from_month: int | None, to_month: int | None, month: int | None
) -> None:
    """Two moments or two months, and not some of each."""
    are_moments = bool(since and until) and not (from_month or to_month)
    are_months = bool(from_month and to_month) and not (since or until or month)
    if not are_moments and not are_months:
        raise typer.BadParameter(
            "写 --from 和 --to 两个时刻，或者写 --from-month 和 --to-month 两个截止月 / two of one kind"
        )
