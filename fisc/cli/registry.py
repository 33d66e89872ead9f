"""`fisc registry`: what the registry holds, what in it is provisional, and whether it is well-formed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from fisc.cli import output, registry_elements, registry_regions, use_cases
from fisc.registry import checks, tables
from fisc.registry.shapes import SHAPES

app = typer.Typer(
    help="登记：区划、分类、科目、规则、单位、项目、收款人、专题 / codes, accounts, rules, elements",
    no_args_is_help=True,
)

_KINDS = {name.removesuffix(".csv"): name for name in SHAPES} | {"rules": "posting_rules.csv"}
_NOT_FOUND = 3
_SHOWN_KEYS = 6
_LINE = 1000  # a row is one line; the terminal wraps it, nothing is cut
_LAST = ("note", "source")
_HEADINGS = {"valid_from_year": "from", "valid_to_year": "to", "is_verified": "verified"}


def register(root: typer.Typer) -> None:
    """Add `registry` to the program's commands."""
    root.add_typer(app, name="registry")
    registry_elements.register(app)
    registry_regions.register(app)
    use_cases.add(app, "registry")


@app.command("check")
def check(as_json: output.JsonFlag = False) -> None:
    """检查各表是否完好，列出待核实的行：0 完好，1 有错 / check the tables: 0 sound, 1 not."""
    report = checks.check()
    output.emit(_as_dict(report), as_json, lambda console: _print_report(console, report))
    raise typer.Exit(0 if report.is_well_formed else 1)


@app.command("list")
def list_rows(
    kind: Annotated[
        str, typer.Argument(help="表名或其中文名，如 exp_func、accounts、rules、regions / table")
    ],
    year: Annotated[int | None, typer.Option(help="只列该年度有效的行 / rows in force in this year")] = None,
    code: Annotated[str, typer.Option(help="只列代码以此开头的行 / codes starting with this")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """列出一张表的行；不给表名列出各表 / list rows of a table, or the tables."""
    if kind not in _KINDS:
        raise typer.BadParameter(f"没有名为 {kind} 的表；可用：{'、'.join(sorted(_KINDS))}")
    name = _KINDS[kind]
    rows = [row for row in tables.read_table(name) if _is_wanted(name, row, year, code)]
    output.emit(rows, as_json, lambda _: _print_rows(Console(width=_LINE), name, rows))
    raise typer.Exit(0 if rows else _NOT_FOUND)


def _is_wanted(name: str, row: Mapping[str, str], year: int | None, code: str) -> bool:
    if year is not None and "valid_from_year" in row:
        last = row["valid_to_year"]
        if not tables.in_years(year, int(row["valid_from_year"]), int(last) if last else None):
            return False
    return not code or row[_code_column(name)].startswith(code)


def _code_column(name: str) -> str:
    shape = SHAPES[name]
    return "code" if "code" in shape.columns else ("event" if "event" in shape.key else shape.key[0])


def _as_dict(report: checks.Report) -> dict[str, Any]:
    files = [asdict(file) | {"provisional_count": file.provisional_count} for file in report.files]
    return asdict(report) | {"is_well_formed": report.is_well_formed, "files": files}


def _print_report(console: Console, report: checks.Report) -> None:
    console.print(_summary_table(report))
    console.print("待核实（按来源）：")
    for group in report.provisional:
        console.print(f"  {group.area}：{_abridged(group.keys)}\n    来源：{group.source}", markup=False)
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


def _print_rows(console: Console, name: str, rows: list[dict[str, str]]) -> None:
    """One row a line, whole; the source goes last because it is long."""
    if not rows:
        console.print("没有符合的行。")
        return
    used = [column for column in SHAPES[name].columns if any(row[column] for row in rows)]
    columns = [column for column in used if column not in _LAST] + [c for c in _LAST if c in used]
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(_HEADINGS.get(column, column), no_wrap=True)
    for row in rows:
        table.add_row(*(row[column] for column in columns))
    console.print(table)
