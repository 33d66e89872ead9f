"""The city's state capital budget: what enterprises pay in bears old burdens of theirs, the rest goes on.

Its budget comes with an adjustment; what of it goes to the general budget the reserves' part moves. How much
is of our own making.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import polars as pl
import psycopg

from fisc.budget import services as budget
from fisc.city import desk
from fisc.city.cash import MOVES
from fisc.city.day import Day
from fisc.city.plan import Plan
from fisc.city.tables import synthetic_total
from fisc.city.world import World
from fisc.kernel import Coding
from fisc.registry import elements
from fisc.revenue.sim.receipts import DIVIDEND_CODE, STATE_CAPITAL
from fisc.treasury.sim.allocating import Allocation, allocate

Conn = psycopg.Connection[Any]

#: Per cent of what enterprises pay in that goes to the general budget, and that is spent.
_MOVED, _SPENT = 30, 45
_ADJUSTED, _PAID = (7, 14), (10, 25)
#: 国有企业退休人员社会化管理补助支出, 国有资本经营预算调出资金, 费用补贴 by government and department.
_CLASS, _OUT, _GOV_ECO, _DEP_ECO = "2230105", "2300804", "50701", "31204"
_CITY: Final = 0
_NAME: Final = "国有企业退休人员社会化管理服务中心（模拟）"


def moved_fen(year: int) -> int:
    """What of a year's state capital revenue goes to the general budget."""
    return synthetic_total("state_capital_revenue", year) * _MOVED // 100


def _spent_fen(year: int) -> int:
    return synthetic_total("state_capital_revenue", year) * _SPENT // 100


def _payee(year: int) -> elements.Payee:
    account = elements.PayeeAccount("15000000000088", "102191000019", _NAME)
    return elements.Payee("SKGZZX", _NAME, "agency", (account,), year)


def found(conn: Conn, world: World) -> None:
    """Who is paid."""
    elements.define_payees(conn, [_payee(world.year)], by=desk.REGISTRY, on=world.eve)


def adjust(conn: Conn, world: World, day: Day) -> None:
    """What enterprises declared is budgeted, and the quota of what is spent of it issued (law 67)."""
    on, region = day.on, world.regions[_CITY]
    spent, moved = _spent_fen(world.year), moved_fen(world.year)
    plan = budget.AdjustmentPlan(
        world.number(_CITY, "资调"), region, world.year, on, on,
        f"{world.names[_CITY]}{world.year}年国有资本经营预算调整方案（模拟）",
        (budget.SourceChange(STATE_CAPITAL, DIVIDEND_CODE, spent + moved, "own"),),
        (budget.SpendingChange(STATE_CAPITAL, spent, exp_func_code=_CLASS),
         budget.SpendingChange(STATE_CAPITAL, moved, tp_func_code=_OUT)),
    )  # fmt: skip
    key = budget.adjustment_key(region, world.year, plan.doc_no)
    budget.make_adjustments(conn, [plan], by=desk.BUDGET_MAKE, on=on)
    budget.review_adjustments(conn, [key], by=desk.BUDGET_REVIEW, on=on)
    decided = budget.AdjustmentResolution(key, plan.doc_no.replace("资调", "资决"))
    budget.resolve_adjustments(conn, [decided], by=desk.CONGRESS, on=on)
    agency = next(row for row in world.rows("agencies") if row["mof_div_code"] == region)
    project = elements.Project(world.year, region, _project(world), "国企退休人员社会化管理补助（模拟）",
                               agency["agency_code"])  # fmt: skip
    elements.define_projects(conn, [project], by=desk.REGISTRY, on=on)
    budget.enter(conn, [_quota(world, day, agency)], **desk.budget(on))


def _project(world: World) -> str:
    return f"{world.regions[_CITY][:6]}{world.year % 100}0GZJY001"


def _bgt_id(world: World) -> str:
    return f"GZ{world.year}{world.regions[_CITY][:6]}0001"


def _quota(world: World, day: Day, agency: dict[str, Any]) -> budget.QuotaDocument:
    number, region = world.number(_CITY, "资指"), world.regions[_CITY]
    coding = Coding(
        world.year, region, STATE_CAPITAL, agency_code=agency["agency_code"], dept_code=agency["dept_code"],
        pro_code=_project(world), exp_func_code=_CLASS, gov_bgt_eco_code=_GOV_ECO, dep_bgt_eco_code=_DEP_ECO,
        source_type_code="2", manage_mof_dep_code=agency["manage_mof_dep_code"],
        bgt_mof_dep_code=agency["manage_mof_dep_code"], pay_type_code="3", cor_bgt_doc_no=number,
    )  # fmt: skip
    line = budget.QuotaLine(_bgt_id(world), _spent_fen(world.year), coding)
    title = f"{world.names[_CITY]}国有资本经营预算指标（模拟）"
    return budget.QuotaDocument(number, region, world.year, day.on, title, (line,))


def pay(conn: Conn, world: World, day: Day) -> None:
    """It is spent, straight from the treasury."""
    allocate(conn, world, day, [Allocation(
        f"ZH{_bgt_id(world)}", _bgt_id(world), _CITY, _spent_fen(world.year), _payee(world.year),
        "国有企业退休人员社会化管理补助", f"HB{day.on:%Y%m%d}资",
    )])  # fmt: skip


def movements(plan: Plan) -> pl.DataFrame:
    """What it moves of the city's cash, dividends apart."""
    row = (_CITY, plan.calendar.index(*_PAID), STATE_CAPITAL, -_spent_fen(plan.controls.year))
    return pl.DataFrame([row], schema=MOVES, orient="row")


def schedule(world: World, days: Sequence[Day]) -> None:
    """Its two days."""
    for when, work in ((_ADJUSTED, "state_capital_budget"), (_PAID, "state_capital_paid")):
        days[world.plan.calendar.index(*when)].add(work)
