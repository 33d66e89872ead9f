"""A use case in words and fields: what the catalogue, the API and a form show of it."""

from __future__ import annotations

from typing import Any

from fisc.documents.code_lists import code_list
from fisc.documents.inputs import Field, Shape
from fisc.documents.use_case import UseCase
from fisc.registry.officers import duty_names
from fisc.sheets.columns import Column


def described(case: UseCase) -> dict[str, Any]:
    """Code, name, whose duty it is, its command, and every field that is to be filled in."""
    return {
        "code": case.code, "title": case.title, "duty": case.duty_code,
        "duty_name": duty_names().get(case.duty_code, ""),
        "command": f"fisc {case.group} {case.verb}",
        "kind": case.kind.prefix if case.kind is not None else "", "step": case.step,
        "is_reading": case.is_reading, "takes_many": bool(case.subject) and case.is_many,
        "takes_day": case.takes_day,
        "fields": [_field(f) for f in ((case.number,) if case.number is not None else ())]
        + (_fields(case.shape) if case.shape is not None else []),
        "parts": _parts(case.shape) if case.shape is not None else [],
        "options": [_field(f) for f in case.options],
        "sheet": [_column(one) for one in case.sheet()] if case.sheet is not None else [],
    }  # fmt: skip


def _column(column: Column) -> dict[str, Any]:
    """A column of a table that a use case takes in a form of its own."""
    return {
        "name": column.name, "heading": column.label, "is_required": column.is_required,
        "also": list(column.also),
    }  # fmt: skip


def _fields(shape: Shape) -> list[dict[str, Any]]:
    return [_field(f) for f in shape.fields]


def _parts(shape: Shape) -> list[dict[str, Any]]:
    """The lists of lines; their fields go by the headings and names that they have in a file's flat rows."""
    flat = {field.name: field for field in shape.flat}
    return [
        {
            "name": part.name, "heading": part.heading, "is_required": part.is_required,
            "fields": [
                _field(field) | {"heading": flat[name].printed, "column": name}
                for name, field in shape.flat_lines(part)
            ],
        }
        for part in shape.parts
    ]  # fmt: skip


def _field(field: Field) -> dict[str, Any]:
    default = list(field.default) if isinstance(field.default, tuple | frozenset) else field.default
    listed = code_list(field.name) if not field.choices else None
    return {
        "name": field.name, "heading": field.printed, "column": field.name,
        "form": "file" if field.is_bytes else field.form,
        "is_required": field.is_required, "default": default, "choices": list(field.choices),
        "choice_names": list(field.choice_names),
        "listed": dict(listed.values) if listed is not None else {},
        "listed_in": listed.place if listed is not None else "",
    }  # fmt: skip
