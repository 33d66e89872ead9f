"""What is counted, beside what there may be; the table and the page that tell it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tools.house import sources
from tools.house.columns import restated_columns
from tools.house.offers import DOORS, unused_offers
from tools.house.reach import STILL, foreign_tables, ledger_readers
from tools.house.sources import functions, named, text_of

PAGE = sources.ROOT / "docs" / "house.md"
_STATEMENTS = sources.ROOT / "tests" / "treasury" / "payment_statements.json"
_MOST_MEDIAN_LINES = 10
_MOST_FUNCTION_LINES = 70
_MOST_FILE_LINES = 400
#: What is no part of the library, and has short functions too.
_BESIDE = ("tools", "tests", "benchmarks")
_HEAD = """# The house's rules, counted

Made by `make house` (`tools/house`) from the sources; `tests/test_house.py` holds it to them.
"""


class Rule(NamedTuple):
    """A thing that is counted, how many there may be (None: it is told, not judged), and where they are."""

    name: str
    most: int | None
    places: list[str]

    @property
    def is_kept(self) -> bool:
        """Whether there are no more than there may be."""
        return self.most is None or len(self.places) <= self.most


def _classes(pattern: str) -> list[str]:
    return [
        f"{named(path)} {match[1]}" for path in sources.sources(".py")
        for match in re.finditer(rf"^class ({pattern})\b", text_of(path), re.M)
    ]  # fmt: skip


def payment_statements(way: str) -> list[str]:
    """One payment's statements, service by service, as `tests/treasury` counts and holds them.

    `alone` is a transaction for each call, `within` one transaction of the caller's.
    """
    counted: dict[str, dict[str, int]] = json.loads(_STATEMENTS.read_text("utf8"))
    return [service for service, count in counted[way].items() for _ in range(count)]


def _everything(*suffixes: str) -> Iterable[Path]:
    """The library's files, and those that work on it."""
    yield from sources.sources(*suffixes)
    for name in _BESIDE:
        yield from (path for path in sorted((sources.ROOT / name).rglob("*")) if path.suffix in suffixes)


def long_functions() -> list[str]:
    """Functions of more than 70 lines."""
    return [
        f"{named(path)}:{node.lineno} {node.name}" for path in _everything(".py")
        for node, lines in functions(text_of(path)) if lines > _MOST_FUNCTION_LINES
    ]  # fmt: skip


def long_files() -> list[str]:
    """Source files of more than 400 lines."""
    return [
        named(path) for path in (*sources.sources(".py", ".sql"), *(sources.ROOT / "tools").rglob("*.py"))
        if text_of(path).count("\n") > _MOST_FILE_LINES
    ]  # fmt: skip


def rules() -> list[Rule]:
    """Everything that is counted."""
    return [
        Rule("SQL over ledger.* above kernel and reading", 0, ledger_readers()),
        Rule("places besides model and kind that state a table's columns", 0, restated_columns()),
        Rule("SQL over a table that another package declares", 0, foreign_tables()),
        Rule("classes of finding", 1, _classes(r"\w*Finding")),
        Rule("classes of a term of law", 1, _classes(r"\w*(?:Term|Clock)")),
        Rule("readers of tables in files", 1, _openers()),
        Rule("SQL statements of one payment, from application to clearing", 25, payment_statements("alone")),
        Rule("the same inside a caller's transaction", 25, payment_statements("within")),
        Rule("offers of kernel, reading and documents that nothing uses", 0, unused_offers()),
        Rule("functions over 70 lines", 0, long_functions()),
        Rule("source files over 400 lines", 0, long_files()),
    ]


#: Who reads tables that are no user's files, and why.
_OWN_TABLES = {
    "fisc/registry/tables.py": "the tables that packages ship",
    "fisc/reading/engines/live.py": "what the database copies out, on the way into a frame",
    "fisc/reading/snapshot.py": "what the database copied out, on the way into a snapshot",
}
_OPENS = re.compile(
    r"load_workbook\(|calamine|CalamineWorkbook|csv\.reader\(|csv\.DictReader\(|\.read_csv\(|\.read_excel\("
)


def opens_tables(text: str) -> bool:
    """Whether a source reads tables out of files itself."""
    return _OPENS.search(text) is not None


def _openers() -> list[str]:
    """Packages that read users' tables themselves."""
    return sorted({
        path.relative_to(sources.TREE).parts[0] for path in sources.sources(".py")
        if path.relative_to(sources.ROOT).as_posix() not in _OWN_TABLES and opens_tables(text_of(path))
    })  # fmt: skip


def table(found: Iterable[Rule]) -> str:
    """The counts as a table in Markdown."""
    sizes = [n for path in sources.sources(".py") for _, n in functions(text_of(path))]
    rows = [f"| {r.name} | {'' if r.most is None else r.most} | {len(r.places)} |" for r in found]
    return "\n".join([
        "| what | at most | found |", "|---|---|---|", *rows,
        f"| median function, lines | {_MOST_MEDIAN_LINES} | {median(sizes):.0f} |",
    ]) + "\n"  # fmt: skip


def page(found: Iterable[Rule]) -> str:
    """docs/house.md."""
    own = "".join(f"- `{path}`: {why}\n" for path, why in _OWN_TABLES.items())
    still = "".join(f"- `{path}`, `{name}`: {why}\n" for (path, name), why in STILL.items())
    doors = "".join(f"- `{path}`: {', '.join(names)}\n" for path, names in DOORS.items())
    return (
        f"{_HEAD}\n{table(found)}\nReaders of tables that are no user's files and are not counted:\n\n{own}\n"
        "Offers that no package here uses, kept for the doors of domains (`how-to-add-a-domain.md`):\n\n"
        f"{doors}\nSQL over a table of a layer above, not ended yet and not counted:\n\n{still}"
    )
