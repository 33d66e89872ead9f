"""Models and kinds, and the places besides them that state a table's columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tools.house import sources
from tools.house.sources import named, nodes_of, package_of, text_of, tree_of

#: Fewer columns than these are no list of a table's.
_FEWEST = 5


class Declared(NamedTuple):
    """What is declared of a table: a kind's content, any other model's columns."""

    table: str
    content: frozenset[str]

    def is_told_by(self, names: Iterable[str]) -> bool:
        """Whether a list of names is most of what is declared, of five columns or more."""
        said = len(self.content.intersection(names))
        return said >= max(_FEWEST, len(self.content) * 4 // 5)


def restated_columns() -> list[str]:
    """Places besides model and kind that list most of a table's columns, or write into some by name."""
    kinds = {kind.table: kind for path in sorted(sources.TREE.glob("*/kinds.py")) for kind in _kinds(path)}
    tables = models() | kinds
    return [
        f"{named(path)} {name}" for path in sources.sources(".py", ".sql")
        if path.name != "kinds.py" and not has_models(path)
        for name in told_tables(text_of(path), tables, is_sql=path.suffix == ".sql")
    ]  # fmt: skip


def told_tables(text: str, tables: Mapping[str, Declared], *, is_sql: bool = False) -> list[str]:
    """The tables, by the names they are given, whose columns a source lists.

    A list is: strings side by side; names of which each is given the attribute of the same name
    (`{"a": x.a, ...}`, `f(a=x.a, ...)`); what SQL selects from the table alone, name by name; and whatever
    columns SQL inserts into it, or copies, by name. Sums, joins to other tables and conditions use columns;
    they do not list them.
    """
    nodes = () if is_sql else nodes_of(text)
    lists = {frozenset(names) for node in nodes for names in _listed(node) if len(names) >= _FEWEST}
    statements = [text] if is_sql else [s for node in nodes for s in texts(node)]
    selected = [one for statement in statements for one in _selected(statement)]
    written = [one for statement in statements for one in _written(statement)]
    return [
        name for name, of in tables.items()
        if any(of.is_told_by(names) for names in lists)
        or any(of.table == table and of.is_told_by(names) for table, names in selected)
        or any(of.table == table and of.content.intersection(names) for table, names in written)
    ]  # fmt: skip


def _kinds(path: Path) -> Iterator[Declared]:
    tables = dict(_tables(path.parent))
    for node in nodes_of(text_of(path)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Kind" and node.args:
            content = next((k.value for k in node.keywords if k.arg == "content"), None)
            if isinstance(content, ast.Tuple) and isinstance(node.args[0], ast.Constant):
                model = str(node.args[0].value).partition(".")[2]
                yield Declared(tables[model], frozenset(_words(content.elts)))


def _tables(package: Path) -> Iterator[tuple[str, str]]:
    """Model -> table of a domain."""
    for path in filter(has_models, package.rglob("*.py")):
        yield from ((one.name, one.table) for one in classes_of(path) if one.table)


def has_models(path: Path) -> bool:
    """Whether models are declared there: `models.py`, a package of them, or one of several beside it."""
    return "models" in path.parts or re.search(r"\bmodels|models\b", path.stem.replace("_", " ")) is not None


class Model(NamedTuple):
    """A class among models: its name, its table ('' where it has none), its own columns, its bases."""

    name: str
    table: str
    columns: tuple[str, ...]
    bases: tuple[str, ...]


def models() -> dict[str, Declared]:
    """Every table of the tree, with its model's columns but the number that the database gives."""
    found: dict[str, list[tuple[str, Model]]] = {}
    for path in filter(has_models, sources.sources(".py")):
        for one in classes_of(path):
            found.setdefault(one.name, []).append((package_of(path), one))

    def columns(name: str, package: str) -> set[str]:
        """Of a class of that package, else of the one that has the name."""
        for owner, one in sorted(found.get(name, ()), key=lambda of: of[0] != package)[:1]:
            return {*one.columns, *(c for base in one.bases for c in columns(base, owner))}
        return set()

    return {
        one.table: Declared(one.table, frozenset(columns(name, package) - {"id"}))
        for name, of in found.items() for package, one in of if one.table
    }  # fmt: skip


def classes_of(path: Path) -> Iterator[Model]:
    """The classes among a file's models."""
    for node in tree_of(text_of(path)).body:
        if isinstance(node, ast.ClassDef):
            table = re.search(r"db_table = '(\w+)'", ast.unparse(node))
            bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
            yield Model(node.name, table[1] if table else "", tuple(_columns(node)), bases)


def _columns(model: ast.ClassDef) -> Iterator[str]:
    for node in model.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            kind = ast.unparse(node.value.func)
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if kind.endswith(("Field", "ForeignKey")):
                yield f"{name}_id" if kind.endswith(("ForeignKey", "OneToOneField")) else name


def _words(nodes: Iterable[ast.AST | None]) -> list[str]:
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _listed(node: ast.AST) -> Iterator[list[str]]:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        yield _words(node.elts)
    elif isinstance(node, ast.Dict):
        pairs = zip(_names(node.keys), node.values, strict=True)
        yield [name for name, value in pairs if getattr(value, "attr", None) == name]
    elif isinstance(node, ast.Call):
        yield [k.arg for k in node.keywords if k.arg and getattr(k.value, "attr", None) == k.arg]


def _names(keys: Iterable[ast.AST | None]) -> list[str]:
    return [str(getattr(key, "value", "")) for key in keys]


def texts(node: ast.AST) -> Iterator[str]:
    """The text of a string, also of one that is put together."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield " ".join(_words(node.values))


_SELECT = re.compile(r"\bselect\b(?:\s+distinct(?:\s+on\b)?)?(.*?)\bfrom\s+(\w+)", re.I | re.S)
_INSERT = re.compile(r"\b(?:insert\s+into|copy)\s+(\w+)\s*(?:as\s+\w+\s*)?\(([^()]*)\)", re.I)


def _written(statement: str) -> Iterator[tuple[str, list[str]]]:
    """(table, columns) of each insert and copy."""
    yield from ((table, _bare(columns)) for table, columns in _INSERT.findall(statement))


def _selected(statement: str) -> Iterator[tuple[str, list[str]]]:
    """(table, columns named one by one) of each select; what stands in brackets apart."""
    outer, inner = statement, re.compile(r"\(([^()]*)\)")
    while found := inner.findall(outer):
        for part in found:
            yield from ((table, _bare(columns)) for columns, table in _SELECT.findall(part))
        outer = inner.sub(" ", outer)
    yield from ((table, _bare(columns)) for columns, table in _SELECT.findall(outer))


def _bare(columns: str) -> list[str]:
    return re.findall(r"(?:^|,)\s*(?:\w+\.)?(\w+)(?:\s+as\s+\w+)?\s*(?=,|$)", columns)
