"""`fisc revenue`: progress, levels, checks, forecast, rank; statistics and rules of sharing from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output, use_cases
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import ClosedMonth, Day, Government, On, PlainYear, Unit, WholeArea, Year
from fisc.cli.shared import FaultsOut, WithHidden, database, day_of, rows_told
from fisc.cli.signing import As, acting
from fisc.cli.use_case_view import as_told
from fisc.documents.told import told

if TYPE_CHECKING:
    import psycopg

    from fisc.revenue.services import FileTaken

app = typer.Typer(
    help="收入：进度、分级、质量核查、预测预警、位次、统计数据 / revenue: progress, checks, forecast, rank",
    no_args_is_help=True,
    epilog=help_text(),
)

Name = Annotated[str, typer.Option("--source", help="来源文件的发文机关与名称 / the paper's name")]
Number = Annotated[str, typer.Option("--source-no", help="来源文件的文号 / the paper's number")]
Paper = Annotated[
    Path | None, typer.Option("--file", help="来源文件本身，登记其 SHA-256 / the paper, its digest is kept")
]
Table = Annotated[Path, typer.Argument(help="数据表 .xlsx 或 .csv / the table", metavar="FILE")]


def register(root: typer.Typer) -> None:
    """Add `revenue` to the program's commands."""
    use_cases.add(app, "revenue")
    root.add_typer(app, name="revenue")


def _until(conn: psycopg.Connection[Any], code: str, year: int, month: int | None) -> int:
    """The month asked for, or the last that is closed; a month that is not is said to be unfinished."""
    from fisc.revenue import services as revenue

    closed, last = revenue.closed_months(conn, code, year), revenue.last_month(conn, code, year)
    until = month or max((m for m in closed if m <= last), default=last)
    if until not in closed:
        words = f"{year} 年 {until} 月尚未关账，当月数可能不全"
        output.console(stderr=True).print(words, style="yellow")
    return until


@app.command("progress", epilog=help_text())
def progress_command(
    *, region: WholeArea, year: Year, month: ClosedMonth = None, unit: Unit = "亿元", as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """收入进度：对预算和收入任务的完成、序时进度、同比增长与可比增长，分科目、分区划 / progress.

    收入任务以统计数据登记（指标 revenue_target）；另列退税全额和减免税费（统计，不是支出）
    / targets are statistics; refunds in full and relief stand beside.
    """
    from fisc.cli import revenue_view as view
    from fisc.revenue import services as revenue
    from fisc.revenue.growth import published_pairs

    with database("fisc revenue", as_of, region=region, year=year) as conn:
        until = _until(conn, region, year, month)
        found = revenue.progress(conn, region, year, until)
        parts = revenue.progress_by_region(conn, region, year, until)
        side = revenue.tax_side(conn, region, year, until)
    pairs = [pair for pair in published_pairs() if pair.fiscal_year == year]
    output.emit(
        view.progress_dict(found, parts, side, pairs), as_json,
        lambda console: view.show_progress(console, found, parts, side, pairs, unit=unit),
    )  # fmt: skip


@app.command("daily", epilog=help_text())
def daily_command(
    *, region: Government,
    on: Day,
    unit: Unit = "万元", as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """某日国库收入和退库：按征收地、科目、级次列出，并注明单据 / a day's receipts by code and level."""
    from fisc.cli import revenue_levels_view as view
    from fisc.revenue import services as revenue

    with database("fisc revenue", as_of, region=region, year=on.year) as conn:
        found = revenue.day_receipts(conn, region, on.date())
    output.emit(
        as_told("revenue.daily", told(found, ())), as_json,
        lambda console: view.show_day(console, region, on.date(), found, unit),
    )  # fmt: skip


@app.command("levels", epilog=help_text())
def levels_command(
    *, region: WholeArea, year: Year, month: ClosedMonth = None, unit: Unit = "亿元",
    by_code: Annotated[
        bool, typer.Option("--by-code", help="按款列出，并列分成办法 / by section, with the rules")
    ] = False,
    as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """收入和退库在中央、省、市、县间怎样划分，账上各由什么单据入账 / how revenue was divided."""
    from fisc.cli import revenue_levels_view as view
    from fisc.revenue import services as revenue

    with database("fisc revenue", as_of, region=region, year=year) as conn:
        until = _until(conn, region, year, month)
        shares = revenue.divided(conn, region, year, until)
        books = revenue.books(conn, region, year, until)
        rules = revenue.rules_by_section(conn, region, year, until)
    output.emit(
        view.levels_dict(shares, books, rules), as_json,
        lambda console: view.show_levels(
            console, (region, year, until), shares, books, rules if by_code else None, unit=unit
        ),
    )  # fmt: skip


@app.command("checks", epilog=help_text())
def checks_command(
    *, region: WholeArea, year: Year, month: ClosedMonth = None, as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """收入质量九项核查：规则、阈值、实际值、结论；有一项报警即以 1 退出 / nine checks of revenue quality."""
    from fisc.budget import services as budget
    from fisc.cli import revenue_view as view
    from fisc.registry.areas import area_of, governments
    from fisc.revenue.checks import Guarantee, revenue_quality

    with database("fisc revenue", as_of, region=region, year=year) as conn:
        until = _until(conn, region, year, month)
        paid = budget.guarantee_progress(conn, governments(area_of(region)), year, until)
        given = [Guarantee(g.name, g.budget_fen, g.paid_fen) for g in paid]
        found = revenue_quality(conn, region, year, until, given)
    output.emit(
        {"region": region, "fiscal_year": year, "month": until, "findings": found}, as_json,
        lambda console: view.show_checks(console, (region, year, until), found),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if any(f.is_alarm for f in found) else ExitCode.OK)


@app.command("forecast", epilog=help_text())
def forecast_command(
    *, region: WholeArea, year: Year, month: ClosedMonth = None,
    level: Annotated[
        int | None, typer.Option(min=50, max=99, help="预测区间 %，默认按登记 / interval in per cent")
    ] = None,
    unit: Unit = "亿元", as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """逐月预测当年和下一年收入，带区间、回测和季节朴素基准；预计完不成预算即报警，以 1 退出 / forecast.

    以 --month 月末为起点，分类预警附可能性 / seen from the end of --month; warnings with their chance.
    """
    from fisc.cli import revenue_forecast_view as view
    from fisc.revenue import services as revenue

    with database("fisc revenue", as_of, region=region, year=year) as conn:
        until = _until(conn, region, year, month)
        targets = revenue.budgeted(conn, region, year)
        warned = revenue.early_warnings(conn, region, year, until, level=level) if targets else []
        seen = [revenue.outlook(conn, region, y, year, until, level=level) for y in (year, year + 1)]
    output.emit(
        view.forecast_dict(seen, warned, targets), as_json,
        lambda console: view.show_forecast(console, region, seen, warned, targets, unit=unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if any(w.alarm for w in warned) else ExitCode.OK)


@app.command("rank", epilog=help_text())
def rank_command(
    *, region: Government, year: PlainYear,
    item: Annotated[str, typer.Option(help="统计指标代码 / code of the statistic")] = "general_revenue",
    unit: Unit = "亿元", as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """各盟市的总量、增量、增速位次，逐市列数和来源文件；缺一市即不排位，以 1 退出 / rank among peers."""
    from fisc.cli import revenue_levels_view as view
    from fisc.documents import NotFound
    from fisc.revenue import services as revenue

    with database("fisc revenue", as_of, region=region) as conn:
        found = revenue.standings(conn, item, region, year)
        papers = revenue.published(conn, item, (year, year - 1))
    if not papers:
        raise NotFound(
            f"{year} 年没有登记并核对过的统计指标 {item}", rule="位次按各盟市登记、核对过的统计数据排列",
            hint="请核对年度与指标代码（fisc registry list statistic_items），或登记后由另一人核对",
        )  # fmt: skip
    rows = view.rank_rows(found, papers, region, year)
    output.emit(
        {**as_told("revenue.rank", told(found, ())), "item": item, "peers": rows}, as_json,
        lambda console: view.show_rank(console, found, rows, region, year, unit=unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.OK if all(s.place for s in found) else ExitCode.FAULTS)


@app.command("import-statistics", epilog=help_text())
def import_statistics_command(
    table: Table, *, source: Name, source_no: Number = "", file: Paper = None, as_: As = "", on: On = None,
    with_hidden: WithHidden = False, out: FaultsOut = None, as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """导入统计数据：表头 指标、区划、年度、数值、单位（细目、版次），整批成功或整批不入 / import statistics.

    登记后由另一人核对（confirm-statistics）；出错逐行列出；同一文件再导入不变
    / another officer confirms them; faults row by row; the same file again changes nothing.
    """
    from fisc.revenue import services as revenue

    day = day_of(on)
    with database("fisc revenue") as conn:
        officer = acting(conn, as_).code
        with rows_told(table, as_json, out, by=officer, on=day):
            taken = revenue.import_statistics(
                conn, table, revenue.paper_of(source, source_no, file), by=officer, on=day,
                with_hidden=with_hidden,
            )  # fmt: skip
    _tell_taken(table, taken, ("统计数据", "confirm-statistics"), as_json)


@app.command("import-sharing", epilog=help_text())
def import_sharing_command(
    table: Table, *, region: Government, source: Name, source_no: Number = "", file: Paper = None,
    as_: As = "", on: On = None, with_hidden: WithHidden = False, out: FaultsOut = None,
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """导入分成办法：表头 适用区划、收入分类、起始日期、级次、比例（%），一级一行 / import rules of sharing.

    各级比例合计须为 100%；整批成功或整批不入；登记后由另一人核对（confirm-sharing）
    / all or nothing, faults row by row; another officer confirms them.
    """
    from fisc.revenue import services as revenue

    day = day_of(on)
    with database("fisc revenue") as conn:
        officer = acting(conn, as_).code
        with rows_told(table, as_json, out, by=officer, on=day, region=region):
            taken = revenue.import_sharing(
                conn, table, revenue.paper_of(source, source_no, file), region=region, by=officer, on=day,
                with_hidden=with_hidden,
            )  # fmt: skip
    _tell_taken(table, taken, ("分成办法", "confirm-sharing"), as_json)


def _tell_taken(table: Path, taken: FileTaken, named: tuple[str, str], as_json: bool) -> None:
    """`named` is what the file brings, and the command that confirms it."""
    what, confirm = named
    paper = " ".join(part for part in (taken.source.name, taken.source.number) if part)
    digest = f"，SHA-256 {taken.source.sha256}" if taken.source.sha256 else "（未附文件）"
    new = sum(taken.documents.values())
    words = (
        f"{table.name}：{taken.rows:,} 行，{what} {len(taken.documents):,} 项，本次登记 {new:,} 项。"
        f"来源：{paper}{digest}" + "".join(f"\n没有读取：{note}" for note in taken.notes)
    )
    if new:
        words += f"\n请另一人核对：fisc revenue {confirm}（编号见 --json）"
    output.emit(taken, as_json, words)
