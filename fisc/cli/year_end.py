"""`fisc year-end`: what is open, closing and opening, statements, final accounts, settlement, conversion."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fisc.cli import output, use_cases
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import Government, Governments, Unit, Year
from fisc.cli.shared import database, notice_on

app = typer.Typer(
    help="年终：未了事项、结账、开账、报表、决算、上下级结算、新旧衔接 / the end of a year",
    no_args_is_help=True,
    epilog=help_text(),
)

Out = Annotated[Path, typer.Option(help="写到哪个 .xlsx / where to write", metavar="FILE.xlsx")]


def register(root: typer.Typer) -> None:
    """Add `year-end` to the program's commands."""
    use_cases.add(app, "year-end")
    root.add_typer(app, name="year-end")


def _regions(region: str) -> list[str]:
    """The government of a code; for a whole area (…998) the city and all below it."""
    from fisc.registry import regions as divisions

    own = divisions.own(region)
    is_whole = region == divisions.whole_area(region)
    return [own, *(row.mof_div_code for row in divisions.below(own))] if is_whole else [own]


@app.command("status", epilog=help_text())
def status_command(
    *, region: Governments, year: Year, as_of: AsOf = "", as_json: output.JsonFlag = False
) -> None:
    """未了事项与结账进度；有妨碍结账的事项即以 1 退出 / what is open, and how far the year's end is."""
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing

    regions = _regions(region)
    with database("fisc year-end", as_of, region=regions, year=year) as conn:
        affairs = closing.open_affairs(conn, regions, year)
        states = closing.year_end_states(conn, regions, year)
    output.emit(
        {"affairs": affairs, "states": states}, as_json,
        lambda console: view.show_status(console, year, affairs, states),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if any(affair.refuses for affair in affairs) else ExitCode.OK)


@app.command("statements", epilog=help_text())
def statements_command(
    *, region: Government, year: Year, out: Out, unit: Unit = "元", as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """资产负债表、收入支出表、各预算执行情况表，每格附取数来源；表间不衔接即以 1 退出 / statements of a year.

    收入支出表只到 2022 年；2023 年起的按新制度另表列示 / from 2023 in the tables of the new rules.
    """
    from fisc.cli import year_end_view as view
    from fisc.closing import statements as st

    with database("fisc year-end", as_of, region=region, year=year) as conn:
        made = st.year_statements(conn, region, year)
        notice = notice_on(conn)
    wrong = st.tie_outs(made[0], next((one for one in made if one.title == "收入支出表"), None))
    st.write_statements(out, made, unit, notice)
    titles = [statement.title for statement in made]
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
    as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """政府决算公开表（账上能填的），金额单位万元；--check 读回比较，有差异即以 1 退出 / final accounts."""
    from fisc.cli import year_end_view as view
    from fisc.closing import final_accounts as final
    from fisc.disclosure.read_back import differences

    regions = _regions(region)
    with database("fisc year-end", as_of, region=regions, year=year) as conn:
        made = final.tables(conn, regions, year)
        notice = notice_on(conn)
    final.write_final_accounts(out, made, notice=notice)
    wrong = differences(out, made) if check else []
    titles = [f"{table.sheet} {table.title}" for table in made]
    output.emit(
        {"file": out, "tables": titles, "is_checked": check, "differences": wrong}, as_json,
        lambda console: view.show_file(console, out, titles, wrong, "导入程序读回" if check else ""),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if wrong else ExitCode.OK)


@app.command("settlement", epilog=help_text())
def settlement_command(
    *, region: Government, year: Year, unit: Unit = "万元", as_of: AsOf = "", as_json: output.JsonFlag = False
) -> None:  # fmt: skip
    """与上下级政府的年终往来，按文号逐笔；双方账不一致即以 1 退出 / what governments owe each other."""
    from fisc.cli import year_end_view as view
    from fisc.closing import services as closing

    with database("fisc year-end", as_of, region=region, year=year) as conn:
        owed = closing.owed(conn, region, year)
        wrong = closing.compare(conn, region, year)
    net = {other: owed.net(other) for other in owed.others}
    output.emit(
        {"claims": owed.claims, "net_fen": net, "differences": wrong}, as_json,
        lambda console: view.show_settlement(console, owed, wrong, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if wrong else ExitCode.OK)


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

    with database("fisc year-end", as_of, region=region) as conn:
        made = closing.reconciliation(conn, region)
    output.emit(
        {"reconciliation": made, "differences": made.differences}, as_json,
        lambda console: view.show_conversion(console, made, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if made.differences else ExitCode.OK)
