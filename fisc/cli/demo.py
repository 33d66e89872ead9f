"""`fisc demo`: a real city's budget and two simulated years, the reports on both, what to try next.

The two do not share a database: the book goes into the one in force, the simulated city into a private
server of its own below the data directory, whose ledger says that it is simulated. They do not wait for each
other either: the book is taken in by a process of its own while the city lives.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from fisc.cli import demo_home, imports, language, output, report, report_annual, sim
from fisc.cli.calling import as_called
from fisc.cli.exit_codes import ExitCode, help_text
from fisc.kernel.simulation import NOTICE
from fisc.sample import BOOK

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.disclosure.services import ImportResult
    from fisc.sim.summary import Summary

REGION, YEAR = "530700", 2025
PUBLISHED_ON = datetime(2026, 2, 13)

#: How far the shorter of the two works stands back from the longer.
_POLITE = 5

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


@dataclass(frozen=True, slots=True)
class _Imported:
    """What the import of the book came to, in numbers; `whole` only where it was asked for."""

    city: str
    tables: int
    lines: int
    vouchers: int
    new_vouchers: int
    checks: int
    passed: int
    declared: int
    failed: int
    findings: int
    is_proven: bool
    whole: ImportResult | None

    @classmethod
    def of(cls, result: ImportResult, is_whole: bool) -> _Imported:
        """The numbers of an import."""
        return cls(
            result.book.city, len(result.book.numbers), result.lines,
            result.entries_posted - result.entries_red + result.entries_unchanged, result.entries_posted,
            len(result.identities), result.passed,
            sum(found.status == "declared" for found in result.identities), len(result.failed),
            len(result.findings), result.verified is None or result.verified.ok,
            result if is_whole else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Made:
    """What the demonstration made: of the real book, of the simulated city."""

    imported: _Imported
    written: dict[str, Any]
    found: Summary
    summary: dict[str, Any]


def demo(
    book: Annotated[Path, typer.Option(help="公开的预算文本 / the published budget book")] = BOOK,
    out: Annotated[Path, typer.Option(help="输出文件夹 / output folder")] = Path("out"),
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="逐项列出核对、总额与所缺 / checks, totals and gaps one by one"),
    ] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """示例：一市真实的预算表，一市模拟的两年，写出报告与年度总结 / a real book, two simulated years."""
    with _Meanwhile(book, out, verbose or as_json) as real, demo_home.in_force() as aside:
        if aside and not as_json:
            output.console(stderr=True).print(demo_home.aside_words(aside), markup=False, soft_wrap=True)
        found = sim.simulate(None, as_json, watch=real.go_on)
        summary = report_annual.write_annual_summary(CITY, SIMULATED_YEAR, out)
        made = _Made(*real.result(), found, summary)
    output.emit(_facts(made), as_json, lambda console: (_say_all if verbose else _say)(console, made))
    raise typer.Exit(ExitCode.OK if made.imported.is_proven and found.is_sound else ExitCode.FAULTS)


class _Meanwhile:
    """The real book, taken in by another process, which ends with its server as soon as it is done.

    It begins once the city, whose work is longer, has its database and lives its first day: two databases
    made at the same time make each other wait.
    """

    def __init__(self, book: Path, out: Path, is_whole: bool) -> None:
        self._asked = (book, out, is_whole)
        self._pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_stand_back,
            initargs=(gc.get_threshold(), dict(os.environ)),
        )  # fmt: skip
        self._taken: Future[tuple[_Imported, dict[str, Any]]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def go_on(self) -> None:
        """Begin, or raise what went wrong so far."""
        if self._begun().done():
            self.result()

    def result(self) -> tuple[_Imported, dict[str, Any]]:
        """What came of it, waiting for its end."""
        return self._begun().result()

    def _begun(self) -> Future[tuple[_Imported, dict[str, Any]]]:
        if self._taken is None:
            self._taken = self._pool.submit(_take_in, *self._asked)
            self._pool.shutdown(wait=False)
        return self._taken


def _stand_back(threshold: tuple[int, int, int], environment: Mapping[str, str]) -> None:
    """The other process has the environment that the demonstration began in, looks for garbage as seldom as
    this one, and goes second."""
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    gc.set_threshold(*threshold)
    os.nice(_POLITE)


def _take_in(book: Path, out: Path, is_whole: bool) -> tuple[_Imported, dict[str, Any]]:
    result = imports.run_import(book, as_json=True)  # two bars would disturb each other
    written = report.write_budget_report(REGION, YEAR, out, dated=PUBLISHED_ON)
    return _Imported.of(result, is_whole), written


def _facts(made: _Made) -> dict[str, Any]:
    from fisc.disclosure.services import as_dict

    return {
        "import": made.imported.whole and as_dict(made.imported.whole), "report": made.written,
        "simulation": {"is_simulated": True, "home": demo_home.place(), "run": made.found},
        "summary": {"is_simulated": True, **made.summary},
        "next": [command for _, command in _NEXT],
    }  # fmt: skip


# ---- for people


def _say(console: Console, made: _Made) -> None:
    """What was made, where it lies and what comes next, on two screens at most."""
    _head(console, "一、真实的预算表 / a real budget book")
    _say_book(console, made.imported)
    _say_files(console, made.written)
    _head(console, "二、模拟的两年 / two simulated years")
    _say_city(console, made.found)
    _head(console, "三、年度总结 / the annual summary")
    slots = made.summary["slots"]
    console.print(f"总结共 {slots['all']} 项，{slots['filled']} 项有数；没有的各有原因，文中以〔缺〕标明")
    _say_files(console, made.summary)
    _say_next(console, made.summary)


def _say_all(console: Console, made: _Made) -> None:
    """As `_say`, with every check, total and gap."""
    _head(console, "一、真实的预算表 / a real budget book")
    if made.imported.whole is not None:
        imports.show(console, made.imported.whole, posted=True)
    report.say(console, made.written)
    _head(console, "二、模拟的两年 / two simulated years")
    sim.print_totals(console, made.found)
    _say_city(console, made.found)
    _head(console, "三、年度总结 / the annual summary")
    report_annual.say_annual(console, made.summary)
    _say_next(console, made.summary)


def _head(console: Console, words: str) -> None:
    console.print(f"── {language.said(words)}", style="bold")


def _say_book(console: Console, found: _Imported) -> None:
    console.print(
        f"{found.city}公布的 {found.tables} 张表，{found.lines:,} 个金额，记成 {found.vouchers:,} 张凭证"
        f"（本次新记 {found.new_vouchers:,}）；总账验证{'通过' if found.is_proven else '[bold red]未通过[/]'}"
    )
    console.print(
        f"勾稽关系核对 {found.checks:,} 处：相符 {found.passed:,}，已说明 {found.declared}，"
        f"不符 {found.failed}（原表如此，照录）；另有发现 {found.findings} 处"
    )


def _say_city(console: Console, found: Summary) -> None:
    public = [total for total in found.totals if total.public_fen is not None]
    met, held = sum(total.is_met for total in public), sum(p.held == p.times for p in found.proofs)
    counts = dict(found.counts)
    console.print(f"【{NOTICE}】另存于 {demo_home.place()}", style="yellow", markup=False, soft_wrap=True)
    console.print(
        f"一市九旗区 {found.years} 年：{counts['预算单位']:,} 个预算单位，{counts['支付申请']:,} 笔支付，"
        f"{counts['凭证']:,} 张凭证"
    )
    console.print(
        f"收支总额与公开数一致 {met}/{len(public)} 项，月末、年终核对成立 {held}/{len(found.proofs)} 项，"
        "其余皆由种子抽取"
    )


def _say_files(console: Console, written: dict[str, Any]) -> None:
    console.print(
        f"[bold]{written['title']}[/bold]：{written['figures']} 个数字，{len(written['gaps'])} 个缺"
    )
    for file in written["files"]:
        console.print(f"  {file['path']}　{file['bytes'] / 1024:,.0f} KB", markup=False, soft_wrap=True)


def _say_next(console: Console, summary: dict[str, Any]) -> None:
    page = next(f["path"] for f in summary["files"] if f["path"].endswith(".html"))
    _head(console, "四、接下来 / next")
    _tell(console, "用浏览器打开它，点任何一个数 / open it in a browser, click any number", page)
    _tell(console, "逐项的核对、总额与所缺 / every check, total and gap", as_called("fisc demo --verbose"))
    _tell(console, "以下对模拟的市 / of the simulated city", f"export FISC_HOME={demo_home.place()}")
    for what, command in _NEXT:
        _tell(console, what, as_called(command))


def _tell(console: Console, what: str, how: str) -> None:
    console.print(f"{language.said(what)}\n  [bold]{how}[/bold]", soft_wrap=True)
