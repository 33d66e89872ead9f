"""`fisc capital`: stakes, injections, interest saved, a funder's duties and their returns."""

from __future__ import annotations

from typing import Annotated

import typer

from fisc.cli import output, use_cases
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import AtDay, Government, Unit, Year
from fisc.cli.shared import database, day_of

app = typer.Typer(
    help="国有资本：股权、注资、提前还贷节息、出资人职责 / stakes, injections, interest saved, duties",
    no_args_is_help=True,
    epilog=help_text(),
)


def register(root: typer.Typer) -> None:
    """Add `capital` to the program's commands."""
    use_cases.add(app, "capital")
    root.add_typer(app, name="capital")


@app.command("stakes", epilog=help_text())
def stakes_command(
    *, region: Government, on: AtDay = None,
    kind: Annotated[
        str, typer.Option(help="只列一类企业，如 financial 国有金融企业 / one kind of enterprise")
    ] = "",
    unit: Unit = "万元", as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """出资人名册：持股、投资成本、损益、账面余额，宣告和收到的股利利润 / stakes and dividends.

    金额取自总账 / amounts are the ledger's.
    """
    from fisc.capital import services as capital
    from fisc.cli import capital_view as view

    day = day_of(on)
    with database("fisc capital", as_of, region=region) as conn:
        stakes = [s for s in capital.stakes(conn, region, day) if kind in ("", s.kind)]
        known = {s.enterprise_code for s in stakes}
        dividends = [d for d in capital.dividends(conn, region, day) if d.enterprise_code in known]
    output.emit(
        view.stakes_dict(stakes, dividends), as_json,
        lambda console: view.show_stakes(console, (region, day), stakes, dividends, unit),
    )  # fmt: skip


@app.command("injections", epilog=help_text())
def injections_command(
    *, region: Government, year: Year, unit: Unit = "万元", as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """注资：依据、预算、支付、股权两笔分录和用途明细；两笔不相等即以 1 退出 / injections, both entries."""
    from fisc.capital import services as capital
    from fisc.capital.checks import one_sided_injections
    from fisc.cli import capital_view as view

    with database("fisc capital", as_of, region=region, year=year) as conn:
        found = capital.injection_register(conn, region, year)
        uneven = one_sided_injections(conn, region, year)
    output.emit(
        view.injections_dict(found, uneven), as_json,
        lambda console: view.show_injections(console, (region, year), found, uneven, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if uneven else ExitCode.OK)


@app.command("loans", epilog=help_text())
def loans_command(
    *, region: Government, year: Year, unit: Unit = "万元", as_of: AsOf = "",
    as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """当年用注资提前偿还的贷款：本金、原利率、新资金利率、天数、每年节约利息，并分年列出 / interest saved."""
    from fisc.capital import services as capital
    from fisc.cli import capital_view as view

    with database("fisc capital", as_of, region=region, year=year) as conn:
        loans = capital.loan_savings(conn, region, year)
    output.emit(
        view.loans_dict(loans), as_json,
        lambda console: view.show_loans(console, (region, year), loans, unit),
    )  # fmt: skip


@app.command("alerts", epilog=help_text())
def alerts_command(
    *, region: Government, on: AtDay = None,
    every: Annotated[
        bool, typer.Option("--all", help="连同已办和未到期的一并列出 / those done or not yet due too")
    ] = False,
    unit: Unit = "万元", as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """出资人职责：逾期未办的产权登记、年度报告、股利上缴、还贷；有逾期即以 1 退出 / duties that are late."""
    from fisc.capital.terms import funder_terms, overdue
    from fisc.cli import capital_view as view

    day = day_of(on)
    with database("fisc capital", as_of, region=region) as conn:
        late = overdue(conn, region, day)
        states = funder_terms(conn, region, day) if every else []
    output.emit(
        view.alerts_dict(late, states), as_json,
        lambda console: view.show_alerts(console, (region, day), late, states, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if late else ExitCode.OK)
