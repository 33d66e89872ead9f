"""Nobody above the kernel and `reading` writes SQL over the ledger's tables: one question has one answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_OVER_LEDGER = re.compile(r"\b(from|join|into|update|table|on)\s+(only\s+)?\"?ledger\"?\.", re.IGNORECASE)
#: Where the ledger is kept, and where it is read.
_ROOMS = {"kernel", "reading", "store"}


def speaks_of_the_ledger(text: str) -> list[int]:
    """The lines of a source text that hold SQL over a table of the ledger."""
    return [n for n, line in enumerate(text.splitlines(), 1) if _OVER_LEDGER.search(line)]


def test_only_the_kernel_and_reading_know_the_ledger_s_tables() -> None:
    sources = [
        path for path in sorted((ROOT / "fisc").rglob("*"))
        if path.suffix in (".py", ".sql") and not {"migrations"} & set(path.parts)
        and path.relative_to(ROOT / "fisc").parts[0] not in _ROOMS
    ]  # fmt: skip
    assert len(sources) > 300
    found = {
        str(p.relative_to(ROOT)): lines
        for p in sources
        if (lines := speaks_of_the_ledger(p.read_text("utf8")))
    }
    assert not found, "请改用 fisc.reading.ledger、fisc.reading.entries 或 fisc.kernel 的函数提问"


@pytest.mark.parametrize(
    "text",
    [
        "select 1 from ledger.entry",
        '"join ledger.coding c on true"',
        "INSERT INTO ledger.posting values",
        "update ledger.period set",
    ],
)
def test_such_a_line_is_seen(text: str) -> None:
    assert speaks_of_the_ledger(f"# a line\n{text}\n") == [2]


@pytest.mark.parametrize(
    "text", ["from fisc.reading.ledger import turnover", "from fisc.revenue import ledger"]
)
def test_an_import_is_none(text: str) -> None:
    assert not speaks_of_the_ledger(text)
