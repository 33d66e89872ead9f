"""Codes of units, projects and classifications with their names, as people read rows; --json keeps codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fisc.registry import classifications, funds, regions
from fisc.registry.elements.items import AGENCIES, PROJECTS, Kind
from fisc.registry.elements.lookups import names_of

if TYPE_CHECKING:
    import psycopg

Row = dict[str, Any]
#: Fields that hold the code of a unit or a project.
_REGISTERED: Final = {"agency_code": AGENCIES, "dept_code": AGENCIES, "pro_code": PROJECTS}
#: Fields that hold the code of a classification.
_CLASSES: Final = {
    "exp_func_code": "exp_func", "func_class_code": "exp_func", "func_code": "exp_func",
    "tp_func_code": "exp_func", "rev_func_code": "rev_func", "gov_bgt_eco_code": "gov_bgt_eco",
    "dep_bgt_eco_code": "dep_bgt_eco",
}  # fmt: skip
_FUND: Final = "fund_type_code"
_NAMED: Final = {*_REGISTERED, *_CLASSES, _FUND}
#: How fields end that hold the code of a division.
_DIVISION: Final = "div_code"
#: Of a row that has a name itself, that is the name of the first of these that it has.
_OWN: Final = ("pro_code", "agency_code")


class _Place(NamedTuple):
    """Where and when a code has its meaning."""

    mof_div_code: str
    fiscal_year: int


class _Code(NamedTuple):
    """A code that a row has in a field."""

    place: _Place
    field: str
    code: str


def with_names(conn: psycopg.Connection[Any], rows: Sequence[Row], said: Mapping[str, Any]) -> list[Row]:
    """Rows whose codes are followed by their names, in what they hold too; a code without one stands alone.

    A row that names no region or year is of those that were `said`, or of what holds it.
    """
    place = _place(said, _Place("", 0))
    known = _registered(conn, {one for row in rows for one in _codes(row, place)})
    return [_row(row, place, known) for row in rows]


def _place(row: Mapping[str, Any], around: _Place) -> _Place:
    document = row.get("document")  # lines that stand beside their document are of its place
    said = {**document, **row} if isinstance(document, Mapping) else row
    region = said.get("mof_div_code") or said.get("region") or around.mof_div_code
    return _Place(str(region), said.get("fiscal_year") or said.get("year") or around.fiscal_year)


def _codes(row: Mapping[str, Any], around: _Place) -> Iterator[_Code]:
    place = _place(row, around)
    for field, value in row.items():
        if _is_code(row, field, value):
            yield _Code(place, field, value)
        for inner in _inner(value):
            yield from _codes(inner, place)


def _is_code(row: Mapping[str, Any], field: str, value: Any) -> bool:
    own = next((name for name in _OWN if name in row), "") if "name" in row else ""
    is_coded = field in _NAMED or (field.endswith(_DIVISION) and "name" not in row)
    return bool(value) and isinstance(value, str) and is_coded and field != own


def _inner(value: Any) -> list[Row]:
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _registered(conn: psycopg.Connection[Any], codes: set[_Code]) -> dict[tuple[str, _Place, str], str]:
    """Names of the units and projects: (table, place, code) -> name."""
    asked: dict[tuple[Kind, _Place], set[str]] = defaultdict(set)
    for place, field, code in codes:
        if field in _REGISTERED and all(place):
            asked[_REGISTERED[field], place].add(code)
    return {
        (kind.table, place, code): name
        for (kind, place), some in asked.items()
        for code, name in names_of(conn, kind, place.fiscal_year, place.mof_div_code, some).items()
    }


def _row(row: Row, around: _Place, known: Mapping[tuple[str, _Place, str], str]) -> Row:
    place = _place(row, around)
    told: Row = {}
    for field, value in row.items():
        if _is_code(row, field, value):
            told[field] = _words(_Code(place, field, value), str(row.get(_FUND) or ""), known)
        elif isinstance(value, dict):
            told[field] = _row(value, place, known)
        elif inner := _inner(value):
            told[field] = [_row(one, place, known) for one in inner] if len(inner) == len(value) else value
        else:
            told[field] = value
    return told


def _words(code: _Code, fund: str, known: Mapping[tuple[str, _Place, str], str]) -> str:
    if code.field.endswith(_DIVISION):
        return regions.words(code.code)
    return f"{code.code} {_name(code, fund, known)}".strip()


def _name(code: _Code, fund: str, known: Mapping[tuple[str, _Place, str], str]) -> str:
    if code.field == _FUND:
        known_fund = funds.lookup(code.code)
        return known_fund.name if known_fund is not None else ""
    if code.field in _CLASSES:
        kind, year = _CLASSES[code.field], code.place.fiscal_year
        found = classifications.lookup(kind, code.code, year, fund[:3] or None)
        found = found or classifications.lookup(kind, code.code, year)
        return found.name if found is not None else ""
    return known.get((_REGISTERED[code.field].table, code.place, code.code), "")
