"""The tree keeps its own rules: nothing unfinished, nothing dead, imports point down. `make house` counts."""

from __future__ import annotations

import ast
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIBRARY = sorted(path for path in (ROOT / "fisc").rglob("*.py") if "migrations" not in path.parts)
SOURCES = [*LIBRARY, *sorted((ROOT / "fisc").rglob("*.sql"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
#: Marks of unfinished work.
UNFINISHED = ("TODO", "FIXME", "XXX", "NotImplementedError")
#: Where every public function says what it does.
DOCUMENTED = ("kernel", "reading")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf8"), str(path))


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


def breaches(paths: Iterable[Path], look: Callable[[Path], object]) -> dict[str, object]:
    """File -> what `look` finds in it, of the files in which it finds something."""
    return {name_of(path): found for path in paths if (found := look(path))}


def test_nothing_is_unfinished() -> None:
    assert breaches(SOURCES, lambda path: [m for m in UNFINISHED if m in path.read_text("utf8")]) == {}


def test_the_library_does_not_print() -> None:
    assert breaches([p for p in LIBRARY if "cli" not in p.parts], lambda path: prints(tree_of(path))) == {}


def silent(path: Path) -> list[str]:
    """The module, and its public functions and classes, that do not say what they are for."""
    tree = tree_of(path)
    names = [
        node.name for node in public(tree)
        if not ast.get_docstring(node) and not any(isinstance(d, ast.Name) and d.id == "overload"
                                                   for d in node.decorator_list)
    ]  # fmt: skip
    return names if ast.get_docstring(tree) else ["the module", *names]


def test_public_functions_say_what_they_do() -> None:
    assert breaches([p for p in LIBRARY if p.parent.name in DOCUMENTED], silent) == {}


def dead_code(path: Path) -> list[tuple[int, str]]:
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
    return dead


def test_no_code_is_commented_out() -> None:
    assert breaches([*LIBRARY, *TESTS], dead_code) == {}


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
