"""`fisc registry region | regions`: divisions of the standard and those that this database records itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.exit_codes import help_text
from fisc.cli.shared import database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fisc.registry.tables import RegionRow

_LEVELS = {"province": "省级", "city": "市级", "county": "县级", "zone": "园区"}


def register(app: typer.Typer) -> None:
    """Add the commands to `fisc registry`."""
    app.command("region", epilog=help_text())(region_command)
    app.command("regions", epilog=help_text())(regions_command)


def region_command(
    code: Annotated[
        str, typer.Argument(help="区划代码，6 位或末三位 000 的 9 位 / division code", metavar="CODE")
    ],
    *,
    name: Annotated[str, typer.Option(help="名称 / name")],
    level: Annotated[
        str, typer.Option(help="级次：city 市、county 县区、zone 园区；更名时不写 / level")
    ] = "",
    parent: Annotated[str, typer.Option(help="上级区划，默认代码前四位的市 / division above")] = "",
    source: Annotated[
        str, typer.Option(help="依据：批准设立或更名的文件 / what it rests on")
    ] = "recorded here",
    as_json: output.JsonFlag = False,
) -> None:
    """登记国家标准之外的区划（园区等）或更名；再次登记不变 / record a division, or rename one."""
    from fisc.registry.added_regions import define_region

    with database("fisc registry") as conn:
        row = define_region(conn, code, name, level=level, parent=parent, source=source)
    words = f"已登记 {row.mof_div_code} {row.name}（{_LEVELS[row.level]}），上级 {row.parent or '无'}。"
    output.emit(row._asdict(), as_json, words)


def regions_command(
    *,
    under: Annotated[str, typer.Option(help="只列该区划之下各级的 / below this division")] = "",
    name: Annotated[str, typer.Option(help="只列名称含此的 / whose name contains this")] = "",
    as_json: output.JsonFlag = False,
) -> None:
    """查区划；不带选项时列各省和本库登记的 / divisions; by default provinces and this database's own."""
    from fisc.registry import added_regions

    with database("fisc registry"):
        found = _asked(under, name)
        ours = added_regions.recorded()
    rows = [row._asdict() | {"is_own": row.mof_div_code in ours} for row in found]
    output.emit(rows, as_json, _table(found, ours) if found else _nothing(under, name))


def _asked(under: str, name: str) -> list[RegionRow]:
    from fisc.registry import added_regions, regions

    if under:
        place = regions.find(under)
        rows = [place, *regions.below(place.mof_div_code)]
    else:
        rows = list(regions.governments_known())
    if name:
        return [row for row in rows if regions.is_called(row, name)]
    ours = added_regions.recorded()
    return rows if under else [r for r in rows if r.level == "province" or r.mof_div_code in ours]


def _nothing(under: str, name: str) -> str:
    where = f"{under} 之下" if under else "国家标准和本库登记的区划中"
    return f"{where}没有名称含“{name}”的区划。"


def _table(found: Sequence[RegionRow], ours: frozenset[str]) -> Any:
    rows = [
        (row.mof_div_code, row.name, _LEVELS[row.level], row.parent,
         "本库" if row.mof_div_code in ours else "随程序", "是" if row.is_verified else "否")
        for row in found
    ]  # fmt: skip
    return output.table(("代码", "名称", "级次", "上级", "登记", "核实"), rows)
