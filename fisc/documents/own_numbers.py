"""What of an item is its number. Nobody gives who makes a thing its number: it is said so where it lacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from fisc.documents.inputs import Shape
from fisc.documents.kind import Kind

#: Where an item belongs, not what it is called.
_WHERE: Final = frozenset({"mof_div_code", "fiscal_year"})
_OWN_NUMBER: Final = "编号由经办人自定，一份一号，不与已有的重复"


def number_in(shape: Shape, kind: Kind[Any] | None) -> str:
    """What of an item is its number: its kind's, its key, or the first field that is no place."""
    names = [f.name for f in shape.fields]
    first = next((name for name in names if name not in _WHERE), names[0])
    wanted = (kind.number, "doc_key", "key") if kind is not None else ()
    return next((name for name in wanted if hasattr(shape.made, name)), first)


def told_own(shape: Shape, kind: Kind[Any] | None) -> Shape:
    """The shape of what is made, whose own number, and those of lines that bring something about, say where
    they lack that who acts gives them.
    """
    parts = tuple(replace(p, shape=_told(p.shape, _brought_about(p.shape, kind))) for p in shape.parts)
    return replace(_told(shape, {number_in(shape, kind), *_brought_about(shape, kind)}), parts=parts)


def _brought_about(shape: Shape, kind: Kind[Any] | None) -> set[str]:
    """What is named by its own name beside the coding block that it is to have."""
    if kind is None or not any(len(field.path) > 1 for field in shape.fields):
        return set()
    return {name for name, of in kind.names.items() if name == of.column}


def _told(shape: Shape, names: Collection[str]) -> Shape:
    fields = tuple(
        replace(field, remedy=_OWN_NUMBER)
        if field.name in names and field.is_required and field.form == "code" else field
        for field in shape.fields
    )  # fmt: skip
    return replace(shape, fields=fields)
