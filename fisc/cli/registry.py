"""`fisc registry`: what the registry holds, what in it is provisional, and whether it is well-formed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from fisc.cli import output, registry_elements, registry_regions, registry_words, use_cases
from fisc.cli.exit_codes import help_text
from fisc.cli.options import InForce
from fisc.registry import checks, tables
from fisc.registry.shapes import SHAPES

app = typer.Typer(
    help="登记：区划、分类、科目、规则、单位、项目、收款人、专题 / codes, accounts, rules, elements",
    no_args_is_help=True,
)

_KINDS = {name.removesuffix(".csv"): name for name in SHAPES} | {"rules": "posting_rules.csv"}
_KIND_HELP = "表名或其中文名，如 exp_func、会计科目、regions / a table"
_SHOWN_KEYS = 6
_LINE = 1000  # a row is one line; the terminal wraps it, nothing is cut
_LAST = ("note", "source")


def register(root: typer.Typer) -> None:
    """Add `registry` to the program's commands."""
    root.add_typer(app, name="registry")
    registry_elements.register(app)
    registry_regions.register(app)
    use_cases.add(app, "registry")


@app.command("check", epilog=help_text())
def check(
    query: Annotated[
        str, typer.Argument(help="表名或其中文名，只看这些表 / a table's name, or part of it")
    ] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="逐项列出待核实的行 / each provisional row")] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """检查各表是否完好，列出待核实的行：0 完好，1 有错 / check the tables: 0 sound, 1 not."""
    report = checks.check()
    shown = _about(report, _named(query)) if query else report
    output.emit(
        _as_dict(shown), as_json, lambda console: _print_report(console, shown, every=every or bool(query))
    )
    raise typer.Exit(0 if shown.is_well_formed else 1)


def _about(report: checks.Report, files: Collection[str]) -> checks.Report:
    """What a report says of these tables."""
    return checks.Report(
        [one for one in report.files if one.file in files],
        [one for one in report.provisional if one.file in files],
        [one for one in report.findings if one.about.partition(" ")[0] in files],
    )


def _named(query: str) -> tuple[str, ...]:
    """The tables called `query`, or with it in their Chinese names. Raises BadParameter where none is."""
    if query in _KINDS:
        return (_KINDS[query],)
    found = tuple(name for name, shape in SHAPES.items() if query in shape.area)
    if not found:
        raise typer.BadParameter(f"没有名为 {query} 的表；fisc registry list 列出各表 / no such table")
    return found


@app.command("list", epilog=help_text())
def list_rows(
    kind: Annotated[str, typer.Argument(help=_KIND_HELP)] = "",
    *,
    name: Annotated[str, typer.Option(help="名称里的字词；不写表名则在各表中找 / part of a name")] = "",
    year: InForce = None,
    code: Annotated[str, typer.Option(help="只列代码以此开头的行 / codes starting with this")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """列出一张表的行；不给表名列出各表 / list rows of a table, or the tables."""
    if not (kind or name or code):
        _list_tables(as_json)
        return
    wanted = _named(kind) if kind else tuple(SHAPES)
    found = {
        table: [row for row in tables.read_table(table) if _is_wanted(table, row, year, code, name)]
        for table in wanted
    }
    found = {table: rows for table, rows in found.items() if rows}
    many = len(wanted) > 1
    rows = [({"table": table} if many else {}) | row for table, rows in found.items() for row in rows]
    output.emit(rows, as_json, lambda _: _print_found(Console(width=_LINE), found))


def _list_tables(as_json: bool) -> None:
    rows = [
        {"table": name.removesuffix(".csv"), "name": shape.area, "rows": len(tables.read_table(name))}
        for name, shape in SHAPES.items()
    ]
    shown = output.table(("表!", "内容", "行数>"), [tuple(row.values()) for row in rows], "登记各表")
    output.emit(rows, as_json, shown)


def _is_wanted(table: str, row: Mapping[str, str], year: int | None, code: str, name: str) -> bool:
    if year is not None and "valid_from_year" in row:
        last = row["valid_to_year"]
        if not tables.in_years(year, int(row["valid_from_year"]), int(last) if last else None):
            return False
    if name and not any(name in row[column] for column in row if column.endswith("name")):
        return False
    return not code or row[_code_column(table)].startswith(code)


def _code_column(name: str) -> str:
    shape = SHAPES[name]
    return "code" if "code" in shape.columns else ("event" if "event" in shape.key else shape.key[0])


def _as_dict(report: checks.Report) -> dict[str, Any]:
    files = [asdict(file) | {"provisional_count": file.provisional_count} for file in report.files]
    return asdict(report) | {"is_well_formed": report.is_well_formed, "files": files}


def _print_report(console: Console, report: checks.Report, *, every: bool) -> None:
    console.print(_summary_table(report))
    if every:
        console.print("待核实（按来源）：")
        for group in report.provisional:
            words = f"  {group.area}：{_abridged(group.keys)}\n    来源：{group.source}"
            console.print(words, markup=False)
    else:
        count = sum(file.provisional_count for file in report.files)
        console.print(
            f"待核实 {count:,} 行；fisc registry check 表名 逐项列出，--all 列出全部。", markup=False
        )
    for finding in report.findings:
        console.print(f"错误 {finding}", markup=False, style="red")
    console.print(
        "各表完好。" if report.is_well_formed else f"发现 {len(report.findings)} 处错误，请更正后再用。"
    )


def _summary_table(report: checks.Report) -> Table:
    table = Table("内容", "文件", title="登记各表")
    for heading in ("行数", "已核实", "待核实"):
        table.add_column(heading, justify="right")
    for file in report.files:
        counts = (file.row_count, file.verified_count, file.provisional_count)
        table.add_row(file.area, file.file, *(f"{count:,}" for count in counts))
    return table


def _abridged(keys: tuple[str, ...]) -> str:
    shown = "、".join(keys[:_SHOWN_KEYS])
    return shown if len(keys) <= _SHOWN_KEYS else f"{shown} 等 {len(keys)} 行"


def _print_found(console: Console, found: Mapping[str, list[dict[str, str]]]) -> None:
    if not found:
        console.print("没有符合的行：名称、代码或年度都要对上。")
    for table, rows in found.items():
        if len(found) > 1:
            console.print(f"{SHAPES[table].area}（{table.removesuffix('.csv')}）", style="bold")
        _print_rows(console, table, rows)


def _print_rows(console: Console, name: str, rows: list[dict[str, str]]) -> None:
    """One row a line, whole; the source goes last because it is long."""
    told = [{column: registry_words.cell(column, row[column]) for column in row} for row in rows]
    used = [column for column in SHAPES[name].columns if any(row[column] for row in told)]
    columns = [column for column in used if column not in _LAST] + [c for c in _LAST if c in used]
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(registry_words.HEADINGS[column], no_wrap=True)
    for row in told:
        table.add_row(*(row[column] for column in columns))
    console.print(table)
