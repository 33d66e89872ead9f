"""What the program is called where somebody is told to run it: its name, or the path it was called by."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

#: The program's name where a text says how to call it.
_CALLED = re.compile(r"(?<![\w./-])fisc (?=[a-z-])")


def program() -> str:
    """`fisc` where a shell finds this very program by that name, else the path it was called by."""
    called = Path(sys.argv[0])
    found = shutil.which("fisc")
    if called.name != "fisc" or (found and Path(found).resolve() == called.resolve()):
        return "fisc"
    return sys.argv[0]


def as_called(text: str) -> str:
    """A text with its commands as they can be copied: `fisc db upgrade` by the path that was called."""
    name = program()
    return text if name == "fisc" else _CALLED.sub(lambda _: f"{name} ", text)
