"""The tree keeps its own rules: short functions and files, nothing unfinished, imports point down."""

from __future__ import annotations

import ast
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = sorted(path for path in (ROOT / "fisc").rglob("*.py") if "migrations" not in path.parts)
SOURCES = [*LIBRARY, *sorted((ROOT / "fisc").rglob("*.sql"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_FUNCTION_LINES = 70
MOST_FILE_LINES = 400
#: Marks of unfinished work.
UNFINISHED = ("TODO", "FIXME", "XXX", "NotImplementedError")
#: Where every public function says what it does.
DOCUMENTED = ("kernel", "reading")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf8"), str(path))


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Public functions and classes of a module, and public methods of its public classes."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (n for n in node.body if isinstance(n, Function) and not n.name.startswith("_"))


def prints(tree: ast.AST) -> list[int]:
    """Lines that call `print`."""
    return [
        node.lineno for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]  # fmt: skip


def test_the_tree_is_read() -> None:
    assert len(LIBRARY) > 50 and len(TESTS) > 10


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text("utf8").splitlines()) <= MOST_FILE_LINES


@pytest.mark.parametrize("path", [*LIBRARY, *TESTS], ids=name_of)
def test_functions_are_short(path: Path) -> None:
    long = {
        f.name: n
        for f in functions(tree_of(path))
        if (n := (f.end_lineno or 0) - f.lineno + 1) > MOST_FUNCTION_LINES
    }
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nothing_is_unfinished(path: Path) -> None:
    text = path.read_text("utf8")
    assert not [mark for mark in UNFINISHED if mark in text]


@pytest.mark.parametrize("path", [p for p in LIBRARY if "cli" not in p.parts], ids=name_of)
def test_the_library_does_not_print(path: Path) -> None:
    assert not prints(tree_of(path))


@pytest.mark.parametrize("path", [p for p in LIBRARY if p.parent.name in DOCUMENTED], ids=name_of)
def test_public_functions_say_what_they_do(path: Path) -> None:
    tree = tree_of(path)
    assert ast.get_docstring(tree), "the module says what it is for"
    silent = [
        node.name for node in public(tree)
        if not ast.get_docstring(node) and not any(isinstance(d, ast.Name) and d.id == "overload"
                                                   for d in node.decorator_list)
    ]  # fmt: skip
    assert not silent


@pytest.mark.parametrize("path", [*LIBRARY, *TESTS], ids=name_of)
def test_no_code_is_commented_out(path: Path) -> None:
    """A comment that parses as an assignment, a call or an import is code."""
    with tokenize.open(path) as file:
        comments = [(t.start[0], t.string.lstrip("#: ")) for t in tokenize.generate_tokens(file.readline)
                    if t.type == tokenize.COMMENT]  # fmt: skip
    dead = []
    for line, text in comments:
        try:
            body = ast.parse(text).body
        except (SyntaxError, ValueError):
            continue
        if body and isinstance(body[0], ast.Assign | ast.Import | ast.ImportFrom | ast.Return):
            dead.append((line, text))
    assert not dead


def test_imports_point_down() -> None:
    """The layers of pyproject.toml, by import-linter."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "1 kept, 0 broken" in done.stdout


def test_this_reading_finds_what_it_looks_for() -> None:
    tree = ast.parse("def a():\n    print(1)\nclass B:\n    def c(self): ...\n    def _d(self): ...\n")
    assert prints(tree) == [2]
    assert [node.name for node in public(tree)] == ["a", "B", "c"]
