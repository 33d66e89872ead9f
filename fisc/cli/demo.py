"""`fisc demo`: a real city's budget in, a traced report out, and what to try next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import imports, output, report
from fisc.cli.exit_codes import ExitCode, help_text

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.disclosure.services import ImportResult

REGION, YEAR = "530700", 2025
PUBLISHED_ON = datetime(2026, 2, 13)
SAMPLE = Path(__file__).parents[2] / "sample_data" / "lijiang_2025_budget_attachment.xlsx"

_NEXT = (
    ("点开一个数 / open a number", f"fisc trace revenue.general --region {REGION} --year {YEAR}"),
    ("看看有哪些指标 / the catalogue", "fisc figures"),
    ("核验全部账务 / prove the ledger", "fisc verify"),
    ("交给别的软件 / hand it to others", "fisc export --format hledger --out city.journal"),
    ("再导入一次，什么也不会变 / again: nothing changes", f"fisc import sample_data/{SAMPLE.name}"),
)


def register(root: typer.Typer) -> None:
    """Add `demo` to the program's commands."""
    root.command("demo", epilog=help_text())(demo)


def demo(
    book: Annotated[Path, typer.Option(help="公开的预算文本 / the published budget book")] = SAMPLE,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    as_json: output.JsonFlag = False,
) -> None:
    """示例：导入丽江市公开的 48 张预算表，记账并写出报告 / a real budget book in, its report out."""
    result = imports.run_import(book, as_json)
    written = report.write_budget_report(REGION, YEAR, out, dated=PUBLISHED_ON)
    output.emit(_facts(result, written), as_json, lambda console: _say(console, result, written))
    proven = result.verified is None or result.verified.ok
    raise typer.Exit(ExitCode.OK if proven else ExitCode.FAULTS)


def _facts(result: ImportResult, written: dict[str, Any]) -> dict[str, Any]:
    from fisc.disclosure.services import as_dict

    return {"import": as_dict(result), "report": written, "next": [command for _, command in _NEXT]}


def _say(console: Console, result: ImportResult, written: dict[str, Any]) -> None:
    console.rule("一、导入 / import")
    imports.show(console, result, posted=True)
    console.rule("二、报告 / report")
    report.say(console, written)
    console.rule("三、接下来可以试试 / try next")
    program = ".venv/bin/" if Path(".venv/bin/fisc").exists() else ""
    for what, command in _NEXT:
        console.print(f"  {what}")
        console.print(f"    [bold]{program}{command}[/bold]", soft_wrap=True)
    page = next((f["path"] for f in written["files"] if f["path"].endswith(".html")), None)
    if page:
        console.print(f"用浏览器打开 [bold]{page}[/bold]，点任何一个数 / open it and click any number")
