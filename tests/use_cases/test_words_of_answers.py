"""What use cases answer bears Chinese headings, whoever shows it: no name of the program's inside."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import fisc
from fisc.cli.told_cells import heading
from fisc.documents.use_case import UseCase
from fisc.documents.words import shown_heading, values_in
from fisc.kernel.coding import ELEMENTS
from fisc.use_cases import use_cases

_INSIDE = re.compile(r"[A-Za-z]+_[A-Za-z_]+|^[a-z]+$")


def fields_of(kind: Any, seen: set[Any]) -> Iterator[str]:
    """The names of what a type of answer holds, and what these hold."""
    if get_origin(kind) is not None:
        for inner in get_args(kind):
            yield from fields_of(inner, seen)
        return
    has_fields = isinstance(kind, type) and (dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"))
    if not has_fields or kind in seen:
        return
    seen.add(kind)
    try:
        told = get_type_hints(kind, include_extras=True)
    except NameError:  # of types that only checkers import
        told = dict.fromkeys(getattr(kind, "__annotations__", ()))
    names = [f.name for f in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else kind._fields
    for name in names:
        yield name
        yield from fields_of(told.get(name), seen)


@pytest.mark.parametrize("case", use_cases().values(), ids=lambda case: case.code)
def test_an_answer_has_no_heading_of_the_programs_inside(case: UseCase) -> None:
    try:
        answer = case._evaluated(inspect.signature(case.work).return_annotation)
    except NameError:
        return
    names = dict.fromkeys(fields_of(answer, set()))
    assert [name for name in names if _INSIDE.search(heading(case, name))] == []


@pytest.mark.parametrize("element", ELEMENTS)
def test_an_element_of_the_ledger_has_its_word(element: str) -> None:
    assert not _INSIDE.search(values_in(shown_heading(element))[0])


#: What people type: a command with what it lists, an option with its field beside it.
_TYPED = re.compile(r"fisc [a-z]+ list [a-z_]+(?:、[a-z_]+)*|--[a-z-]+、[a-z_]+")
_NAME_INSIDE = re.compile(r"(?<![\w.{/-])[a-z]+(?:_[a-z0-9]+)+(?![\w.}/-])")
_SOURCE = Path(fisc.__file__).parent
_SQL_TEXT = re.compile(r"'((?:[^'\n]|'')*[一-鿿](?:[^'\n]|'')*)'")
_QUERY = re.compile(r"\s*(?:with|select)\s")
#: Told to who writes the program or its tables, not to who works with it; queries; what `--help` says.
_TO_PROGRAMMERS = {
    "budget/checks/preparation.py", "cli/figures.py", "cli/registry.py", "disclosure/ledger.py",
    "documents/kind.py", "registry/checks.py", "registry/tables.py", "sheets/columns.py",
    "sim/bank/treasury.py", "store/cluster.py", "kernel/sql/020_guards.sql",
}  # fmt: skip


def _texts(path: Path) -> Iterator[str]:
    """The Chinese texts of a module or of SQL, but what documents it."""
    if path.suffix == ".sql":
        yield from (found[1] for found in _SQL_TEXT.finditer(path.read_text()))
        return
    tree = ast.parse(path.read_text())
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield from _said_by(node.value)


def _said_by(text: str) -> Iterator[str]:
    """What a text says to people: of a query, what it has in quotes."""
    if _QUERY.match(text):
        yield from (found[1] for found in _SQL_TEXT.finditer(text))
    else:
        yield text


def test_no_message_or_hint_has_a_name_of_the_programs_inside() -> None:
    named = {
        f"{where}: {found}"
        for path in [*_SOURCE.rglob("*.py"), *_SOURCE.rglob("*.sql")]
        if (where := path.relative_to(_SOURCE).as_posix()) not in _TO_PROGRAMMERS
        and not {"migrations", "upgrades"} & set(path.parts)
        for text in _texts(path)
        if re.search("[一-鿿]", text)
        for found in _NAME_INSIDE.findall(_TYPED.sub("", text))
    }
    assert sorted(named) == []


def test_no_refusal_leaves_its_officer_without_a_remedy() -> None:
    """What to do is said of the fault at hand, not that something is to be put right."""
    thin = re.compile("请按(?:这条规则|规定)(?:补正|更正)")
    found = [
        f"{path.name}: {text}"
        for path in [*_SOURCE.rglob("*.py"), *_SOURCE.rglob("*.sql")]
        if not {"migrations", "upgrades"} & set(path.parts)
        for text in _texts(path)
        if thin.search(text)
    ]
    assert found == []
