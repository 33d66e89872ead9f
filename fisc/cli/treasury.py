"""`fisc treasury`: payments and payroll from files, the cash position, the cash forecast."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import language, output, use_cases
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import AtDay, Government, On, OwnGovernment, PayMonth, Unit
from fisc.cli.shared import WithHidden, database, day_of, require_open, taken_back
from fisc.cli.signing import As, acting
from fisc.cli.use_case_view import as_told

if TYPE_CHECKING:
    import psycopg

    from fisc.registry.officers import Officer

app = typer.Typer(
    help="国库：用款计划、支付、退款、清算、工资、库款 / payments, payroll and cash",
    no_args_is_help=True,
    epilog=help_text(),
)

Sheet = Annotated[str | None, typer.Option(help="工作表名，默认自动识别 / name of the sheet")]
Out = Annotated[Path | None, typer.Option(help="结果文件，默认在原文件旁 / where results go")]
SkipColumns = Annotated[
    bool,
    typer.Option("--skip-unknown-columns", help="跳过不认识的列 / leave out columns that are not known"),
]
Floor = Annotated[str, typer.Option(help="库底，万元 / least balance, in 10,000 yuan")]


def register(root: typer.Typer) -> None:
    """Add `treasury` to the program's commands."""
    use_cases.add(app, "treasury")
    root.add_typer(app, name="treasury")


def _region_of(
    conn: psycopg.Connection[Any], region: str, officer: Officer | None, year: int | None = None
) -> str:
    """The region given, else that of who acts, whose books are open. Raises NoBooks; BadParameter where
    neither says one.
    """
    from fisc.kernel.periods import years_open

    if region:
        return region
    if officer is None or not officer.mof_div_code:
        raise typer.BadParameter(
            language.said("办理人员不属于一个区划，请写明 --region / --region is missing: yours are all")
        )
    require_open(years_open(conn), officer.mof_div_code, year)
    return officer.mof_div_code


def _fen(wan: str) -> int:
    from fisc.kernel.money import parse_amount

    return parse_amount(wan, "万元")


@app.command("import", epilog=help_text())
def import_command(
    file: Annotated[Path, typer.Argument(help="支付表 .xlsx 或 .csv / payments", metavar="FILE")],
    *,
    region: OwnGovernment = "",
    as_: As = "",
    on: On = None,
    each: Annotated[
        bool,
        typer.Option(
            "--each",
            help="只导入无误的行（另有行有误，退出码 1）；不写则有误即整批不导入（退出码 3）"
            " / sound rows only (others: exit 1), not all or none",
        ),
    ] = False,
    sheet: Sheet = None,
    with_hidden: WithHidden = False,
    skip_unknown_columns: SkipColumns = False,
    dry_run: use_cases.Dry = False,
    out: Out = None,
    as_json: output.JsonFlag = False,
) -> None:
    """批量导入支付申请；每行的结果写在同一文件的“导入结果”列 / apply for payments from a file.

    同一文件再导入不会重复申请 / the same file again applies for nothing twice.
    """
    from fisc.cli import treasury_view as view
    from fisc.treasury.services.imports import import_payments
    from fisc.treasury.services.imports.payments import as_dict

    with database("fisc treasury", region=region) as conn, taken_back(conn, dry_run):
        officer = acting(conn, as_)
        report = import_payments(
            conn,
            file,
            region=_region_of(conn, region, officer),
            by=officer.code,
            on=day_of(on),
            clean_rows_only=each,
            sheet=sheet,
            with_hidden=with_hidden,
            skip_unknown_columns=skip_unknown_columns,
            out=out,
            write=not dry_run,
        )
    said = {**as_dict(report), "is_dry_run": dry_run}
    output.emit(said, as_json, partial(view.show_import, report=report, is_dry=dry_run))
    refused = ExitCode.FAULTS if report.count("imported") else ExitCode.REFUSED
    raise typer.Exit(refused if report.problems() else ExitCode.OK)


@app.command("cash-position", epilog=help_text())
def cash_command(
    *, region: Government, on: AtDay = None, floor: Floor = "0", unit: Unit = "万元",
    as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """某日的库款头寸：各账户、在途、已申请、预计收支，并核对账证 / the cash position of a day."""
    from fisc.cash.checks import check_cash
    from fisc.cash.services import position
    from fisc.cli import treasury_view as view
    from fisc.documents.told import told

    day = day_of(on)
    with database("fisc treasury", as_of, region=region, year=day.year) as conn:
        at = position(conn, region, day)
        found = check_cash(conn, region, day, floor_fen=_fen(floor))
    output.emit(
        {**as_told("treasury.cash-position", told(at, ())), "findings": found}, as_json,
        lambda console: view.show_position(console, at, found, unit),
    )  # fmt: skip
    raise typer.Exit(ExitCode.FAULTS if found else ExitCode.OK)


@app.command("cash-outlook", epilog=help_text())
def forecast_command(
    *, region: Government, on: AtDay = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="天数 / days ahead")] = 90,
    by_day: Annotated[
        bool, typer.Option("--by-day/--by-week", help="按日或按周（默认）/ by day or week")
    ] = False,
    floor: Floor = "0", unit: Unit = "万元", as_of: AsOf = "", as_json: output.JsonFlag = False,
) -> None:  # fmt: skip
    """库款预测：每日（周）收支、余额与区间；何时短缺、由什么引起、什么可以推迟 / what is short when."""
    from fisc.cash.services import cash_outlook
    from fisc.cli import treasury_view as view
    from fisc.documents.told import told

    day = day_of(on)
    with database("fisc treasury", as_of, region=region, year=day.year) as conn:
        made = cash_outlook(conn, region, on=day, days=days, floor_fen=_fen(floor))
    output.emit(
        as_told("treasury.cash-outlook", told(made, ())),
        as_json,
        lambda console: view.show_forecast(console, made, unit, by_day=by_day),
    )


@app.command("payroll", epilog=help_text())
def payroll_command(
    file: Annotated[Path, typer.Argument(help="工资表 .xlsx 或 .csv / the payroll", metavar="FILE")],
    *,
    region: OwnGovernment = "",
    pay_month: PayMonth,
    accept: Annotated[bool, typer.Option("--accept", help="接受匹配结果，申请支付 / apply for it")] = False,
    matched_only: Annotated[
        bool, typer.Option("--matched-only", help="只申请已匹配的部分 / leave out what found no quota")
    ] = False,
    payee_acct_no: Annotated[
        str, typer.Option(help="工资代发账户账号 / account that distributes the pay")
    ] = "",
    agent_bank_no: Annotated[str, typer.Option(help="代理银行 / bank that pays it out")] = "",
    as_: As = "",
    on: On = None,
    sheet: Sheet = None,
    with_hidden: WithHidden = False,
    skip_unknown_columns: SkipColumns = False,
    dry_run: use_cases.Dry = False,
    out: Out = None,
    as_json: output.JsonFlag = False,
) -> None:
    """工资自动匹配指标，余下的逐行说明原因；--accept 才申请支付 / match pay to quotas, explain the rest."""
    from fisc.cli import treasury_view as view
    from fisc.documents.intake import keep_faults
    from fisc.kernel.findings import Place
    from fisc.treasury.services.payroll import accept as apply_for
    from fisc.treasury.services.payroll import payee_of, propose
    from fisc.treasury.services.payroll.proposals import as_dict

    if accept and not payee_acct_no:
        needs = "--accept 须同时给出 --payee-acct-no / --accept needs --payee-acct-no"
        raise typer.BadParameter(language.said(needs))
    year = int(pay_month[:4])
    with database("fisc treasury", region=region, year=year) as conn, taken_back(conn, dry_run):
        officer = acting(conn, as_) if accept or not region else None
        region = _region_of(conn, region, officer, year)
        by = officer.code if officer and accept else ""
        proposal = propose(
            conn, file, region=region, pay_month=pay_month, sheet=sheet, with_hidden=with_hidden,
            skip_unknown_columns=skip_unknown_columns or not accept,
        )  # fmt: skip
        place = None if dry_run else proposal.write(out)
        keep_faults(conn, file.name, proposal.faults, Place(region, day_of(on).year, day_of(on)))
        accepted = None
        if accept:
            payee = payee_of(conn, payee_acct_no, agent_bank_no)
            accepted = apply_for(conn, proposal, payee=payee, by=by, on=day_of(on), matched_only=matched_only)
    said = {**as_dict(proposal), "out": str(place or ""), "accepted": accepted, "is_dry_run": dry_run}
    output.emit(
        said,
        as_json,
        partial(view.show_payroll, proposal=proposal, place=place, accepted=accepted, is_dry=dry_run),
    )
    raise typer.Exit(ExitCode.OK if proposal.is_whole or accepted else ExitCode.FAULTS)
