"""Roll-over: a new year's snapshot begins with what is enabled in the old one.

What is in the new year already stays as it is there; doing it again adds only what the old year
gained since. Projects keep those themes and tags that the new year has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from fisc.registry.elements import table
from fisc.registry.elements.defining import require_actor
from fisc.registry.elements.items import AGENCIES, PAYEE_ACCOUNTS, PAYEES, PROJECTS, TAGS, THEMES, Kind
from fisc.registry.elements.problems import bad_call
from fisc.registry.errors import UnknownElement
from fisc.registry.rows import names
from fisc.registry.tables import LAST_YEAR


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An enabled element of the old year that the new year does not get: what it hangs on is missing."""

    kind: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class RollOver:
    """What a roll-over copied, by kind of element, and what it had to leave out."""

    region: str
    from_year: int
    to_year: int
    copied: dict[str, int] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Step:
    """A kind to copy, the columns that change on the way, and which rows `s` go along."""

    kind: Kind
    condition: LiteralString = "true"
    changes: tuple[tuple[str, LiteralString], ...] = ()


#: Shipped labels are loaded with their years; beyond the last of them they are carried on.
_LABELS: Final = "not s.is_shipped or %(to)s > %(last)s"
_KEPT_THEMES: Final = (
    "array(select c from unnest(s.theme_codes) with ordinality u(c, n) where exists (select from "
    "registry_theme x where x.code = c and x.fiscal_year = %(to)s and x.is_enabled) order by n)"
)
_KEPT_TAGS: Final = (
    "array(select c from unnest(s.tags) with ordinality u(c, n) where exists (select from "
    "registry_tag x where x.code = c and x.fiscal_year = %(to)s and x.is_enabled) order by n)"
)
#: A unit goes where its department is in use: the new year's word counts before the old year's.
_WITH_DEPARTMENT: Final = (
    "s.dept_code in ('', s.agency_code) or (select d.is_enabled from registry_agency d "
    "where d.fiscal_year in (s.fiscal_year, %(to)s) and d.mof_div_code = s.mof_div_code "
    "and d.agency_code = s.dept_code order by d.fiscal_year desc limit 1)"
)
_WITH_AGENCY: Final = (
    "s.agency_code = '' or exists (select from registry_agency a where a.fiscal_year = %(to)s "
    "and a.mof_div_code = s.mof_div_code and a.agency_code = s.agency_code and a.is_enabled)"
)
_WITH_PAYEE: Final = (
    "exists (select from registry_payee p where p.fiscal_year = %(to)s "
    "and p.payee_code = s.payee_code and p.is_enabled)"
)
#: In the order in which they hang on one another.
_STEPS: Final = (
    _Step(THEMES, _LABELS),
    _Step(TAGS, _LABELS),
    _Step(AGENCIES, _WITH_DEPARTMENT),
    _Step(PROJECTS, _WITH_AGENCY, (("theme_codes", _KEPT_THEMES), ("tags", _KEPT_TAGS))),
    _Step(PAYEES),
    _Step(PAYEE_ACCOUNTS, _WITH_PAYEE),
)


def roll_over(
    conn: psycopg.Connection[Any], region: str, from_year: int, to_year: int, *, by: str, on: date
) -> RollOver:
    """Begin a region's snapshot of `to_year` with what is enabled in `from_year`; idempotent.

    Payees, themes and tags serve every region and go along with any. Raises MissingDuty,
    BadElement where `to_year` is not later, UnknownElement where the region has no agency in `from_year`.
    """
    require_actor(conn, by, [region])
    if to_year <= from_year:
        raise bad_call(f"不能由 {from_year} 年结转到 {to_year} 年", "请结转到以后的年度")
    given = {"region": region, "from": from_year, "to": to_year, "by": by, "on": on, "last": LAST_YEAR}
    done = RollOver(region, from_year, to_year)
    with conn.transaction():
        table.lock(conn, alone=True)
        _require_old_year(conn, region, from_year)
        for step in _STEPS:
            done.copied[step.kind.name] = conn.execute(_copy(step), given).rowcount
            rows = conn.execute(_left_out(step), given).fetchall()
            done.left_out.extend(LeftOut(step.kind.name, *row) for row in rows)
    return done


def _require_old_year(conn: psycopg.Connection[Any], region: str, from_year: int) -> None:
    found = conn.execute(
        "select from registry_agency where fiscal_year = %s and mof_div_code = %s limit 1",
        [from_year, region],
    ).fetchone()
    if found is None:
        raise UnknownElement(
            f"{region} 在 {from_year} 年没有登记预算单位，没有可结转的要素",
            rule="要素按年度结转",
            hint="请核对区划与年度，或先登记该年度的要素",
        )


def _copy(step: _Step) -> sql.Composed:
    kind, changes = step.kind, dict(step.changes)
    values = [sql.SQL(changes[c]) if c in changes else sql.Identifier("s", c) for c in kind.contents]
    keys = [sql.SQL("%(to)s") if c == "fiscal_year" else sql.Identifier("s", c) for c in kind.keys]
    return sql.SQL(
        "insert into {table} ({columns}, recorded_by, recorded_on, rolled_from) "
        "select {values}, %(by)s, %(on)s, s.fiscal_year from {old} and ({condition}) and not {there} "
        "order by s.{code} on conflict ({keys}) do nothing"
    ).format(
        table=sql.Identifier(kind.table), columns=names(kind.columns),
        values=sql.SQL(", ").join(keys + values),
        old=_old(kind), condition=sql.SQL(step.condition), there=_there(kind),
        code=sql.Identifier(kind.code), keys=names(kind.keys),
    )  # fmt: skip


def _left_out(step: _Step) -> sql.Composed:
    """Enabled in the old year and not in the new one; shipped labels have their own years."""
    kind = step.kind
    own = sql.SQL("not s.is_shipped" if kind in (THEMES, TAGS) else "true")
    name = sql.Identifier("s", "name" if "name" in kind.contents else kind.code)
    return sql.SQL("select s.{code}, {name} from {old} and {own} and not {there} order by s.{code}").format(
        code=sql.Identifier(kind.code), name=name, old=_old(kind), own=own, there=_there(kind)
    )


def _old(kind: Kind) -> sql.Composed:
    """The old year's enabled rows `s` of the region."""
    region = sql.SQL(" and s.mof_div_code = %(region)s" if kind.is_regional else "")
    return sql.SQL("{} s where s.fiscal_year = %(from)s and s.is_enabled{}").format(
        sql.Identifier(kind.table), region
    )


def _there(kind: Kind) -> sql.Composed:
    """Whether the new year has the row's key."""
    same = [sql.SQL("n.{0} = s.{0}").format(sql.Identifier(c)) for c in kind.keys if c != "fiscal_year"]
    return sql.SQL("exists (select from {} n where n.fiscal_year = %(to)s and {})").format(
        sql.Identifier(kind.table), sql.SQL(" and ").join(same)
    )
