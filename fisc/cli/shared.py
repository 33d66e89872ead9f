"""What the commands of several areas share: the database, division codes as people give them, days."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli import output
from fisc.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    import psycopg
    from rich.console import Console

    from fisc.registry.open_books import Opened
    from fisc.sheets import Fault, RowsRefused

#: Faults of a file shown to people; --json has all.
SHOWN = 20
WithHidden = Annotated[bool, typer.Option("--with-hidden", help="连同隐藏的行与列 / take hidden rows too")]
FaultsOut = Annotated[
    Path | None, typer.Option("--out", help="有误时把各行的问题写在这份副本里 / a copy with faults by row")
]


@contextmanager
def database(
    name: str, as_of: str = "", *, region: str | Collection[str] = "", year: int | None = None
) -> Iterator[psycopg.Connection[Any]]:
    """A connection in autocommit mode that the server lists as `name`; it answers as of a moment, if given.

    People are told which moment. `region` (as `fisc.cli.options` reads it, or the governments it is) and
    `year` are those asked about. Raises NoBooks where their books are not open, NotKnown where what is asked
    keeps no history.
    """
    import psycopg

    from fisc.app import setup
    from fisc.cli.moments import asked, shown
    from fisc.kernel.knowledge import known_at
    from fisc.kernel.periods import years_open

    moment = asked(as_of)
    with psycopg.connect(setup(), application_name=name, autocommit=True) as conn, known_at(conn, moment):
        if region or year:
            require_open(years_open(conn), region, year)
        yield conn
    if moment is not None:
        output.console(stderr=True).print(f"按截至 {shown(moment)} 所知", style="yellow")


def taken_back(conn: psycopg.Connection[Any], is_dry: bool) -> AbstractContextManager[object]:
    """What is done within stands, or is taken back where it is a trial."""
    return conn.transaction(force_rollback=True) if is_dry else nullcontext()


def require_open(opened: Opened, region: str | Collection[str] = "", year: int | None = None) -> None:
    """Raise NoBooks unless the books of a region, of that year, are among those opened."""
    from fisc.registry.open_books import books_of, require_books

    divisions = books_of(region) if region and isinstance(region, str) else region
    require_books(opened, tuple(divisions), year)


def notice_on(conn: psycopg.Connection[Any]) -> str:
    """What each page of a file made through `conn` has to say: of a simulation, as of which moment; or ''."""
    from fisc.cli.moments import shown
    from fisc.kernel.knowledge import moment_of
    from fisc.kernel.simulation import notice_of

    moment = moment_of(conn)
    said = (notice_of(conn), f"按截至 {shown(moment)} 所知编制" if moment else "")
    return "；".join(part for part in said if part)


@contextmanager
def rows_told(
    file: Path, as_json: bool, out: Path | None = None, *, by: str, on: date, region: str = ""
) -> Iterator[None]:
    """A file refused for its rows is told row by row, or with all its faults as JSON.

    With `out`, a copy of the file is written there, each fault beside its row. The faults are kept as
    findings of `region`, or of the officer's, until the file is in order; of an officer of all regions
    they are only told.
    """
    from fisc.sheets import RowsRefused
    from fisc.sheets.marking import write_faults

    try:
        yield
    except RowsRefused as refusal:
        if out:
            write_faults(refusal.table, refusal.faults, out)
        if as_json:
            said = {"message": refusal.message, "rule": refusal.rule, "hint": refusal.hint,
                    "exit_code": ExitCode.REFUSED.value}  # fmt: skip
            output.emit({"error": said, "faults": refusal.faults, "out": out}, True, "")
        else:
            _show_faults(output.console(stderr=True), refusal, out)
        _keep_faults(file, refusal.faults, by, on, region)
        raise typer.Exit(ExitCode.REFUSED) from None
    _keep_faults(file, (), by, on, region)


def _keep_faults(file: Path, faults: Sequence[Fault], by: str, on: date, region: str) -> None:
    from fisc.documents.intake import keep_faults
    from fisc.kernel.findings import Place
    from fisc.registry.officers import region_of

    with database("fisc findings") as conn:
        if where := region or region_of(conn, by):
            keep_faults(conn, file.name, faults, Place(where, on.year, on))


def _show_faults(console: Console, refusal: RowsRefused, out: Path | None) -> None:
    faults = refusal.faults
    console.print(f"{refusal.details['refused']:,} 行不能导入，全部未登记：", style="bold red", markup=False)
    rows = [(f.row, f.column, f.problem, f.remedy, f.cell) for f in faults[:SHOWN]]
    console.print(output.table(["行>", "列", "问题", "怎么办", "单元格"], rows))
    if len(faults) > SHOWN:
        console.print(f"另有 {len(faults) - SHOWN:,} 处；加 --json 列出全部，加 --out 写在每行旁。")
    console.print(f"依据：{refusal.rule}", markup=False)
    console.print(f"怎么办：{refusal.hint}", markup=False)
    if out:
        console.print(f"各行的问题写在 {out}", markup=False)


def day_of(given: datetime | None) -> date:
    """The day given, or today. Raises RuleBroken for one too far ahead."""
    from fisc.documents.days import business_day

    return business_day(given.date() if given else None)
