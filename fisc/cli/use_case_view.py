"""What commands of use cases print: what happened to each number, or what was found."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fisc.cli import output

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

#: Rows that a screen shows; --json has all.
_SHOWN = 200


def show(case: UseCase, result: Any, numbers: Sequence[str], *, as_json: bool, is_dry: bool) -> None:
    """Print what a use case answered."""
    from fisc.documents.use_case import told

    rows = told(result, numbers)
    said: dict[str, object] = {"use_case": case.code, "is_dry_run": is_dry, "rows": rows}
    output.emit(said, as_json, lambda console: _print(console, case, rows, is_dry=is_dry))


def _print(console: Any, case: UseCase, rows: list[dict[str, Any]], *, is_dry: bool) -> None:
    if is_dry:
        console.print("只是试办：以下都已撤回，账上没有变化", style="yellow")
    if not rows:
        console.print(f"{case.title}：没有记录" if case.is_reading else f"{case.title}：已办理")
        return
    names = list(dict.fromkeys(name for row in rows[:_SHOWN] for name in row))
    heads = [_heading(name) for name in names]
    console.print(
        output.table(heads, ([_cell(name, row.get(name)) for name in names] for row in rows[:_SHOWN]))
    )
    if len(rows) > _SHOWN:
        console.print(f"另有 {len(rows) - _SHOWN:,} 行；加 --json 列出全部")


def _heading(name: str) -> str:
    from fisc.documents.words import shown_heading

    mark = ">" if name.endswith("_fen") else "!" if name == "number" else ""
    return f"{shown_heading(name)}{mark}"


def _cell(name: str, value: Any) -> str:
    from fisc.kernel.money import format_fen

    if name == "is_new":
        return "已办理" if value else "先前已办理"
    if value is None:
        return ""
    if name.endswith("_fen") and isinstance(value, int):
        return format_fen(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


def write_file(result: tuple[str, bytes], out: Path | None, *, is_dry: bool) -> dict[str, object]:
    """Write the file that a use case answers with; what is said of it."""
    name, data = result
    path = out or Path(f"{name}.xml")
    if not is_dry:
        path.write_bytes(data)
    return {"number": name, "file": str(path), "bytes": len(data)}
