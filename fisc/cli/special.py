"""`fisc special`: special funds by theme: budget, issue, payment, progress, and what broke a rule of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from fisc.cli.exit_codes import ExitCode, help_text
from fisc.cli.moments import AsOf
from fisc.cli.options import Month, Place, Year
from fisc.cli.output import JsonFlag, emit, table

if TYPE_CHECKING:
    import psycopg
    from rich.console import Console

    from fisc.kernel.findings import Finding
    from fisc.reading.service import FigureResult

#: What is asked of each theme, in the order of the columns.
_PARTS = (".budget", ".issued", "", ".progress", ".yoy")
_NAMES = ("budget", "issued", "paid", "progress", "growth")


def register(parent: typer.Typer) -> None:
    """Add `special` to the `fisc` command."""
    parent.command("special", epilog=help_text())(special)


def special(
    region: Place,
    year: Year,
    month: Month = None,
    as_of: AsOf = "",
    as_json: JsonFlag = False,
) -> None:
    """专项资金：逐专题的预算、下达、支付、进度，和不合使用规则的支付 / special funds by theme.

    0 都合规则，1 有不合使用规则的支付，或全市数无法合成 / 0 all within the rules, 1 not, or no whole.
    """
    from fisc.cli.shared import database
    from fisc.reading.scopes import NOT_FORMED

    with database("fisc special", as_of, region=region, year=year) as conn:
        rows, reason = _themes(conn, region, year, month)
        found = _violations(conn, region, year)
    data = {"themes": rows, "reason": reason, "violations": found}
    emit(data, as_json, lambda console: _say(console, rows, reason, found))
    raise typer.Exit(ExitCode.FAULTS if found or NOT_FORMED in reason else ExitCode.OK)


def _themes(
    conn: psycopg.Connection[Any], region: str, year: int, month: int | None
) -> tuple[list[dict[str, Any]], str]:
    """A row for each theme on which the year has an entry; why there is none where there is none."""
    from fisc.catalogue import CATALOGUE
    from fisc.reading.service import Ask, FigureService
    from fisc.registry.tables import read_table

    themes = [row for row in read_table("themes.csv") if row["kind"] == "special_fund"]
    asks = [
        Ask(f"special.{row['code']}{part}", region, year, cutoff_month=month)
        for row in themes for part in _PARTS
    ]  # fmt: skip
    answers = FigureService(conn, CATALOGUE, one_moment=True).get_many(asks)
    found = []
    for i, row in enumerate(themes):
        parts = answers[i * len(_PARTS) : (i + 1) * len(_PARTS)]
        if any(part.row_count for part in parts):
            found.append({"theme": row["code"], "name": row["name"], "rule": row["rule"], **_values(parts)})
    return found, "" if found else answers[_PARTS.index("")].reason


def _values(parts: list[FigureResult]) -> dict[str, Any]:
    return {name: part.value for name, part in zip(_NAMES, parts, strict=True)}


def _violations(conn: psycopg.Connection[Any], region: str, year: int) -> list[Finding]:
    """Payments outside the rules of use, of the region or of a city's every government."""
    from fisc.registry.areas import area_of, governments
    from fisc.treasury.theme_violations import theme_violations

    return theme_violations(conn, governments(area_of(region, "whole")), year)


def _say(console: Console, rows: list[dict[str, Any]], reason: str, found: list[Any]) -> None:
    from fisc.kernel.money import format_fen

    def money(fen: int | None) -> str:
        return "" if fen is None else format_fen(fen, "亿元", 2)

    def share(ratio: Any) -> str:
        return "" if ratio is None else f"{ratio:.1%}"

    lines = [
        (r["name"], money(r["budget"]), money(r["issued"]), money(r["paid"]), share(r["progress"]),
         share(r["growth"]))
        for r in rows
    ]  # fmt: skip
    if not rows:
        console.print(f"这一年没有专题的指标和支付：{reason}", markup=False)
        return
    columns = ("专题", "年初预算（亿元）>", "下达>", "支付>", "支付进度>", "支付增长>")
    console.print(table(columns, lines))
    console.print("专题是对指标和支付的选择，不另设账；点开一个数：fisc trace special.<专题>", style="dim")
    for violation in found:
        console.print(f"  {violation}", markup=False)
    if not found:
        console.print("没有不合使用规则的支付")
