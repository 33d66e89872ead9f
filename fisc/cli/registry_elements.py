"""`fisc registry import | export | roll-over`: elements by fiscal year, in files and from year to year."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fisc.cli import output
from fisc.cli.exit_codes import help_text
from fisc.cli.options import ElementYear, Government, On, SomeGovernment
from fisc.cli.shared import FaultsOut, WithHidden, database, day_of, rows_told, taken_back
from fisc.cli.signing import As, acting
from fisc.cli.use_case_view import tell_dry
from fisc.cli.use_cases import Dry

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.registry.elements import RollOver

#: How many left-out elements are shown before the rest is counted; --json has all.
SHOWN = 20

Kind = Annotated[
    str,
    typer.Option(
        help="agencies 单位、projects 项目、payees 收款人、themes 专题、tags 标识 / kind of element"
    ),
]
FromYear = Annotated[int, typer.Option("--from-year", help="上一年度 / the year to copy")]
ToYear = Annotated[int, typer.Option("--to-year", help="新年度 / the year to begin")]


def register(app: typer.Typer) -> None:
    """Add the commands to `fisc registry`."""
    for name, command in (
        ("import", import_command),
        ("export", export_command),
        ("roll-over", roll_over_command),
    ):
        app.command(name, epilog=help_text())(command)


def import_command(
    file: Annotated[
        Path, typer.Argument(help="要素文件 .xlsx 或 .csv，表头为国家要素名 / elements", metavar="FILE")
    ],
    *,
    kind: Kind,
    as_: As = "",
    on: On = None,
    with_hidden: WithHidden = False,
    out: FaultsOut = None,
    dry_run: Dry = False,
    as_json: output.JsonFlag = False,
) -> None:
    """导入要素，整批成功或整批不入；出错逐行列出 / import elements, all or nothing, errors by row.

    同一文件再导入不变 / the same file again changes nothing.
    """
    from fisc.registry import elements

    day = day_of(on)
    with database("fisc registry") as conn, taken_back(conn, dry_run):
        officer = acting(conn, as_).code
        with rows_told(file, as_json, out, by=officer, on=day):
            done = elements.import_file(conn, file, kind, by=officer, on=day, with_hidden=with_hidden)
    lines = [f"{_label(kind)}：读入 {done.rows:,} 行，新登记 {done.new:,} 项，停用 {done.disabled:,} 项。"]
    lines += [f"没有读取：{note}" for note in done.notes]
    said = {**asdict(done), "is_dry_run": dry_run}
    output.emit(said, as_json, lambda console: _show_import(console, lines, is_dry=dry_run))


def _show_import(console: Console, lines: list[str], *, is_dry: bool) -> None:
    tell_dry(console, is_dry)
    for line in lines:
        console.print(line, markup=False)


def export_command(
    file: Annotated[Path, typer.Argument(help="写到 .xlsx 或 .csv / where to write", metavar="FILE")],
    kind: Kind,
    year: ElementYear,
    region: SomeGovernment = "",
    as_json: output.JsonFlag = False,
) -> None:
    """导出一个年度的要素（含停用的），可再导入 / export a year's elements; the file can be imported again."""
    from fisc.registry import elements

    with database("fisc registry") as conn:
        count = elements.export_file(conn, file, kind, year, region)
    words = f"{file}：{_label(kind)} {count:,} 行。"
    if not count:
        words = f"{year} 年没有登记{_label(kind)}，{file} 里只有表头。"
    output.emit({"file": file, "kind": kind, "rows": count}, as_json, words)


def roll_over_command(
    *,
    region: Government,
    from_year: FromYear,
    to_year: ToYear,
    as_: As = "",
    on: On = None,
    dry_run: Dry = False,
    as_json: output.JsonFlag = False,
) -> None:
    """年度结转：新年度从上年启用的要素开始，重做不变 / begin a year with what is enabled in the old one."""
    from fisc.registry import elements

    with database("fisc registry") as conn, taken_back(conn, dry_run):
        officer = acting(conn, as_).code
        done = elements.roll_over(conn, region, from_year, to_year, by=officer, on=day_of(on))
    said = {**asdict(done), "is_dry_run": dry_run}
    output.emit(said, as_json, lambda console: _show_roll_over(console, done, is_dry=dry_run))


def _label(kind: str) -> str:
    from fisc.registry.elements.items import KINDS

    return KINDS[kind].label


def _show_roll_over(console: Console, done: RollOver, *, is_dry: bool) -> None:
    tell_dry(console, is_dry)
    console.print(f"{done.region} {done.from_year} → {done.to_year}", style="bold")
    rows = [(_label(kind), f"{count:,}") for kind, count in done.copied.items()]
    console.print(output.table(["要素", "结转>"], rows))
    for left in done.left_out[:SHOWN]:
        words = f"未结转：{_label(left.kind)} {left.code} {left.name}（其部门、单位或收款人在新年度不可用）"
        console.print(words, markup=False)
    if len(done.left_out) > SHOWN:
        console.print(f"另有 {len(done.left_out) - SHOWN:,} 项；加 --json 列出全部。")
