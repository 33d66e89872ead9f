"""Operations on quotas: advances, swaps, cuts, freezes, take-back, carry-over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl
import psycopg

from fisc.budget import services as budget
from fisc.budget.sim import quotas as ops
from fisc.budget.sim.words import agency_of, quotas_of
from fisc.city import desk
from fisc.city.bank import Transfer
from fisc.city.day import Day, Row
from fisc.city.world import World
from fisc.kernel import Coding
from fisc.registry.quota_rules import speaks_of

Conn = psycopg.Connection[Any]

_SERIES = {
    ops.SWAP: "指调", ops.CUT: "指压", ops.FREEZE: "指冻", "unfreeze": "指解", ops.TAKE_BACK: "指收",
    "two_years": "指结收", "settle": "指核",
}  # fmt: skip
_TITLES = {
    ops.SWAP: "指标调剂", ops.CUT: "过紧日子压减", ops.FREEZE: "指标冻结", "unfreeze": "指标解冻",
    ops.TAKE_BACK: "存量资金收回", "two_years": "结转满两年收回", "settle": "预拨经费核销",
}  # fmt: skip
#: A January's part of a year's spending.
_JANUARY = 20
_SCOPE = "非重点非刚性支出（模拟口径）"


def operate(conn: Conn, world: World, day: Day) -> None:
    """The operations of a day, by kind: one document a region."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in day.rows("operations"):
        by_kind[_kind(world, row)].append(row)
    for kind in _SERIES:
        if kind in by_kind:
            # what lay for two years is surplus when the year ends: a paper of its last day
            on = date(world.year, 12, 31) if kind == "two_years" else day.on
            _DO[kind](conn, _documents(world, kind, by_kind[kind], on), on)


def _kind(world: World, row: Row) -> str:
    """What was carried over before and is still unspent is surplus (实施条例第五十条), but for bonds."""
    quota = world.rows("quotas")[row["quota"]]
    is_old = row["kind"] == ops.TAKE_BACK and quota["ori_bgt_id"]
    is_surplus = is_old and not speaks_of("bound", Coding(world.year, fund_type_code=quota["fund_type_code"]))
    return "two_years" if is_surplus else str(row["kind"])


def _documents(world: World, kind: str, rows: Sequence[Row], on: date) -> list[budget.QuotaOperation]:
    places: dict[int, list[budget.QuotaChange]] = defaultdict(list)
    for row in rows:
        places[row["region"]] += _changes(world, kind, row)
    serial = on.toordinal() - date(world.year, 1, 1).toordinal() + 1
    return [
        budget.QuotaOperation(
            world.number(region, _SERIES[kind], serial), world.regions[region], world.year, on,
            f"{world.names[region]}{_TITLES[kind]}（模拟）", tuple(changes),
            scope=_SCOPE if kind == ops.CUT else "", reason=_TITLES[kind],
            basis_doc_no=world.number(region, "财批", serial) if kind == ops.SWAP else "",
        )
        for region, changes in places.items()
    ]  # fmt: skip


def _changes(world: World, kind: str, row: Row) -> list[budget.QuotaChange]:
    bgt_id, fen = world.rows("quotas")[row["quota"]]["bgt_id"], row["amount_fen"]
    if kind == ops.SWAP:
        into = world.rows("quotas")[row["other"]]["bgt_id"]
        return [budget.QuotaChange(bgt_id, -fen), budget.QuotaChange(into, fen)]
    if kind == ops.CUT:
        return [budget.QuotaChange(bgt_id, fen, base_fen=row["base_fen"])]
    return [budget.QuotaChange(bgt_id, fen)]


Documents = list[budget.QuotaOperation]
_DO: dict[str, Callable[[Conn, Documents, date], object]] = {
    ops.SWAP: lambda conn, docs, on: budget.swap(conn, docs, **desk.budget(on)),
    ops.CUT: lambda conn, docs, on: budget.cut_budget(conn, docs, **desk.budget(on)),
    ops.FREEZE: lambda conn, docs, on: budget.freeze(conn, docs, **desk.budget(on)),
    "unfreeze": lambda conn, docs, on: budget.unfreeze(conn, docs, **desk.budget(on)),
    ops.TAKE_BACK: lambda conn, docs, on: budget.take_back(conn, docs, kind="unused", **desk.budget(on)),
    "two_years": lambda conn, docs, on: budget.take_back(conn, docs, kind="two_years", **desk.budget(on)),
}


# ---- money advanced before the budget is issued


def _advances(world: World) -> list[tuple[Row, Row]]:
    """(payment, quota) of what is advanced."""
    return [(row, world.rows("quotas")[row["quota"]]) for row in world.rows("advances")]


def _advance(world: World, payment: Row, quota: Row) -> budget.Advance:
    region = payment["region"]
    return budget.Advance(
        world.number(region, "预拨"), world.regions[region], world.year,
        agency_of(world, quota)["agency_code"], quota["fund_type_code"], quota["exp_func_code"],
        payment["amount_fen"], "预算批复前的公用经费（模拟）", world.number(region, "政预拨"),
    )  # fmt: skip


def state_prior_levels(conn: Conn, world: World) -> None:
    """What January of the year before the first came to: up to that, money may go out before approval."""
    if not world.is_first:
        return
    given = [
        budget.PriorLevel(region, world.year - 1, 1, "department", "111", int(fen) // _JANUARY, "模拟设定")
        for region, fen in zip(world.regions, world.plan.controls.spending, strict=True)
    ]
    budget.record_prior_levels(conn, given, by=desk.BUDGET_MAKE)


def advance(conn: Conn, world: World, day: Day) -> None:
    """预拨 of each region before its budget is issued; its cash leaves the treasury."""
    given = [(_advance(world, *pair), pair[0]["region"]) for pair in _advances(world)]
    budget.advance(conn, [item for item, _ in given], **desk.budget(day.on))
    moves = [Transfer(world.regions[region], item.doc_key, -item.amount_fen) for item, region in given]
    world.bank.transfer(conn, moves, on=day.on)


def settle(conn: Conn, world: World, day: Day) -> None:
    """核销: what was advanced is charged to the quotas that followed."""
    on, documents = day.on, []
    for payment, quota in _advances(world):
        item, region = _advance(world, payment, quota), payment["region"]
        change = budget.QuotaChange(quota["bgt_id"], item.amount_fen, advance=item.doc_key)
        documents.append(budget.QuotaOperation(
            world.number(region, _SERIES["settle"]), world.regions[region], world.year, on,
            f"{world.names[region]}{_TITLES['settle']}（模拟）", (change,),
        ))  # fmt: skip
    budget.settle_advance(conn, documents, **desk.budget(on))


# ---- carrying over


def carry_over(conn: Conn, world: World, day: Day) -> None:
    """结转 into this year: last year's quotas opened anew, by region; posts in last year's year end too."""
    on = day.on
    amounts: dict[int, dict[str, int]] = defaultdict(dict)
    for quota in quotas_of(world, pl.col("ori_bgt_id") != ""):
        amounts[quota["region"]][quota["ori_bgt_id"]] = quota["carried_fen"]
    given = []
    for region, of_region in amounts.items():
        number = world.number(region, "指结")
        lines = budget.carry_over_lines(conn, of_region)
        given.append(budget.CarryOver(
            number, world.regions[region], world.year, on, f"{world.names[region]}上年结转指标（模拟）",
            world.number(region, "政结"), lines,
        ))  # fmt: skip
    budget.carry_over(conn, given, **desk.budget(on))
