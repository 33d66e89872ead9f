"""`fisc report`: writes reports over the ledger as .docx, .html and .pdf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.moments import AsOf, asked, shown
from fisc.cli.options import City, Dated, Year
from fisc.report.formats import parse_formats, render

if TYPE_CHECKING:
    from psycopg import Connection
    from rich.console import Console

    from fisc.report.model import Report
    from fisc.report.ports import Scope

app = typer.Typer(help="由总账写出报告：文字、表、图 / write reports over the ledger", no_args_is_help=True)

_SHOWN_NAMES = 3
#: Voucher lines a page carries per figure; `fisc trace` shows all of them.
ROWS_SHOWN = 4000


def register(root: typer.Typer) -> None:
    """Add the `report` commands to the program's."""
    from fisc.cli import report_annual

    report_annual.register(app)
    root.add_typer(app, name="report")


@app.callback()
def group() -> None:
    """由总账写出报告：文字、表、图，每个数字可以点开 / write reports, every number traceable."""


@app.command("budget")
def budget(
    *,
    region: City,
    year: Year,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    formats: Annotated[
        str, typer.Option("--format", help="docx,html,pdf 中的一种或几种 / one or several of these")
    ] = "docx,html,pdf",
    as_of: AsOf = "",
    dated: Dated = None,
    as_json: output.JsonFlag = False,
) -> None:
    """预算执行情况和下一年预算草案的报告 / execution of the budget and the next draft."""
    result = write_budget_report(region, year, out, formats, moment=asked(as_of), dated=dated)
    output.emit(result, as_json, lambda console: say(console, result))


def write_budget_report(
    region: str, year: int, out: Path, formats: str = "docx,html,pdf", *,
    moment: datetime | None = None, dated: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the report's files into `out`; what was written, as facts: title, files, figures, gaps, left out.

    `moment` is aware: the report says what was known then. Raises ReportError for formats that are not known
    and where the ledger holds nothing to report, PeriodNotWhole for a year that is not over.
    """
    wanted = parse_formats(formats)
    with ledger(region, year) as conn:  # voucher rows are read while the page is written
        report = _compose(conn, region, year, moment, dated)
        stem = f"{region}_{year}_budget_report"
        files = [write_file(report, kind, out, stem) for kind in wanted]
    return {
        "title": report.title, **period_facts(report.scope), "files": files,
        "figures": len(report.exhibits), "gaps": gap_facts(report),
        "left_out": [{"part": one.quantity, "reason": one.reason} for one in report.left_out],
    }  # fmt: skip


def period_facts(scope: Scope) -> dict[str, Any]:
    """What a product tells of: year, the last month that is counted, the moment it was known at ('': now)."""
    return {"fiscal_year": scope.fiscal_year, "through_month": scope.through_month, "as_of": scope.as_of}


def gap_facts(report: Report) -> list[dict[str, str]]:
    """The numbers that a report lacks, in reading order: figure, name, reason as the report tells it, detail.

    The detail is what the figure itself says, for those who look after the system.
    """
    return [
        {"figure": gap.key, "name": report.exhibits[gap.key].name_zh, "reason": gap.reason,
         "detail": report.exhibits[gap.key].gap_reason}
        for gap in report.gaps()
    ]  # fmt: skip


@contextmanager
def ledger(region: str, year: int) -> Iterator[Connection[Any]]:
    """The ledger at one moment: text, charts and vouchers come from the same snapshot.

    Raises NoBooks where the books of the region's year are not open.
    """
    from psycopg import IsolationLevel

    from fisc import app as fisc_app
    from fisc import store
    from fisc.cli.shared import require_open
    from fisc.kernel.periods import years_open

    fisc_app.ready()
    with store.connect() as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        require_open(years_open(conn), region, year)
        yield conn


def _compose(
    conn: Connection[Any], region: str, year: int, moment: datetime | None, dated: datetime | None
) -> Report:
    from fisc.catalogue import CATALOGUE
    from fisc.disclosure.imported import list_analyses
    from fisc.reading.months import area_reported, require_year
    from fisc.reading.service import FigureService
    from fisc.report.budget import budget_report
    from fisc.report.papers import papers_of
    from fisc.report.source import LedgerSource, city_scope, document_facts

    service = FigureService(conn, CATALOGUE, one_moment=True)
    require_year(service.engine, area_reported(region), year, "预算执行情况报告", moment)
    made_on, note = document_facts(service.engine, region, year, moment)
    known = shown(moment) if moment else ""
    issued_on = dated.date() if dated else None
    scope = city_scope(
        region, year, made_on, issued_on=issued_on, source_note=note, as_of=known,
        is_simulated=service.engine.is_simulated,
    )  # fmt: skip
    source = LedgerSource(service, moment, row_limit=ROWS_SHOWN, papers=papers_of(service.engine))
    books = scope.level[: 6 if scope.is_own else 4]
    return budget_report(source, scope, list_analyses(conn, books, year, moment))


def write_file(report: Report, kind: str, out: Path, stem: str) -> dict[str, Any]:
    """Write one file of the report into the folder `out`, made where it is not there; path, size and digest.

    Raises OSError where what `out` lies in is not there.
    """
    from fisc.store import scratch

    data = render(report, kind)
    out.mkdir(exist_ok=True)
    path = out / f"{stem}.{kind}"
    scratch.write(path, data)
    return {"path": str(path), "bytes": len(data), "sha256": sha256(data).hexdigest()}


def say(console: Console, result: dict[str, Any]) -> None:
    """Print what `write_budget_report` did."""
    console.print(f"{result['title']}：用到 {result['figures']} 个数字", markup=False)
    for file in result["files"]:
        console.print(f"  {file['path']}　{file['bytes'] / 1024:,.0f} KB", markup=False, soft_wrap=True)
    gaps = result["gaps"]
    if gaps:
        console.print(f"有 {len(gaps)} 个数字未能取得，报告中以〔缺〕标明：", markup=False)
    reasons: dict[str, list[str]] = {}
    for gap in gaps:
        reasons.setdefault(gap["reason"], []).append(gap["name"])
    for reason, names in reasons.items():
        some = "、".join(names[:_SHOWN_NAMES]) + ("等" if len(names) > _SHOWN_NAMES else "")
        console.print(f"  {reason}：{some} {len(names)} 项", markup=False)
    if left_out := result.get("left_out"):
        console.print(f"有 {len(left_out)} 项没有写入，连同原因列在报告末尾的附件里", markup=False)
