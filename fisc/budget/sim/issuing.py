"""The approved budget issued and adjusted; quotas that are not lines of departments' budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import polars as pl
import psycopg

from fisc.budget import services as budget
from fisc.budget.sim.projects import RESERVE
from fisc.budget.sim.quotas import CARRIED
from fisc.budget.sim.routes import DEBT, LATER, PROPOSAL, RECEIVED
from fisc.budget.sim.words import agency_of, coding, from_above, quotas_of, tags
from fisc.city import desk
from fisc.city.controls import GENERAL_CODES
from fisc.city.day import Day, Row
from fisc.city.draws import share
from fisc.city.world import World

Conn = psycopg.Connection[Any]

#: fund -> (income code, expenditure code, document number of the year).
BONDS: Final = {"112": ("110110101", "2301101", 1), "122": ("1101102", "23011", 2)}
_QUOTA = "指"


# ---- issue of the approved budget


def issue_to_departments(conn: Conn, world: World, day: Day) -> None:
    """批复: every department of every region, each under a number of its own."""
    on = day.on
    given = [
        budget.DepartmentIssue(region, world.year, dept, world.number(r, f"批部{dept}"))
        for r, region, dept in _departments(world)
    ]
    budget.issue_to_departments(conn, given, **desk.budget(on))
    _publish(conn, world, [(region, "") for region in world.regions], on)


def issue_to_units(conn: Conn, world: World, day: Day) -> None:
    """Departments pass their budgets on to their units: executable quotas."""
    on = day.on
    given = [
        budget.UnitIssue(region, world.year, dept, world.number(r, f"批单{dept}"))
        for r, region, dept in _departments(world)
    ]
    budget.issue_to_units(conn, given, department_by=desk.DEPT_REVIEW, **desk.budget(on))
    _publish(conn, world, [(region, dept) for _, region, dept in _departments(world)], on)


def _publish(conn: Conn, world: World, whose: Sequence[tuple[str, str]], on: date) -> None:
    """Budgets made public (预算法第十四条): a region's own where no department is named."""
    published = [budget.Published(region, world.year, on, "政府网站（模拟）", dept) for region, dept in whose]
    budget.record_publications(conn, published, by=desk.BUDGET_MAKE, on=on)


def _departments(world: World) -> list[tuple[int, str, str]]:
    found = {
        (q["region"], agency_of(world, q)["dept_code"]) for q in quotas_of(world, pl.col("route") == PROPOSAL)
    }
    return [(r, world.regions[r], dept) for r, dept in sorted(found)]


# ---- the mid-year adjustment and bonds


def adjust(conn: Conn, world: World, day: Day) -> None:
    """预算调整: more own revenue in every region that needs it; for the city, bonds too (law 67)."""
    on = day.on
    given = [plan for region in range(len(world.regions)) if (plan := _adjustment(world, region, on))]
    keys = [budget.adjustment_key(p.mof_div_code, p.fiscal_year, p.doc_no) for p in given]
    budget.make_adjustments(conn, given, by=desk.BUDGET_MAKE, on=on)
    budget.review_adjustments(conn, keys, by=desk.BUDGET_REVIEW, on=on)
    resolutions = [
        budget.AdjustmentResolution(key, plan.doc_no.replace("调", "人常"))
        for key, plan in zip(keys, given, strict=True)
    ]
    budget.resolve_adjustments(conn, resolutions, by=desk.CONGRESS, on=on)


def _adjustment(world: World, region: int, on: date) -> budget.AdjustmentPlan | None:
    money = world.plan["money"]
    more = money["revenue_adjusted"][region] - money["revenue_initial"][region]
    parts = share(more, [weight for _, weight in GENERAL_CODES]).tolist()
    sources = [
        budget.SourceChange("111", code, fen)
        for (code, _), fen in zip(GENERAL_CODES, parts, strict=True)
        if fen
    ]
    spending = [
        budget.SpendingChange("111", fen, exp_func_code=code)
        for place, code, fen in world.plan["adjusted"].iter_rows()
        if place == region
    ]
    if region == 0:
        for fund in BONDS:
            sources.append(budget.SourceChange(fund, BONDS[fund][0], sum(bonds(world, fund)), "debt"))
            spending += _bond_spending(world, fund)
    if not sources:
        return None
    title = f"{world.names[region]}{world.year}年预算调整方案（模拟）"
    number = world.number(region, "调")
    return budget.AdjustmentPlan(
        number, world.regions[region], world.year, on, on, title, tuple(sources), tuple(spending)
    )


def bonds(world: World, fund: str) -> list[int]:
    """Bond money by region, fen."""
    controls = world.plan.controls
    amounts: list[int] = (controls.bonds if fund == "112" else controls.special_bonds).tolist()
    return amounts


def _bond_spending(world: World, fund: str) -> list[budget.SpendingChange]:
    own = [budget.SpendingChange(fund, fen, exp_func_code=code) for code, fen in bond_classes(world, 0, fund)]
    to_banners = sum(bonds(world, fund)[1:])
    return [*own, budget.SpendingChange(fund, to_banners, tp_func_code=BONDS[fund][1])]


def bond_classes(world: World, region: int, fund: str) -> list[tuple[str, int]]:
    """What quotas of a region take of bond money: functional class, fen."""
    sums: dict[str, int] = defaultdict(int)
    for quota in quotas_of(world, (pl.col("route") == DEBT) & (pl.col("region") == region)):
        if quota["fund_type_code"] == fund:
            sums[quota["exp_func_code"]] += quota["amount_fen"]
    return sorted(sums.items())


# ---- quotas that are not lines of departments' budgets


def enter_quotas(conn: Conn, world: World, day: Day) -> None:
    """Quotas of a day, by document: out of the approved budget, the reserve, or what was received."""
    groups: dict[tuple[int, str, int, str], list[Row]] = defaultdict(list)
    for quota in day.rows("quotas"):
        groups[quota["region"], quota["route"], quota["doc"], quota["fund_type_code"]].append(quota)
    given = [_quota_document(world, key, rows, day.on) for key, rows in groups.items()]
    budget.enter(conn, given, **desk.budget(day.on))


_BASES = {RECEIVED: "received", RESERVE: "reserve"}


def _quota_document(
    world: World, key: tuple[int, str, int, str], rows: Sequence[Row], on: date
) -> budget.QuotaDocument:
    region, route, doc, _ = key
    number = world.number(region, _QUOTA, quota_serial(world, rows[0]))
    above = from_above(world, region, doc)
    lines = tuple(
        budget.QuotaLine(q["bgt_id"], q["amount_fen"], coding(world, q, number, above), tags=tags(world, q))
        for q in rows
    )
    return budget.QuotaDocument(
        number, world.regions[region], world.year, on, f"{world.names[region]}{_TITLES[route]}（模拟）",
        lines, source="transfer" if route == RECEIVED else "own", sup_bgt_doc_no=above,
        base=_BASES.get(route, "approved"),
        basis_doc_no=world.number(region, "政批") if route == RESERVE else "",
    )  # fmt: skip


_TITLES = {
    LATER: "上级财力安排指标", "adjusted": "预算调整指标", RECEIVED: "上级专项指标", RESERVE: "预备费指标",
    DEBT: "债券资金指标",
}  # fmt: skip


def quota_serial(world: World, quota: Row) -> int:
    """The number of a quota document within its region: its first quota's place in the plan."""
    return int(quota["bgt_id"][-6:]) if quota["route"] != CARRIED else 0
