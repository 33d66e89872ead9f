"""A use case in words and fields: what the catalogue, the API and a form show of it."""

from __future__ import annotations

from typing import Any

from fisc.documents.inputs import Field, Shape
from fisc.documents.use_case import UseCase
from fisc.registry.officers import duty_names


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
    }  # fmt: skip


def _fields(shape: Shape) -> list[dict[str, Any]]:
    return [_field(f) for f in shape.fields]


def _parts(shape: Shape) -> list[dict[str, Any]]:
    return [
        {"name": p.name, "heading": p.heading, "is_required": p.is_required, "fields": _fields(p.shape)}
        for p in shape.parts
    ]


def _field(field: Field) -> dict[str, Any]:
    default = list(field.default) if isinstance(field.default, tuple | frozenset) else field.default
    return {
        "name": field.name, "heading": field.heading, "form": "file" if field.is_bytes else field.form,
        "is_required": field.is_required, "default": default, "choices": list(field.choices),
        "choice_names": list(field.choice_names),
    }  # fmt: skip
