"""Whose tables SQL may name: the ledger's below the domains only, a package's own in that package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from tools.house import sources
from tools.house.columns import classes_of, has_models, texts
from tools.house.sources import named, nodes_of, package_of, text_of

#: Below these nothing is a domain; they may read the ledger's tables.
_MAY_READ = ("kernel", "reading", "store")
_MADE = re.compile(r"create (?:unlogged )?table ledger\.(\w+)")


def ledger_readers() -> list[str]:
    """Files above the kernel and reading, migrations too, that name a table of the ledger in their SQL."""
    kernel = sorted((sources.TREE / "kernel").rglob("*.sql"))
    tables = {f"ledger.{table}" for path in kernel for table in _MADE.findall(text_of(path))}
    return [
        named(path) for path in sources.sources(".py", ".sql", migrations=True)
        if package_of(path) not in _MAY_READ
        and named_tables(text_of(path), tables, is_sql=path.suffix == ".sql")
    ]  # fmt: skip


#: Who names a table of a layer above it, and why it still does.
STILL = {
    ("fisc/registry/officers.py", "documents_officer"):
        "elements are defined by officers too, and the table of officers came with the flow of documents",
}  # fmt: skip


def foreign_tables() -> list[str]:
    """Where SQL names a table that another package declares: what it holds is asked of that package.

    What `upgrades` hold is as fixed as migrations: it speaks of tables as a version left them.
    """
    owners = {table: package_of(path) for path in sources.sources(".py") if has_models(path)
              for table in (one.table for one in classes_of(path)) if table}  # fmt: skip
    return [
        f"{named(path)} {table}" for path in sources.sources(".py", ".sql")
        if not has_models(path) and "upgrades" not in path.parts
        for table in named_tables(text_of(path), owners, is_sql=path.suffix == ".sql")
        if owners[table] != package_of(path) and (named(path), table) not in STILL
    ]  # fmt: skip


def named_tables(text: str, tables: Iterable[str], *, is_sql: bool = False) -> list[str]:
    """The tables that a source names in its SQL: in a script, or in strings that are no documentation."""
    said = said_in_sql(text, is_sql=is_sql).lower()
    words = {*_WORD.findall(said), *(f"{schema}.{table}" for schema, table in _IN_SCHEMA.findall(said))}
    return sorted(words.intersection(tables))


#: A table's name alone, and with its schema's; what ends so is a file.
_WORD, _IN_SCHEMA = re.compile(r"\b[a-z]\w+_\w+\b(?!\.csv)"), re.compile(r'\b([a-z]\w+)"?\."?([a-z]\w*)')


def said_in_sql(text: str, *, is_sql: bool = False) -> str:
    """What a source may say to the database: a script but its comments, or strings but documentation."""
    if is_sql:
        return re.sub(r"--.*", "", text)
    nodes = nodes_of(text)
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return "\n".join(t for node in nodes if id(node) not in told for t in texts(node))
