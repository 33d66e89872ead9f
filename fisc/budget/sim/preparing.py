"""A budget prepared in the autumn before its year: library, two ups and two downs, the congress's draft."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import psycopg

from fisc.budget import services as budget
from fisc.budget.sim.money import SUBSIDY_CODE
from fisc.budget.sim.projects import OPERATING, PERSONNEL
from fisc.budget.sim.routes import PROPOSAL
from fisc.budget.sim.words import agency_of, early_documents, elements, quotas_of, tags
from fisc.city import desk
from fisc.city.controls import GENERAL_CODES
from fisc.city.day import Day
from fisc.city.draws import share
from fisc.city.world import World

Conn = psycopg.Connection[Any]

_CLASSES = {PERSONNEL: "personnel", OPERATING: "operating"}
_PHASED, _PHASES_END = "003", 2025
#: What government funds live on: 国有土地使用权出让收入.
_LAND = "1030148"
_GOALS = (
    budget.Indicator("output", "数量指标", "完成年度任务", "100%", 5000),
    budget.Indicator("benefit", "社会效益", "服务对象受益", "较上年提高", 4000, direction="3"),
    budget.Indicator("satisfaction", "满意度", "服务对象满意度", "90%", 1000),
)


def prepare(conn: Conn, world: World) -> None:
    """From the first declaration to the draft that waits for the congress."""
    before = world.year - 1
    _enter_library(conn, world, date(before, 9, 15))
    _state_needs(conn, world, date(before, 10, 10))
    budgets = _budgets(world)
    _go_up(conn, world, budgets, 1, date(before, 10, 20))
    _send_controls(conn, world, budgets, date(before, 11, 15))
    _go_up(conn, world, budgets, 2, date(before, 12, 5))
    _draft(conn, world, date(before, 12, 20))


def _enter_library(conn: Conn, world: World, on: date) -> None:
    given = _declarations(world)
    keys = [d.doc_key for d in given]
    budget.declare_projects(conn, given, by=desk.UNIT_MAKE, on=on)
    budget.review_projects(conn, keys, by=desk.DEPT_REVIEW, on=on)
    audits = [budget.ProjectAudit(d.doc_key, d.apply_up_fen) for d in given]
    budget.audit_projects(conn, audits, by=desk.OFFICE_REVIEW, on=on)
    budget.enter_projects(conn, keys, by=desk.BUDGET_REVIEW, on=on)


def _declarations(world: World) -> list[budget.Declaration]:
    sums: dict[int, int] = defaultdict(int)
    for quota in world.rows("quotas"):
        sums[quota["project"]] += max(quota["amount_fen"], 0)
    return [_declaration(world, row, sums[number] or 1) for number, row in enumerate(world.rows("projects"))]


def _declaration(world: World, row: dict[str, Any], fen: int) -> budget.Declaration:
    agency = agency_of(world, row)
    return budget.Declaration(
        agency["mof_div_code"], world.year, row["pro_code"], row["name"], agency["agency_code"],
        agency["dept_code"], row["pro_kind_code"], _CLASSES.get(row["group"], "specific"), "111",
        row["exp_func_code"], fen, goal="按计划完成年度任务（模拟）", indicators=_GOALS,
        manage_mof_dep_code=agency["manage_mof_dep_code"], first_year=row["start"],
        last_year=_PHASES_END if row["pro_kind_code"] == _PHASED else None,
        theme_codes=(row["theme"],) if row["theme"] else (), tags=(row["tag"],) if row["tag"] else (),
    )  # fmt: skip


def _state_needs(conn: Conn, world: World, on: date) -> None:
    """三保 needs of each region: what the tagged lines of its budgets come to."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for quota in quotas_of(world, pl.col("route") == PROPOSAL):
        for tag in tags(world, quota):
            sums[world.regions[quota["region"]], tag] += quota["amount_fen"]
    needs = [
        budget.Need(region, world.year, tag, fen, basis="按标准测算（模拟）")
        for (region, tag), fen in sorted(sums.items())
    ]
    budget.enter_needs(conn, needs, by=desk.BUDGET_MAKE, on=on)
    budget.review_needs(conn, [need.doc_key for need in needs], by=desk.BUDGET_REVIEW, on=on)


Budgets = dict[tuple[str, str], list[budget.BudgetLine]]


def _budgets(world: World) -> Budgets:
    """(region, department) -> lines of outlay in the order that their quotas are named by."""
    found: Budgets = defaultdict(list)
    for quota in quotas_of(world, pl.col("route") == PROPOSAL):
        group = quota["group"]
        line = budget.BudgetLine(
            side="outlay", kind=_CLASSES.get(group, "project"), amount_fen=quota["amount_fen"],
            tags=tags(world, quota), **elements(world, quota),
        )  # fmt: skip
        dept = agency_of(world, quota)["dept_code"]
        found[world.regions[quota["region"]], dept].append(line)
    return dict(sorted(found.items()))


def _income(lines: Sequence[budget.BudgetLine]) -> list[budget.BudgetLine]:
    """Appropriations by unit and fund, equal to what is spent."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for line in lines:
        sums[line.agency_code, line.fund_type_code] += line.amount_fen
    return [
        budget.BudgetLine("income", "appropriation", agency, fund, fen)
        for (agency, fund), fen in sorted(sums.items())
    ]


def _go_up(conn: Conn, world: World, budgets: Budgets, round_no: int, on: date) -> None:
    given = [
        budget.Proposal.of(region, world.year, dept, round_no, [*lines, *_income(lines)])
        for (region, dept), lines in budgets.items()
    ]
    keys = [proposal.doc_key for proposal in given]
    budget.make_proposals(conn, given, by=desk.UNIT_MAKE, on=on)
    budget.submit_proposals(conn, keys, by=desk.DEPT_REVIEW, on=on)
    budget.review_proposals(conn, keys, by=desk.OFFICE_REVIEW, on=on)
    budget.accept_proposals(conn, keys, by=desk.BUDGET_REVIEW, on=on)


def _send_controls(conn: Conn, world: World, budgets: Budgets, on: date) -> None:
    given = []
    for (region, dept), lines in budgets.items():
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for line in lines:
            sums[line.fund_type_code, line.exp_func_code[:3]] += line.amount_fen
        rows = tuple(budget.ControlLine(fund, code, fen) for (fund, code), fen in sorted(sums.items()))
        given.append(budget.Control(region, world.year, dept, rows))
    keys = [control.doc_key for control in given]
    budget.make_controls(conn, given, by=desk.BUDGET_MAKE, on=on)
    budget.review_controls(conn, keys, by=desk.BUDGET_REVIEW, on=on)
    budget.issue_controls(conn, keys, by=desk.BUDGET_APPROVE, on=on)


def _draft(conn: Conn, world: World, on: date) -> None:
    for region in range(len(world.regions)):
        given = _draft_budget(world, region)
        budget.make_draft(conn, given, by=desk.BUDGET_MAKE, on=on)
        budget.review_draft(conn, given.doc_key, by=desk.BUDGET_REVIEW, on=on)
        budget.submit_draft(conn, given.doc_key, by=desk.BUDGET_APPROVE, on=on)


def _draft_budget(world: World, region: int) -> budget.DraftBudget:
    money = world.plan["money"]
    held = [
        budget.Spending("111", fen, exp_func_code=code)
        for place, code, fen in world.plan["held"].iter_rows()
        if place == region
    ]
    for row in _of_debt(world, region):
        held.append(budget.Spending(row["fund"], row["amount_fen"], exp_func_code=row["exp_func_code"]))
    return budget.DraftBudget(
        world.regions[region], world.year, f"{world.names[region]}{world.year}年预算草案（模拟）",
        tuple(_sources(world, region)), _transfers(world) if region == 0 else (), tuple(held),
        money["reserve"][region],
    )  # fmt: skip


def _of_debt(world: World, region: int) -> list[dict[str, Any]]:
    """What a region serves of its debt, each part with its source."""
    return [row for row in world.plan.rows("debt_service") if row["region"] == region]


def _sources(world: World, region: int) -> list[budget.Source]:
    """Own revenue by code; for the city, general transfers told early; government funds; for debt service its
    own."""
    money = world.plan["money"]
    codes = [code for code, _ in GENERAL_CODES]
    parts = share(money["revenue_initial"][region], [weight for _, weight in GENERAL_CODES])
    found = [budget.Source("111", c, fen) for c, fen in zip(codes, parts.tolist(), strict=True) if fen]
    if region == 0:
        sums: dict[str, int] = defaultdict(int)
        for document in early_documents(world):
            sums[document["rev_func_code"]] += document["amount_fen"]
        found += [budget.Source("111", code, fen, "transfer") for code, fen in sorted(sums.items())]
    found.append(budget.Source("121", _LAND, money["fund_revenue"][region]))
    for row in _of_debt(world, region):
        found.append(budget.Source(row["fund"], row["rev_func_code"], row["amount_fen"], row["source"]))
    return found


def _transfers(world: World) -> tuple[budget.Spending, ...]:
    """What the city's first budget gives banners: general transfers told early, and its own money."""
    early = {document["doc"]: document["tp_func_code"] for document in early_documents(world)}
    sums: dict[str, int] = defaultdict(int)
    for doc, _, fen, _ in world.plan["issues"].select("doc", "region", "amount_fen", "day").iter_rows():
        if doc in early:
            sums[early[doc]] += fen
    sums[SUBSIDY_CODE] += int(world.plan["money"]["subsidies"].sum())
    return tuple(budget.Spending("111", fen, tp_func_code=code) for code, fen in sorted(sums.items()))


def approve(conn: Conn, world: World, day: Day) -> None:
    """The congresses of all ten approve; the approved budgets are posted."""
    given = [
        budget.Resolution(
            region,
            world.year,
            world.number(r, "人发"),
            f"{world.names[r]}{world.year}年预算的决议（模拟）",
            day.on,
        )
        for r, region in enumerate(world.regions)
    ]
    budget.approve_budgets(conn, given, by=desk.CONGRESS, on=day.on)
