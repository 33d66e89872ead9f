"""`fisc sim`: the simulated city: run it, see how far it is, prove what it left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.exit_codes import ExitCode, help_text

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.sim.digest import Digest
    from fisc.sim.line import DayConnection
    from fisc.sim.run import Run
    from fisc.sim.summary import Summary

app = typer.Typer(
    help="模拟：鄂尔多斯市及九旗区，2021—2022 年逐日运行 / the simulated city",
    no_args_is_help=True,
    epilog=help_text(),
)

Scale = Annotated[
    float, typer.Option(help="规模，0 到 1：只缩小数量，不改变总额 / counts shrink, totals do not")
]
SeedOption = Annotated[int, typer.Option(help="随机种子 / seed")]
Years = Annotated[str, typer.Option(help="年度，如 2021-2022 / fiscal years")]

#: Scale, seed and years of a run that is small enough to show.
_SMALL = (0.01, 1, (2021, 2022))
NOTE = "合计与公开数一致；合计以下（旗区、科目、单位、项目、收款人等的分布）均为模拟，名称带“模拟”字样。"


def register(root: typer.Typer) -> None:
    """Add `sim` to the program's commands."""
    root.add_typer(app, name="sim")


@contextmanager
def _line() -> Iterator[DayConnection]:
    from fisc.app import setup
    from fisc.sim.line import DayConnection

    with DayConnection.connect(setup(), application_name="fisc sim", autocommit=True) as conn:
        yield conn


@app.command("run", epilog=help_text())
def run_command(
    scale: Scale = 0.02, seed: SeedOption = 1, years: Years = "2021-2022", as_json: output.JsonFlag = False
) -> None:
    """运行（或续办）模拟：编制预算、下达、支付、清算、对账，月末核对，年终结账 / run, or go on with a run."""
    from fisc.sim.run import Run

    found = simulate(Run(scale, seed, _years(years)), as_json)
    with _line() as conn:
        whole = _digest(conn, as_json)
    output.emit({"summary": found, "digest": whole}, as_json, lambda console: _print(console, found, whole))
    raise typer.Exit(ExitCode.OK if found.is_sound else ExitCode.FAULTS)


def simulate(given: Run | None, as_json: bool, watch: Callable[[], object] = bool) -> Summary:
    """Run the city to its end, or go on with the run that stands; what it came to.

    Without `given` the run that the database holds is gone on with, or a small one begun. `watch` is called
    after each day; what it raises ends the run there. Raises RuleBroken where the database holds another run
    than the given one.
    """
    with _server_meanwhile():
        from fisc.sim.run import Run, run
        from fisc.sim.summary import summary

    with _line() as conn, output.progress(as_json) as shown:
        task = shown.add_task("准备", total=None)

        def tell(on: date, number: int, days: int) -> None:
            watch()
            shown.update(task, description=f"{on:%Y-%m-%d}", completed=number, total=days)

        if given is None:
            held = summary(conn)
            given = Run(float(held.scale), held.seed, _years(held.years)) if held else Run(*_SMALL)
        run(conn, given, tell)
        found = summary(conn)
    assert found is not None
    return found


@contextmanager
def _server_meanwhile() -> Iterator[None]:
    """The database starts while the city's parts are loaded."""
    from fisc import store

    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(store.dsn)
        yield
    started.result()


def _digest(conn: DayConnection, as_json: bool) -> Digest:
    """The digest of all papers and entries, with a progress bar."""
    from fisc.sim.digest import digest

    with output.progress(as_json) as shown:
        task = shown.add_task("摘要", total=None)
        return digest(
            conn, lambda name, n, all_: shown.update(task, description=name, completed=n, total=all_)
        )


def _years(text: str) -> tuple[int, ...]:
    first, _, last = text.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        raise typer.BadParameter(f"年度写作 2021 或 2021-2022，不是 {text} / years: 2021 or 2021-2022")
    return tuple(range(int(first), int(last or first) + 1))


@app.command("status", epilog=help_text())
def status_command(as_json: output.JsonFlag = False) -> None:
    """模拟办到哪一天、结果如何 / how far the run is, and what it came to."""
    from fisc.sim.summary import summary

    with _line() as conn:
        found = summary(conn)
    output.emit({"summary": found}, as_json, lambda console: _print(console, found, None))


@app.command("check", epilog=help_text())
def check_command(as_json: output.JsonFlag = False) -> None:
    """核对模拟的不变量，并给出全部账证的摘要（同一种子必相同）/ prove the invariants, print the digest."""
    from fisc.sim import invariants
    from fisc.sim.parts import PARTS
    from fisc.sim.summary import summary

    with _line() as conn:
        found = summary(conn)
        proofs = invariants.prove(conn, PARTS, date.fromisoformat(found.last_day)) if found else []
        whole = _digest(conn, as_json)
    data = {"summary": found, "digest": whole, "proofs": [p._asdict() for p in proofs]}
    output.emit(data, as_json, lambda console: _print(console, found, whole))
    held = found is not None and found.is_sound and all(proof.is_held for proof in proofs)
    raise typer.Exit(ExitCode.OK if held else ExitCode.FAULTS)


# ---- for people


def _print(console: Console, found: Summary | None, whole: Digest | None) -> None:
    if found is None:
        console.print("数据库里没有模拟。请运行 fisc sim run")
        return
    console.rule("鄂尔多斯市及九旗区 · 模拟")
    console.print(output.facts({
        "规模 / 种子 / 年度": f"{found.scale} / {found.seed} / {found.years}",
        "办到": found.last_day, "用时": f"{found.seconds:,.1f} 秒",
        "模拟中断后续办": f"{found.crashes} 次",
    }))  # fmt: skip
    print_totals(console, found)
    console.print(output.table(["数量", "个>"], [(name, f"{n:,}") for name, n in found.counts]))
    _print_faults(console, found)
    _print_proofs(console, found)
    console.print(NOTE, style="dim")
    if whole is not None:
        console.print(f"摘要 SHA-256 [bold]{whole.digest}[/bold]", soft_wrap=True)
    console.print(_verdict(found))


def _verdict(found: Summary) -> str:
    """One line on how the run stands."""
    if found.is_sound:
        return "[bold green]总额与公开数一致，月末、年终核对全部成立[/]"
    if not found.is_whole:
        return f"[bold yellow]只办到 {found.last_day}，还没有办完；fisc sim run 按原来的参数续办[/]"
    return "[bold red]有总额或核对不成立，见上表[/]"


def print_totals(console: Console, found: Summary) -> None:
    """Totals of each year beside the public ones."""
    unmet = "不一致" if found.is_whole else "未办完"
    rows = [
        (t.year, t.name, _yi(t.fen), _yi(t.public_fen) if t.public_fen is not None else "（模拟）",
         "" if t.public_fen is None else "一致" if t.is_met else unmet)
        for t in found.totals
    ]  # fmt: skip
    console.print(output.table(["年度", "项目", "账上（亿元）>", "公开数（亿元）>", "比较"], rows))


def _yi(fen: int) -> str:
    from fisc.kernel.money import format_fen

    return format_fen(fen, "亿元", 2)


def _print_faults(console: Console, found: Summary) -> None:
    compared = [
        (c.name, f"{c.seeded:,}", f"{c.named:,}", "一致" if c.is_exact else f"少 {c.missing} 多 {c.extra}")
        for c in found.faults
    ]
    console.print(output.table(["差错", "种下>", "查出>", "比较"], compared))
    rows = [(name, f"{n:,}", words) for name, n, words in found.refusals]
    console.print(output.table(["应拒绝而拒绝的申请", "笔>", "例"], rows))


def _print_proofs(console: Console, found: Summary) -> None:
    rows: list[tuple[Any, ...]] = [
        (p.name, f"{p.held}/{p.times}", "成立" if p.held == p.times else f"不成立：{p.words}")
        for p in found.proofs
    ]
    console.print(output.table(["月末、年终核对", "成立/次数>", "结果"], rows))
