"""What use cases answer bears Chinese headings, whoever shows it: no name of the program's inside."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest

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
