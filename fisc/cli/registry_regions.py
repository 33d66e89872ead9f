"""`fisc registry regions`: divisions of the standard and those that this database records itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.exit_codes import help_text
from fisc.cli.shared import database
from fisc.cli.use_case_view import as_told
from fisc.registry.added_regions import LEVELS

_LEVELS = {"province": "省级", **LEVELS}


def register(app: typer.Typer) -> None:
    """Add the command to `fisc registry`."""
    app.command("regions", epilog=help_text())(regions_command)


def regions_command(
    *,
    under: Annotated[str, typer.Option(help="只列该区划之下各级的 / below this division")] = "",
    name: Annotated[str, typer.Option(help="只列名称含此的 / whose name contains this")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """查区划；不带选项时列各省和本库登记的 / divisions; by default provinces and this database's own."""
    from fisc.documents import region_cases

    with database("fisc registry") as conn:
        found = region_cases.list_regions(conn, under=under, name=name)
    output.emit(
        as_told("registry.regions", found), as_json, _table(found) if found else _nothing(under, name)
    )


def _nothing(under: str, name: str) -> str:
    where = f"{under} 之下" if under else "国家标准和本库登记的区划中"
    return f"{where}没有名称含“{name}”的区划。"


def _table(found: Sequence[Mapping[str, Any]]) -> Any:
    rows = [
        (row["mof_div_code"], row["name"], _LEVELS[row["level"]], row["parent"],
         "本库" if row["is_own"] else "随程序", "是" if row["is_verified"] else "否")
        for row in found
    ]  # fmt: skip
    return output.table(("代码", "名称", "级次", "上级", "登记", "核实"), rows)
