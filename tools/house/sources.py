"""The sources, read once: their texts, their syntax, their functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "fisc"


def sources(*suffixes: str, migrations: bool = False) -> Iterator[Path]:
    """Files of the library, without migrations unless they are asked for."""
    for path in sorted(TREE.rglob("*")):
        if path.suffix in suffixes and (migrations or "migrations" not in path.parts):
            yield path


def named(path: Path) -> str:
    """How a file is told: from the tree's root."""
    return str(path.relative_to(ROOT))


def package_of(path: Path) -> str:
    """The package of `fisc` that a file belongs to."""
    return path.relative_to(TREE).parts[0]


@cache
def tree_of(text: str) -> ast.Module:
    """The syntax of a source."""
    return ast.parse(text)


@cache
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """Every node of a source's syntax."""
    return tuple(ast.walk(tree_of(text)))


@cache
def text_of(path: Path) -> str:
    """What a file says."""
    return path.read_text("utf8")


def functions(text: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """The functions of a source, and how many lines each takes."""
    for node in nodes_of(text):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1
