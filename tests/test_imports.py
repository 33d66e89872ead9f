"""Each module of fisc can be imported alone: none waits for another that waits for it.

Read from the source: which modules each loads as it is loaded itself, with their packages. A circle of them
may work from one door and fail from another, so there is none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _statements(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """What is imported while a module is loaded: not in functions, not for the type checker alone."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _statements(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for field in ("body", "orelse", "finalbody", "handlers"):
                yield from _statements(getattr(node, field, []))


def _imported(path: Path) -> Iterator[str]:
    for node in _statements(ast.parse(path.read_text("utf8")).body):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif node.module:
            yield from (node.module, *(f"{node.module}.{one.name}" for one in node.names))


def _with_packages(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts) + 1)}


def loaded(root: Path, package: str) -> dict[str, set[str]]:
    """Module -> the others that must be loaded before it; its own packages are under way by then."""
    paths = {_name(path, root): path for path in sorted((root / package).rglob("*.py"))}
    return {
        name: {one for said in _imported(path) for one in _with_packages(said) if one in paths}
        - _with_packages(name)
        for name, path in paths.items()
    }


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """A circle of modules, each loading the one before it; [] where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def test_no_module_waits_for_one_that_waits_for_it() -> None:
    graph = loaded(ROOT, "fisc")
    assert len(graph) > 900 and any(graph.values())
    assert circle(graph) == []


@pytest.mark.parametrize(
    ("reader", "is_circle"),
    [
        ("from few.services.papers import keys", True),
        ("def look():\n    from few.services.papers import keys", False),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from few.services import papers", False),
        ("try:\n    import few.services\nexcept ImportError:\n    pass", True),
    ],
)
def test_a_reader_below_that_needs_its_services_is_found(
    tmp_path: Path, reader: str, is_circle: bool
) -> None:
    services = tmp_path / "few" / "services"
    services.mkdir(parents=True)
    (tmp_path / "few" / "__init__.py").touch()
    (services / "__init__.py").write_text("from few import reading\nfrom few.services import papers\n")
    (services / "papers.py").write_text("keys = 1\n")
    (tmp_path / "few" / "reading.py").write_text(reader + "\n")
    assert bool(circle(loaded(tmp_path, "few"))) is is_circle
