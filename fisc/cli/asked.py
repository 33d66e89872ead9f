"""Which command is asked for: what others need is not loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_GIVEN: ContextVar[tuple[str, str]] = ContextVar("asked", default=("", ""))


@contextmanager
def begun(arguments: Sequence[str]) -> Iterator[None]:
    """A command with these arguments runs; what is built after it is built whole again."""
    before = _GIVEN.set(_read(arguments))
    try:
        yield
    finally:
        _GIVEN.reset(before)


def _read(arguments: Sequence[str]) -> tuple[str, str]:
    plain = [at for at, argument in enumerate(arguments) if not argument.startswith("-")]
    if not plain:
        return "", ""
    after = arguments[plain[0] + 1 : plain[0] + 2]
    return arguments[plain[0]], after[0] if after and not after[0].startswith("-") else ""


def group() -> str:
    """The command or group of commands that is asked for; '' where none is."""
    return _GIVEN.get()[0]


def verb() -> str:
    """The command within its group; '' where the group itself is asked, or its help."""
    return _GIVEN.get()[1]
