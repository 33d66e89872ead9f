"""Which command is asked for: what others need is not loaded."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar

_GIVEN: ContextVar[tuple[str, str]] = ContextVar("asked", default=("", ""))


def begin(arguments: Sequence[str]) -> None:
    """A command with these arguments begins."""
    plain = [at for at, argument in enumerate(arguments) if not argument.startswith("-")]
    if not plain:
        _GIVEN.set(("", ""))
        return
    after = arguments[plain[0] + 1 : plain[0] + 2]
    verb = after[0] if after and not after[0].startswith("-") else ""
    _GIVEN.set((arguments[plain[0]], verb))


def group() -> str:
    """The command or group of commands that is asked for; '' where none is."""
    return _GIVEN.get()[0]


def verb() -> str:
    """The command within its group; '' where the group itself is asked, or its help."""
    return _GIVEN.get()[1]
