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
from typer.core import TyperGroup

from fisc.catalogue import CATALOGUE
from fisc.cli import figures_view as view
from fisc.cli import output
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.figure_words import formula_lines
from fisc.cli.moments import AsOf, asked
from fisc.cli.options import Month, Place, Snapshot, Year
from fisc.cli.shared import require_open
from fisc.cli.signing import As, named
from fisc.kernel.periods import years_open
from fisc.reading.algebra import By, Figure
from fisc.reading.bind import FigureError, definition_of, division
from fisc.reading.engines import SnapshotEngine
from fisc.reading.service import Ask, FigureService
from fisc.reading.snapshot import check_snapshot, write_snapshot
from fisc.reading.trace import DEFAULT_LIMIT, result_json, trace
from fisc.reading.trace import as_json as trace_json
from fisc.registry.settings import figure_area


class _Looking(TyperGroup):
    """A word after `fisc figures` that is no command, and that figures have in them, is looked for."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of `args`, or `list`."""
        is_word = args[0] not in self.commands and bool(_matching(args[0]))
        return super().resolve_command(ctx, ["list", *args] if is_word else args)


app = typer.Typer(
    cls=_Looking, help="指标：目录、取数、记录与核对、快照 / figures: catalogue, values, records, snapshots"
)


class _Scope(StrEnum):
    WHOLE = "whole"
    OWN = "own"


_All = Annotated[bool, typer.Option("--all", help="逐个全列 / all of them, one by one")]
_ScopeOption = Annotated[_Scope | None, typer.Option(help="whole 全市，own 本级 / whole area or own level")]


def register(root: typer.Typer) -> None:
    """Add `figures` and `trace` to the program's commands."""
    root.add_typer(app, name="figures")
    root.command("trace", epilog=help_text())(trace_figure)


@app.callback(invoke_without_command=True, epilog=help_text())
def _default(context: typer.Context, every: _All = False, as_json: output.JsonFlag = False) -> None:
    """指标：目录、取数、记录与核对、快照；fisc figures 收入 查找 / figures; a word after it is looked for."""
    if context.invoked_subcommand is None:
        list_figures("", every=every, as_json=as_json)


@app.command("list", epilog=help_text())
def list_figures(
    query: Annotated[
        str, typer.Argument(help="编号或中文名称里的字词 / part of an id or a Chinese name")
    ] = "",
    *,
    every: _All = False,
    as_json: output.JsonFlag = False,
) -> None:
    """列出指标目录；不给字词则按编号开头汇总 / list the catalogue, by groups where no word is given."""
    found = _matching(query)
    if query and not found:
        human: Any = f"没有编号或名称含“{query}”的指标；fisc figures 列出各组。"
    else:
        human = view.catalogue(found) if query or every else view.groups(found)
    output.emit([_figure_json(f) for f in found], as_json, human)


def _matching(query: str) -> list[Figure]:
    """The figures whose id or name has `query` in it; those whose id begins with it first."""
    found = [f for f in CATALOGUE.values() if query in f.id or query in f.name_zh]
    return sorted(found, key=lambda figure: not figure.id.startswith(query))


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
    region: Place, year: Year, scope: _ScopeOption = None, as_of: AsOf = "", month: Month = None,
    snapshot: Snapshot = None, as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """取数：0 都有数，1 有缺数 / compute figures: 0 all have a value, 1 some have none."""
    asks = [_ask(i, region, year, scope, as_of, month) for i in figure_ids]
    with _service(snapshot, region, year) as service:
        results = service.get_many(asks)
    output.emit([result_json(r) for r in results], as_json, view.values(results))
    raise typer.Exit(_code(all(r.value is not None for r in results)))


def trace_figure(
    figure_id: Annotated[str, typer.Argument(help="指标编号 / figure id")],
    region: Place, year: Year, scope: _ScopeOption = None, as_of: AsOf = "", month: Month = None,
    by: Annotated[str, typer.Option(help="按要素分项，如 rev_func_code:5 / breakdown element[:length]")] = "",
    code: Annotated[str, typer.Option(help="只看代码以此开头的部分 / only this part")] = "",
    limit: Annotated[int, typer.Option(min=1, help="最多列出的分录 / postings to show")] = DEFAULT_LIMIT,
    snapshot: Snapshot = None, as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """从指标追到凭证、单据和单元格：0 有数，1 缺数 / from a figure down to cells: 0 a value, 1 none."""
    from fisc.report.papers import papers_of

    ask = _ask(figure_id, region, year, scope, as_of, month, by)
    with _service(snapshot, region, year) as service:
        papers = papers_of(service.engine)
        opened = trace(service, ask, limit, code, parties=papers.parties if papers else None)
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
    region: Place, year: Year, scope: _ScopeOption = None, month: Month = None, as_: As = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """算出并记录指标，连同分录摘要：0 已记录，1 其中有缺数 / keep figures: 0 kept, 1 with gaps."""
    from fisc.reading.record import record, this_moment

    with _connection() as conn:
        named(conn, as_)
        require_open(years_open(conn), region, year)
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
def _service(folder: Path | None, region: str, year: int) -> Iterator[FigureService]:
    """Figures from a snapshot, or live as of one moment, so that a value and its rows are of one piece.

    Raises NoBooks where the books of the region's year are not open.
    """
    if folder is not None:
        engine = SnapshotEngine(folder)
        output.tell_snapshot(engine.is_simulated)
        require_open(engine.years(), region, year)
        try:
            yield FigureService(engine, CATALOGUE, one_moment=True)
        finally:
            engine.close()
        return
    with _connection(has_documents=False) as conn, conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        require_open(years_open(conn), region, year)
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
        "formula": list(formula_lines(figure)),
    }  # fmt: skip


def _report_check(broken: list[str], as_json: bool) -> None:
    said = "快照完好" if not broken else f"与清单不符的文件：{'、'.join(broken)}"
    output.emit({"broken": broken}, as_json, said)
    raise typer.Exit(_code(not broken))


def _say_writing(table: str) -> None:
    typer.echo(f"正在写 {table} …", err=True)


def _code(is_well: bool) -> int:
    return ExitCode.OK if is_well else ExitCode.FAULTS
