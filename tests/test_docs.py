"""What the documents name is there: commands with their options, files, and names of the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from fisc import app
from fisc.cli.main import COMMANDS, build

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
ABOUT_ALL = {"--help", "-h", "--json", "--debug", "--version"}
#: Settings of the database by that prefix, and what a record of a decision says is gone.
NO_NAMES = {"fisc.region", "fisc.figures"}


_PATH = re.compile(r"(?<![\w./-])(?:fisc|docs|tests|tools|benchmarks)/[\w./-]*\w(?![\w*{<])")


def _said(page: Path) -> Iterator[str]:
    """What stands in backquotes, and the lines of blocks of code."""
    text = page.read_text("utf8")
    for block in re.findall(r"^( *```.*?^ *```)", text, re.M | re.S):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S))
    yield from re.findall(r"^    (\S.*)$", text, re.M)


@cache
def _area(name: str) -> Any:
    return get_command(build(name)).commands[name]  # type: ignore[attr-defined]


def _unknown(line: str) -> Iterator[str]:
    """Of a line that begins with `fisc`: commands and options that there are not."""
    area, *rest = re.sub(r"[\[\]]", " ", line.partition("#")[0]).split()[1:] or [""]
    if not re.fullmatch(r"[a-z]+", area):
        return
    if area not in COMMANDS:
        yield area
        return
    commands = [_area(area)]
    while rest and hasattr(commands[0], "commands") and re.fullmatch(r"[a-z][a-z|-]*", rest[0]):
        names, rest = rest[0].split("|"), rest[1:]
        yield from (name for name in names if name not in commands[0].commands)
        commands = [commands[0].commands[name] for name in names if name in commands[0].commands]
        if not commands:
            return
    options = ABOUT_ALL | {o for c in commands for p in c.params for o in (*p.opts, *p.secondary_opts)}
    yield from (o for o in re.findall(r"(?<!\S)--[a-z][a-z-]*", " ".join(rest)) if o not in options)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_a_page_names_are_there(page: Path) -> None:
    lines = [line.strip().removeprefix("$ ") for line in _said(page)]
    asked = [line for line in lines if re.match(r"fisc [a-z]", line)]
    assert {line: missing for line in asked if (missing := list(_unknown(line)))} == {}


def test_a_command_that_is_not_there_is_found() -> None:
    assert list(_unknown("fisc db start|halt --foo 1  # as --bar")) == ["halt", "--foo"]
    assert list(_unknown("fisc nothing")) == ["nothing"]
    assert list(_unknown("fisc verify --json [--debug]")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_names_of_the_program_that_a_page_names_are_there(page: Path) -> None:
    app.configure("dbname=nothing")  # no database is looked for
    said = {name for text in _said(page) for name in re.findall(r"(?<![\w./])fisc(?:\.[A-Za-z_]\w*)+", text)}
    assert [name for name in sorted(said - NO_NAMES) if not _is_there(name)] == []


def _is_there(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            found = getattr(found, part, None)
        return found is not None
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_are_there(page: Path) -> None:
    said = {path for text in _said(page) for path in _PATH.findall(text)}
    assert [path for path in sorted(said) if not (ROOT / path).exists()] == []
