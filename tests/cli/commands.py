"""Every command as it is registered, so that a new one is held to what all are held to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import typer

from fisc.cli import main, use_cases


class Command(NamedTuple):
    """A command with its words, as `fisc` takes them, and what typer knows of it."""

    words: tuple[str, ...]
    of: Any

    @property
    def is_derived(self) -> bool:
        """Whether it follows from a use case, whose names are those of its documents: Chinese only."""
        return getattr(self.of.callback, "__module__", "") == use_cases.__name__

    def option(self, name: str) -> Any:
        """The parameter called `name`, or None."""
        return next((one for one in self.of.params if one.name == name), None)


def every_command() -> list[Command]:
    """All commands and groups of commands, in the order of their help."""
    return [Command((), _whole(None)), *(one for name in main.COMMANDS for one in _below(name))]


def _whole(wanted: str | None) -> Any:
    return typer.main.get_command(main.build(wanted))


def _below(name: str) -> Iterator[Command]:
    yield from _walk((name,), _whole(name).commands[name])


def _walk(words: tuple[str, ...], found: Any) -> Iterator[Command]:
    yield Command(words, found)
    for name, below in getattr(found, "commands", {}).items():
        yield from _walk((*words, name), below)
