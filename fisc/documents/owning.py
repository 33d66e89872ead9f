"""Whose rows are, as the database says it: a region's, in it a unit's, a department's, or the office's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from psycopg import sql

from fisc.documents.kind import Kind, Named
from fisc.registry.rows import Table

#: What says whose something is: its region, its unit, and the department above that.
OWNED: Final = ("mof_div_code", "agency_code", "dept_code")
_UNITS: Final = OWNED[1:]
#: Stands for a unit where many of them are spoken of at once.
OFFICE: Final = "*"
_OF_OFFICE: Final = sql.Literal(OFFICE)


@cache
def owned_columns(table: Table) -> Mapping[str, sql.Composable]:
    """Name -> SQL over a table that is asked by its own name: region, unit, department, where it has these.

    A document that names no unit is of that which `Kind.unit_by` leads to, else of the office; of one between
    governments its parties are told too.
    """
    found: dict[str, sql.Composable] = {
        name: sql.Identifier(table.table, name) for name in OWNED if name in table.all_columns
    }
    if isinstance(table, Kind) and not names_units(table):
        found["agency_code"] = _unit_of(table)
    if isinstance(table, Kind):
        found |= {name: sql.Identifier(table.table, name) for name in table.parties}
    return found


def owners_of(of: Named) -> Mapping[str, sql.Composable]:
    """As `owned_columns`, of what is named; its parties, where it has no region of its own."""
    if of.parties:
        return {name: sql.Identifier(of.table.table, name) for name in of.parties}
    return owned_columns(of.table)


def names_units(table: Table) -> bool:
    """Whether rows of a table say themselves which unit or department they are of."""
    return any(name in table.all_columns for name in _UNITS)


def is_of_office(kind: Kind[Any]) -> bool:
    """Whether documents of a kind are the office's alone: none of them is of a unit."""
    return not names_units(kind) and not kind.unit_by


def _unit_of(kind: Kind[Any]) -> sql.Composable:
    if not kind.unit_by:
        return _OF_OFFICE
    told = [
        sql.SQL("(select min({unit}) from {table} where {key} = {name} and {place} = {own})").format(
            unit=owned_columns(of.table)["agency_code"], table=sql.Identifier(of.table.table),
            key=sql.Identifier(of.table.table, of.column), name=sql.Identifier(kind.table, kind.unit_by),
            place=sql.Identifier(of.table.table, OWNED[0]), own=sql.Identifier(kind.table, OWNED[0]),
        )
        for of in _leading_to(kind)
    ]  # fmt: skip
    return sql.SQL("coalesce({}, {})").format(sql.SQL(", ").join(told), _OF_OFFICE)


def _leading_to(kind: Kind[Any]) -> list[Named]:
    """What the column `unit_by` may name: as it is declared, else documents of every kind that has units."""
    if kind.unit_by in kind.names:
        return [kind.names[kind.unit_by]]
    prefix = kind.refers.get(kind.unit_by)
    return [
        Named(other, "doc_key") for other in kinds().values()
        if (other.prefix == prefix if prefix else "agency_code" in other.all_columns)
    ]  # fmt: skip


@cache
def kinds() -> dict[str, Kind[Any]]:
    """Prefix -> kind, of every domain that is installed."""
    from fisc.documents.installation import declared_by
    from fisc.settings import INSTALLED_APPS

    return {kind.prefix: kind for kind in declared_by(INSTALLED_APPS).kinds}


def rows_of_regions(kind: Kind[Any], codes: Sequence[str]) -> sql.Composable:
    """A test over a kind's table: documents of one of these regions, or between one of them and another."""
    wanted = sql.Literal(list(codes))
    columns = (OWNED[0], *kind.parties)
    return sql.SQL("({})").format(
        sql.SQL(" or ").join(sql.SQL("{} = any({})").format(sql.Identifier(c), wanted) for c in columns)
    )


def rows_of_unit(kind: Kind[Any], unit: str) -> list[sql.Composable]:
    """Tests over a kind's table for who is of a unit, as `sight.sees_unit`; none where they are of none."""
    if not unit:
        return []
    own, columns = sql.Literal(unit), owned_columns(kind)
    named = [columns[name] for name in _UNITS if name in columns]
    if not named:
        return []
    tests = [sql.SQL("{} = {}").format(column, own) for column in named]
    of_none = [sql.SQL("{} = ''").format(column) for column in named]
    tests.append(sql.SQL("({})").format(sql.SQL(" and ").join(of_none)))
    return [sql.SQL("({})").format(sql.SQL(" or ").join(tests))]
