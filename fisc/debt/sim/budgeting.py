"""The quotas of debt service, from what the first budgets hold for it.

Principal is paid first from what reduced last year's deficit and waits for it in the budget: that much of
what was adopted is not needed, and the budget is adjusted for less (law 67).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from fisc.budget import services as budget
from fisc.city import desk
from fisc.city.day import Day
from fisc.city.world import World
from fisc.debt.sim.due import PRINCIPAL, USES, amounts, bgt_id, served
from fisc.kernel import Coding
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import elements
from fisc.registry.quota_rules import CARRIED

Conn = psycopg.Connection[Any]
#: 特定目标类.
_SPECIFIC: Final = "3"


def of_deficit(conn: Conn, world: World, region: int) -> int:
    """What of a region's principal the budget holds since last year's deficit was reduced for it, in fen."""
    of_principal = (
        Among("exp_func_code", (USES[PRINCIPAL].exp_func_code,)), Among("bgt_type_code", (CARRIED,)),
    )  # fmt: skip
    asked = Turnover(("quota:9104",), (world.regions[region],), year(world.year, 12, 0), where=of_principal)
    return min(sum(turnover(conn, asked).values()), amounts(world.plan, region).get(PRINCIPAL, 0))


def issue(conn: Conn, world: World, day: Day) -> None:
    """The budget of each is adjusted for what it holds beyond what falls due, and the quotas are issued."""
    on, places = day.on, served(world.plan)
    held = {region: of_deficit(conn, world, region) for region in places}
    _adjust(conn, [_adjustment(world, region, day, fen) for region, fen in held.items() if fen], day)
    projects = [
        elements.Project(world.year, world.regions[r], _project(world, r), "债务还本付息（模拟）",
                         _agency(world, r)["agency_code"], pro_kind_code=_SPECIFIC)
        for r in places
    ]  # fmt: skip
    elements.define_projects(conn, projects, by=desk.REGISTRY, on=on)
    budget.enter(conn, [_quotas(world, region, day, held[region]) for region in places], **desk.budget(on))


def _adjust(conn: Conn, plans: Sequence[budget.AdjustmentPlan], day: Day) -> None:
    on = day.on
    keys = [budget.adjustment_key(p.mof_div_code, p.fiscal_year, p.doc_no) for p in plans]
    budget.make_adjustments(conn, plans, by=desk.BUDGET_MAKE, on=on)
    budget.review_adjustments(conn, keys, by=desk.BUDGET_REVIEW, on=on)
    decided = [
        budget.AdjustmentResolution(k, p.doc_no.replace("债调", "债决"))
        for k, p in zip(keys, plans, strict=True)
    ]
    budget.resolve_adjustments(conn, decided, by=desk.CONGRESS, on=on)


def _adjustment(world: World, region: int, day: Day, held_fen: int) -> budget.AdjustmentPlan:
    use = USES[PRINCIPAL]
    return budget.AdjustmentPlan(
        world.number(region, "债调"), world.regions[region], world.year, day.on, day.on,
        f"{world.names[region]}{world.year}年偿债预算调整方案（模拟）",
        (budget.SourceChange(use.fund, use.rev_func_code, -held_fen, use.source),),
        (budget.SpendingChange(use.fund, -held_fen, exp_func_code=use.exp_func_code),),
    )  # fmt: skip


def _agency(world: World, region: int) -> dict[str, Any]:
    code = world.regions[region]
    return next(row for row in world.rows("agencies") if row["mof_div_code"] == code)


def _project(world: World, region: int) -> str:
    return f"{world.regions[region][:6]}{world.year % 100}0HBFX001"


def parts_of(world: World, region: int, part: str, held_fen: int) -> list[tuple[str, int]]:
    """The quotas that a part is paid from, with their amounts: what the budget held comes first."""
    whole = amounts(world.plan, region)[part]
    held = held_fen if part == PRINCIPAL else 0
    of_quotas = ((bgt_id(world, region, part, True), held), (bgt_id(world, region, part), whole - held))
    return [(quota, fen) for quota, fen in of_quotas if fen]


def _quotas(world: World, region: int, day: Day, held_fen: int) -> budget.QuotaDocument:
    number = world.number(region, "债指")
    lines = tuple(
        budget.QuotaLine(quota, fen, _coding(world, region, part, quota))
        for part in amounts(world.plan, region)
        for quota, fen in parts_of(world, region, part, held_fen)
    )
    title = f"{world.names[region]}还本付息指标（模拟）"
    return budget.QuotaDocument(number, world.regions[region], world.year, day.on, title, lines)


def _coding(world: World, region: int, part: str, quota: str) -> Coding:
    use, agency = USES[part], _agency(world, region)
    is_carried = quota == bgt_id(world, region, part, True)
    return Coding(
        world.year, world.regions[region], use.fund, agency_code=agency["agency_code"],
        dept_code=agency["dept_code"], pro_code=_project(world, region), exp_func_code=use.exp_func_code,
        gov_bgt_eco_code=use.gov_bgt_eco_code, dep_bgt_eco_code=use.dep_bgt_eco_code,
        source_type_code="1", bgt_type_code=CARRIED if is_carried else "",
        manage_mof_dep_code=agency["manage_mof_dep_code"], bgt_mof_dep_code=agency["manage_mof_dep_code"],
        pay_type_code="3", cor_bgt_doc_no=world.number(region, "债指"),
    )  # fmt: skip
