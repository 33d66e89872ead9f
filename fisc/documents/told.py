"""What a service answered, as rows that doors show: what became of each number, or what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any

from fisc.documents.words import field_names


def told(result: Any, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """What a service answered, as rows: what became of each number, or what was found."""
    if result is None:
        return []
    if isinstance(result, Mapping):
        return [{"number": key, **_found(value)} for key, value in result.items()]
    if isinstance(result, set | frozenset):
        result = sorted(result)
    if not isinstance(result, list | tuple) or hasattr(result, "_fields"):
        result = [result]
    if result and len(result) == len(numbers) and isinstance(result[0], bool | str):
        named = "is_new" if isinstance(result[0], bool) else "value"
        return [{"number": n, named: one} for n, one in zip(numbers, result, strict=True)]
    return [_row(one) for one in result]


def _found(one: Any) -> dict[str, Any]:
    return {"is_new": one} if isinstance(one, bool) else _row(one)


def _row(one: Any) -> dict[str, Any]:
    said = fields_of(one)
    if said is None:
        return {"number": one} if isinstance(one, str) else {"value": one}
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    """A value with what it holds by name."""
    if isinstance(value, str | int | date | None):
        return value
    if (said := fields_of(value)) is not None:
        return {name: _plain(inner) for name, inner in said.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


@cache
def _told_of(made: Any) -> tuple[str, ...]:
    worked_out = (name for name, of in vars(made).items() if isinstance(of, property))
    return (*(f.name for f in fields(made)), *(name for name in worked_out if name in field_names()))


def fields_of(one: Any) -> dict[str, Any] | None:
    """The fields of a dataclass, a named tuple or a mapping by name; None for what has none.

    What a dataclass works out of its fields is told too, where it has a heading.
    """
    if is_dataclass(one) and not isinstance(one, type):
        return {name: getattr(one, name) for name in _told_of(type(one))}
    if hasattr(one, "_asdict"):
        return dict(one._asdict())
    return dict(one) if isinstance(one, Mapping) else None
