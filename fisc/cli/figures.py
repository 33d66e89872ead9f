# ruff: noqa: PLR0917 -- a command has one argument per option
"""`fisc figures` and `fisc trace`: catalogue, values, records, snapshots; where a number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer

from fisc.catalogue import CATALOGUE
from fisc.cli import figures_view as view
from fisc.cli import output
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf, asked
from fisc.reading.algebra import By, Figure
from fisc.reading.bind import FigureError, definition_of, division
from fisc.reading.engines import SnapshotEngine
from fisc.reading.service import Ask, FigureService
from fisc.reading.snapshot import check_snapshot, write_snapshot
from fisc.reading.trace import DEFAULT_LIMIT, result_json, trace
from fisc.reading.trace import as_json as trace_json
from fisc.registry.settings import figure_area

app = typer.Typer(help="指标：目录、取数、记录与核对、快照 / figures: catalogue, values, records, snapshots")


class _Scope(StrEnum):
    WHOLE = "whole"
    OWN = "own"


_Region = Annotated[str, typer.Option(help="区划代码，6 位或 9 位 / division code, e.g. 530700")]
_Year = Annotated[int, typer.Option(help="年度 / fiscal year")]
_ScopeOption = Annotated[_Scope | None, typer.Option(help="whole 全市，own 本级 / whole area or own level")]
_Month = Annotated[int | None, typer.Option(help="截止月份 1-12，默认全年 / cut-off month")]
_From = Annotated[
    Path | None, typer.Option("--snapshot", help="从快照目录取数，不连数据库 / read from a snapshot folder")
]


def register(root: typer.Typer) -> None:
    """Add `figures` and `trace` to the program's commands."""
    root.add_typer(app, name="figures")
    root.command("trace", epilog=help_text())(trace_figure)


@app.callback(invoke_without_command=True, epilog=help_text())
def _default(context: typer.Context, as_json: output.JsonFlag = False) -> None:
    """指标：目录、取数、记录与核对、快照；不带子命令时列出目录 / figures; alone it lists the catalogue."""
    if context.invoked_subcommand is None:
        list_figures(as_json=as_json)


@app.command("list")
def list_figures(
    prefix: Annotated[str, typer.Argument(help="只列编号以此开头的 / ids starting with this")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """列出指标目录 / list the catalogue."""
    found = [f for i, f in CATALOGUE.items() if i.startswith(prefix)]
    output.emit([_figure_json(f) for f in found], as_json, view.catalogue(found))
    raise typer.Exit(_code(bool(found)))


@app.command("show")
def show(
    figure_id: Annotated[str, typer.Argument(help="指标编号 / figure id")], as_json: output.JsonFlag = False
) -> None:
    """一个指标的口径：0 有，3 没有这个指标 / the definition of one figure: 0 found, 3 no such figure."""
    figure = _known(figure_id)
    output.emit(_figure_json(figure), as_json, lambda console: view.definition(console, figure))


@app.command("value")
def value(
    figure_ids: Annotated[list[str], typer.Argument(help="一个或多个指标编号 / figure ids")],
    region: _Region, year: _Year, scope: _ScopeOption = None, as_of: AsOf = "", month: _Month = None,
    snapshot: _From = None, as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """取数：0 都有数，1 有缺数 / compute figures: 0 all have a value, 1 some have none."""
    with _service(snapshot) as service:
        asks = [_ask(i, region, year, scope, as_of, month) for i in figure_ids]
        results = service.get_many(asks)
    output.emit([result_json(r) for r in results], as_json, view.values(results))
    raise typer.Exit(_code(all(r.value is not None for r in results)))


def trace_figure(
    figure_id: Annotated[str, typer.Argument(help="指标编号 / figure id")],
    region: _Region, year: _Year, scope: _ScopeOption = None, as_of: AsOf = "", month: _Month = None,
    by: Annotated[str, typer.Option(help="按要素分项，如 rev_func_code:5 / breakdown element[:length]")] = "",
    code: Annotated[str, typer.Option(help="只看代码以此开头的部分 / only this part")] = "",
    limit: Annotated[int, typer.Option(min=1, help="最多列出的分录 / postings to show")] = DEFAULT_LIMIT,
    snapshot: _From = None, as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """从指标追到凭证、单据和单元格：0 有数，1 缺数 / from a figure down to cells: 0 a value, 1 none."""
    with _service(snapshot) as service:
        ask = _ask(figure_id, region, year, scope, as_of, month, by)
        opened = trace(service, ask, limit, code)
    output.emit(trace_json(opened), as_json, lambda console: view.trace(console, opened))
    raise typer.Exit(_code(opened.result.value is not None))


@app.command("snapshot")
def snapshot(
    out: Annotated[Path, typer.Option(help="目录 / folder")],
    check: Annotated[bool, typer.Option("--check", help="只核对已有快照的摘要 / only check digests")] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """把账务写成 Parquet 快照：0 完成，1 摘要不符 / write the ledger to Parquet: 0 done, 1 digests differ."""
    if check:
        _report_check(check_snapshot(out), as_json)
    with _connection() as conn:
        manifest = write_snapshot(conn, out, progress=None if as_json else _say_writing)
    last = manifest["watermark_entry_id"]
    said = f"快照已写入 {out}：凭证 {manifest['entry_count']} 笔，截至凭证号 {last}"
    output.emit(manifest, as_json, said)


@app.command("record")
def record_figures(
    figure_ids: Annotated[list[str], typer.Argument(help="一个或多个指标编号 / figure ids")],
    region: _Region, year: _Year, scope: _ScopeOption = None, month: _Month = None,
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """算出并记录指标，连同分录摘要：0 已记录，1 其中有缺数 / keep figures: 0 kept, 1 with gaps."""
    from fisc.reading.record import record, this_moment

    with _connection() as conn:
        asks = [_ask(i, region, year, scope, "", month) for i in figure_ids]
        rows = record(FigureService(conn, CATALOGUE), asks, this_moment(conn, division(region)))
    output.emit([view.record_json(row) for row in rows], as_json, view.records(rows))
    raise typer.Exit(_code(all(row.value for row in rows)))


@app.command("verify")
def verify_records(as_json: output.JsonFlag = False) -> None:
    """重算全部已记录的指标：0 都相符，1 有不符 / recompute what was recorded: 0 all agree, 1 some differ."""
    from fisc.reading.record import verify

    with _connection() as conn:
        from fisc.reading.models import RecordedFigure

        count = RecordedFigure.objects.count()
        differences = verify(FigureService(conn, CATALOGUE), RecordedFigure.objects.order_by("pk").iterator())
    report = {"checked": count, "differences": [asdict(d) for d in differences]}
    output.emit(report, as_json, lambda console: view.differences(console, count, differences))
    raise typer.Exit(_code(not differences))


@contextmanager
def _connection(*, has_documents: bool = True) -> Iterator[psycopg.Connection]:
    from fisc.app import ready, setup

    dsn = setup() if has_documents else ready()
    with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
        yield conn


@contextmanager
def _service(folder: Path | None) -> Iterator[FigureService]:
    """Figures from a snapshot, or live as of one moment, so that a value and its rows are of one piece."""
    if folder is not None:
        engine = SnapshotEngine(folder)
        output.tell_snapshot(engine.is_simulated)
        try:
            yield FigureService(engine, CATALOGUE, one_moment=True)
        finally:
            engine.close()
        return
    with _connection(has_documents=False) as conn, conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        yield FigureService(conn, CATALOGUE, one_moment=True)


def _ask(
    figure_id: str, region: str, year: int, scope: _Scope | None, as_of: str, month: int | None, by: str = ""
) -> Ask:
    wanted: Any = scope.value if scope else None
    return Ask(figure_id, region, year, wanted, asked(as_of), month, _by(by, figure_id))


def _by(text: str, figure_id: str) -> By | None:
    if not text:
        return None
    _known(figure_id)
    element, _, length = text.partition(":")
    try:
        return By(element, int(length or 0))
    except ValueError as error:
        raise FigureError(f"不能这样分项：{error}", hint="写法如 rev_func_code:5（要素:代码位数）") from error


def _known(figure_id: str) -> Figure:
    if figure_id not in CATALOGUE:
        raise FigureError(f"没有指标“{figure_id}”", hint="fisc figures list 列出全部指标")
    return CATALOGUE[figure_id]


def _figure_json(figure: Figure) -> dict[str, Any]:
    return {
        "id": figure.id, "name": figure.name_zh, "definition": definition_of(figure),
        "unit": figure.unit.value,
        "version": figure.version, "legal_source": figure.legal_source, "scope": figure_area("", figure.id),
        "formula": view.formula_text(figure),
    }  # fmt: skip


def _report_check(broken: list[str], as_json: bool) -> None:
    said = "快照完好" if not broken else f"与清单不符的文件：{'、'.join(broken)}"
    output.emit({"broken": broken}, as_json, said)
    raise typer.Exit(_code(not broken))


def _say_writing(table: str) -> None:
    typer.echo(f"正在写 {table} …", err=True)


def _code(is_well: bool) -> int:
    return ExitCode.OK if is_well else ExitCode.FAULTS
