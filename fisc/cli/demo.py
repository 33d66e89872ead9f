"""`fisc demo`: a real city's budget and two simulated years, the reports on both, what to try next.

The two do not share a database: the book goes into the one in force, the simulated city into a private
server of its own below the data directory, whose ledger says that it is simulated.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import imports, output, report, report_annual, sim
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.kernel.simulation import NOTICE

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.disclosure.services import ImportResult
    from fisc.sim.summary import Summary

REGION, YEAR = "530700", 2025
PUBLISHED_ON = datetime(2026, 2, 13)
SAMPLE = Path(__file__).parents[2] / "sample_data" / "lijiang_2025_budget_attachment.xlsx"

CITY, SIMULATED_YEAR = "150600", 2022

_NEXT = (
    ("逐项看总结：数值、凭证行数、缺的原因 / the summary slot by slot",
     f"fisc report slots --region {CITY} --year {SIMULATED_YEAR}"),
    ("点开一个数，直到凭证 / open a number down to its vouchers",
     f"fisc trace special.science_talent --region {CITY} --year {SIMULATED_YEAR}"),
)  # fmt: skip


def register(root: typer.Typer) -> None:
    """Add `demo` to the program's commands."""
    root.command("demo", epilog=help_text())(demo)


def demo(
    book: Annotated[Path, typer.Option(help="公开的预算文本 / the published budget book")] = SAMPLE,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    as_json: output.JsonFlag = False,
) -> None:
    """示例：一市真实的预算表，一市模拟的两年，写出报告与年度总结 / a real book, two simulated years."""
    result = imports.run_import(book, as_json)
    written = report.write_budget_report(REGION, YEAR, out, dated=PUBLISHED_ON)
    with _simulated_home():
        found, _ = sim.simulate(None, as_json)
        summary = report_annual.write_annual_summary(CITY, SIMULATED_YEAR, out)
    facts = _facts(result, written, found, summary)
    output.emit(facts, as_json, lambda console: _say(console, result, written, found, summary))
    proven = result.verified is None or result.verified.ok
    raise typer.Exit(ExitCode.OK if proven and found.is_sound else ExitCode.FAULTS)


def simulated_home() -> Path:
    """The data directory of the simulated city, below the one in force."""
    from fisc.store import config

    return config.home() / "simulated"


@contextmanager
def _simulated_home() -> Iterator[None]:
    """The simulated city's own private server is in force; afterwards the one that was, and what is told
    is told of that."""
    from fisc import store

    home = simulated_home()
    given = {name: os.environ[name] for name in ("FISC_HOME", "DATABASE_URL") if name in os.environ}
    os.environ.pop("DATABASE_URL", None)
    os.environ["FISC_HOME"] = str(home)
    try:
        yield
    finally:
        del os.environ["FISC_HOME"]
        os.environ |= given
        store.dsn()


def _facts(
    result: ImportResult, written: dict[str, Any], found: Summary, summary: dict[str, Any]
) -> dict[str, Any]:
    from fisc.disclosure.services import as_dict

    return {
        "import": as_dict(result), "report": written,
        "simulation": {"is_simulated": True, "home": simulated_home(), "run": found},
        "summary": {"is_simulated": True, **summary},
        "next": [command for _, command in _NEXT],
    }  # fmt: skip


def _say(
    console: Console, result: ImportResult, written: dict[str, Any], found: Summary, summary: dict[str, Any]
) -> None:
    console.rule("一、真实的预算表 / a real budget book")
    imports.show(console, result, posted=True)
    report.say(console, written)
    console.rule("二、模拟的两年 / two simulated years")
    console.print(f"【{NOTICE}】另存于 {simulated_home()}", style="yellow", markup=False, soft_wrap=True)
    sim.print_totals(console, found)
    _say_run(console, found)
    console.rule("三、年度总结 / the annual summary")
    report_annual.say_annual(console, summary)
    _say_next(console, summary)


def _say_run(console: Console, found: Summary) -> None:
    counts, held = dict(found.counts), sum(p.held == p.times for p in found.proofs)
    console.print(
        f"{counts['预算单位']:,} 个预算单位，{counts['支付申请']:,} 笔支付，{counts['凭证']:,} 张凭证；"
        f"核对 {len(found.proofs)} 项，成立 {held} 项（逐项见 fisc sim status）"
    )
    console.print(sim.NOTE, style="dim")


def _say_next(console: Console, summary: dict[str, Any]) -> None:
    page = next(f["path"] for f in summary["files"] if f["path"].endswith(".html"))
    console.rule("四、接下来 / next")
    console.print(f"年度总结在 [bold]{page}[/bold]，用浏览器打开，点任何一个数 / open it, click any number")
    program = f"FISC_HOME={simulated_home()} {'.venv/bin/' if Path('.venv/bin/fisc').exists() else ''}"
    for what, command in _NEXT:
        console.print(f"  {what}")
        console.print(f"    [bold]{program}{command}[/bold]", soft_wrap=True)
