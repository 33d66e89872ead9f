"""Who reads which rows in the database itself: a banner, or a unit, its own and no other.

People's programs go through the services. Whoever is given SQL gets a role that holds the roles of
some regions or units; policies on every table that names a region then hold for whatever it asks.
Such a role reads only; nothing but the services writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import sql

from fisc.documents.errors import NotFound, RuleBroken
from fisc.kernel.catalog import region_codes
from fisc.kernel.policies import OPEN_TO_ALL, OWN_ROWS


def install(conn: psycopg.Connection[Any]) -> None:
    """Put the policies on every table that names a region. Idempotent; needs no right but ownership."""
    conn.execute(statements().encode())


def statements() -> str:
    """What `install` runs."""
    of_domains = files("fisc.documents").joinpath("sql/access.sql").read_text("utf8")
    of_ledger = (
        f"select public.fisc_policy('{table}', {'null' if condition is None else f'$is${condition}$is$'});"
        for table, condition in OWN_ROWS.items()
    )
    return "\n".join((of_domains, *of_ledger))


def region_role(mof_div_code: str) -> str:
    """The role whose holders see a region's rows."""
    return f"fisc_region_{mof_div_code}"


def unit_role(mof_div_code: str, agency_code: str) -> str:
    """The role whose holders see the rows of one unit of a region."""
    return f"fisc_unit_{mof_div_code}_{agency_code}"


def let_read(
    conn: psycopg.Connection[Any],
    role: str,
    *,
    regions: Sequence[str] = (),
    units: Iterable[tuple[str, str]] = (),
) -> None:
    """Let the login `role` read the rows of `regions` and of `units` (region, agency). Idempotent.

    Raises NotFound for a role or region that does not exist, and RuleBroken for a role that no
    policy binds: a superuser, the owner of the tables, one with BYPASSRLS.
    """
    given = list(units)
    with conn.transaction():
        _require_bound(conn, role)
        _require_regions(conn, {*regions, *(region for region, _ in given)})
        groups = [*map(region_role, regions), *(unit_role(*unit) for unit in given)]
        for group in groups:
            _make_group(conn, group)
            conn.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(role)))


def _require_bound(conn: psycopg.Connection[Any], role: str) -> None:
    found = conn.execute(
        "select r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, n.nspowner, 'member') from pg_roles r, "
        "pg_namespace n where r.rolname = %s and n.nspname = 'ledger'",
        [role],
    ).fetchone()
    if found is None:
        raise NotFound(f"数据库没有角色 {role}", rule="先建登录角色后授权", hint="请先 create role … login")
    if found[0]:
        raise RuleBroken(
            f"角色 {role} 不受行级安全约束（超级用户、表的所有者或 BYPASSRLS）",
            rule="各级各部门只见本级本部门数据",
            hint="请另建一个普通登录角色",
        )


def _require_regions(conn: psycopg.Connection[Any], regions: set[str]) -> None:
    if missing := sorted(regions - set(region_codes(conn))):
        raise NotFound(f"账上没有区划 {'、'.join(missing)}", rule="区划先登记后使用", hint="请核对区划代码")


def _make_group(conn: psycopg.Connection[Any], group: str) -> None:
    """Make the role and let it read every table that has a policy. Roles outlive databases."""
    name = sql.Identifier(group)
    exists = conn.execute("select from pg_roles where rolname = %s", [group]).fetchone()
    if exists is None:
        try:
            with conn.transaction():
                conn.execute(sql.SQL("create role {} nologin").format(name))
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            pass  # another database of the server made it at this moment
    tables = conn.execute(
        "select n.nspname, c.relname from pg_policy p join pg_class c on c.oid = p.polrelid "
        "join pg_namespace n on n.oid = c.relnamespace where p.polname = 'own_rows'"
    ).fetchall()
    conn.execute(sql.SQL("grant usage on schema ledger to {}").format(name))
    for table in [*tables, *(each.split(".") for each in OPEN_TO_ALL)]:
        conn.execute(sql.SQL("grant select on {} to {}").format(sql.Identifier(*table), name))
