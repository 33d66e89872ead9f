"""Output for people and for programs: tables and words, or one JSON document.

Human words go to standard output, progress and errors to standard error. With `--json`
standard output holds one JSON document and nothing else, errors too, with Chinese as it
is and exact numbers (a Decimal is a string).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

#: The type of every command's `as_json` parameter.
JsonFlag = Annotated[bool, typer.Option("--json", help="以 JSON 输出 / print one JSON document")]


def emit(data: object, as_json: bool, human: RenderableType | Callable[[Console], None]) -> None:
    """Print `data` as JSON, or `human`: something rich can print, or a function that prints."""
    if as_json:
        print(to_json(data))
    elif callable(human):
        human(console())
    else:
        console().print(human)


def to_json(data: object) -> str:
    """`data` as indented JSON: dataclasses as objects, dates as ISO 8601, Decimals as text."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def console(stderr: bool = False) -> Console:
    """A console on standard output or standard error, as it is now."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def facts(pairs: Mapping[str, object]) -> RenderableType:
    """A two-column list of names and values."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs.items():
        grid.add_row(name, str(value))
    return grid


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
) -> RenderableType:
    """A table; columns whose name ends in '>' are numbers, set to the right."""
    from rich.table import Table

    made = Table(title=title, title_justify="left")
    for column in columns:
        is_number = column.endswith(">")  # a number that is cut off says something else
        made.add_column(
            column.removesuffix(">"),
            justify="right" if is_number else "left",
            no_wrap=is_number,
            overflow="fold",
        )
    for row in rows:
        made.add_row(*(str(cell) for cell in row))
    return made


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
