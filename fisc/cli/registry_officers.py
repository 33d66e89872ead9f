"""`fisc registry officer | officers`: who may act, for which region, with which duties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from fisc.cli import output
from fisc.cli.exit_codes import help_text
from fisc.cli.shared import database, division_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from fisc.registry.officers import Officer


def register(app: typer.Typer) -> None:
    """Add the commands to `fisc registry`."""
    app.command("officer", epilog=help_text())(officer_command)
    app.command("officers", epilog=help_text())(officers_command)


def officer_command(
    code: Annotated[str, typer.Argument(help="人员编号 / officer's code", metavar="CODE")],
    *,
    name: Annotated[str, typer.Option(help="姓名 / name")],
    duty: Annotated[list[str], typer.Option(help="岗位代码，可重复，见 fisc registry list duties / duties")],
    region: Annotated[str, typer.Option(help="财政区划，空为全部 / region, all where left out")] = "",
    agency: Annotated[str, typer.Option(help="单位代码 / agency")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """登记经办人员及其岗位；再次登记即换岗，不相容岗位不得由一人兼任 / who may act, and with which duties."""
    from fisc.registry.officers import Officer, define_officers

    given = Officer(code, name, division_code(region) if region else "", frozenset(duty), agency)
    with database("fisc registry") as conn:
        define_officers(conn, [given])
    output.emit(_said(given), as_json, lambda console: _show(console, [given]))


def officers_command(
    *,
    region: Annotated[str, typer.Option(help="财政区划，空为全部 / region, all where left out")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """经办人员及其岗位 / officers and their duties."""
    from fisc.registry.officers import officers

    with database("fisc registry") as conn:
        found = officers(conn, division_code(region) if region else "")
    output.emit([_said(one) for one in found], as_json, lambda console: _show(console, found))


def _said(one: Officer) -> dict[str, object]:
    return {
        "code": one.code, "name": one.name, "mof_div_code": one.mof_div_code,
        "agency_code": one.agency_code, "duties": sorted(one.duties),
    }  # fmt: skip


def _show(console: Console, found: Sequence[Officer]) -> None:
    from fisc.registry.officers import duty_names

    names = duty_names()
    rows = [
        (one.code, one.name, one.mof_div_code or "全部", one.agency_code,
         "、".join(f"{names.get(duty, duty)}（{duty}）" for duty in sorted(one.duties)))
        for one in found
    ]  # fmt: skip
    console.print(output.table(("编号", "姓名", "区划", "单位", "岗位"), rows))
