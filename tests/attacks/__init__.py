"""What somebody could do to the books, each attack a test that says who, and what stops or shows it.

`docs/threat-model.md` lists them all, from these marks (`python -m tools.attacks` writes the table there).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Who(StrEnum):
    """Who attacks, in the order of what they hold; who comes later can do what the earlier can."""

    OUTSIDER = "another user of the machine"
    GIVER = "who gives a file"
    READER = "reader"
    OFFICER = "officer"
    APPLICATION = "application"
    OWNER = "owner"
    SUPERUSER = "superuser"
    HOLDER = "holder of the files"


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: what is done, by whom, and what stops it, or shows it afterwards."""

    what: str
    who: Who
    stopped_by: str = ""
    shown_by: str = ""
    test: str = ""


def attack(what: str, *, who: Who, stopped_by: str = "", shown_by: str = "") -> Callable[[F], F]:
    """Mark a test as an attack. Exactly one of `stopped_by` and `shown_by` is said."""
    if bool(stopped_by) == bool(shown_by):
        raise ValueError(f"{what}: what stops it, or else what shows it")

    def marked(test: F) -> F:
        place = f"tests/attacks/{test.__module__.rpartition('.')[2]}.py::{test.__qualname__}"
        told = Attack(what, who, stopped_by, shown_by, place)
        vars(test).setdefault("attacks", []).append(told)
        return test

    return marked


def attacks() -> Iterator[Attack]:
    """Every attack of this package, by file and in the order of the file."""
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        module = import_module(f"{__name__}.{file.stem}")
        for value in list(vars(module).values()):
            if getattr(value, "__module__", "") == module.__name__:
                yield from reversed(getattr(value, "attacks", ()))
