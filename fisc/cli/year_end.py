"""`fisc year-end`: what is open, closing and opening, statements, final accounts, settlement, conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fisc.cli import language, output, use_cases
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import Government, Governments, Unit, Year
from fisc.cli.shared import database, notice_on
from fisc.cli.use_case_view import as_told
from fisc.documents.told import told

app = typer.Typer(
    help="年终：未了事项、结账、开账、报表、决算、上下级结算、新旧衔接 / the end of a year",
    no_args_is_help=True,
    epilog=help_text(),
)


def _workbook(path: Path) -> Path:
    """The workbook's path: a name without an ending gets its own. Raises BadParameter for any other."""
    if path.suffix.lower() not in ("", ".xlsx"):
        said = f"--out 的文件名须以 .xlsx 结尾：{path} / --out ends in .xlsx"
        raise typer.BadParameter(language.said(said))
    return path if path.suffix else path.with_suffix(".xlsx")


Out = Annotated[
    Path,
    typer.Option(help="写到哪个 .xlsx / where to write", metavar="FILE.xlsx", callback=_workbook),
]


def register(root: typer.Typer) -> None:
    """Add `year-end` to the program's commands."""
    use_cases.add(app, "year-end")
    root.add_typer(app, name="year-end")


@app.command("status", epilog=help_text())
def status_command(
    *, region: Governments, year: Year, as_of: AsOf = "", as_json: output.JsonFlag = False
) -> None:
    """未了事项与结账进度；有妨碍结账的事项即以 1 退出 / what is open, and how far the year's end is."""
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing

    with database("fisc year-end", as_of) as conn:
        found = closing.year_end_status(conn, region, year)
    output.emit(
        as_told("year-end.status", told(found, ())), as_json,
        lambda console: view.show_status(console, year, found),
    )  # fmt: skip
    raise typer.Exit(ExitCode.OK if found.is_sound else ExitCode.FAULTS)


@app.command("statements", epilog=help_text())
def statements_command(
    *, region: Government, year: Year, out: Out, unit: Unit = "元", as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """资产负债表、收支表、各预算执行情况表，每格附取数来源；表间不衔接即以 1 退出 / statements of a year.

    收支表到 2022 年是收入支出表，2023 年起是收入费用表 / income and expense from 2023.
    """
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing
    from fisc.closing.statements.workbook import write_statements

    with database("fisc year-end", as_of) as conn:
        made = closing.statements_of_year(conn, region, year)
        notice = notice_on(conn)
    write_statements(out, made.statements, unit, notice)
    titles, wrong = [statement.title for statement in made.statements], made.differences
    output.emit(
        {"file": out, "statements": titles, "differences": wrong}, as_json,
        lambda console: view.show_file(console, out, titles, wrong, "表间衔接"),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if wrong else ExitCode.OK)


@app.command("final-accounts", epilog=help_text())
def final_accounts_command(
    *, region: Governments, year: Year, out: Out,
    check: Annotated[
        bool, typer.Option("--check", help="写完由导入程序读回，逐格比较 / read back by the importer")
    ] = False,
    exact: Annotated[
        bool, typer.Option("--exact", help="金额写到分，不四舍五入到万元 / amounts to the fen, unrounded")
    ] = False,
    as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """政府决算公开表（账上能填的），以整万元列示；--check 读回比较，有差异即以 1 退出 / final accounts."""
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing
    from fisc.closing.final_accounts import write_final_accounts
    from fisc.disclosure.read_back import differences

    with database("fisc year-end", as_of) as conn:
        book = closing.final_accounts_of(conn, region, year)
        notice = notice_on(conn)
    write_final_accounts(out, book.tables, book.missing, notice=notice, is_exact=exact)
    wrong = differences(out, book.tables, is_exact=exact) if check else []
    titles = [f"{table.sheet} {table.title}" for table in book.tables]
    missing = [{"title": one.title, "reason": one.reason} for one in book.missing]
    output.emit(
        {"file": out, "tables": titles, "not_written": missing, "is_checked": check, "differences": wrong},
        as_json,
        lambda console: view.show_final_accounts(
            console, out, titles, wrong, "导入程序读回" if check else "", missing=len(missing)
        ),
    )
    raise typer.Exit(ExitCode.FAULTS if wrong else ExitCode.OK)


@app.command("settlement", epilog=help_text())
def settlement_command(
    *, region: Government, year: Year, unit: Unit = "万元", as_of: AsOf = "", as_json: output.JsonFlag = False
) -> None:  # fmt: skip
    """与上下级政府的年终往来，按文号逐笔；双方账不一致即以 1 退出 / what governments owe each other."""
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing

    with database("fisc year-end", as_of) as conn:
        found = closing.settlement_of_year(conn, region, year)
    output.emit(
        as_told("year-end.settlement", told(found, ())), as_json,
        lambda console: view.show_settlement(console, found, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.OK if found.is_sound else ExitCode.FAULTS)


@app.command("conversion", epilog=help_text())
def conversion_command(
    *,
    region: Government,
    unit: Unit = "元",
    as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:
    """2023 年 1 月 1 日新旧制度衔接：原科目、余额、新科目、余额、差额、依据；不符即以 1 退出 / conversion."""
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing

    with database("fisc year-end", as_of) as conn:
        made = closing.conversion_of(conn, region)
    output.emit(
        as_told("year-end.conversion", told(made, ())), as_json,
        lambda console: view.show_conversion(console, made, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.OK if made.is_sound else ExitCode.FAULTS)
