"""`make house`: what of the house's rules can be counted, as a table; fails where a bound is broken.

It reads the source as text and as syntax; it imports nothing of it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "fisc"
PAGE = ROOT / "docs" / "house.md"
STATEMENTS = ROOT / "tests" / "treasury" / "payment_statements.json"
MOST_MEDIAN_LINES = 10
_HEAD = """# The house's rules, counted

Made by `make house` (`tools/house.py`) from the sources; `tests/test_house.py` holds it to them.
"""
#: Below these nothing is a domain; they may read the ledger's tables.
_MAY_READ = ("kernel", "reading", "store")
#: A table of the ledger; its functions are the kernel's doors.
_LEDGER = re.compile(r"\b(from|join|into|update)\s+ledger\.\w+\b(?!\s*\()")


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


class Declared(NamedTuple):
    """What is declared of a table: a kind's content, any other model's columns."""

    table: str
    content: frozenset[str]

    def is_told_by(self, names: Iterable[str]) -> bool:
        """Whether a list of names is most of what is declared, of more than four columns."""
        said = len(self.content.intersection(names))
        return len(self.content) > 4 and said >= max(5, len(self.content) * 4 // 5)


def restated_columns() -> list[str]:
    """Places besides model and kind that list most of a table's columns, or write into some by name."""
    kinds = {name: kind for path in sorted(TREE.glob("*/kinds.py")) for name, kind in _kinds(path)}
    taken = {kind.table for kind in kinds.values()}
    tables = {**kinds, **{name: one for name, one in _models().items() if one.table not in taken}}
    return [
        f"{_named(path)} {name}" for path in _sources(".py", ".sql")
        if path.name != "kinds.py" and not _has_models(path)
        for name in told_tables(path.read_text("utf8"), tables, is_sql=path.suffix == ".sql")
    ]  # fmt: skip


def told_tables(text: str, tables: Mapping[str, Declared], *, is_sql: bool = False) -> list[str]:
    """The kinds and other models whose columns a source lists.

    A list is: strings side by side; names of which each is given the attribute of the same name
    (`{"a": x.a, ...}`, `f(a=x.a, ...)`); what SQL selects from the table alone, name by name; and whatever
    columns SQL inserts into it, or copies, by name. Sums, joins to other tables and conditions use columns;
    they do not list them.
    """
    tree = ast.Module([], []) if is_sql else ast.parse(text)
    lists = [names for node in ast.walk(tree) for names in _listed(node)]
    statements = [text] if is_sql else [s for node in ast.walk(tree) for s in _texts(node)]
    selected = [one for statement in statements for one in _selected(statement)]
    written = [one for statement in statements for one in _written(statement)]
    return [
        name for name, of in tables.items()
        if any(of.is_told_by(names) for names in lists)
        or any(of.table == table and of.is_told_by(names) for table, names in selected)
        or any(of.table == table and of.content.intersection(names) for table, names in written)
    ]  # fmt: skip


#: Who names a table of a layer above it, and why it still does.
_STILL = {
    ("fisc/registry/officers.py", "documents_officer"):
        "elements are defined by officers too, and the table of officers came with the flow of documents",
}  # fmt: skip


def foreign_tables() -> list[str]:
    """Where SQL names a table that another package declares: what it holds is asked of that package.

    What `upgrades` hold is as fixed as migrations: it speaks of tables as a version left them.
    """
    owners = {table: _package(path) for path in _sources(".py") if _has_models(path)
              for table in (one.table for _, one in _classes_of(path)) if table}  # fmt: skip
    return [
        f"{_named(path)} {table}" for path in _sources(".py", ".sql")
        if not _has_models(path) and "upgrades" not in path.parts
        for table in named_tables(path.read_text("utf8"), owners, is_sql=path.suffix == ".sql")
        if owners[table] != _package(path) and (_named(path), table) not in _STILL
    ]  # fmt: skip


def named_tables(text: str, tables: Iterable[str], *, is_sql: bool = False) -> list[str]:
    """The tables that a source names in its SQL: in a script, or in strings that are no documentation."""
    if is_sql:
        said = re.sub(r"--.*", "", text)
    else:
        tree = ast.parse(text)
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        said = "\n".join(t for node in ast.walk(tree) if id(node) not in told for t in _texts(node))
    words = set(re.findall(r"\b[a-z]\w+_\w+\b(?!\.csv)", said))
    return sorted(words.intersection(tables))


def _kinds(path: Path) -> Iterator[tuple[str, Declared]]:
    tables = dict(_tables(path.parent))
    for node in ast.walk(ast.parse(path.read_text("utf8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Kind" and node.args:
            content = next((k.value for k in node.keywords if k.arg == "content"), None)
            if isinstance(content, ast.Tuple) and isinstance(node.args[0], ast.Constant):
                label = str(node.args[0].value)
                yield label, Declared(tables[label.split(".")[1]], frozenset(_words(content.elts)))


def _tables(package: Path) -> Iterator[tuple[str, str]]:
    """Model -> table of a domain."""
    for path in filter(_has_models, package.rglob("*.py")):
        yield from ((name, of.table) for name, of in _classes_of(path) if of.table)


def _has_models(path: Path) -> bool:
    """Whether models are declared there: `models.py`, a package of them, or one of several beside it."""
    return "models" in path.parts or re.search(r"\bmodels|models\b", path.stem.replace("_", " ")) is not None


class _Model(NamedTuple):
    """A class among models: its table ('' where it has none), its own columns, its bases."""

    table: str
    columns: tuple[str, ...]
    bases: tuple[str, ...]


def _models() -> dict[str, Declared]:
    """Every model of the tree, with its table and its columns but the number that the database gives."""
    found = {name: one for path in _sources(".py") if _has_models(path) for name, one in _classes_of(path)}

    def columns(name: str) -> set[str]:
        one = found.get(name)
        return {*one.columns, *(c for base in one.bases for c in columns(base))} if one else set()

    return {
        name: Declared(m.table, frozenset(columns(name) - {"id"})) for name, m in found.items() if m.table
    }


def _classes_of(path: Path) -> Iterator[tuple[str, _Model]]:
    for node in ast.parse(path.read_text("utf8")).body:
        if isinstance(node, ast.ClassDef):
            table = re.search(r"db_table = '(\w+)'", ast.unparse(node))
            bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
            yield node.name, _Model(table[1] if table else "", tuple(_columns(node)), bases)


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


def _texts(node: ast.AST) -> Iterator[str]:
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


def _functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    for path in _sources(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node, (node.end_lineno or node.lineno) - node.lineno + 1


def payment_statements(way: str) -> list[str]:
    """One payment's statements, service by service, as `tests/treasury` counts and holds them.

    `alone` is a transaction for each call, `within` one transaction of the caller's.
    """
    counted: dict[str, dict[str, int]] = json.loads(STATEMENTS.read_text("utf8"))
    return [service for service, count in counted[way].items() for _ in range(count)]


#: Packages of which everything public is used in the tree, but for doors that domains of others are shown.
_OFFERED = ("kernel", "reading", "documents")
_DOORS = {
    "fisc/documents/detail.py": ("detail",),
    "fisc/documents/files.py": ("read_documents", "write_documents", "detail_as_json"),
    "fisc/documents/listing.py": ("every", "counts"),
}


def unused_offers() -> list[str]:
    """Public functions and classes of the layers below the domains that nothing in the tree uses.

    Models and configurations are the framework's to use; migrations offer nothing, but what they use is used.
    What a door of its own stands on may wait for it (`_DOORS`).
    """
    trees = {path: ast.parse(path.read_text("utf8")) for path in _sources(".py")}
    users = trees | {path: ast.parse(path.read_text("utf8")) for path in TREE.rglob("migrations/*.py")}
    used = {one for path, tree in users.items() for one in _used(_package(path), tree)}
    return [
        f"{_named(path)} {node.name}" for path, tree in trees.items()
        if _package(path) in _OFFERED and path.name not in ("models.py", "apps.py")
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        and (_package(path), node.name) not in used and node.name not in _DOORS.get(_named(path), ())
    ]  # fmt: skip


def _package(path: Path) -> str:
    return path.relative_to(TREE).parts[0]


def _used(package: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(package, name) that a module uses: imported from there, an attribute of what is, or its own.

    Its own does not count within itself.
    """
    imported: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fisc"):
            of = str(node.module).split(".")[1:2]
            imported |= {a.asname or a.name: (of[0] if of else a.name, a.name) for a in node.names}
    mine = {top.name for top in tree.body if isinstance(top, ast.FunctionDef | ast.ClassDef)}
    for top in tree.body:
        for node in ast.walk(top):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in imported:
                yield imported[node.value.id][0], node.attr  # type: ignore[attr-defined]
            elif isinstance(node, ast.Name) and node.id in imported:
                yield imported[node.id]
            elif isinstance(node, ast.Name) and node.id in mine and node.id != getattr(top, "name", ""):
                yield package, node.id


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
        Rule("places besides model and kind that state a table's columns", 0, restated_columns()),
        Rule("SQL over a table that another package declares", 0, foreign_tables()),
        Rule("classes of finding", 1, _classes(r"\w*Finding")()),
        Rule("classes of a term of law", 1, _classes(r"\w*(?:Term|Clock)")()),
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
    r"load_workbook\(|calamine|CalamineWorkbook|csv\.reader\(|csv\.DictReader\(|read_csv\(|read_excel\("
)


def opens_tables(text: str) -> bool:
    """Whether a source reads tables out of files itself."""
    return _OPENS.search(text) is not None


def _openers() -> list[str]:
    """Packages that read users' tables themselves."""
    return sorted({
        path.relative_to(TREE).parts[0] for path in _sources(".py")
        if path.relative_to(ROOT).as_posix() not in _OWN_TABLES and opens_tables(path.read_text("utf8"))
    })  # fmt: skip


def table(found: Iterable[Rule]) -> str:
    """The counts as a table in Markdown."""
    sizes = [lines for _, _, lines in _functions()]
    rows = [f"| {r.name} | {'' if r.most is None else r.most} | {len(r.places)} |" for r in found]
    return "\n".join([
        "| what | at most | found |", "|---|---|---|", *rows,
        f"| median function, lines | {MOST_MEDIAN_LINES} | {median(sizes):.0f} |",
    ]) + "\n"  # fmt: skip


def page(found: Iterable[Rule]) -> str:
    """docs/house.md."""
    own = "".join(f"- `{path}`: {why}\n" for path, why in _OWN_TABLES.items())
    still = "".join(f"- `{path}`, `{name}`: {why}\n" for (path, name), why in _STILL.items())
    doors = "".join(f"- `{path}`: {', '.join(names)}\n" for path, names in _DOORS.items())
    return (
        f"{_HEAD}\n{table(found)}\nReaders of tables that are no user's files and are not counted:\n\n{own}\n"
        "Offers that no package here uses, kept for the doors of domains (`how-to-add-a-domain.md`):\n\n"
        f"{doors}\nSQL over a table of a layer above, not ended yet and not counted:\n\n{still}"
    )


def main() -> int:
    """Print the table and write the page; 1 where a bound is broken."""
    found = rules()
    print(table(found), end="")
    PAGE.write_text(page(found), "utf8")
    for rule in found:
        if not rule.is_kept:
            print(f"\n{rule.name}: {len(rule.places)}\n  " + "\n  ".join(rule.places[:60]), file=sys.stderr)
    return int(not all(rule.is_kept for rule in found))


if __name__ == "__main__":
    sys.exit(main())
