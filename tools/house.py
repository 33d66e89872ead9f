"""`make house`: what of the house's rules can be counted, as a table; fails where a bound is broken.

It reads the source as text and as syntax; it imports nothing of it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "fisc"
#: Below these nothing is a domain; they may read the ledger's tables.
_MAY_READ = ("kernel", "reading", "store")
_LEDGER = re.compile(r"\b(from|join|into|update)\s+ledger\.")


class Rule(NamedTuple):
    """A thing that is counted, how many there may be (None: it is told, not judged), and where they are."""

    name: str
    most: int | None
    places: list[str]

    @property
    def is_kept(self) -> bool:
        """Whether there are no more than there may be."""
        return self.most is None or len(self.places) <= self.most


def _sources(*suffixes: str) -> Iterator[Path]:
    for path in sorted(TREE.rglob("*")):
        if path.suffix in suffixes and "migrations" not in path.parts:
            yield path


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def ledger_readers() -> list[str]:
    """Files above the kernel and reading that write SQL over the ledger's tables."""
    return [
        _named(path) for path in _sources(".py", ".sql")
        if path.relative_to(TREE).parts[0] not in _MAY_READ and _LEDGER.search(path.read_text("utf8"))
    ]  # fmt: skip


def _classes(pattern: str) -> Callable[[], list[str]]:
    def found() -> list[str]:
        return [
            f"{_named(path)} {match[1]}" for path in _sources(".py")
            for match in re.finditer(rf"^class ({pattern})\b", path.read_text("utf8"), re.M)
        ]  # fmt: skip

    return found


def restated_columns() -> list[str]:
    """Places besides model and kind that name most of a document's columns in one literal or statement."""
    kinds = {name: content for path in TREE.glob("*/kinds.py") for name, content in _contents(path)}
    found = []
    for path in _sources(".py", ".sql"):
        if path.name in ("kinds.py", "models.py") or "models" in path.parts:
            continue
        text = path.read_text("utf8")
        strings = _strings(ast.parse(text)) if path.suffix == ".py" else [text]
        for name, content in kinds.items():
            if len(content) > 4 and any(_names_most(words, content) for words in strings):
                found.append(f"{_named(path)} {name}")
    return found


def _contents(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Kind" and node.args:
            content = next((k.value for k in node.keywords if k.arg == "content"), None)
            if isinstance(content, ast.Tuple) and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), frozenset(str(e.value) for e in content.elts)  # type: ignore[attr-defined]


def _strings(tree: ast.AST) -> list[str]:
    """Long strings, and tuples or lists of strings as one."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List):
            words = [e.value for e in node.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
            found.append(" ".join(words))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 60:
            found.append(node.value)
    return found


def _names_most(text: str, content: frozenset[str]) -> bool:
    words = set(re.findall(r"[a-z_]+", text))
    return len(words & content) >= max(5, len(content) * 4 // 5)


def _functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for path in _sources(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node, (node.end_lineno or node.lineno) - node.lineno + 1


def long_functions() -> list[str]:
    """Functions of more than 70 lines."""
    return [f"{_named(path)}:{node.lineno} {node.name}" for path, node, lines in _functions() if lines > 70]


def long_files() -> list[str]:
    """Source files of more than 400 lines."""
    return [_named(path) for path in _sources(".py") if path.read_text("utf8").count("\n") > 400]


def rules() -> list[Rule]:
    """Everything that is counted."""
    return [
        Rule("SQL over ledger.* above kernel and reading", 0, ledger_readers()),
        Rule("places besides model and kind that state a document's columns", 0, restated_columns()),
        Rule("classes of finding", 1, _classes(r"\w*Finding")()),
        Rule("classes of a term of law", 1, _classes(r"\w*(?:Term|Clock)")()),
        Rule("readers of tables in files", 1, _openers()),
        Rule("functions over 70 lines", 0, long_functions()),
        Rule("source files over 400 lines", 0, long_files()),
    ]


def _openers() -> list[str]:
    """Packages that open workbooks for reading themselves."""
    opens = re.compile(
        r"load_workbook\(|calamine|CalamineWorkbook|csv\.reader\(|csv\.DictReader\(|read_csv\(|read_excel\("
    )
    found = {
        path.relative_to(TREE).parts[0] for path in _sources(".py")
        if opens.search(path.read_text("utf8")) and path.relative_to(ROOT).as_posix() not in _OWN_TABLES
    }  # fmt: skip
    return sorted(found)


#: Who reads tables that the program ships, or its own exports: no file of a user.
_OWN_TABLES = ("fisc/registry/tables.py", "fisc/reading/engines/live.py", "fisc/reading/snapshot.py")


def main() -> int:
    """Print the table; 1 where a bound is broken."""
    found = rules()
    sizes = [lines for _, _, lines in _functions()]
    print("| what | at most | found |\n|---|---|---|")
    for rule in found:
        print(f"| {rule.name} | {'' if rule.most is None else rule.most} | {len(rule.places)} |")
    print(f"| median function, lines | 10 | {median(sizes):.0f} |")
    for rule in found:
        if not rule.is_kept:
            print(f"\n{rule.name}: {len(rule.places)}\n  " + "\n  ".join(rule.places[:60]), file=sys.stderr)
    return int(not all(rule.is_kept for rule in found))


if __name__ == "__main__":
    sys.exit(main())
