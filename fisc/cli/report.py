"""`fisc report`: writes reports over the ledger as .docx, .html and .pdf."""

from __future__ import annotations

import json
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.kernel.errors import FiscError
from fisc.report.formats import parse_formats, render

if TYPE_CHECKING:
    from fisc.report.model import Report

app = typer.Typer(help="报告：由总账指标写成文字、表和图（reports over the ledger）", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the `report` commands to the `fisc` command."""
    parent.add_typer(app, name="report")


@app.callback()
def group() -> None:
    """报告 / reports."""


@app.command("budget")
def budget(
    *,
    region: Annotated[str, typer.Option(help="市级区划代码，6 位或 9 位 / code of a city")] = "530700",
    year: Annotated[int, typer.Option(help="执行年度；预算年度为下一年 / the year executed")] = 2025,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    formats: Annotated[str, typer.Option("--format", help="docx,html,pdf 中的一种或几种")] = "docx,html,pdf",
    as_of: Annotated[datetime | None, typer.Option(help="按某一时刻已知的账务 / as known at")] = None,
    dated: Annotated[datetime | None, typer.Option("--date", help="成文日期，默认取资料的日期")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出结果 / as JSON")] = False,
) -> None:
    """预算执行情况和下一年预算草案的报告 / execution of the budget and the next draft. 0 写成，1 不能写."""
    try:
        wanted = parse_formats(formats)
        report = _compose(region, year, as_of, dated.date() if dated else None)
        stem = f"{report.scope.level[:6]}_{year}_budget_report"
        files = [_write(report, kind, out, stem) for kind in wanted]
    except FiscError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    _say(report, files, as_json)


def _compose(region: str, year: int, as_of: datetime | None, dated_on: date | None) -> Report:
    """The report from the ledger that `fisc` is set up with."""
    from fisc import app as fisc_app
    from fisc.figures.service import FigureService
    from fisc.report.source import LedgerSource, city_scope, document_facts
    from fisc.report.template import compose
    from fisc.store import connect

    fisc_app.setup()
    with connect() as conn:
        made_on, note = document_facts(conn, region, year)
        scope = city_scope(region, year, dated_on or made_on, note, as_of.isoformat(" ") if as_of else "")
        return compose("budget_report.md.j2", LedgerSource(FigureService(conn), as_of), scope)


def _write(report: Report, kind: str, out: Path, stem: str) -> dict[str, Any]:
    data = render(report, kind)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{stem}.{kind}"
    path.write_bytes(data)
    return {"path": str(path), "bytes": len(data), "sha256": sha256(data).hexdigest()}


def _say(report: Report, files: list[dict[str, Any]], as_json: bool) -> None:
    gaps = [{"figure": gap.key, "reason": gap.reason} for gap in report.gaps()]
    if as_json:
        result = {"title": report.title, "files": files, "figures": len(report.exhibits), "gaps": gaps}
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    typer.echo(f"{report.title}：用到 {len(report.exhibits)} 个数字")
    for file in files:
        typer.echo(f"  {file['path']}　{file['bytes'] / 1024:,.0f} KB")
    if gaps:
        typer.echo(f"  有 {len(gaps)} 个数字未能取得，报告中以〔缺〕标明：")
        for gap in gaps[:10]:
            typer.echo(f"    {gap['figure']}：{gap['reason']}")
