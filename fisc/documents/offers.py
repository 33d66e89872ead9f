"""What apps offer to the whole: use cases, checks, terms, figures, each in a module of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def offered(apps: Iterable[str], room: str, name: str) -> Iterator[Any]:
    """All that the apps' modules of one name (`room`) have under `name`, app by app.

    A module may be called so for a reason of its own, and offer nothing.
    """
    for app in apps:
        if find_spec(f"{app}.{room}") is not None:
            yield from getattr(import_module(f"{app}.{room}"), name, ())
