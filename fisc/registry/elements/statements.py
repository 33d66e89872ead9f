"""The SQL of `table`: one statement for each kind of element, composed once.

Given items are a table `g` (from JSON), recorded ones are `t`.
"""

from __future__ import annotations

from functools import cache

from psycopg import sql

from fisc.registry.elements.items import Kind
from fisc.registry.rows import names

#: Year, code, region and the reason of the last event of each element. Takes kind and year.
LAST_REASONS = """
select distinct on (mof_div_code, code) fiscal_year, code, mof_div_code, reason from registry_element_event
where kind = %s and fiscal_year = %s order by mof_div_code, code, id desc"""
_RECORD = ("is_enabled", "disabled_on", "disable_reason", "recorded_by", "recorded_on", "rolled_from")


@cache
def insert(kind: Kind) -> sql.Composed:
    """Insert the items whose key is free; returns their keys. Takes rows, by, on."""
    return sql.SQL(
        "insert into {table} ({columns}, recorded_by, recorded_on) "
        "select g.*, %(by)s, %(on)s from {given} order by {ordered} "
        "on conflict ({keys}) do nothing returning {keys}"
    ).format(
        table=_table(kind), columns=names(kind.columns), given=_given(kind),
        ordered=names(kind.keys, "g"), keys=names(kind.keys),
    )  # fmt: skip


@cache
def differing(kind: Kind) -> sql.Composed:
    """Recorded rows whose content is not the given one's. Takes rows."""
    return sql.SQL(
        "select {columns} from {given} join {table} t on {same} "
        "where row({mine}) is distinct from row({theirs})"
    ).format(
        table=_table(kind), columns=names(kind.columns, "t"), given=_given(kind), same=_same_key(kind),
        mine=names(kind.contents, "t"), theirs=names(kind.contents, "g"),
    )  # fmt: skip


@cache
def update(kind: Kind) -> sql.Composed:
    """Give recorded rows the given content. Takes rows."""
    return sql.SQL("update {table} t set ({columns}) = row({new}) from {given} where {same}").format(
        table=_table(kind), columns=names(kind.contents), new=names(kind.contents, "g"),
        given=_given(kind), same=_same_key(kind),
    )  # fmt: skip


@cache
def standings(kind: Kind) -> sql.Composed:
    """Year, code, region, and how the row stands. Takes a list for each part of the key."""
    return sql.SQL(
        "select t.fiscal_year, t.{code}, {region}, t.is_enabled, {name}, t.disabled_on, t.disable_reason "
        "from {table} t join {asked} on {matches}"
    ).format(
        table=_table(kind), code=sql.Identifier(kind.code), asked=_asked(kind), matches=_matches(kind),
        region=sql.SQL("t.mof_div_code") if kind.is_regional else sql.SQL("''"),
        name=sql.SQL("t.name") if "name" in kind.contents else sql.SQL("''"),
    )  # fmt: skip


@cache
def standings_of(kinds: tuple[Kind, ...]) -> bytes:
    """As `standings`, of several kinds: before each row the name of its kind. Takes the lists of each."""
    each = (sql.SQL("select {}, s.* from ({}) s").format(sql.Literal(k.name), standings(k)) for k in kinds)
    return sql.SQL(" union all ").join(each).as_bytes()


@cache
def set_enabled(kind: Kind) -> sql.Composed:
    """Takes whether enabled, the day and the reason of disabling, then as `standings`."""
    return sql.SQL(
        "update {table} t set is_enabled = %s, disabled_on = %s, disable_reason = %s "
        "from {asked} where {matches}"
    ).format(table=_table(kind), asked=_asked(kind), matches=_matches(kind))


@cache
def records(kind: Kind) -> sql.Composed:
    """All columns of a year's rows. Takes year, region ('' for all), codes (null for all), enabled."""
    return sql.SQL(
        "select {columns}, {record} from {table} where fiscal_year = %(year)s "
        "and {region} and (%(codes)s::text[] is null or {code} = any (%(codes)s)) "
        "and (is_enabled or not %(enabled)s) order by {keys}"
    ).format(
        table=_table(kind), columns=names(kind.columns), record=names(_RECORD), keys=names(kind.keys),
        code=sql.Identifier(kind.code),
        region=sql.SQL("%(region)s in ('', mof_div_code)" if kind.is_regional else "true"),
    )  # fmt: skip


def _table(kind: Kind) -> sql.Identifier:
    return sql.Identifier(kind.table)


def _given(kind: Kind) -> sql.Composable:
    typed = (
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind_of))
        for column, kind_of in kind.columns.items()
    )
    return sql.SQL("jsonb_to_recordset(%(rows)s::jsonb) as g({})").format(sql.SQL(", ").join(typed))


def _same_key(kind: Kind) -> sql.Composable:
    return sql.SQL("({}) = ({})").format(names(kind.keys, "t"), names(kind.keys, "g"))


def _asked(kind: Kind) -> sql.Composable:
    """Keys as lists, in the order of `Key`: year, code and, where there is one, region."""
    lists = "%s::smallint[], %s::text[], %s::text[]" if kind.is_regional else "%s::smallint[], %s::text[]"
    parts = "year, code, region" if kind.is_regional else "year, code"
    return sql.SQL("unnest({}) as a({})").format(sql.SQL(lists), sql.SQL(parts))


def _matches(kind: Kind) -> sql.Composable:
    region = sql.SQL(" and t.mof_div_code = a.region" if kind.is_regional else "")
    return sql.SQL("t.fiscal_year = a.year and t.{} = a.code{}").format(sql.Identifier(kind.code), region)
