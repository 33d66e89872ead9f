"""Output for people and for programs: tables and words, or one JSON document.

Human words go to standard output, progress and errors to standard error. With `--json`
standard output holds one JSON document and nothing else, errors too, with Chinese as it
is and exact numbers (a Decimal is a string). The document is an object; a list stands in it as `rows`.

What is told of a simulated ledger says so: in one line before the words, and by
`"is_simulated": true` at the top of the JSON document, whatever it holds.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli.calling import as_called

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

#: The type of every command's `as_json` parameter.
JsonFlag = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print one JSON document")]


def emit(data: object, as_json: bool, human: RenderableType | Callable[[Console], None]) -> None:
    """Print `data` as JSON, or `human`: something rich can print, or a function that prints.

    A text that names commands names the program as it was called.
    """
    if as_json:
        print(to_json(document(data)))
        return
    shown = console()
    if _is_simulated():
        shown.print(f"【{_notice()}】", style="yellow", markup=False)
    if callable(human):
        human(shown)
    else:
        shown.print(as_called(human) if isinstance(human, str) else human)


_snapshots_read: list[bool] = []


def tell_snapshot(is_simulated: bool) -> None:
    """What the command speaks of was read from a snapshot, which knows whether its ledger was simulated."""
    _snapshots_read[:] = [is_simulated]


def begin() -> None:
    """A command begins: nothing was read yet."""
    _snapshots_read.clear()
    if (store := sys.modules.get("fisc.store")) is not None:
        store.forget()


def _is_simulated() -> bool:
    """Whether what was read is a simulation's. Commands that touched no database load none for it."""
    store = sys.modules.get("fisc.store")
    dsn = None if store is None else store.asked_for()
    return any(_snapshots_read) or (dsn is not None and _is_marked(dsn))


def _is_marked(dsn: str) -> bool:
    """Whether a database holds a simulated ledger; one that is empty, old or gone says nothing of it."""
    import psycopg

    from fisc.kernel.simulation import simulation

    try:
        with psycopg.connect(dsn, application_name="fisc", autocommit=True) as conn:
            return simulation(conn) is not None
    except psycopg.Error:
        return False


def _notice() -> str:
    from fisc.kernel.simulation import NOTICE

    return NOTICE


def document(data: object) -> dict[str, object]:
    """`data` as an object that bears the mark of a simulated ledger; what is no object is its `rows`."""
    mark: dict[str, object] = {"is_simulated": True} if _is_simulated() else {}
    if isinstance(data, Mapping):
        return mark | dict(data)
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        return mark | _fields(data)
    return mark | {"rows": data}


def to_json(data: object) -> str:
    """`data` as indented JSON: dataclasses as objects, dates as ISO 8601, Decimals as text."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, Iterable):
        return list(value)
    if isinstance(value, Exception) and hasattr(value, "hint"):  # why one of many was refused
        return {name: getattr(value, name) for name in ("message", "rule", "hint")}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _fields(value: Any) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def console(stderr: bool = False) -> Console:
    """A console on standard output or standard error, as it is now; the terminal wraps what is too long."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def facts(pairs: Mapping[str, object]) -> RenderableType:
    """A two-column list of names and values."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs.items():
        grid.add_row(name, str(value))
    return grid


#: A column of words is this wide at least, where it has as much to say; one of numbers has headers of this.
_LEAST_WORDS, _LEAST_HEADER = 10, 6
#: What the column of the longest words has in a table that is wider than the terminal whatever is done.
_ROOM = 30


#: Ends the name of a column that is never cut off.
WHOLE = ">!"


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
) -> RenderableType:
    """A table; columns whose name ends in '>' are numbers, set to the right and never cut off.

    Those whose name ends in '!' are numbers of documents and the like, which people copy: not cut off either.

    Where that needs more than the terminal is wide, the table is wider than the terminal. One without rows
    is a sentence that says so.
    """
    from rich.cells import chop_cells
    from rich.table import Table
    from rich.text import Text

    cells = [[str(cell) for cell in row] for row in rows]
    if not cells:
        return Text(f"{title}：没有记录。" if title else "没有可列的记录。")
    widths = [_width(column, [row[i] for row in cells]) for i, column in enumerate(columns)]
    space = console().width - 1 - 3 * len(columns)
    if sum(least for least, _ in widths) > space:
        widths = _with_room(columns, cells, widths)
    is_tight = sum(width for _, width in widths) > space
    made = Table(title=title, title_justify="left")
    for column, (least, whole) in zip(columns, widths, strict=True):
        name, is_whole = column.rstrip(WHOLE), column.endswith(tuple(WHOLE))
        header = "\n".join(chop_cells(name, least)) if is_whole and is_tight else name
        made.add_column(
            header, justify="right" if column.endswith(">") else "left", no_wrap=is_whole, overflow="fold",
            min_width=least if is_tight else whole if is_whole else None,
        )  # fmt: skip
    for row in cells:
        made.add_row(*row)
    if sum(least for least, _ in widths) > space:
        made.width = sum(least for least, _ in widths) + 1 + 3 * len(columns)
    return made


def say_rounding(console: Console, sums: Iterable[tuple[Iterable[int], int]], unit: str) -> None:
    """Say beneath a list that rounding makes a total look unequal to its parts, where it does so."""
    from fisc.kernel.money import rounding_note

    if note := next(filter(None, (rounding_note(parts, total, unit) for parts, total in sums)), ""):
        console.print(note, style="dim", markup=False)


def _with_room(
    columns: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The widths of a table that is wider than the terminal anyway: its longest words are given more room."""
    from rich.cells import cell_len

    longest = [
        0 if column.endswith(tuple(WHOLE)) else max((cell_len(row[i]) for row in cells), default=0)
        for i, column in enumerate(columns)
    ]
    roomy = longest.index(max(longest))
    room = min(longest[roomy], _ROOM)
    return [(max(w[0], room), max(w[1], room)) if i == roomy else w for i, w in enumerate(widths)]


def _width(column: str, cells: Sequence[str]) -> tuple[int, int]:
    """(the least width of a column, the width that shows its header whole too), in terminal cells."""
    from rich.cells import cell_len

    name, is_whole = column.rstrip(WHOLE), column.endswith(tuple(WHOLE))
    longest = max((cell_len(part) for cell in cells for part in cell.split("\n")), default=0)
    if is_whole:
        return max(longest, _LEAST_HEADER), max(longest, cell_len(name))
    least = min(max(longest, cell_len(name)), _LEAST_WORDS)
    return least, least


def progress(as_json: bool = False) -> Progress:
    """A progress display on standard error that disappears when done; silent off a terminal."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    shown = console(stderr=True)
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    ]
    return Progress(*columns, console=shown, transient=True, disable=as_json or not shown.is_terminal)
