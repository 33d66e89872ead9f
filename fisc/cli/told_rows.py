"""Rows of answers before they are shown: lines by the names of what they hold, none that do not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fisc.documents.use_case import UseCase

Row = dict[str, Any]
#: Amounts that only documents of some sort have: field -> the field that those say.
_ONLY_WITH: Final = {"base_fen": "scope"}


def for_people(case: UseCase, rows: Sequence[Row]) -> list[Row]:
    """Rows as screens show them; programs get them as they are."""
    named = ({name: _by_name(case, name, value) for name, value in row.items()} for row in rows)
    return [_applying(_with_room(row)) for row in named]


def _with_room(row: Row) -> Row:
    """The lines that a document holds itself beside it, where lines of its own stand too."""
    document = _document(row)
    held = {
        name: value for name, value in document.items()
        if isinstance(value, list) and value and isinstance(value[0], dict) and not row.get(name)
    }  # fmt: skip
    left = {name: value for name, value in document.items() if name not in held}
    return {**row, "document": left, **held} if held else row


def _by_name(case: UseCase, name: str, value: Any) -> Any:
    """A list of lines that the table keeps without names, by the names that who makes the document gives."""
    if isinstance(value, Mapping):
        return {inner: _by_name(case, inner, one) for inner, one in value.items()}
    names = _names_in(case, name)
    is_bare = isinstance(value, list) and value and all(isinstance(one, list | tuple) for one in value)
    if not is_bare or any(len(one) != len(names) for one in value):
        return value
    return [dict(zip(names, one, strict=True)) for one in value]


@cache
def _names_in(case: UseCase, name: str) -> tuple[str, ...]:
    """What the lines of a list hold, as those say who make documents of the kind; () where nobody does."""
    from fisc.use_cases import of_group

    making = (one for one in of_group(case.group) if case.kind is not None and one.kind is case.kind)
    parts = (part for one in making if one.shape is not None for part in one.shape.parts)
    return next((tuple(f.name for f in part.shape.fields) for part in parts if part.name == name), ())


def _applying(row: Row, above: Mapping[str, Any] | None = None) -> Row:
    """A row without the amounts that what it is, or is of, does not have."""
    said = {**(above or {}), **row}
    return {
        name: _within(value, said)
        for name, value in row.items()
        if value or name not in _ONLY_WITH or said.get(_ONLY_WITH[name])
    }


def _within(value: Any, said: Mapping[str, Any]) -> Any:
    above = {name: said.get(name) or _document(said).get(name) for name in _ONLY_WITH.values()}
    if isinstance(value, dict):
        return _applying(value, above)
    is_lines = isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    return [_applying(one, above) for one in value] if is_lines else value


def _document(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document of an answer that tells it beside its lines."""
    found = said.get("document")
    return found if isinstance(found, Mapping) else {}


def asked_for(case: UseCase, said: Mapping[str, Any]) -> str:
    """What a list is of: 科目余额表：鄂尔多斯市 2022 年 1—6 月; its name alone where nothing was said."""
    return "：".join(filter(None, (case.title, " ".join(_asked(case, said)))))


#: What is said of how a list is shown, not of what it is.
_HOW: Final = ("limit", "after")


def _asked(case: UseCase, said: Mapping[str, Any]) -> Iterator[str]:
    from fisc.cli.told_cells import cell, heading
    from fisc.registry import regions

    for field in case.options:
        value = said.get(field.path[0], said.get(field.name))
        if field.name in _SPAN and _is_of_span(case):
            span = {one: said.get(one.name, one.default) for one in case.options if one.name in _SPAN}
            if field.name == _SPAN[1] and any(month != one.default for one, month in span.items()):
                yield _span(*span.values())
            continue
        if value in (None, "", (), []) or field.name in _HOW or field.is_bytes:
            continue
        if field.name == "mof_div_code":
            yield regions.require(str(value)).name
        elif field.name == "fiscal_year":
            yield f"{value} 年"
        elif value != field.default:
            yield f"{heading(case, field.name)} {cell(case, field.name, value)}"


#: The months from which and to which something is told, where it is told of several.
_SPAN: Final = ("from_month", "month")


def _is_of_span(case: UseCase) -> bool:
    return {*_SPAN} <= {field.name for field in case.options}


def _span(*months: int | None) -> str:
    """The months that an answer covers: 1—5 月; the opening and the year's end by their names."""
    first, last = sorted(month or 0 for month in months)
    return f"{_MONTHS.get(first, f'{first} 月')}" if first == last else _from_to(first, last)


def _from_to(first: int, last: int) -> str:
    if first in _MONTHS or last in _MONTHS:
        return f"{_MONTHS.get(first, f'{first} 月')}至{_MONTHS.get(last, f' {last} 月')}"
    return f"{first}—{last} 月"


#: The periods of a year that are no month.
_MONTHS: Final = {0: "年初", 13: "年终"}
